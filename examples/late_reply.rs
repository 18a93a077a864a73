//! A leak that one lucky run never shows: a reply to a caller that gave up.
//!
//! `fetch` asks a worker and waits for its answer, for a second at most. Nearly always the answer
//! is there in time. When it is not, the caller goes away, the worker's `send` waits for room in a
//! channel that nobody reads any more, and the worker never ends.

use leak_harness::sync::mpsc;
use leak_harness::time::{Duration, timeout};
use leak_harness::{Builder, spawn};

/// A worker that answers each request twice: a first word, and the full answer.
fn start_worker() -> (mpsc::Sender<u32>, mpsc::Receiver<String>) {
    let (requests, mut inbox) = mpsc::channel::<u32>(1);
    let (replies, answers) = mpsc::channel::<String>(1);
    spawn(async move {
        while let Some(request) = inbox.recv().await {
            let _ = replies.send(format!("{request} received")).await;
            let _ = replies.send(format!("{request} done")).await;
        }
    });
    (requests, answers)
}

async fn fetch(
    requests: &mpsc::Sender<u32>,
    answers: &mut mpsc::Receiver<String>,
) -> Option<String> {
    requests.send(7).await.ok()?;
    let first = timeout(Duration::from_secs(1), answers.recv())
        .await
        .ok()??;
    let full = timeout(Duration::from_secs(1), answers.recv())
        .await
        .ok()??;
    Some(format!("{first}, {full}"))
}

fn main() {
    let check = Builder::new().name("late_reply").check(|| async {
        let (requests, mut answers) = start_worker();
        let _ = fetch(&requests, &mut answers).await;
        drop(requests);
        // The answers stay in a cache, so their channel is never closed: that is the bug.
        std::mem::forget(answers);
    });
    #[expect(clippy::print_stdout, reason = "the example shows what is found")]
    match check {
        Ok(coverage) => println!("no leak, in {coverage}"),
        Err(failure) => println!("{failure}"),
    }
}
