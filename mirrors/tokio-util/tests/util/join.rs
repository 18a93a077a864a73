use leak_harness::{ObjectKind, Operation};
use tokio::spawn;
use tokio::sync::oneshot;
use tokio_util::task::{AbortOnDrop, AbortOnDropHandle, JoinQueue};

use crate::{clean, leaves_waiting};

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
