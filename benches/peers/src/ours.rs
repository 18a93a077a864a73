//! leak-harness.

use std::time::Instant;

use leak_harness::{Builder, Engine};

use crate::{Bug, EXECUTIONS, LIMIT, Model, Run};

mod bodies {
    crate::bodies!(leak_harness, leak_harness_std::sync::atomic);
}

/// Explores a model with the systematic engine, or runs so many random schedules of it.
pub fn ours(model: Model, random: Option<usize>) -> Run {
    let check = Builder::new().max_duration(LIMIT);
    let check = match random {
        Some(executions) => check.engine(Engine::Random).schedules(executions),
        None => check.engine(Engine::Systematic).schedules(usize::MAX),
    };
    let began = Instant::now();
    let coverage = check
        .check(move || bodies::run(model))
        .expect("a clean model");
    // The first schedule is run again, to see whether the body is deterministic. That is no schedule
    // more, but its time counts.
    let schedules = match random {
        Some(_) => coverage.schedules(),
        None => coverage.classes(),
    };
    Run {
        executions: schedules + coverage.redundant(),
        time: began.elapsed(),
        exhausted: coverage.exhaustive(),
    }
}

/// Executions to the first failure.
pub fn ours_to_bug(bug: Bug, engine: Engine, seed: u64) -> Option<u64> {
    let check = Builder::new()
        .engine(engine)
        .seed(seed)
        .schedules(EXECUTIONS);
    let failure = check.check(move || bodies::run_bug(bug)).err()?;
    let coverage = failure.coverage();
    Some(coverage.schedules() + coverage.redundant())
}
