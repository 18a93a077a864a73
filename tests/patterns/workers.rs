//! Tasks that receive from a channel which is never closed.

use std::future::pending;

use leak_harness::sync::{mpsc, oneshot, watch};
use leak_harness::{select, spawn};

pub async fn the_owner_keeps_the_sender() {
    let (jobs, mut inbox) = mpsc::channel(1);
    // spawned:
    let worker = spawn(async move {
        // waits:
        while inbox.recv().await.is_some() {}
    });
    jobs.send("job").await.unwrap();
    worker.await.unwrap();
}

pub async fn the_owner_cancels_by_watch() {
    let (jobs, mut inbox) = mpsc::channel(1);
    let (cancel, mut cancelled) = watch::channel(false);
    let worker = spawn(async move {
        loop {
            select! {
                _ = cancelled.changed() => break,
                job = inbox.recv() => assert_eq!(job, Some("job")),
            }
        }
    });
    jobs.send("job").await.unwrap();
    cancel.send(true).unwrap();
    worker.await.unwrap();
}

pub async fn a_parked_task_keeps_the_sender() {
    let (jobs, mut inbox) = mpsc::unbounded_channel();
    // spawned:
    spawn(async move {
        // waits:
        while inbox.recv().await.is_some() {}
    });
    spawn(async move {
        jobs.send("job").unwrap();
        pending::<()>().await;
    });
}

pub async fn the_owner_cancels_by_oneshot() {
    let (jobs, mut inbox) = mpsc::unbounded_channel();
    let (cancel, mut cancelled) = oneshot::channel::<()>();
    spawn(async move {
        loop {
            select! {
                _ = &mut cancelled => break,
                job = inbox.recv() => assert_eq!(job, Some("job")),
            }
        }
    });
    jobs.send("job").unwrap();
    drop(cancel);
    std::mem::forget(jobs);
}

pub async fn the_worker_keeps_the_sender() {
    let (jobs, mut inbox) = mpsc::channel(2);
    let again = jobs.clone();
    // spawned:
    spawn(async move {
        // waits:
        while let Some(job) = inbox.recv().await {
            if job == "fails once" {
                again.send("tried again").await.ok();
            }
        }
    });
    jobs.send("fails once").await.unwrap();
}

pub async fn the_worker_keeps_the_sender_and_is_cancelled() {
    let (jobs, mut inbox) = mpsc::channel(2);
    let (cancel, mut cancelled) = oneshot::channel::<()>();
    let again = jobs.clone();
    spawn(async move {
        loop {
            select! {
                _ = &mut cancelled => break,
                job = inbox.recv() => {
                    if job == Some("fails once") {
                        again.send("tried again").await.ok();
                    }
                }
            }
        }
    });
    jobs.send("fails once").await.unwrap();
    drop(cancel);
}

pub async fn nobody_closes() {
    let (tx, mut rx) = mpsc::channel(2);
    for n in 0..2 {
        let tx = tx.clone();
        spawn(async move { tx.send(n).await.unwrap() });
    }
    // spawned:
    let consumer = spawn(async move {
        // waits:
        while rx.recv().await.is_some() {}
    });
    consumer.await.unwrap();
    drop(tx);
}

pub async fn the_last_producer_closes() {
    let (tx, mut rx) = mpsc::channel(2);
    for n in 0..2 {
        let tx = tx.clone();
        spawn(async move { tx.send(n).await.unwrap() });
    }
    drop(tx);
    let consumer = spawn(async move { while rx.recv().await.is_some() {} });
    consumer.await.unwrap();
}
