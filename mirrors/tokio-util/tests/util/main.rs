//! tokio-util's primitives, from outside: in an execution they do what tokio-util's do, and a task
//! that is stuck on one says on what.

extern crate leak_harness as tokio;
extern crate leak_harness_tokio_util as tokio_util;

mod join;
mod reduction;
mod sender;
mod token;
mod tracker;

#[path = "../../../../tests/support/hosts.rs"]
mod hosts;
#[path = "../../../../tests/support/outcomes.rs"]
mod outcomes;

use std::future::Future;

use hosts::{clean, failing, only_stuck};
use leak_harness::{
    Failure, FailureKind, ObjectKind, Operation, Site, StuckState, StuckTask, WaitsOn,
};

/// The body must leave exactly one task behind, which waits on this, in a line with these words.
#[track_caller]
fn leaves_waiting<F, Fut>(operation: Operation, object: ObjectKind, words: &str, body: F)
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + 'static,
{
    let look = |failure: &Failure| waits(only_stuck(failure), operation, object, words);
    failing(FailureKind::Leak, look, body);
}

#[track_caller]
fn waits(task: &StuckTask, operation: Operation, object: ObjectKind, words: &str) {
    let expected = WaitsOn {
        operation,
        object: Some(object),
    };
    assert_eq!(task.waits_on(), Some(expected));
    assert_eq!(task.state(), StuckState::Parked);
    assert_has(task.awaited_at().expect("it waits somewhere"), words);
}

/// The place must be in these tests, in a line with these words.
#[track_caller]
fn assert_has(place: Site, words: &str) {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
    let text = std::fs::read_to_string(format!("{root}{}", place.file())).unwrap();
    let line = text.lines().nth(place.line() as usize - 1).unwrap();
    assert!(line.contains(words), "{place}: {line}");
}
