//! Operations inside what tokio does under locks of its own: nothing may hang.

use std::sync::Arc;

use leak_harness::sync::{mpsc, oneshot, watch};
use leak_harness::task::spawn_blocking;
use leak_harness::{Failure, FailureKind, Operation, StuckState, spawn};

use crate::{clean, failing};

/// Sends when it is dropped.
struct SendsOnDrop(mpsc::UnboundedSender<u32>);

impl Drop for SendsOnDrop {
    fn drop(&mut self) {
        let _ = self.0.send(1);
        let _ = self.0.send(2);
    }
}

#[test]
fn a_value_that_sends_when_it_is_replaced_under_the_lock() {
    clean(|| async {
        let (jobs, mut received) = mpsc::unbounded_channel();
        let (tx, rx) = watch::channel(Some(SendsOnDrop(jobs)));
        let looker = spawn(async move { rx.borrow().is_some() });
        let receiver = spawn(async move {
            assert_eq!(received.recv().await, Some(1));
            assert_eq!(received.recv().await, Some(2));
            assert_eq!(received.recv().await, None);
        });
        // The old value is dropped by the closure, under the write lock.
        tx.send_modify(|value| *value = None);
        receiver.await.unwrap();
        looker.await.unwrap();
    });
}

#[test]
fn a_value_that_sends_when_a_send_replaces_it() {
    clean(|| async {
        let (jobs, mut received) = mpsc::unbounded_channel();
        let (tx, rx) = watch::channel(Some(SendsOnDrop(jobs)));
        let looker = spawn(async move { rx.borrow().is_some() });
        let _ = tx.send(None);
        drop(tx);
        assert_eq!(received.recv().await, Some(1));
        assert_eq!(received.recv().await, Some(2));
        looker.await.unwrap();
    });
}

#[test]
fn the_closure_of_wait_for_that_tries_to_send() {
    clean(|| async {
        let (tx, mut rx) = watch::channel(0);
        let (seen, mut log) = mpsc::channel(4);
        let waiter = spawn(async move {
            let wanted = |&value: &i32| {
                seen.try_send(value).unwrap();
                value == 1
            };
            rx.wait_for(wanted).await.map(|value| *value).unwrap()
        });
        tx.send(1).unwrap();
        assert_eq!(waiter.await.unwrap(), 1);
        while log.recv().await.is_some() {}
    });
}

#[test]
fn a_look_held_across_an_operation_while_another_task_sends() {
    clean(|| async {
        let (tx, rx) = watch::channel(0);
        let (ready, mut told) = mpsc::channel(1);
        let sender = spawn(async move {
            told.recv().await;
            tx.send(1).unwrap();
            told.close();
        });
        {
            let look = rx.borrow();
            ready.try_send(*look).unwrap();
            // The sender may try to send now: it must not block the thread that holds the look.
            let _ = ready.is_closed();
            assert_eq!(*look, 0);
        }
        sender.await.unwrap();
        assert_eq!(*rx.borrow(), 1);
    });
}

#[test]
fn a_send_under_ones_own_look_is_a_deadlock_and_no_hang() {
    let look = |failure: &Failure| {
        let task = &failure.stuck()[0];
        assert_eq!(task.state(), StuckState::Blocked);
        assert_eq!(task.waits_on().unwrap().operation, Operation::Send);
    };
    failing(FailureKind::Deadlock, look, || async {
        let (tx, rx) = watch::channel(0);
        let look = rx.borrow();
        let _ = tx.send(1);
        drop(look);
    });
}

#[test]
fn teardown_does_not_wait_for_a_look_that_a_stuck_task_holds() {
    struct SendsWatch(Arc<watch::Sender<u32>>);
    impl Drop for SendsWatch {
        fn drop(&mut self) {
            self.0.send_modify(|value| *value += 1);
        }
    }
    let look = |failure: &Failure| assert_eq!(failure.stuck().len(), 2);
    failing(FailureKind::Leak, look, || async {
        let (tx, rx) = watch::channel(0);
        let (keep, never) = oneshot::channel::<u32>();
        let tx = Arc::new(tx);
        let sender = SendsWatch(Arc::clone(&tx));
        spawn(async move {
            let _sender = sender;
            let _ = never.await;
        });
        let (block, blocked) = oneshot::channel::<u32>();
        spawn_blocking(move || {
            let look = rx.borrow();
            let _ = blocked.blocking_recv();
            drop(look);
        });
        std::mem::forget((keep, block));
    });
}

#[test]
fn replies_in_a_queue_that_is_dropped_reach_their_tasks() {
    clean(|| async {
        let (jobs, queue) = mpsc::channel(2);
        let task = spawn(async move { drop(queue) });
        let (reply, answer) = oneshot::channel::<u32>();
        let _ = jobs.send(reply).await;
        assert!(answer.await.is_err());
        task.await.unwrap();
    });
}
