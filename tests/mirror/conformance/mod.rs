//! Random scripts of one task give the same results on tokio's primitives and on the mirrored ones:
//! the same values, the same errors, pending and ready at the same places.
//!
//! Not here: scripts whose task spawns others (`tests/task/conformance.rs`).

mod pipes;
mod sync;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex as StdMutex};
use std::task::{Context, Poll, Waker};

use leak_harness::{Builder, Engine};

pub use crate::random::Random;

pub const STEPS: u32 = 40;

pub fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// What a script wrote down, and what it still waits for.
#[derive(Default)]
pub struct Script {
    log: Vec<String>,
    waiting: Vec<Pin<Box<dyn Future<Output = String>>>>,
}

impl Script {
    pub fn note(&mut self, line: impl Debug) {
        self.log.push(format!("{line:?}"));
    }

    pub fn wait(&mut self, future: impl Future<Output = String> + 'static) {
        self.waiting.push(Box::pin(future));
        self.poll(self.waiting.len() - 1);
    }

    fn poll(&mut self, index: usize) {
        match poll(self.waiting[index].as_mut()) {
            Poll::Ready(line) => {
                drop(self.waiting.remove(index));
                self.log.push(line);
            }
            Poll::Pending => self.log.push("pending".to_owned()),
        }
    }

    /// Polls or gives up something that it waits for.
    pub fn go_on(&mut self, random: &mut Random) {
        if self.waiting.is_empty() {
            return;
        }
        let index = random.below(self.waiting.len() as u64) as usize;
        if random.below(4) == 0 {
            drop(self.waiting.remove(index));
        } else {
            self.poll(index);
        }
    }

    /// What it wrote down, once it has given up what it waits for.
    pub fn end(mut self) -> Vec<String> {
        self.waiting.clear();
        self.log
    }
}

/// So many scripts write the same, inside and outside of executions.
#[track_caller]
fn agree(scripts: u64, real: fn(u64) -> Vec<String>, mirrored: fn(u64) -> Vec<String>) {
    for seed in 0..scripts {
        let expected = real(seed);
        assert!(!expected.is_empty());
        assert_eq!(mirrored(seed), expected, "outside, seed {seed}");
        let log = Arc::new(StdMutex::new(Vec::new()));
        let kept = Arc::clone(&log);
        let builder = Builder::new().engine(Engine::Random).schedules(1);
        let checked = builder.check(move || {
            let kept = Arc::clone(&kept);
            async move { *kept.lock().unwrap() = mirrored(seed) }
        });
        checked.unwrap_or_else(|failure| panic!("seed {seed}: {failure}"));
        assert_eq!(*log.lock().unwrap(), expected, "seed {seed}");
    }
}
