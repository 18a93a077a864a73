//! The mirror of `tokio::time::error`. `Elapsed` is ours: tokio's has no public constructor.

use std::fmt;
use std::future::{Future, pending};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ::tokio::runtime::{Builder, Runtime};
use ::tokio::time as real;
pub use real::error::Error;

/// A timeout ran out before its future was ready: `tokio::time::error::Elapsed`.
#[derive(Debug, PartialEq, Eq)]
pub struct Elapsed(());

impl Elapsed {
    pub(super) fn new() -> Elapsed {
        Elapsed(())
    }
}

impl From<real::error::Elapsed> for Elapsed {
    fn from(_: real::error::Elapsed) -> Elapsed {
        Elapsed(())
    }
}

/// Only a timeout of tokio's makes one of tokio's: so one is made that has run out from the start.
impl From<Elapsed> for real::error::Elapsed {
    fn from(_: Elapsed) -> real::error::Elapsed {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime without sockets needs nothing of the system");
        let elapsed = run_out(&runtime);
        // Waits for nobody, also where a runtime may not be dropped.
        runtime.shutdown_background();
        elapsed
    }
}

fn run_out(runtime: &Runtime) -> real::error::Elapsed {
    let _inside = runtime.enter();
    // Of what is due at this very moment tokio says so only a tick later.
    let now = real::Instant::now();
    let past = now.checked_sub(Duration::from_millis(1)).unwrap_or(now);
    let mut timeout = pin!(real::timeout_at(past, pending::<()>()));
    let mut context = Context::from_waker(Waker::noop());
    match timeout.as_mut().poll(&mut context) {
        Poll::Ready(Err(elapsed)) => elapsed,
        _ => unreachable!("what was due before the runtime was made is over"),
    }
}

impl From<Elapsed> for std::io::Error {
    fn from(_: Elapsed) -> std::io::Error {
        std::io::ErrorKind::TimedOut.into()
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deadline has elapsed")
    }
}

impl std::error::Error for Elapsed {}
