//! Code with a leak that an ordinary test does not see.

use tokio::sync::mpsc;

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
