//! `watch`: the latest value, every way to send, looks that block, and waits for ever.

use std::sync::Arc;

use leak_harness::sync::watch;
use leak_harness::{ObjectKind, Operation, spawn};

use crate::{clean, leaves_waiting};

#[test]
fn the_latest_value_is_seen_in_every_order() {
    clean(|| async {
        let (tx, mut rx) = watch::channel(0);
        let task = spawn(async move {
            tx.send(1).unwrap();
            tx.send(2).unwrap();
        });
        rx.changed().await.unwrap();
        let seen = *rx.borrow_and_update();
        assert!(seen == 1 || seen == 2);
        assert_eq!(*rx.wait_for(|&value| value == 2).await.unwrap(), 2);
        task.await.unwrap();
        assert!(rx.changed().await.is_err());
        assert!(rx.wait_for(|&value| value == 3).await.is_err());
    });
}

#[test]
fn every_way_to_send_is_tokios() {
    clean(|| async {
        let tx = watch::Sender::<u32>::default();
        assert!(tx.is_closed());
        assert_eq!(tx.send(1).unwrap_err().0, 1);
        assert_eq!(tx.send_replace(2), 0);
        let mut rx = tx.subscribe();
        assert!(!rx.has_changed().unwrap());
        tx.send_modify(|value| *value += 1);
        assert!(rx.has_changed().unwrap());
        rx.mark_unchanged();
        assert!(!tx.send_if_modified(|_| false));
        assert!(!rx.has_changed().unwrap());
        rx.mark_changed();
        assert!(rx.borrow().has_changed());
        assert_eq!(*tx.borrow(), 3);
        let (other, second) = (tx.clone(), rx.clone());
        assert!(other.same_channel(&tx) && second.same_channel(&rx));
        assert_eq!((tx.receiver_count(), tx.sender_count()), (2, 2));
        drop((tx, other));
        assert!(rx.is_closed() && rx.has_changed().is_err());
    });
}

#[test]
fn a_sender_sees_that_all_receivers_are_gone() {
    clean(|| async {
        let (tx, rx) = watch::channel(0);
        let task = spawn(async move { drop(rx) });
        tx.closed().await;
        task.await.unwrap();
    });
}

#[test]
fn a_send_blocks_while_another_task_looks() {
    clean(|| async {
        let (tx, rx) = watch::channel(0);
        let tx = Arc::new(tx);
        let other = Arc::clone(&tx);
        let task = spawn(async move { other.send(1).unwrap() });
        {
            let look = rx.borrow();
            let before = *look;
            // A switch point: the sender may get as far as its send.
            assert_eq!(tx.receiver_count(), 1);
            assert_eq!(*look, before);
        }
        task.await.unwrap();
        assert_eq!(*rx.borrow(), 1);
    });
}

#[test]
fn waits_for_ever_are_named() {
    let line = line!() + 3;
    leaves_waiting(Operation::Changed, ObjectKind::Watch, line, || async {
        let (tx, mut rx) = watch::channel(0);
        spawn(async move { rx.changed().await.is_ok() });
        std::mem::forget(tx);
    });
    let line = line!() + 3;
    leaves_waiting(Operation::WaitFor, ObjectKind::Watch, line, || async {
        let (tx, mut rx) = watch::channel(0);
        spawn(async move { rx.wait_for(|&value| value > 0).await.is_ok() });
        std::mem::forget(tx);
    });
    let line = line!() + 3;
    leaves_waiting(Operation::Closed, ObjectKind::Watch, line, || async {
        let (tx, rx) = watch::channel(0);
        spawn(async move { tx.closed().await });
        std::mem::forget(rx);
    });
}
