//! shuttle, with its own tokio.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler, UrwRandomScheduler};
use shuttle::{Config, FailurePersistence, Runner};

use crate::{Bug, EXECUTIONS, LIMIT, Model, Run};

mod bodies {
    crate::bodies!(shuttle_tokio, shuttle::sync::atomic);
}

#[derive(Clone, Copy, Debug)]
pub enum Scheduler {
    Dfs,
    Random,
    Pct,
    Urw,
}

fn config() -> Config {
    let mut config = Config::new();
    config.failure_persistence = FailurePersistence::None;
    config.max_time = Some(LIMIT);
    config.silence_warnings = true;
    config
}

fn run(
    scheduler: Scheduler,
    seed: u64,
    executions: usize,
    body: impl Fn() + Send + Sync + 'static,
) {
    match scheduler {
        Scheduler::Dfs => drop(Runner::new(DfsScheduler::new(None, true), config()).run(body)),
        Scheduler::Random => {
            let scheduler = RandomScheduler::new_from_seed(seed, executions);
            Runner::new(scheduler, config()).run(body);
        }
        Scheduler::Pct => {
            let scheduler = PctScheduler::new_from_seed(seed, 3, executions);
            Runner::new(scheduler, config()).run(body);
        }
        Scheduler::Urw => {
            let scheduler = UrwRandomScheduler::new_from_seed(seed, executions);
            Runner::new(scheduler, config()).run(body);
        }
    }
}

/// Explores a model depth first, or runs so many random schedules of it.
pub fn shuttle(model: Model, random: Option<usize>) -> Run {
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let body = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        shuttle::future::block_on(bodies::run(model));
    };
    let began = Instant::now();
    match random {
        Some(executions) => run(Scheduler::Random, 0, executions, body),
        None => run(Scheduler::Dfs, 0, 0, body),
    }
    let time = began.elapsed();
    Run {
        executions: count.load(Ordering::Relaxed),
        time,
        exhausted: random.is_none() && time < LIMIT,
    }
}

/// Executions to the first failure.
pub fn shuttle_to_bug(bug: Bug, scheduler: Scheduler, seed: u64) -> Option<u64> {
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let body = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        shuttle::future::block_on(bodies::run_bug(bug));
    };
    let failed = catch_unwind(AssertUnwindSafe(|| run(scheduler, seed, EXECUTIONS, body)));
    failed.is_err().then(|| count.load(Ordering::Relaxed))
}
