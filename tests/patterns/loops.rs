//! Loops that nothing stops, and tasks that others wait for or forget.

use std::time::Duration;

use leak_harness::spawn;
use leak_harness::sync::{mpsc, watch};
use leak_harness::task::yield_now;
use leak_harness::time::{sleep, timeout};

pub async fn sleeps() {
    // spawned:
    spawn(async {
        loop {
            // waits:
            sleep(Duration::from_secs(60)).await;
        }
    });
}

pub async fn sleeps_until_told() {
    let (stop, stopped) = watch::channel(false);
    spawn(async move {
        while !*stopped.borrow() {
            sleep(Duration::from_secs(60)).await;
        }
    });
    sleep(Duration::from_secs(150)).await;
    stop.send(true).unwrap();
}

pub async fn yields() {
    // spawned:
    spawn(async {
        loop {
            // waits:
            yield_now().await;
        }
    });
}

pub async fn yields_until_told() {
    let (stop, stopped) = watch::channel(false);
    spawn(async move {
        while !*stopped.borrow() {
            yield_now().await;
        }
    });
    stop.send(true).ok();
}

pub async fn tries() {
    let (tx, mut rx) = mpsc::channel::<u32>(1);
    // spawned:
    spawn(async move {
        // waits:
        while rx.try_recv().is_err() {
            sleep(Duration::from_millis(5)).await;
        }
    });
    std::mem::forget(tx);
}

pub async fn tries_until_closed() {
    let (tx, mut rx) = mpsc::channel::<u32>(1);
    spawn(async move {
        while rx.try_recv() != Err(mpsc::error::TryRecvError::Disconnected) {
            sleep(Duration::from_millis(5)).await;
        }
    });
    drop(tx);
}

pub async fn joins_a_leak() {
    let (tx, mut rx) = mpsc::channel::<u32>(1);
    let leaks = spawn(async move { rx.recv().await });
    // spawned:
    spawn(async move {
        // waits:
        leaks.await.unwrap();
    });
    std::mem::forget(tx);
}

pub async fn aborts_before_it_joins() {
    let (tx, mut rx) = mpsc::channel::<u32>(1);
    let waits = spawn(async move { rx.recv().await });
    spawn(async move {
        waits.abort();
        let ended = waits.await;
        assert!(ended.is_err_and(|error| error.is_cancelled()));
    });
    std::mem::forget(tx);
}

pub async fn the_loser_lives_on() {
    let (tx, mut rx) = mpsc::channel::<u32>(1);
    // spawned:
    let slow = spawn(async move {
        // waits:
        rx.recv().await
    });
    let answer = timeout(Duration::from_secs(1), slow).await;
    assert!(answer.is_err());
    std::mem::forget(tx);
}

pub async fn the_loser_is_aborted() {
    let (tx, mut rx) = mpsc::channel::<u32>(1);
    let mut slow = spawn(async move { rx.recv().await });
    let answer = timeout(Duration::from_secs(1), &mut slow).await;
    assert!(answer.is_err());
    slow.abort();
    std::mem::forget(tx);
}
