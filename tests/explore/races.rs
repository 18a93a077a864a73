//! How soon races among many tasks are found by drawing schedules, and by the default.

use std::sync::Arc;

use leak_harness::{Builder, Engine, FailureKind, spawn};
use leak_harness_std::sync::atomic::{AtomicU32, Ordering::SeqCst};

const SEEDS: u64 = 20;

/// Steps that nobody else can see.
async fn noise(steps: u32) {
    let own = AtomicU32::new(0);
    for _ in 0..steps {
        own.fetch_add(1, SeqCst);
    }
}

/// A bug if A's last step comes before B's first one, and that before C's first one, although they
/// are spawned the other way round.
async fn order() {
    let seen = Arc::new(AtomicU32::new(0));
    let state = Arc::clone(&seen);
    spawn(async move {
        assert_ne!(state.load(SeqCst), 2, "the bug");
        noise(5).await;
    });
    let state = Arc::clone(&seen);
    spawn(async move {
        let _ = state.compare_exchange(1, 2, SeqCst, SeqCst);
        noise(5).await;
    });
    spawn(async move {
        noise(5).await;
        seen.store(1, SeqCst);
    });
    for _ in 0..5 {
        spawn(noise(6));
    }
}

/// A opens a window, B acts in it, A goes on, C sees that before A closes it.
async fn window() {
    let seen = Arc::new(AtomicU32::new(0));
    let state = Arc::clone(&seen);
    spawn(async move {
        noise(2).await;
        state.store(1, SeqCst);
        noise(1).await;
        let _ = state.compare_exchange(2, 3, SeqCst, SeqCst);
        noise(1).await;
        state.store(4, SeqCst);
    });
    let state = Arc::clone(&seen);
    spawn(async move {
        noise(3).await;
        let _ = state.compare_exchange(1, 2, SeqCst, SeqCst);
        noise(3).await;
    });
    spawn(async move {
        noise(3).await;
        assert_ne!(seen.load(SeqCst), 3, "the bug");
        noise(3).await;
    });
    for _ in 0..5 {
        spawn(noise(7));
    }
}

/// The median, over all seeds, of how many executions it takes to find the bug.
fn executions<F>(engine: Engine, body: fn() -> F) -> u64
where
    F: Future<Output = ()> + 'static,
{
    let first = |seed| {
        let check = Builder::new().engine(engine).seed(seed).schedules(1_000);
        match check.check(body) {
            Ok(coverage) => coverage.schedules() + coverage.redundant(),
            Err(failure) => {
                assert_eq!(failure.kind(), FailureKind::Panic, "{failure}");
                let coverage = failure.coverage();
                coverage.schedules() + coverage.redundant()
            }
        }
    };
    let mut all: Vec<u64> = (0..SEEDS).map(first).collect();
    all.sort_unstable();
    all[all.len() / 2]
}

#[test]
fn the_default_finds_both_races_soon() {
    for (name, executions) in [
        ("order", executions(Engine::Auto, order)),
        ("window", executions(Engine::Auto, window)),
    ] {
        assert!(executions <= 100, "{name}: {executions}");
    }
}

#[test]
fn random_priorities_find_an_order_soon() {
    let executions = executions(Engine::Pct, order);
    assert!(executions <= 50, "{executions}");
}

#[test]
fn weighted_walks_find_a_window_soon() {
    let executions = executions(Engine::Urw, window);
    assert!(executions <= 50, "{executions}");
}

#[test]
fn partial_order_sampling_finds_both_soon() {
    for (name, executions) in [
        ("order", executions(Engine::Pos, order)),
        ("window", executions(Engine::Pos, window)),
    ] {
        assert!(executions <= 100, "{name}: {executions}");
    }
}
