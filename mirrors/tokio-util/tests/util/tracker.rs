//! `TaskTracker`: when a wait for it ends, and when it never does.

use leak_harness::{Builder, Engine, FailureKind, ObjectKind, Operation};
use tokio::spawn;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{assert_has, clean, failing, leaves_waiting, waits};

#[test]
fn a_tracker_that_is_never_closed_is_found() {
    leaves_waiting(
        Operation::Wait,
        ObjectKind::TaskTracker,
        "tracker.wait()",
        || async {
            let tracker = TaskTracker::new();
            tracker.spawn(async {});
            spawn(async move { tracker.wait().await });
        },
    );
}

#[test]
fn a_tracked_task_that_never_ends_keeps_the_body_waiting() {
    let look = |failure: &leak_harness::Failure| {
        let [body, task] = failure.stuck() else {
            panic!("not two stuck tasks: {failure}")
        };
        waits(
            body,
            Operation::Wait,
            ObjectKind::TaskTracker,
            "tracker.wait()",
        );
        assert_has(task.spawned_at(), "tracker.spawn(");
    };
    failing(FailureKind::Deadlock, look, || async {
        let tracker = TaskTracker::new();
        let (tx, rx) = oneshot::channel::<()>();
        tracker.spawn(rx);
        tracker.close();
        tracker.wait().await;
        drop(tx);
    });
}

#[test]
fn a_wait_ends_with_the_last_task_in_every_order() {
    clean(|| async {
        let tracker = TaskTracker::new();
        let token = CancellationToken::new();
        for _ in 0..2 {
            let token = token.clone();
            tracker.spawn(async move { token.cancelled().await });
        }
        assert!(tracker.close());
        token.cancel();
        tracker.wait().await;
        assert!(tracker.is_empty() && !tracker.close());
    });
}

#[test]
fn the_ends_of_tracked_tasks_commute() {
    let counts = |tasks: u32| {
        let body = move || async move {
            let tracker = TaskTracker::new();
            for _ in 0..tasks {
                tracker.spawn(async {});
            }
            tracker.close();
            tracker.wait().await;
        };
        let builder = Builder::new().engine(Engine::Systematic).exhaustive(true);
        let coverage = builder.check(body);
        coverage
            .unwrap_or_else(|failure| panic!("{failure}"))
            .schedules()
    };
    assert_eq!(counts(1), counts(6));
}

#[test]
fn tokens_count_and_a_tracker_can_be_opened_again() {
    clean(|| async {
        let tracker = TaskTracker::default();
        assert!(!tracker.is_closed());
        let token = tracker.token();
        let other = token.clone();
        assert!(TaskTracker::ptr_eq(other.task_tracker(), &tracker.clone()));
        assert_eq!(tracker.len(), 2);
        tracker.close();
        drop((token, other));
        let seen_before = tracker.wait();
        assert!(tracker.reopen() && !tracker.reopen());
        seen_before.await;
        assert!(futures::poll!(std::pin::pin!(tracker.wait())).is_pending());
    });
}

#[test]
fn a_task_that_is_tracked_after_the_closing_may_come_too_late() {
    let look = |failure: &leak_harness::Failure| {
        waits(
            &failure.stuck()[0],
            Operation::Recv,
            ObjectKind::Oneshot,
            "rx.await",
        );
    };
    failing(FailureKind::Leak, look, || async {
        let tracker = TaskTracker::new();
        let (tx, rx) = oneshot::channel::<()>();
        let other = tracker.clone();
        // The wait may be over before this task is counted, and then nobody waits for it.
        let spawner = spawn(async move {
            other.track_future(async {}).await;
            other.token()
        });
        tracker.close();
        tracker.wait().await;
        if !spawner.is_finished() {
            spawn(async move { drop(rx.await) });
            std::mem::forget(tx);
        }
    });
}
