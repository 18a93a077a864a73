//! After the verdict: every unfinished task is dropped, its own drop code runs to its end, and
//! neither the process nor the next check is hurt.
//!
//! Not here: the verdicts themselves (`verdicts`).

mod drops;
mod guards;
mod left_behind;
#[path = "../support/mod.rs"]
mod support;
mod unfinished;

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};

use leak_harness::sync::mpsc;
use leak_harness::{Failure, FailureKind, spawn};
use support::everywhere;

/// Runs its closure when it is dropped.
pub struct OnDrop<F: FnMut()>(pub F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Counts values made and values dropped.
#[derive(Default)]
pub struct Count {
    pub made: AtomicUsize,
    pub dropped: AtomicUsize,
}

impl Count {
    pub const fn new() -> Count {
        Count {
            made: AtomicUsize::new(0),
            dropped: AtomicUsize::new(0),
        }
    }

    pub fn value(&'static self) -> Counted {
        self.made.fetch_add(1, Ordering::SeqCst);
        Counted(self)
    }

    #[track_caller]
    pub fn assert_even(&self) {
        let (made, dropped) = (
            self.made.load(Ordering::SeqCst),
            self.dropped.load(Ordering::SeqCst),
        );
        assert!(made > 0, "the test made no value");
        assert_eq!(made, dropped, "values made, and values dropped");
    }
}

pub struct Counted(&'static Count);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

/// The same process goes on checking, and finds what it should.
#[track_caller]
pub fn assert_unhurt() {
    everywhere(|builder| {
        let clean = builder.clone().exhaustive(true).check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            spawn(async move { tx.send(7).await });
            assert_eq!(rx.recv().await, Some(7));
        });
        clean.unwrap();
        let leak = builder.check(|| async {
            spawn(pending::<()>());
        });
        assert_eq!(leak.unwrap_err().kind(), FailureKind::Leak);
    });
}

#[track_caller]
pub fn assert_leak(failure: &Failure) {
    assert_eq!(failure.kind(), FailureKind::Leak, "{failure}");
}
