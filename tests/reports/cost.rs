//! What a report costs: after the failure is found the body is run some more times, to make the
//! schedule small and to ask who holds what. How often is bounded, whatever the body is like.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use leak_harness::sync::{Mutex, mpsc};
use leak_harness::{Builder, spawn};

use crate::{locks, more};

/// Runs that make a schedule small, and that look at it again.
const MOST_RUNS: usize = 2_000 + 30;
/// Steps of all of them together: what a debug build takes a second for.
const MOST_STEPS: usize = 90_000;
/// Runs that are made however long they are.
const LEAST_RUNS: usize = 8;

/// Hundreds of steps until twelve tasks are stuck, each with a lock.
async fn long() {
    let (tx, mut rx) = mpsc::channel::<u32>(2);
    let locks = [0; 12].map(|n| Arc::new(Mutex::new(n)));
    for lock in locks {
        let tx = tx.clone();
        spawn(async move {
            let _guard = lock.lock().await;
            for n in 0..20 {
                tx.send(n).await.unwrap();
            }
        });
    }
    for _ in 0..200 {
        rx.recv().await.unwrap();
    }
    std::mem::forget(rx);
}

fn is_bounded<Fut>(body: fn() -> Fut)
where
    Fut: Future<Output = ()> + 'static,
{
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let failure = Builder::new().check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        body()
    });
    let failure = failure.unwrap_err();
    let coverage = failure.coverage();
    let searching = (coverage.schedules() + coverage.redundant()) as usize;
    let after = runs.load(Ordering::Relaxed) - searching;
    let trace = failure.trace();
    let steps = trace.events.len() * (1 + trace.tasks.len() / 8);
    assert!(after > 0 && after <= MOST_RUNS, "{after} runs: {failure}");
    let all_steps = after.saturating_sub(LEAST_RUNS) * steps;
    assert!(
        all_steps <= MOST_STEPS,
        "{after} runs of {steps} steps: {failure}"
    );
}

#[test]
fn a_failure_is_looked_at_again_for_so_many_steps() {
    is_bounded(locks::checks_then_waits);
    is_bounded(more::ten_that_wait_for_one);
    is_bounded(more::a_thousand_of_a_kind);
    is_bounded(long);
}
