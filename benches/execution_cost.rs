//! What one execution costs, against the same body on a plain tokio current-thread runtime that is
//! built outside of the timed part.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use leak_harness::{Builder, Engine};

/// The same bodies over both libraries.
macro_rules! bodies {
    ($module:ident, $tokio:path) => {
        mod $module {
            use $tokio as tokio;

            /// One message, one join.
            pub async fn pair() {
                let (tx, mut rx) = tokio::sync::mpsc::channel::<u32>(1);
                let sender = tokio::spawn(async move { tx.send(1).await });
                rx.recv().await;
                let _ = sender.await;
            }

            /// Eight messages there and back.
            pub async fn ping_pong() {
                let (ping, mut pings) = tokio::sync::mpsc::channel::<u32>(1);
                let (pong, mut pongs) = tokio::sync::mpsc::channel::<u32>(1);
                let player = tokio::spawn(async move {
                    while let Some(ball) = pings.recv().await {
                        let _ = pong.send(ball).await;
                    }
                });
                for ball in 0..8 {
                    let _ = ping.send(ball).await;
                    pongs.recv().await;
                }
                drop(ping);
                let _ = player.await;
            }
        }
    };
}

bodies!(controlled, leak_harness);
bodies!(plain, ::tokio);

/// The time that `executions` random schedules of a body take.
fn sampled<F>(executions: u64, body: fn() -> F) -> Duration
where
    F: Future<Output = ()> + 'static,
{
    let check = Builder::new()
        .engine(Engine::Random)
        .schedules(executions as usize);
    #[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
    let began = Instant::now();
    black_box(check.check(body)).expect("the bodies of this bench are clean");
    began.elapsed()
}

fn execution_cost(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a plain runtime");
    let mut group = criterion.benchmark_group("execution_cost");
    group.bench_function("pair/leak-harness", |bencher| {
        bencher.iter_custom(|executions| sampled(executions, controlled::pair));
    });
    group.bench_function("pair/tokio", |bencher| {
        bencher.iter(|| runtime.block_on(plain::pair()));
    });
    group.bench_function("ping_pong/leak-harness", |bencher| {
        bencher.iter_custom(|executions| sampled(executions, controlled::ping_pong));
    });
    group.bench_function("ping_pong/tokio", |bencher| {
        bencher.iter(|| runtime.block_on(plain::ping_pong()));
    });
    group.finish();
}

criterion_group!(benches, execution_cost);
criterion_main!(benches);
