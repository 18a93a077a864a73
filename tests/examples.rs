//! The worked examples: the property of each finds its bug within the default budget, with an input
//! and a schedule that are as small as they can be, and the repaired component is clean: in every
//! schedule of its small sizes, and for all cases that the property draws.
//!
//! Not here: what the examples print, which `cargo run --example` shows.

#[expect(dead_code, reason = "its main is for `cargo run`")]
#[path = "../examples/broadcaster.rs"]
mod broadcaster;
#[expect(dead_code, reason = "its main is for `cargo run`")]
#[path = "../examples/connection_pool.rs"]
mod connection_pool;
#[expect(dead_code, reason = "its main is for `cargo run`")]
#[path = "../examples/request_actor.rs"]
mod request_actor;
#[expect(dead_code, reason = "its main is for `cargo run`")]
#[path = "../examples/worker_pool.rs"]
mod worker_pool;

use std::fmt::Debug;

use leak_harness::{Builder, Cause, Counterexample, Coverage, Failure, FailureKind};

/// A budget for all cases of a component that is expected to pass: of small ones it is enough for all
/// schedules.
fn few() -> Builder {
    Builder::new().schedules(3_000)
}

/// What a property found: its input, what every stuck task waits for, and in how many steps.
fn summary<V: Debug>(found: &Counterexample<V>) -> String {
    let failure = found.failure();
    let tasks = failure.stuck().iter().map(|task| {
        let wait = task.waits_on().unwrap();
        let name = if task.is_body() { "body" } else { "task" };
        format!("{name} in {:?}", wait.operation)
    });
    let tasks: Vec<String> = tasks.collect();
    format!(
        "{:?}: {}, {} steps",
        found.input().unwrap(),
        tasks.join(", "),
        failure.trace().events.len()
    )
}

#[track_caller]
fn is_clean_in_every_schedule<S: Debug + Clone>(
    sizes: Vec<S>,
    check: impl Fn(S) -> Result<Coverage, Failure>,
) {
    for size in sizes {
        match check(size.clone()) {
            Ok(coverage) => assert!(coverage.exhaustive(), "{size:?}: {coverage}"),
            Err(failure) => panic!("{size:?}: {failure}"),
        }
    }
}

#[test]
fn the_shut_down_of_a_worker_pool() {
    let found = worker_pool::property(&Builder::new(), false).unwrap_err();
    assert_eq!(found.failure().kind(), FailureKind::Deadlock);
    assert_eq!(
        summary(&found),
        "(0, 1, 1, 2): task in Send, body in Join, 22 steps"
    );
    is_clean_in_every_schedule(worker_pool::small_sizes(), worker_pool::exhaustively);
    worker_pool::property(&few(), true).unwrap();
}

#[test]
fn the_slot_of_a_client_that_gave_up() {
    let found = request_actor::property(&Builder::new(), false).unwrap_err();
    assert_eq!(found.failure().kind(), FailureKind::Deadlock);
    assert_eq!(
        summary(&found),
        "[GivesUp [1], Waits [1]], then shut down: task in Acquire, body in Join, task in Recv, 28 steps"
    );
    let forgotten = |cause: &Cause| matches!(cause, Cause::Forgotten { .. });
    let mut causes = found
        .failure()
        .stuck()
        .iter()
        .filter_map(|task| task.cause());
    assert!(causes.any(forgotten), "{found}");
    is_clean_in_every_schedule(request_actor::small_sizes(), request_actor::exhaustively);
    request_actor::property(&few(), true).unwrap();
}

#[test]
fn a_subscriber_that_reads_no_more() {
    let found = broadcaster::property(&Builder::new(), false).unwrap_err();
    assert_eq!(found.failure().kind(), FailureKind::Deadlock);
    assert_eq!(
        summary(&found),
        "([0], 2): body in Send, task in WaitFor, 5 steps"
    );
    is_clean_in_every_schedule(broadcaster::small_sizes(), broadcaster::exhaustively);
    broadcaster::property(&few(), true).unwrap();
}

#[test]
fn a_connection_that_is_lost_with_who_waited_for_it() {
    let found = connection_pool::property(&Builder::new(), false).unwrap_err();
    assert_eq!(found.failure().kind(), FailureKind::Deadlock);
    assert_eq!(summary(&found), "(1, 0, 2): body in Recv, 30 steps");
    is_clean_in_every_schedule(
        connection_pool::small_sizes(),
        connection_pool::exhaustively,
    );
    connection_pool::property(&few(), true).unwrap();
}
