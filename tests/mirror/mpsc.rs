//! `mpsc`: order, room, permits, weak senders, ends, and waits for ever.

use std::future::poll_fn;
use std::time::Duration;

use leak_harness::sync::mpsc::error::{SendTimeoutError, TryRecvError, TrySendError};
use leak_harness::sync::mpsc::{channel, unbounded_channel};
use leak_harness::{ObjectKind, Operation, spawn};

use crate::{clean, leaves_waiting};

#[test]
fn values_arrive_in_order_and_then_the_end() {
    clean(|| async {
        let (tx, mut rx) = unbounded_channel();
        let task = spawn(async move {
            tx.send(1).unwrap();
            tx.send(2).unwrap();
        });
        assert_eq!(rx.recv().await, Some(1));
        assert_eq!(poll_fn(|context| rx.poll_recv(context)).await, Some(2));
        assert_eq!(rx.blocking_recv(), None);
        task.await.unwrap();
    });
}

#[test]
fn several_values_are_taken_at_once() {
    clean(|| async {
        let (tx, mut rx) = channel(4);
        for value in 0..4 {
            tx.blocking_send(value).unwrap();
        }
        let mut values = Vec::new();
        assert_eq!(rx.recv_many(&mut values, 2).await, 2);
        assert_eq!(rx.blocking_recv_many(&mut values, 1), 1);
        let poll = poll_fn(|context| rx.poll_recv_many(context, &mut values, 9));
        assert_eq!(poll.await, 1);
        assert_eq!(values, [0, 1, 2, 3]);

        let (tx, mut rx) = unbounded_channel();
        tx.send(1).unwrap();
        tx.send(2).unwrap();
        let mut values = Vec::new();
        let poll = poll_fn(|context| rx.poll_recv_many(context, &mut values, 1));
        assert_eq!(poll.await, 1);
        assert_eq!(rx.recv_many(&mut values, 9).await, 1);
        drop(tx);
        assert_eq!(rx.blocking_recv_many(&mut values, 1), 0);
    });
}

#[test]
fn room_can_be_kept_used_and_given_back() {
    clean(|| async {
        let (tx, mut rx) = channel(2);
        let permit = tx.reserve().await.unwrap();
        assert_eq!((tx.capacity(), rx.max_capacity()), (1, 2));
        let owned = tx.clone().try_reserve_owned().unwrap();
        assert!(owned.same_channel_as_sender(&tx));
        assert!(matches!(tx.try_reserve(), Err(TrySendError::Full(()))));
        assert!(matches!(
            tx.clone().try_reserve_owned(),
            Err(TrySendError::Full(_))
        ));
        permit.send(1);
        let other = owned.send(2);
        assert!(other.same_channel(&tx));
        assert_eq!((rx.recv().await, rx.recv().await), (Some(1), Some(2)));
        drop(other.reserve_owned().await.unwrap());
        let mut permits = tx.reserve_many(2).await.unwrap();
        permits.next().unwrap().send(3);
        assert_eq!(permits.len(), 1);
        drop(permits);
        assert_eq!(tx.try_reserve_many(1).unwrap().count(), 1);
        assert_eq!(rx.try_recv(), Ok(3));
        let sender = tx.clone().reserve_owned().await.unwrap().release();
        assert_eq!(sender.capacity(), 2);
        assert_eq!(rx.capacity(), 2);
    });
}

#[test]
fn counts_and_weak_senders_are_tokios() {
    clean(|| async {
        let (tx, rx) = channel::<u32>(1);
        let weak = tx.downgrade();
        let second = weak.upgrade().unwrap();
        assert_eq!((tx.strong_count(), weak.clone().weak_count()), (2, 2));
        assert_eq!((rx.sender_strong_count(), rx.sender_weak_count()), (2, 1));
        drop((tx, second));
        assert!(weak.upgrade().is_none());
        assert!(rx.is_closed());

        let (tx, mut rx) = unbounded_channel();
        let weak = tx.downgrade();
        assert_eq!((weak.strong_count(), tx.weak_count()), (1, 1));
        tx.send(1).unwrap();
        assert_eq!((rx.len(), rx.is_empty()), (1, false));
        assert!(weak.upgrade().unwrap().same_channel(&tx));
        rx.close();
        assert!(tx.is_closed());
        assert!(tx.send(2).is_err());
        assert_eq!(rx.try_recv(), Ok(1));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    });
}

#[test]
fn senders_see_the_end_of_the_receiver() {
    clean(|| async {
        let (tx, rx) = channel::<u32>(1);
        let (unbounded, other) = unbounded_channel::<u32>();
        let task = spawn(async move { drop((rx, other)) });
        tx.closed().await;
        unbounded.closed().await;
        assert!(matches!(tx.try_send(1), Err(TrySendError::Closed(1))));
        assert!(tx.send(1).await.is_err());
        assert!(tx.blocking_send(1).is_err());
        task.await.unwrap();
    });
}

#[test]
fn a_send_with_a_timeout_gives_the_value_back() {
    clean(|| async {
        let (tx, mut rx) = channel(1);
        let timeout = Duration::from_secs(1);
        tx.send_timeout(1, timeout).await.unwrap();
        assert_eq!(
            tx.send_timeout(2, timeout).await,
            Err(SendTimeoutError::Timeout(2))
        );
        assert_eq!(rx.recv().await, Some(1));
        drop(rx);
        assert_eq!(
            tx.send_timeout(3, timeout).await,
            Err(SendTimeoutError::Closed(3))
        );
    });
}

#[test]
fn a_blocked_sender_goes_on_when_there_is_room() {
    clean(|| async {
        let (tx, mut rx) = channel(1);
        let task = spawn(async move {
            assert_eq!(rx.recv().await, Some(1));
            assert_eq!(rx.recv().await, Some(2));
            assert_eq!(rx.recv().await, None);
        });
        tx.blocking_send(1).unwrap();
        tx.blocking_send(2).unwrap();
        drop(tx);
        task.await.unwrap();
    });
}

#[test]
fn waits_for_ever_are_named() {
    use ObjectKind::{Mpsc, UnboundedMpsc};
    let line = line!() + 3;
    leaves_waiting(Operation::Recv, UnboundedMpsc, line, || async {
        let (tx, mut rx) = unbounded_channel::<u32>();
        spawn(async move { rx.recv().await });
        std::mem::forget(tx);
    });
    let line = line!() + 3;
    leaves_waiting(Operation::Recv, Mpsc, line, || async {
        let (tx, mut rx) = channel::<u32>(1);
        spawn(async move { poll_fn(|context| rx.poll_recv(context)).await });
        std::mem::forget(tx);
    });
    let line = line!() + 4;
    leaves_waiting(Operation::Reserve, Mpsc, line, || async {
        let (tx, rx) = channel(1);
        tx.try_send(1).unwrap();
        spawn(async move { tx.reserve_owned().await.is_ok() });
        std::mem::forget(rx);
    });
    let line = line!() + 3;
    leaves_waiting(Operation::Closed, UnboundedMpsc, line, || async {
        let (tx, rx) = unbounded_channel::<u32>();
        spawn(async move { tx.closed().await });
        std::mem::forget(rx);
    });
}
