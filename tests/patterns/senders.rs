//! Tasks that send to a receiver which does not receive any more.

use std::time::Duration;

use leak_harness::sync::{mpsc, watch};
use leak_harness::time::{sleep, timeout};
use leak_harness::{select, spawn};

/// The receiver lives on somewhere, and nobody receives.
fn keep<T>(value: T) {
    std::mem::forget(value);
}

pub async fn nobody_receives() {
    let (tx, rx) = mpsc::channel(1);
    // spawned:
    spawn(async move {
        tx.send(1).await.ok();
        // waits:
        tx.send(2).await.ok();
    });
    keep(rx);
}

pub async fn room_for_the_values() {
    let (tx, rx) = mpsc::channel(2);
    spawn(async move {
        tx.send(1).await.ok();
        tx.send(2).await.ok();
    });
    keep(rx);
}

pub async fn the_caller_gave_up() {
    let (reply, mut replies) = mpsc::channel(1);
    // spawned:
    spawn(async move {
        sleep(Duration::from_secs(2)).await;
        reply.send("part").await.ok();
        // waits:
        reply.send("end").await.ok();
    });
    let answer = timeout(Duration::from_secs(1), replies.recv()).await;
    assert!(answer.is_err());
    keep(replies);
}

pub async fn room_for_a_late_reply() {
    let (reply, mut replies) = mpsc::channel(2);
    spawn(async move {
        sleep(Duration::from_secs(2)).await;
        reply.send("part").await.ok();
        reply.send("end").await.ok();
    });
    let answer = timeout(Duration::from_secs(1), replies.recv()).await;
    assert!(answer.is_err());
    keep(replies);
}

pub async fn the_consumer_stopped() {
    let (tx, mut rx) = mpsc::channel(1);
    // spawned:
    let producer = spawn(async move {
        for n in 0..4 {
            // waits:
            tx.send(n).await.ok();
        }
    });
    // The first message is an error; the rest stays where it is.
    rx.recv().await;
    producer.await.unwrap();
}

pub async fn the_consumer_drains() {
    let (tx, mut rx) = mpsc::channel(1);
    let producer = spawn(async move {
        for n in 0..4 {
            tx.send(n).await.ok();
        }
    });
    rx.recv().await;
    while rx.recv().await.is_some() {}
    producer.await.unwrap();
}

pub async fn the_consumer_is_kept() {
    let (tx, mut rx) = mpsc::channel(1);
    // spawned:
    spawn(async move {
        for n in 0..4 {
            // waits:
            tx.send(n).await.ok();
        }
    });
    rx.recv().await;
    keep(rx);
}

pub async fn the_producer_is_cancelled() {
    let (tx, mut rx) = mpsc::channel(1);
    let (cancel, mut cancelled) = watch::channel(false);
    spawn(async move {
        for n in 0..4 {
            select! {
                _ = cancelled.changed() => break,
                _ = tx.send(n) => {}
            }
        }
    });
    rx.recv().await;
    cancel.send(true).ok();
    keep(rx);
}
