//! Code with a leak that an ordinary test does not see.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

/// Starts a worker that hands failed jobs in again, for which it keeps a sender of its own. So its
/// queue is never closed, and the worker never ends.
fn start() -> mpsc::Sender<u32> {
    let (jobs, mut queue) = mpsc::channel::<u32>(8);
    let again = jobs.clone();
    tokio::spawn(async move {
        while let Some(tries_left) = queue.recv().await {
            if tries_left > 0 {
                let _ = again.try_send(tries_left - 1);
            }
        }
    });
    jobs
}

#[tokio::test]
#[should_panic(expected = "leak")]
async fn a_leak_fails_an_unmodified_test() {
    let jobs = start();
    jobs.send(2).await.unwrap();
}

/// A timer that fires early: the client gives up, and keeps its end of the channel.
#[tokio::test]
#[should_panic(expected = "leak")]
async fn an_answer_that_comes_too_late_fails_an_unmodified_test() {
    let (answers, mut client) = mpsc::channel::<u32>(1);
    tokio::spawn(async move {
        for half in 0..2 {
            let _ = answers.send(half).await;
        }
    });
    if timeout(Duration::from_secs(1), client.recv()).await.is_ok() {
        client.recv().await;
    }
    std::mem::forget(client);
}
