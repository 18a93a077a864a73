//! A leak that one lucky run never shows: the late reply to a caller that gave up.
//!
//! A client asks a worker and waits for both parts of its answer, for a second each at most.
//! Nearly always they are there in time. When they are not, the client goes its way, and the
//! worker's `send` waits for room in a channel that nobody reads any more. The client's end of that
//! channel is never dropped, because the worker itself holds the connection: the worker never ends.
//!
//! Run it with `cargo run --example late_reply`: it prints the leak that is found, and how the
//! repaired worker fares.
#![expect(clippy::print_stdout, reason = "what it is for")]

use std::sync::Arc;

use leak_harness::sync::{Mutex, mpsc};
use leak_harness::time::{Duration, timeout};
use leak_harness::{Builder, spawn};

/// What a client and its worker share.
struct Connection {
    answers: Mutex<mpsc::Receiver<String>>,
    served: Mutex<u32>,
}

/// Starts a worker that answers each request in two parts.
fn connect(room: usize) -> (mpsc::Sender<u32>, Arc<Connection>) {
    let (requests, mut inbox) = mpsc::channel::<u32>(1);
    let (replies, answers) = mpsc::channel::<String>(room);
    let connection = Arc::new(Connection {
        answers: Mutex::new(answers),
        served: Mutex::new(0),
    });
    let shared = Arc::clone(&connection);
    spawn(async move {
        while let Some(request) = inbox.recv().await {
            let _ = replies.send(format!("{request}: received")).await;
            let _ = replies.send(format!("{request}: done")).await;
            *shared.served.lock().await += 1;
        }
    });
    (requests, connection)
}

/// Both parts of an answer, unless one takes too long.
async fn fetch(requests: &mpsc::Sender<u32>, connection: &Connection) -> Option<[String; 2]> {
    requests.send(7).await.ok()?;
    let mut answers = connection.answers.lock().await;
    let first = timeout(Duration::from_secs(1), answers.recv())
        .await
        .ok()??;
    let second = timeout(Duration::from_secs(1), answers.recv())
        .await
        .ok()??;
    Some([first, second])
}

async fn client(room: usize) {
    let (requests, connection) = connect(room);
    let _ = fetch(&requests, &connection).await;
}

fn main() {
    match Builder::new().name("late_reply").check(|| client(1)) {
        Ok(coverage) => println!("no leak, in {coverage}"),
        Err(failure) => println!("{failure}"),
    }
    println!("With room for both parts of an answer:");
    match Builder::new()
        .name("late_reply, repaired")
        .check(|| client(2))
    {
        Ok(coverage) => println!("no leak, in {coverage}."),
        Err(failure) => println!("{failure}"),
    }
}
