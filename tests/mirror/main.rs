//! The mirrored primitives, from outside: in an execution they do what tokio's do, and a task that
//! is stuck on one says on what.

mod barrier;
mod broadcast;
mod conformance;
mod mpsc;
mod mutex;
mod names;
mod nested;
mod notify;
mod once_cell;
mod oneshot;
mod reduction;
mod rwlock;
mod semaphore;
mod set_once;
mod watch;

#[path = "../support/hosts.rs"]
mod hosts;
#[path = "../support/outcomes.rs"]
mod outcomes;
#[path = "../support/random.rs"]
mod random;

use std::future::Future;

use hosts::{clean, failing, only_stuck};
use leak_harness::{Failure, FailureKind, ObjectKind, Operation, StuckState, StuckTask, WaitsOn};

/// The body must leave exactly one task behind, which waits on this.
#[track_caller]
fn leaves_waiting<F, Fut>(operation: Operation, object: ObjectKind, line: u32, body: F)
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + 'static,
{
    let look = |failure: &Failure| waits(only_stuck(failure), operation, object, line);
    failing(FailureKind::Leak, look, body);
}

#[track_caller]
fn waits(task: &StuckTask, operation: Operation, object: ObjectKind, line: u32) {
    let expected = WaitsOn {
        operation,
        object: Some(object),
    };
    assert_eq!(task.waits_on(), Some(expected));
    assert_eq!(task.awaited_at().map(|site| site.line()), Some(line));
    assert_eq!(task.state(), StuckState::Parked);
}
