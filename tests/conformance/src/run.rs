//! Runs tests, each in a process of its own: some set panic hooks, some block for ever, and one
//! that aborts takes no other with it.
//!
//! Not here: one process (`executable`).

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::executable::{self, Outcome};

/// How long one test may take.
const LIMIT: Duration = Duration::from_secs(300);

/// Runs the tests of these names in an environment; outcomes are in their order.
#[expect(
    clippy::disallowed_methods,
    reason = "as many tests at a time as there are processors"
)]
pub fn all(suite: &Path, environment: &[(&str, &str)], names: &[&str]) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(name) = names.get(index) else { break };
            let outcome = one(suite, environment, name);
            let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
            outcomes.push((index, outcome));
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    let mut outcomes = outcomes
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_by_key(|&(index, _)| index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

fn one(suite: &Path, environment: &[(&str, &str)], name: &str) -> Outcome {
    let mut command = Command::new(suite);
    command
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/suite"))
        .args(["--nocapture", "--include-ignored"])
        .envs(environment.iter().copied());
    executable::run(&mut command, name, LIMIT)
}
