//! `std::sync::mpsc`: ends that block their threads, and what leaves one blocked for ever.

use std::collections::BTreeSet;
use std::time::Duration;

use leak_harness::{Builder, FailureKind, ObjectKind, Operation, StuckState, spawn};
use leak_harness_std::sync::mpsc::{self, RecvTimeoutError, TryRecvError, TrySendError};
use leak_harness_std::thread;
use leak_harness_std::time::Instant;

use crate::everywhere::everywhere;
use crate::hosts::{failing, only_stuck};
use crate::orders::in_all_orders;
use crate::{HOSTS, says, waits};

#[test]
fn a_worker_ends_with_its_channel() {
    everywhere(|builder| {
        let check = builder.schedules(2_000).check(|| async {
            let (tx, rx) = mpsc::channel();
            let worker = thread::spawn(move || rx.iter().sum::<u32>());
            let other = tx.clone();
            thread::spawn(move || other.send(20).unwrap());
            tx.send(1).unwrap();
            drop(tx);
            assert_eq!(worker.join().unwrap(), 21);
        });
        check.expect("the channel is closed");
    });
}

#[test]
fn a_worker_whose_sender_is_kept_is_a_leak_that_names_it() {
    failing(
        FailureKind::Leak,
        |failure| {
            assert_eq!(only_stuck(failure).state(), StuckState::Blocked);
            waits(failure, Operation::Recv, ObjectKind::StdMpsc);
            says(failure, "it keeps the channel open itself");
        },
        || async {
            let (tx, rx) = mpsc::channel::<u8>();
            let again = tx.clone();
            thread::spawn(move || {
                for value in rx {
                    if value > 0 {
                        again.send(value - 1).unwrap();
                    }
                }
            });
            tx.send(2).unwrap();
        },
    );
}

#[test]
fn a_sender_without_room_waits_for_a_receiver_that_receives_no_more() {
    failing(
        FailureKind::Leak,
        |failure| {
            waits(failure, Operation::Send, ObjectKind::StdMpsc);
            says(failure, "the channel is full (it has room for 1)");
            says(failure, "change: drop the receiver of");
        },
        || async {
            let (tx, rx) = mpsc::sync_channel(1);
            thread::spawn(move || {
                for value in 0..3 {
                    tx.send(value).unwrap();
                }
            });
            assert_eq!(rx.recv(), Ok(0));
            std::mem::forget(rx);
        },
    );
}

#[test]
fn a_send_fails_once_the_receiver_is_gone() {
    everywhere(|builder| {
        let check = builder.exhaustive(true).check(|| async {
            let (tx, rx) = mpsc::sync_channel(1);
            let sender = thread::spawn(move || (tx.send(0).is_ok(), tx.send(1).is_err()));
            // It may wait for room, or find the receiver gone.
            thread::yield_now();
            drop(rx);
            let (_, second_failed) = sender.join().unwrap();
            assert!(second_failed);
        });
        check.expect("the send does not wait for ever");
    });
}

#[test]
fn without_room_both_sides_meet() {
    everywhere(|builder| {
        let check = builder.exhaustive(true).check(|| async {
            let (tx, rx) = mpsc::sync_channel(0);
            assert_eq!(tx.try_send(0), Err(TrySendError::Full(0)));
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
            let sender = thread::spawn(move || {
                tx.send(1).unwrap();
                tx.send(2).unwrap();
                drop(tx);
            });
            assert_eq!(rx.iter().collect::<Vec<_>>(), [1, 2]);
            sender.join().unwrap();
        });
        check.expect("they meet twice");
    });
    failing(
        FailureKind::Leak,
        |failure| waits(failure, Operation::Send, ObjectKind::StdMpsc),
        || async {
            let (tx, rx) = mpsc::sync_channel(0);
            thread::spawn(move || tx.send(1));
            std::mem::forget(rx);
        },
    );
}

/// What a try at sending into a channel without room can come to, over all orders.
#[test]
fn a_receiver_that_waits_can_be_given_a_value() {
    let tried = in_all_orders(|| async {
        let (tx, rx) = mpsc::sync_channel(0);
        let receiver = thread::spawn(move || rx.recv());
        let tried = tx.try_send(3).is_ok();
        drop(tx);
        let received = receiver.join().unwrap();
        assert_eq!(received.is_ok(), tried);
        tried
    });
    assert_eq!(tried.len(), 2, "it may wait or not");
}

#[test]
fn a_timeout_ends_a_wait_or_comes_too_late() {
    let received = in_all_orders(|| async {
        let (tx, rx) = mpsc::channel();
        thread::spawn(move || tx.send(1));
        rx.recv_timeout(Duration::from_secs(1)).ok()
    });
    assert_eq!(received, BTreeSet::from([None, Some(1)]));
    everywhere(|builder| {
        let check = builder.check(|| async {
            let (tx, rx) = mpsc::sync_channel::<u8>(1);
            let start = Instant::now();
            let second = Duration::from_secs(1);
            assert_eq!(rx.recv_timeout(second), Err(RecvTimeoutError::Timeout));
            assert_eq!(start.elapsed(), second);
            assert!(rx.recv_timeout(Duration::ZERO).is_err());
            drop(tx);
            assert_eq!(rx.recv_timeout(second), Err(RecvTimeoutError::Disconnected));
        });
        check.expect("time passes once nothing else can happen");
    });
}

#[test]
fn a_thread_that_polls_with_a_timeout_for_ever_is_a_loop() {
    failing(
        FailureKind::Loop,
        |failure| waits(failure, Operation::RecvTimeout, ObjectKind::StdMpsc),
        || async {
            let (tx, rx) = mpsc::channel::<u8>();
            thread::spawn(move || {
                while rx.recv_timeout(Duration::from_secs(1)) != Err(RecvTimeoutError::Disconnected)
                {
                }
            });
            std::mem::forget(tx);
        },
    );
}

#[test]
fn senders_that_wait_for_room_go_in_any_order() {
    let received = in_all_orders(|| async {
        let (tx, rx) = mpsc::sync_channel(1);
        let other = tx.clone();
        thread::spawn(move || tx.send(1).unwrap());
        thread::spawn(move || other.send(2).unwrap());
        rx.into_iter().collect::<Vec<u8>>()
    });
    assert_eq!(received.len(), 2);
}

#[test]
fn a_task_that_receives_blocks_its_thread() {
    for engine in HOSTS {
        let one_thread = Builder::new()
            .engine(engine)
            .flavor(leak_harness::Flavor::CurrentThread);
        let check = one_thread.check(|| async {
            let (tx, rx) = mpsc::channel();
            spawn(async move { tx.send(1) });
            // The task that sends cannot run while this one blocks their thread.
            let _ = rx.recv();
        });
        assert_eq!(check.unwrap_err().kind(), FailureKind::Deadlock);
    }
}

#[test]
fn what_waits_in_teardown_is_given_up() {
    struct Ends(Option<mpsc::SyncSender<u8>>, mpsc::Receiver<u8>);
    impl Drop for Ends {
        fn drop(&mut self) {
            let tx = self.0.take().unwrap();
            tx.send(1).unwrap();
            assert_eq!(self.1.recv(), Ok(1));
            let _ = self.1.recv();
            unreachable!("the sender is still there");
        }
    }
    for room in [1, 2] {
        failing(
            FailureKind::Deadlock,
            |failure| assert_eq!(failure.stuck().len(), 1),
            move || async move {
                let (tx, rx) = mpsc::sync_channel(room);
                let _ends = Ends(Some(tx), rx);
                std::future::pending::<()>().await;
            },
        );
    }
}

#[test]
fn outside_of_checks_ends_block_real_threads() {
    for room in [0, 1] {
        let (tx, rx) = mpsc::sync_channel(room);
        let senders = [1, 2].map(|value| {
            let tx = tx.clone();
            thread::spawn(move || tx.send(value))
        });
        drop(tx);
        let mut values: Vec<u8> = rx.iter().collect();
        values.sort_unstable();
        assert_eq!(values, [1, 2]);
        for sender in senders {
            sender.join().unwrap().unwrap();
        }
        let (tx, rx) = mpsc::sync_channel(room);
        let sender = thread::spawn(move || [(); 2].map(|()| tx.send(())));
        drop(rx);
        assert!(sender.join().unwrap()[1].is_err());
    }
    let (tx, rx) = mpsc::sync_channel::<u8>(0);
    let timeout = Duration::from_millis(1);
    assert_eq!(rx.recv_timeout(timeout), Err(RecvTimeoutError::Timeout));
    drop(tx);
    assert_eq!(
        rx.recv_timeout(timeout),
        Err(RecvTimeoutError::Disconnected)
    );
}

#[test]
fn ends_cross_threads_as_stds_do() {
    fn is_send<T: Send>() {}
    fn is_sync<T: Sync>() {}
    fn survives<T: std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    is_send::<mpsc::Sender<u8>>();
    is_sync::<mpsc::Sender<u8>>();
    is_send::<mpsc::SyncSender<u8>>();
    is_sync::<mpsc::SyncSender<u8>>();
    is_send::<mpsc::Receiver<u8>>();
    survives::<mpsc::Receiver<u8>>();
    let (tx, rx) = mpsc::channel::<u8>();
    let (real_tx, real_rx) = std::sync::mpsc::channel::<u8>();
    assert_eq!(format!("{tx:?} {rx:?}"), format!("{real_tx:?} {real_rx:?}"));
}
