//! Exact numbers of schedules.

use leak_harness::sync::mpsc;
use leak_harness::{Builder, Coverage, Engine, spawn};

fn explore<F>(body: fn() -> F) -> Coverage
where
    F: Future<Output = ()> + 'static,
{
    let coverage = Builder::new()
        .engine(Engine::Systematic)
        .exhaustive(true)
        .check(body);
    coverage.unwrap_or_else(|failure| panic!("{failure}"))
}

/// The schedules of every body, and the executions that were started for nothing.
fn counts<F>(body: fn() -> F) -> (u64, u64)
where
    F: Future<Output = ()> + 'static,
{
    let coverage = explore(body);
    // The first schedule is run twice.
    (coverage.schedules() - 1, coverage.redundant())
}

async fn ping_pong(rounds: u32) {
    let (ping, mut pings) = mpsc::channel::<u32>(1);
    let (pong, mut pongs) = mpsc::channel::<u32>(1);
    let player = spawn(async move {
        while let Some(ball) = pings.recv().await {
            pong.send(ball).await.unwrap();
        }
    });
    for ball in 0..rounds {
        ping.send(ball).await.unwrap();
        pongs.recv().await.unwrap();
    }
    drop(ping);
    player.await.unwrap();
}

#[test]
fn ping_pong_has_one_order() {
    assert_eq!(counts(|| ping_pong(2)), (1, 0));
    assert_eq!(counts(|| ping_pong(8)), (1, 0));
}

async fn producers(tasks: u32, messages: u32) {
    let (tx, mut rx) = mpsc::channel::<u32>((tasks * messages) as usize);
    for _ in 0..tasks {
        let tx = tx.clone();
        spawn(async move {
            for message in 0..messages {
                tx.send(message).await.unwrap();
            }
        });
    }
    drop(tx);
    while rx.recv().await.is_some() {}
}

/// (pm)! / (m!)^p orders of the messages in the channel.
#[test]
fn producers_into_one_channel() {
    assert_eq!(counts(|| producers(2, 1)), (2, 0));
    assert_eq!(counts(|| producers(2, 2)), (6, 0));
    assert_eq!(counts(|| producers(3, 2)), (90, 0));
    assert_eq!(counts(|| producers(4, 1)), (24, 0));
}
