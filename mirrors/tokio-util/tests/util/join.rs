//! `AbortOnDropHandle`, `JoinQueue` and `JoinMap`: which drop ends which task, and the order of outputs.

use leak_harness::{FailureKind, ObjectKind, Operation};
use tokio::spawn;
use tokio::sync::oneshot;
use tokio_util::task::{AbortOnDrop, AbortOnDropHandle, JoinMap, JoinQueue, TaskTracker};

use crate::{clean, failing, leaves_waiting, waits};

#[test]
fn a_handle_that_is_dropped_ends_its_task() {
    clean(|| async {
        let (tx, rx) = oneshot::channel::<()>();
        drop(AbortOnDropHandle::new(spawn(rx)));
        let (other, rx) = oneshot::channel::<()>();
        drop(AbortOnDrop::new(spawn(rx).abort_handle()));
        std::mem::forget((tx, other));
    });
}

#[test]
fn a_handle_that_is_detached_does_not() {
    leaves_waiting(Operation::Recv, ObjectKind::Oneshot, "rx.await", || async {
        let (tx, rx) = oneshot::channel::<()>();
        let task = async move {
            let rx = rx;
            rx.await
        };
        drop(AbortOnDropHandle::new(spawn(task)).detach());
        std::mem::forget(tx);
    });
}

#[test]
fn a_queue_gives_outputs_in_the_order_of_its_tasks() {
    clean(|| async {
        let mut queue = JoinQueue::new();
        let (tx, rx) = oneshot::channel::<u32>();
        queue.spawn(async { rx.await.unwrap() });
        queue.spawn(async move {
            tx.send(1).unwrap();
            2
        });
        assert_eq!(queue.len(), 2);
        assert_eq!(queue.join_next().await.unwrap().unwrap(), 1);
        assert_eq!(queue.join_all().await, [2]);
    });
}

#[test]
fn a_queue_that_is_dropped_ends_its_tasks() {
    clean(|| async {
        let (tx, rx) = oneshot::channel::<()>();
        let queue: JoinQueue<_> = [rx].into_iter().collect();
        drop(queue);
        std::mem::forget(tx);
    });
}

#[test]
fn a_map_joins_by_key_and_replaces_in_every_order() {
    clean(|| async {
        let mut map = JoinMap::new();
        let (tx, rx) = oneshot::channel::<u32>();
        map.spawn("never", async { rx.await.unwrap_or(0) });
        map.spawn("never", async { 1 });
        map.spawn("ends", async { 2 });
        assert_eq!(map.len(), 2);
        assert_eq!(map.keys().copied().collect::<Vec<_>>(), ["never", "ends"]);
        let mut joined = Vec::new();
        while let Some((key, output)) = map.join_next().await {
            joined.push((key, output.unwrap()));
        }
        joined.sort_unstable();
        assert_eq!(joined, [("ends", 2), ("never", 1)]);
        drop(tx);
    });
}

#[test]
fn a_map_waits_for_a_task_that_nobody_ends() {
    let look = |failure: &leak_harness::Failure| {
        let body = &failure.stuck()[0];
        waits(
            body,
            Operation::Join,
            ObjectKind::JoinSet,
            "map.join_next()",
        );
    };
    failing(FailureKind::Deadlock, look, || async {
        let (tx, rx) = oneshot::channel::<()>();
        let mut map = JoinMap::new();
        map.spawn(1, rx);
        map.join_next().await;
        drop(tx);
    });
}

#[test]
fn blocking_and_local_tasks_are_tracked() {
    clean(|| async {
        let tracker = TaskTracker::new();
        let blocking = tracker.spawn_blocking(|| 1);
        let local = tokio::task::LocalSet::new();
        let task = tracker.spawn_local_on(async { 2 }, &local);
        tracker.close();
        local.run_until(tracker.wait()).await;
        assert_eq!(blocking.await.unwrap() + task.await.unwrap(), 3);
    });
}
