//! The models of the comparison, and how each tool runs them.

mod loom_models;
mod ours;
mod shuttle_models;

pub use loom_models::loom;
pub use ours::{ours, ours_to_bug};
pub use shuttle_models::{Scheduler, shuttle, shuttle_to_bug};

use std::time::Duration;

/// What one tool is given for one model.
pub const LIMIT: Duration = Duration::from_secs(2);
/// Executions that a search for a bug may take.
pub const EXECUTIONS: usize = 20_000;

/// What is to be explored.
#[derive(Clone, Copy, Debug)]
pub enum Model {
    /// Rounds.
    PingPong(u32),
    /// Tasks, messages of each.
    Producers(u32, u32),
    /// Pairs.
    Pairs(u32),
    /// Philosophers, the last of whom is left-handed, so that nothing ends the exploration early.
    Philosophers(u32),
}

/// What there is to be found.
#[derive(Clone, Copy, Debug)]
pub enum Bug {
    LostWakeup,
    Order,
    Window,
}

/// What came of an exploration.
#[derive(Clone, Copy)]
pub struct Run {
    pub executions: u64,
    pub time: Duration,
    /// Whether everything was explored.
    pub exhausted: bool,
}

/// The same bodies over mirrors of tokio and of the atomics.
#[macro_export]
macro_rules! bodies {
    ($tokio:path, $std:path) => {
        use std::sync::Arc;
        use std::sync::atomic::Ordering::SeqCst;
        use tokio::sync::{Mutex, Notify, mpsc};
        use $std::{AtomicBool, AtomicU32};
        use $tokio as tokio;

        pub async fn run(model: $crate::Model) {
            match model {
                $crate::Model::PingPong(rounds) => ping_pong(rounds).await,
                $crate::Model::Producers(tasks, messages) => producers(tasks, messages).await,
                $crate::Model::Pairs(pairs) => disjoint(pairs).await,
                $crate::Model::Philosophers(n) => philosophers(n).await,
            }
        }

        pub async fn run_bug(bug: $crate::Bug) {
            match bug {
                $crate::Bug::LostWakeup => lost_wakeup().await,
                $crate::Bug::Order => order().await,
                $crate::Bug::Window => window().await,
            }
        }

        async fn ping_pong(rounds: u32) {
            let (ping, mut pings) = mpsc::channel::<u32>(1);
            let (pong, mut pongs) = mpsc::channel::<u32>(1);
            let player = tokio::task::spawn(async move {
                for _ in 0..rounds {
                    let ball = pings.recv().await.unwrap();
                    pong.send(ball).await.unwrap();
                }
            });
            for ball in 0..rounds {
                ping.send(ball).await.unwrap();
                pongs.recv().await.unwrap();
            }
            player.await.unwrap();
        }

        async fn producers(tasks: u32, messages: u32) {
            let (tx, mut rx) = mpsc::channel::<u32>((tasks * messages) as usize);
            for _ in 0..tasks {
                let tx = tx.clone();
                tokio::task::spawn(async move {
                    for message in 0..messages {
                        tx.send(message).await.unwrap();
                    }
                });
            }
            for _ in 0..tasks * messages {
                rx.recv().await.unwrap();
            }
        }

        async fn disjoint(pairs: u32) {
            let mut tasks = Vec::new();
            for _ in 0..pairs {
                let (tx, mut rx) = mpsc::channel::<u32>(1);
                tasks.push(tokio::task::spawn(async move {
                    tx.send(1).await.unwrap();
                    tx.send(2).await.unwrap();
                }));
                tasks.push(tokio::task::spawn(async move {
                    rx.recv().await.unwrap();
                    rx.recv().await.unwrap();
                }));
            }
            for task in tasks {
                task.await.unwrap();
            }
        }

        async fn philosophers(n: u32) {
            let forks: Vec<_> = (0..n).map(|_| Arc::new(Mutex::new(()))).collect();
            let mut tasks = Vec::new();
            for me in 0..n as usize {
                let (mut first, mut second) = (me, (me + 1) % n as usize);
                if first > second {
                    std::mem::swap(&mut first, &mut second);
                }
                let (first, second) = (Arc::clone(&forks[first]), Arc::clone(&forks[second]));
                tasks.push(tokio::task::spawn(async move {
                    let _first = first.lock().await;
                    let _second = second.lock().await;
                }));
            }
            for task in tasks {
                task.await.unwrap();
            }
        }

        async fn lost_wakeup() {
            let shared = Arc::new((AtomicBool::new(false), Notify::new()));
            let other = Arc::clone(&shared);
            let waiter = tokio::task::spawn(async move {
                if !other.0.load(SeqCst) {
                    other.1.notified().await;
                }
            });
            shared.0.store(true, SeqCst);
            shared.1.notify_waiters();
            waiter.await.unwrap();
        }

        async fn noise(steps: u32) {
            let own = AtomicU32::new(0);
            for _ in 0..steps {
                own.fetch_add(1, SeqCst);
            }
        }

        async fn order() {
            let state = Arc::new(AtomicU32::new(0));
            let (a, b, c) = (Arc::clone(&state), Arc::clone(&state), state);
            let mut tasks = vec![
                tokio::task::spawn(async move {
                    assert_ne!(c.load(SeqCst), 2, "the bug");
                    noise(5).await;
                }),
                tokio::task::spawn(async move {
                    let _ = b.compare_exchange(1, 2, SeqCst, SeqCst);
                    noise(5).await;
                }),
                tokio::task::spawn(async move {
                    noise(5).await;
                    a.store(1, SeqCst);
                }),
            ];
            tasks.extend((0..5).map(|_| tokio::task::spawn(noise(6))));
            for task in tasks {
                task.await.unwrap();
            }
        }

        async fn window() {
            let state = Arc::new(AtomicU32::new(0));
            let (a, b, c) = (Arc::clone(&state), Arc::clone(&state), state);
            let mut tasks = vec![
                tokio::task::spawn(async move {
                    noise(2).await;
                    a.store(1, SeqCst);
                    noise(1).await;
                    let _ = a.compare_exchange(2, 3, SeqCst, SeqCst);
                    noise(1).await;
                    a.store(4, SeqCst);
                }),
                tokio::task::spawn(async move {
                    noise(3).await;
                    let _ = b.compare_exchange(1, 2, SeqCst, SeqCst);
                    noise(3).await;
                }),
                tokio::task::spawn(async move {
                    noise(3).await;
                    assert_ne!(c.load(SeqCst), 3, "the bug");
                    noise(3).await;
                }),
            ];
            tasks.extend((0..5).map(|_| tokio::task::spawn(noise(7))));
            for task in tasks {
                task.await.unwrap();
            }
        }
    };
}
