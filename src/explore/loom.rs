//! loom as an engine: it explores by its own partial order reduction, and its own budget.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Budget, Explored, Found, Size, is_spent};
use crate::executor::host::{MAX_SPAWNED, MAX_TOUCHES, Reduction};
use crate::executor::{Body, Runtime, current, panics};
use crate::trace::{Ending, Opaque, Trace};

/// loom's own limit, at which it panics in the middle of a task: several times what can be reached
/// within our limit on touches, each of which is two branches or three, and a park one.
const MAX_BRANCHES: usize = 8 * MAX_TOUCHES;

/// Ends loom's exploration.
struct Stop;

/// What the executions inside loom's model leave for the outside.
#[derive(Default)]
struct Shared {
    schedules: AtomicU64,
    cut: AtomicBool,
    /// What loom was not told of could be seen after all: it has to start over.
    outdated: AtomicBool,
    /// Whether real tokio has a part of something: what is done to that loom does not see.
    opaque: Mutex<Option<Opaque>>,
    failing: Mutex<Option<(Ending, Trace)>>,
}

/// Lets loom run schedules of the current runtime, whose host must be loom's. And how many of them
/// were run while loom was not told of everything.
pub(crate) fn explore(body: &Body, budget: Budget) -> (Explored, u64) {
    let (mut run, mut reduced) = (0, 0);
    loop {
        let left = Budget {
            schedules: budget.schedules - run,
            ..budget
        };
        let begins_reduced = is_reduced();
        let (mut explored, outdated) = explore_once(body, left);
        explored.schedules += run;
        run = explored.schedules;
        if begins_reduced {
            reduced = run;
        }
        // What it was not told of could be seen after all.
        if !outdated || run >= budget.schedules || budget.is_out_of_time() {
            return (explored, reduced);
        }
    }
}

fn is_reduced() -> bool {
    let runtime = current::runtime();
    let reduction = runtime.as_ref().and_then(|runtime| runtime.reduction());
    reduction.is_some_and(Reduction::is_on)
}

/// Lets loom run schedules until it has to start over; whether it has to.
fn explore_once(body: &Body, budget: Budget) -> (Explored, bool) {
    let shared = Arc::new(Shared::default());
    let mut builder = loom::model::Builder::new();
    builder.max_threads = MAX_SPAWNED + 1;
    builder.max_branches = MAX_BRANCHES;
    // loom stops before the schedule of that number, and counts from 1.
    let stop_before = usize::try_from(budget.schedules).map_or(usize::MAX, |n| n.saturating_add(1));
    builder.max_permutations = Some(stop_before);
    builder.max_duration = budget
        .time
        .map(|(began, limit)| limit.saturating_sub(began.elapsed()));
    builder.checkpoint_interval = 1;
    builder.checkpoint_file = None;
    builder.preemption_bound = None;
    let (inner, body) = (Arc::clone(&shared), Arc::clone(body));
    let result = catch_unwind(AssertUnwindSafe(|| {
        builder.check(move || inner.execute(&body))
    }));
    let schedules = shared.schedules.load(Ordering::Relaxed);
    let outdated = shared.outdated.load(Ordering::Relaxed);
    let opaque = *lock(&shared.opaque);
    let cut = outdated || opaque.is_some() || shared.cut.load(Ordering::Relaxed);
    let gave_up = result.err().filter(|payload| !payload.is::<Stop>());
    let found = match (shared.take_failing(), gave_up) {
        (Some((ending, trace)), _) => Found::Failing {
            ending,
            trace: Box::new(trace),
        },
        (None, Some(payload)) => {
            let what = format!("loom gave up: {}", panics::message(payload.as_ref()));
            Found::Failing {
                ending: Ending::Unsupported { what, site: None },
                trace: Box::default(),
            }
        }
        (None, None) => {
            let out_of_time = budget.is_out_of_time();
            Found::Clean {
                exhaustive: schedules < budget.schedules && !out_of_time && !cut,
                out_of_time,
            }
        }
    };
    let explored = Explored {
        schedules,
        classes: schedules,
        redundant: 0,
        result: found,
        size: Size {
            opaque,
            ..Size::default()
        },
    };
    (explored, outdated)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// One execution. A failure ends loom's exploration by unwinding out of its model, the only way
    /// there is; by then every task is torn down and every other loom thread has returned, so that
    /// nothing is left on a stack that loom throws away.
    fn execute(&self, body: &Body) {
        let runtime = current::runtime().expect("loom explores on a thread with a runtime");
        let ending = runtime.run_in_loom(body);
        self.schedules.fetch_add(1, Ordering::Relaxed);
        let outdated = is_outdated(&runtime);
        let opaque = runtime.trace().opaque;
        let shared = opaque.filter(|opaque| opaque.shared.is_some());
        shared.into_iter().for_each(|opaque| {
            lock(&self.opaque).get_or_insert(opaque);
        });
        match ending {
            Ending::Clean if outdated && !is_spent() => {
                self.outdated.store(true, Ordering::Relaxed);
                drop(runtime);
                resume_unwind(Box::new(Stop));
            }
            Ending::Clean if !is_spent() => {}
            // The others would be as long; or this thread can run no more.
            Ending::Clean | Ending::Cut => {
                self.cut.store(true, Ordering::Relaxed);
                drop(runtime);
                resume_unwind(Box::new(Stop));
            }
            ending => {
                let trace = runtime.trace().clone();
                *lock(&self.failing) = Some((ending, trace));
                drop(runtime);
                resume_unwind(Box::new(Stop));
            }
        }
    }

    fn take_failing(&self) -> Option<(Ending, Trace)> {
        lock(&self.failing).take()
    }
}

/// Whether the execution that is over shows that loom was not told of something that can be seen.
fn is_outdated(runtime: &Runtime) -> bool {
    let Some(reduction) = runtime.reduction() else {
        return false;
    };
    reduction.learn(&runtime.trace());
    reduction.take_outdated()
}
