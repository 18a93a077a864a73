//! Locks and guards that are held when teardown begins, and drop code that wants them.

use std::future::pending;
use std::sync::Arc;

use leak_harness::spawn;
use leak_harness::sync::{Mutex, Notify, Semaphore, mpsc, watch};
use leak_harness::task::yield_now;

use crate::support::everywhere;
use crate::{Count, OnDrop, assert_leak, assert_unhurt};

#[test]
fn drops_may_lock_notify_and_release() {
    static VALUES: Count = Count::new();
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let lock = Arc::new((Mutex::new(0), Notify::new(), Semaphore::new(0)));
            let other = Arc::clone(&lock);
            spawn(async move {
                let _value = VALUES.value();
                let _on_drop = OnDrop(move || {
                    let _ = other.0.try_lock().map(|mut held| *held += 1);
                    other.1.notify_one();
                    other.2.add_permits(1);
                });
                pending::<()>().await;
            });
            spawn(async move {
                let _value = VALUES.value();
                let _held = lock.0.lock().await;
                let _permit = lock.2.acquire().await;
                lock.1.notified().await;
            });
        });
        assert_leak(&failure.unwrap_err());
    });
    VALUES.assert_even();
    assert_unhurt();
}

#[test]
fn a_guard_that_is_held_for_ever_is_released_in_teardown() {
    static VALUES: Count = Count::new();
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let lock = Arc::new(Mutex::new(VALUES.value()));
            for _ in 0..2 {
                let lock = Arc::clone(&lock);
                spawn(async move {
                    let _value = VALUES.value();
                    let _held = lock.lock().await;
                    pending::<()>().await;
                });
            }
        });
        let failure = failure.unwrap_err();
        assert_leak(&failure);
        assert_eq!(failure.stuck().len(), 2);
    });
    VALUES.assert_even();
    assert_unhurt();
}

/// The body panics while a task stands in the middle of a poll with a watch borrowed; the drop of
/// another one writes to it, for which its thread would block.
#[test]
fn a_drop_that_writes_to_a_borrowed_watch_does_not_hang() {
    everywhere(|builder| {
        let check = builder.allow("writes").check(|| async {
            let (tx, rx) = watch::channel(0);
            let (mark, mut marks) = mpsc::channel::<u32>(2);
            spawn(writes(tx));
            spawn(async move {
                let _borrowed = rx.borrow();
                mark.try_send(1).ok();
                mark.try_send(2).ok();
            });
            yield_now().await;
            if marks.try_recv().is_ok() && marks.try_recv().is_err() {
                panic!("in between");
            }
        });
        if let Err(failure) = check {
            assert_eq!(failure.panic().unwrap().message, "in between");
        }
    });
    assert_unhurt();
}

async fn writes(tx: watch::Sender<u32>) {
    let _on_drop = OnDrop(move || {
        tx.send(1).ok();
    });
    pending::<()>().await;
}
