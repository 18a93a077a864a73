//! The systematic engine sees every outcome of a program over the mirrored primitives that brute
//! force sees.

use std::pin::pin;
use std::sync::{Arc, Mutex as StdMutex};

use leak_harness::spawn;
use leak_harness::sync::{Mutex, Notify, RwLock, Semaphore, broadcast, mpsc, oneshot, watch};

use crate::outcomes::{note, same_outcomes};

#[test]
fn who_gets_a_lock_first() {
    same_outcomes(2, |log| async move {
        let mutex = Arc::new(Mutex::new(Vec::new()));
        let tasks = [1, 2].map(|name| {
            let mutex = Arc::clone(&mutex);
            spawn(async move { mutex.lock().await.push(name) })
        });
        for task in tasks {
            task.await.unwrap();
        }
        note(&log, format!("{:?}", mutex.lock().await));
    });
}

#[test]
fn a_try_beside_a_reader_and_a_writer() {
    same_outcomes(2, |log| async move {
        let lock = Arc::new(RwLock::new(0));
        let (one, two) = (Arc::clone(&lock), Arc::clone(&lock));
        let writer = spawn(async move {
            let guard = one.write().await;
            drop(guard.downgrade());
        });
        let reader = spawn(async move { two.try_write().is_ok() });
        let read = lock.try_read().is_ok();
        writer.await.unwrap();
        note(&log, format!("{read} {}", reader.await.unwrap()));
    });
}

#[test]
fn permits_of_several_sizes() {
    same_outcomes(2, |log| async move {
        let semaphore = Arc::new(Semaphore::new(1));
        let (one, two) = (Arc::clone(&semaphore), Arc::clone(&semaphore));
        let order = Arc::new(StdMutex::new(Vec::new()));
        let (first, second) = (Arc::clone(&order), Arc::clone(&order));
        let big = spawn(async move {
            let _permits = one.acquire_many(2).await.unwrap();
            first.lock().unwrap().push("big");
        });
        let small = spawn(async move {
            let _permit = two.acquire_owned().await.unwrap();
            second.lock().unwrap().push("small");
        });
        semaphore.add_permits(1);
        let tried = semaphore.try_acquire().is_ok();
        big.await.unwrap();
        small.await.unwrap();
        note(&log, format!("{tried} {:?}", order.lock().unwrap()));
    });
}

#[test]
fn who_is_notified() {
    same_outcomes(2, |log| async move {
        let notify = Arc::new(Notify::new());
        let other = Arc::clone(&notify);
        let task = spawn(async move {
            let mut wait = pin!(other.notified());
            let ready = futures::poll!(wait.as_mut()).is_ready();
            ready || futures::poll!(wait).is_ready()
        });
        let mut wait = pin!(notify.notified());
        note(&log, futures::poll!(wait.as_mut()).is_ready());
        notify.notify_last();
        notify.notify_waiters();
        note(&log, futures::poll!(wait).is_ready());
        note(&log, task.await.unwrap());
    });
}

#[test]
fn what_was_enabled_or_created_in_time() {
    same_outcomes(4, |log| async move {
        let notify = Arc::new(Notify::new());
        let (one, two) = (Arc::clone(&notify), Arc::clone(&notify));
        let created = spawn(async move {
            let wait = one.notified();
            leak_harness::task::yield_now().await;
            futures::poll!(Box::pin(wait)).is_ready()
        });
        let enabled = spawn(async move {
            let mut wait = pin!(two.notified_owned());
            let early = wait.as_mut().enable();
            leak_harness::task::yield_now().await;
            early || wait.enable()
        });
        notify.notify_waiters();
        note(&log, created.await.unwrap());
        note(&log, enabled.await.unwrap());
    });
}

#[test]
fn which_value_of_a_watch_is_seen() {
    same_outcomes(3, |log| async move {
        let (tx, mut rx) = watch::channel(0);
        let sender = spawn(async move {
            tx.send_modify(|value| *value = 1);
            tx.send_replace(2);
        });
        note(&log, *rx.borrow());
        rx.changed().await.unwrap();
        note(&log, *rx.borrow_and_update());
        sender.await.unwrap();
    });
}

#[test]
fn the_room_that_permits_keep() {
    same_outcomes(2, |log| async move {
        let (tx, mut rx) = mpsc::channel(1);
        let other = tx.clone();
        let keeper = spawn(async move {
            match other.reserve().await {
                Ok(permit) => permit.send(1),
                Err(_) => unreachable!("the receiver is there"),
            }
        });
        let tried = tx.try_send(2).is_ok();
        drop(tx);
        note(&log, tried);
        while let Some(value) = rx.recv().await {
            note(&log, value);
        }
        keeper.await.unwrap();
    });
}

#[test]
fn a_oneshot_that_races_its_end() {
    same_outcomes(2, |log| async move {
        let (tx, mut rx) = oneshot::channel();
        let sender = spawn(async move { tx.send(1).is_ok() });
        let early = rx.try_recv().is_ok();
        rx.close();
        note(&log, early || rx.try_recv().is_ok());
        note(&log, sender.await.unwrap());
    });
}

#[test]
fn how_much_of_a_broadcast_is_missed() {
    same_outcomes(2, |log| async move {
        let (tx, mut rx) = broadcast::channel(1);
        let sender = spawn(async move {
            for value in 0..2 {
                let _ = tx.send(value);
            }
        });
        loop {
            match rx.recv().await {
                Ok(value) => note(&log, value),
                Err(broadcast::error::RecvError::Lagged(missed)) => {
                    note(&log, format!("missed {missed}"));
                }
                Err(broadcast::error::RecvError::Closed) => break,
            }
        }
        sender.await.unwrap();
    });
}
