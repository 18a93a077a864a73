//! Lost wakeups and locks.

use std::sync::Arc;

use leak_harness::spawn;
use leak_harness::sync::{Mutex, Notify};

pub async fn checks_then_waits() {
    let ready = Arc::new((Mutex::new(false), Notify::new()));
    let waiter = Arc::clone(&ready);
    // spawned:
    spawn(async move {
        let is_ready = *waiter.0.lock().await;
        if !is_ready {
            // waits:
            waiter.1.notified().await;
        }
    });
    *ready.0.lock().await = true;
    ready.1.notify_waiters();
}

pub async fn registers_then_checks() {
    let ready = Arc::new((Mutex::new(false), Notify::new()));
    let waiter = Arc::clone(&ready);
    spawn(async move {
        let notified = waiter.1.notified();
        let is_ready = *waiter.0.lock().await;
        if !is_ready {
            notified.await;
        }
    });
    *ready.0.lock().await = true;
    ready.1.notify_waiters();
}

pub async fn opposite_orders() {
    let (one, other) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
    let (first, second) = (Arc::clone(&one), Arc::clone(&other));
    // spawned:
    spawn(async move {
        let _first = first.lock().await;
        // waits:
        let _second = second.lock().await;
    });
    spawn(async move {
        let _second = other.lock().await;
        let _first = one.lock().await;
    });
}

pub async fn one_order() {
    let (one, other) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
    let (first, second) = (Arc::clone(&one), Arc::clone(&other));
    spawn(async move {
        let _first = first.lock().await;
        let _second = second.lock().await;
    });
    spawn(async move {
        let _first = one.lock().await;
        let _second = other.lock().await;
    });
}

pub async fn taken_twice() {
    let lock = Arc::new(Mutex::new(0));
    // spawned:
    spawn(async move {
        let first = lock.lock().await;
        // waits:
        let second = lock.lock().await;
        assert_eq!(*first, *second);
    });
}

pub async fn released_before() {
    let lock = Arc::new(Mutex::new(0));
    spawn(async move {
        let first = *lock.lock().await;
        let second = *lock.lock().await;
        assert_eq!(first, second);
    });
}
