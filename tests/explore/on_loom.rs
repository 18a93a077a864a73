//! How many schedules loom takes where it is told only of what can be seen.
//!
//! What is pinned is reached; the formula is beside it, as in `counts`. What is missing is loom's: its
//! reduction has neither sleep sets nor wakeup trees, so it runs some orders more than once.

use std::sync::Arc;

use leak_harness::sync::{Mutex, mpsc};
use leak_harness::{Builder, Engine, spawn};

/// Schedules until nothing is left.
fn schedules<F: Future<Output = ()> + 'static>(
    body: impl Fn() -> F + Send + Sync + 'static,
) -> u64 {
    let builder = Builder::new().engine(Engine::Loom).exhaustive(true);
    builder.check(body).unwrap().schedules()
}

fn producers(producers: u32, messages: u32) -> u64 {
    schedules(move || async move {
        let (tx, mut rx) = mpsc::channel(8);
        for producer in 0..producers {
            let tx = tx.clone();
            spawn(async move {
                for message in 0..messages {
                    tx.send((producer, message)).await.unwrap();
                }
            });
        }
        drop(tx);
        while rx.recv().await.is_some() {}
    })
}

#[test]
fn producers_into_one_channel() {
    let reached = [(2, 1), (2, 2), (3, 1), (3, 2)].map(|(p, m)| producers(p, m));
    // (pm)!/(m!)^p is 2, 6, 6 and 90.
    assert_eq!(reached, [3, 14, 26, 668]);
}

#[test]
fn ping_pong_is_one() {
    let rounds = |rounds: u32| {
        schedules(move || async move {
            let (ping, mut pings) = mpsc::channel(1);
            let (pong, mut pongs) = mpsc::channel(1);
            spawn(async move {
                while let Some(ball) = pings.recv().await {
                    pong.send(ball).await.unwrap();
                }
            });
            for ball in 0..rounds {
                ping.send(ball).await.unwrap();
                pongs.recv().await.unwrap();
            }
        })
    };
    assert_eq!(rounds(2), 1);
    assert_eq!(rounds(8), 1);
}

#[test]
fn users_of_a_lock() {
    let users = |users: u32| {
        schedules(move || async move {
            let lock = Arc::new(Mutex::new(0));
            for _ in 0..users {
                let lock = Arc::clone(&lock);
                spawn(async move { *lock.lock().await += 1 });
            }
        })
    };
    // k! is 2 and 6.
    assert_eq!([2, 3].map(users), [3, 26]);
}
