//! After a failure: its schedule is found again, made small, and asked who holds what.
//!
//! Not here: what the answers mean (`diagnose`).

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::executor::{Body, Runtime, Settings};
use crate::explore::{self, Shrunk};
use crate::trace::{
    Chain, Decisions, Ending, Holdings, LoomExecution, Operation, Order, Site, TaskId, Trace,
};

/// Tasks of which it is found out what they hold, and how they came to wait.
const TASKS: usize = 12;
/// Steps that may be spent on that.
const STEPS: usize = 50_000;

/// A failure that was looked at again.
pub(super) struct Examined {
    pub(super) shrunk: Shrunk,
    pub(super) holdings: Holdings,
    /// How its tasks came to wait.
    pub(super) chains: Vec<Chain>,
    /// What runs the same schedule again.
    pub(super) token: Decisions,
}

/// A failure as an engine found it.
#[derive(Clone)]
pub(super) struct Specimen {
    pub(super) ending: Ending,
    pub(super) trace: Box<Trace>,
    /// Tasks whose check for an abort was a step of its own, in the order of their spawning.
    pub(super) abortable: Vec<u32>,
    /// Marks of the sites that its token says are atomic.
    pub(super) atomic: Vec<u16>,
    /// Whether it comes from a host that makes no decisions of ours.
    pub(super) foreign: bool,
    /// The execution of loom's that it is, if it is one.
    pub(super) on_loom: Option<LoomExecution>,
    /// Whether its schedule may be changed.
    pub(super) shrink: bool,
}

impl Specimen {
    /// What runs the schedule again in which it was found.
    #[cfg(feature = "proptest")]
    pub(super) fn token(&self) -> Option<Decisions> {
        (!self.foreign).then(|| self.as_found())
    }

    fn as_found(&self) -> Decisions {
        Decisions {
            abortable: self.abortable.clone(),
            atomic: self.atomic.clone(),
            schedule: self.trace.schedule.clone(),
        }
    }
}

/// Looks at a failure again, on a runtime that has run nothing. `None` if it does not show again.
pub(super) fn examine(runtime: &Rc<Runtime>, body: &Body, specimen: &Specimen) -> Option<Examined> {
    let mut found = again(runtime, body, specimen)?;
    let settings = &runtime.settings;
    let ids = specimen.abortable.iter();
    let ids = ids.filter_map(|&rank| Some(found.trace.tasks.get(rank as usize)?.id));
    settings.abortable.replace(ids.collect());
    settings.abortable_ranks.take();
    if specimen.shrink {
        found = explore::shrink(runtime, body, &found.ending, &found.trace);
    }
    let abortable = settings.abortable.take();
    let token = Decisions {
        abortable: ranks(&abortable, &found.trace),
        atomic: atomic(settings, &found.trace),
        schedule: found.trace.schedule.clone(),
    };
    let mut tasks = alive(&found.trace);
    tasks.truncate(TASKS);
    let chains = trace_back(runtime, body, &token, &tasks);
    let holdings = ask(runtime, body, &token, tasks, found.trace.cost());
    Some(Examined {
        shrunk: found,
        holdings,
        chains,
        token,
    })
}

/// The places of tasks in the order in which they were spawned.
pub(super) fn ranks(tasks: &[TaskId], trace: &Trace) -> Vec<u32> {
    let ranks = tasks.iter().filter_map(|&task| trace.rank(task));
    ranks.map(|rank| rank as u32).collect()
}

/// Marks of the sites in a trace before which nothing was switched.
fn atomic(settings: &Settings, trace: &Trace) -> Vec<u16> {
    let sites = trace.events.iter().map(|event| event.site);
    let marks: BTreeSet<u16> = sites
        .filter(|&site| settings.is_atomic(site))
        .map(Site::mark)
        .collect();
    marks.into_iter().collect()
}

fn again(runtime: &Rc<Runtime>, body: &Body, specimen: &Specimen) -> Option<Shrunk> {
    let (ending, trace) = if specimen.foreign {
        explore::follow(runtime, body, &specimen.trace)
    } else {
        let replayed = explore::replay(runtime, body, &specimen.as_found());
        if !replayed.fits() {
            return None;
        }
        (replayed.ending, replayed.trace)
    };
    explore::is_same_failure(&specimen.ending, &ending).then_some(Shrunk { ending, trace })
}

/// Runs it once more to see by which way tasks come to wait.
fn trace_back(
    runtime: &Rc<Runtime>,
    body: &Body,
    token: &Decisions,
    tasks: &[TaskId],
) -> Vec<Chain> {
    if tasks.is_empty() || explore::is_spent() || runtime.is_retired() {
        return Vec::new();
    }
    runtime.settings.chains_of.replace(tasks.to_vec());
    let replayed = explore::replay(runtime, body, token);
    runtime.settings.chains_of.take();
    let chains = runtime.chains();
    if replayed.fits() { chains } else { Vec::new() }
}

/// Tears the execution down in several orders; a run of it costs so much.
fn ask(
    runtime: &Rc<Runtime>,
    body: &Body,
    token: &Decisions,
    mut tasks: Vec<TaskId>,
    cost: usize,
) -> Holdings {
    let mut holdings = Holdings::default();
    tasks.truncate((STEPS / cost.max(1)).clamp(1, TASKS));
    if tasks.is_empty() {
        tasks.push(TaskId::BODY);
    }
    let orders = tasks
        .iter()
        .flat_map(|&task| [Order::First(task), Order::Last(task)]);
    for order in orders {
        if explore::is_spent() || runtime.is_retired() {
            break;
        }
        runtime.settings.teardown_order.set(Some(order));
        let replayed = explore::replay(runtime, body, token);
        runtime.settings.teardown_order.set(None);
        if replayed.fits() {
            holdings.teardowns.push((order, runtime.releases()));
        }
    }
    holdings
}

/// The tasks that did not end, in the order in which they were spawned.
fn alive(trace: &Trace) -> Vec<TaskId> {
    let ended = |task: TaskId| {
        let mut events = trace.events.iter();
        events.any(|event| event.task == task && event.operation == Operation::Complete)
    };
    let tasks = trace.tasks.iter().map(|task| task.id);
    tasks.filter(|&task| !ended(task)).collect()
}
