//! `broadcast`: what each receiver gets and misses, values with code of their own, and waits for ever.

use leak_harness::sync::broadcast::error::{RecvError, TryRecvError};
use leak_harness::sync::{broadcast, mpsc};
use leak_harness::task::spawn_blocking;
use leak_harness::{ObjectKind, Operation, spawn};

use crate::{clean, leaves_waiting};

#[test]
fn every_receiver_gets_every_value() {
    clean(|| async {
        let (tx, mut rx) = broadcast::channel(2);
        let mut other = tx.subscribe();
        let task = spawn(async move {
            assert_eq!(other.recv().await, Ok(1));
            assert_eq!(other.recv().await, Ok(2));
            assert_eq!(other.recv().await, Err(RecvError::Closed));
        });
        assert_eq!(tx.send(1).unwrap(), 2);
        assert_eq!(tx.send(2).unwrap(), 2);
        drop(tx);
        assert_eq!((rx.recv().await, rx.try_recv()), (Ok(1), Ok(2)));
        assert_eq!(rx.blocking_recv(), Err(RecvError::Closed));
        task.await.unwrap();
    });
}

#[test]
fn a_slow_receiver_misses_values_and_is_told() {
    clean(|| async {
        let (tx, mut rx) = broadcast::channel(1);
        let task = spawn(async move {
            for value in 0..2 {
                tx.send(value).unwrap();
            }
        });
        match rx.recv().await {
            Ok(0) => {}
            Err(RecvError::Lagged(1)) => {}
            other => panic!("{other:?}"),
        }
        assert_eq!(rx.recv().await, Ok(1));
        task.await.unwrap();
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn counts_and_ends_are_tokios() {
    clean(|| async {
        let tx = broadcast::Sender::<u32>::new(4);
        assert_eq!(tx.send(1).unwrap_err().0, 1);
        let rx = tx.subscribe();
        let second = rx.resubscribe();
        tx.send(2).unwrap();
        assert_eq!(
            (tx.len(), tx.is_empty(), tx.receiver_count()),
            (1, false, 2)
        );
        assert_eq!((rx.len(), rx.is_empty()), (1, false));
        assert!(rx.same_channel(&second));
        let weak = tx.downgrade();
        let other = weak.clone().upgrade().unwrap();
        assert!(other.same_channel(&tx));
        assert_eq!((tx.strong_count(), rx.sender_weak_count()), (2, 1));
        let task = spawn(async move { drop((rx, second)) });
        tx.closed().await;
        task.await.unwrap();
        let rx = tx.subscribe();
        drop((tx, other));
        assert!(weak.upgrade().is_none());
        assert!(rx.is_closed());
    });
}

/// Sends when it is cloned and when it is dropped: tokio does both under its locks.
struct Chatty(mpsc::UnboundedSender<&'static str>);

impl Clone for Chatty {
    fn clone(&self) -> Chatty {
        let _ = self.0.send("clone");
        Chatty(self.0.clone())
    }
}

impl Drop for Chatty {
    fn drop(&mut self) {
        let _ = self.0.send("drop");
    }
}

#[test]
fn values_that_send_when_they_are_cloned_and_dropped_do_not_hang() {
    clean(|| async {
        let (log, mut lines) = mpsc::unbounded_channel();
        let (tx, mut rx) = broadcast::channel(1);
        let task = spawn(async move { drop(rx.recv().await) });
        let _ = tx.send(Chatty(log));
        drop(tx);
        task.await.unwrap();
        let mut drops = 0;
        while let Some(line) = lines.recv().await {
            drops += i32::from(line == "drop");
        }
        assert!(drops >= 1);
    });
}

#[test]
fn a_value_that_is_replaced_under_the_lock_while_another_task_receives() {
    clean(|| async {
        let (log, mut lines) = mpsc::unbounded_channel();
        let (tx, mut rx) = broadcast::channel(1);
        tx.send(Some(Chatty(log))).ok().unwrap();
        let task = spawn_blocking(move || {
            let mut received = 0;
            loop {
                match rx.blocking_recv() {
                    Ok(_) => received += 1,
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return received,
                }
            }
        });
        tx.send(None).ok().unwrap();
        drop(tx);
        assert!(task.await.unwrap() >= 1);
        while lines.recv().await.is_some() {}
    });
}

#[test]
fn waits_for_ever_are_named() {
    let line = line!() + 3;
    leaves_waiting(Operation::Recv, ObjectKind::Broadcast, line, || async {
        let (tx, mut rx) = broadcast::channel::<u32>(1);
        spawn(async move { rx.recv().await.is_ok() });
        std::mem::forget(tx);
    });
    let line = line!() + 3;
    leaves_waiting(Operation::Closed, ObjectKind::Broadcast, line, || async {
        let (tx, rx) = broadcast::channel::<u32>(1);
        spawn(async move { tx.closed().await });
        std::mem::forget(rx);
    });
}
