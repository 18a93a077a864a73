//! `oneshot`: the value or the loss of it, looks, and waits for ever.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use leak_harness::sync::oneshot::{self, error::TryRecvError};
use leak_harness::{FailureKind, ObjectKind, Operation, spawn};

use crate::{clean, failing, leaves_waiting};

#[test]
fn a_value_or_the_loss_of_it_arrives() {
    clean(|| async {
        let (tx, rx) = oneshot::channel();
        let sender = spawn(async move { tx.send(7) });
        assert_eq!(rx.await, Ok(7));
        assert_eq!(sender.await.unwrap(), Ok(()));

        let (tx, rx) = oneshot::channel::<u32>();
        let dropper = spawn(async move { drop(tx) });
        assert!(rx.await.is_err());
        dropper.await.unwrap();
    });
}

#[test]
fn a_sender_sees_that_nobody_listens_any_more() {
    clean(|| async {
        let (mut tx, rx) = oneshot::channel();
        let dropper = spawn(async move { drop(rx) });
        tx.closed().await;
        assert!(tx.is_closed());
        assert_eq!(tx.send(7), Err(7));
        dropper.await.unwrap();

        let (mut tx, mut rx) = oneshot::channel::<u32>();
        poll_fn(|context| {
            assert!(tx.poll_closed(context).is_pending());
            Poll::Ready(())
        })
        .await;
        rx.close();
        poll_fn(|context| tx.poll_closed(context)).await;
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn a_look_changes_nothing_and_a_taken_value_ends_it() {
    clean(|| async {
        let (tx, mut rx) = oneshot::channel();
        assert!(rx.is_empty());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        tx.send(7).unwrap();
        assert!(!rx.is_empty());
        assert!(!rx.is_terminated());
        assert_eq!(rx.try_recv(), Ok(7));
        assert!(rx.is_terminated());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn a_blocking_receiver_gets_its_value_in_every_order() {
    clean(|| async {
        let (tx, rx) = oneshot::channel();
        let sender = spawn(async move { tx.send(7).unwrap() });
        assert_eq!(rx.blocking_recv(), Ok(7));
        sender.await.unwrap();
    });
}

#[test]
fn a_receiver_that_waits_for_ever_is_named_with_its_await() {
    let line = line!() + 4;
    leaves_waiting(Operation::Recv, ObjectKind::Oneshot, line, || async {
        let (tx, rx) = oneshot::channel::<u32>();
        spawn(async move {
            let _ = rx.await;
        });
        std::mem::forget(tx);
    });
    let line = line!() + 4;
    leaves_waiting(Operation::Closed, ObjectKind::Oneshot, line, || async {
        let (mut tx, rx) = oneshot::channel::<u32>();
        spawn(async move {
            tx.closed().await;
        });
        std::mem::forget(rx);
    });
}

#[test]
fn a_wait_that_was_given_up_is_not_what_a_task_waits_on() {
    let line = line!() + 12;
    leaves_waiting(Operation::Recv, ObjectKind::Oneshot, line, || async {
        let (tx, mut given_up) = oneshot::channel::<u32>();
        let (other_tx, other) = oneshot::channel::<u32>();
        spawn(async move {
            poll_fn(|context| {
                assert!(Pin::new(&mut given_up).poll(context).is_pending());
                Poll::Ready(())
            })
            .await;
            // The wait on the first one is still known.
            leak_harness::task::yield_now().await;
            let _ = other.await;
            drop(given_up);
        });
        std::mem::forget((tx, other_tx));
    });
}

#[test]
fn a_body_that_blocks_for_ever_is_a_deadlock() {
    let look = |failure: &leak_harness::Failure| {
        let task = &failure.stuck()[0];
        assert_eq!(task.state(), leak_harness::StuckState::Blocked);
        assert_eq!(task.waits_on().unwrap().operation, Operation::Recv);
    };
    failing(FailureKind::Deadlock, look, || async {
        let (tx, rx) = oneshot::channel::<u32>();
        let _ = rx.blocking_recv();
        drop(tx);
    });
}
