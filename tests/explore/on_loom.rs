//! How many schedules loom takes where it is told only of what can be seen.
//!
//! What is pinned is reached; the formula is beside it, as in `counts`. What is missing is loom's: its
//! reduction has neither sleep sets nor wakeup trees, so it runs some orders more than once.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex as StdMutex};

use leak_harness::sync::{Mutex, mpsc};
use leak_harness::{Builder, Engine, select, spawn};

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

/// Where a wait was seen to park alone, the other branch was disabled: loom has to be told of it where
/// it is one of two.
#[test]
fn a_wait_that_parked_alone_may_be_one_of_several() {
    let seen: Arc<StdMutex<BTreeSet<_>>> = Arc::default();
    let all = Arc::clone(&seen);
    schedules(move || {
        let seen = Arc::clone(&seen);
        async move {
            let (one_tx, mut one) = mpsc::unbounded_channel();
            let (two_tx, mut two) = mpsc::unbounded_channel();
            let (flag_tx, mut flag) = mpsc::unbounded_channel();
            let _open = (one_tx.clone(), two_tx.clone());
            let first = spawn(async move { one_tx.send(1).unwrap() });
            let selects = spawn(async move {
                let both = flag.try_recv().is_ok();
                let value = select! {
                    biased;
                    value = one.recv() => value,
                    value = two.recv(), if both => value,
                };
                // Nobody sees when they are dropped.
                std::mem::forget((one, two, flag));
                (both, value)
            });
            let second = spawn(async move {
                two_tx.send(2).unwrap();
                flag_tx.send(()).unwrap();
            });
            let result = selects.await.unwrap();
            first.await.unwrap();
            second.await.unwrap();
            seen.lock().unwrap().insert(result);
        }
    });
    let expected = [(false, Some(1)), (true, Some(1)), (true, Some(2))];
    assert_eq!(*all.lock().unwrap(), BTreeSet::from(expected));
}
