//! Which stuck tasks are stuck only because of others.
//!
//! Not here: why a task is stuck (`causes`).

use crate::outcome::{Cause, HeldBy, Holder, StuckTask};
use crate::trace::{Stuck, TaskId};

/// Puts those first that nobody else is to blame for, each followed by those that wait for it; of
/// those the ones whose cause names what is wrong.
pub(super) fn order(tasks: Vec<Stuck>, causes: Vec<Vec<Option<Cause>>>) -> Vec<StuckTask> {
    let names: Vec<TaskId> = tasks.iter().map(|task| task.task).collect();
    let points_on = |at: usize| causes[at].iter().flatten().any(only_points_on);
    let mut blames: Vec<Option<usize>> = (0..tasks.len())
        .map(|at| {
            let blamed = causes[at]
                .iter()
                .flatten()
                .find_map(|it| blame(it, names[at]));
            blamed.and_then(|task| names.iter().position(|&name| name == task))
        })
        .collect();
    // Tasks that wait for each other in a ring: one of them leads, rather one whose cause says more
    // than who is next.
    for start in 0..blames.len() {
        let Some(ring) = ring(&blames, start) else {
            continue;
        };
        let lead = ring.iter().copied().filter(|&at| !points_on(at)).min();
        let lead = lead.or(ring.iter().copied().min());
        lead.into_iter().for_each(|lead| blames[lead] = None);
    }
    let leads: Vec<usize> = (0..tasks.len()).map(|at| lead(&blames, at)).collect();
    let mut order: Vec<usize> = (0..tasks.len()).collect();
    let says_little = |at: usize| !causes[at].iter().flatten().any(says_why);
    order.sort_by_key(|&at| (says_little(leads[at]), leads[at], at != leads[at], at));
    let all: Vec<StuckTask> = tasks
        .into_iter()
        .zip(causes)
        .zip(&blames)
        .map(|((stuck, causes), blamed)| StuckTask {
            stuck,
            causes,
            follows: blamed.map(|at| names[at]),
            chains: Vec::new(),
        })
        .collect();
    order.into_iter().map(|at| all[at].clone()).collect()
}

/// Whom a task waits for, if that is another one alone.
fn blame(cause: &Cause, task: TaskId) -> Option<TaskId> {
    match cause {
        Cause::Joins { task: joined } => Some(*joined),
        Cause::LockHeld { by, .. } => Some(*by),
        Cause::Forgotten { by, .. } => Some(*by).filter(|by| *by != task),
        Cause::LockCycle { cycle } => cycle.get(1).map(|step| step.task),
        Cause::NoSenderWillSend {
            senders: holders, ..
        }
        | Cause::NeverClosed { receivers: holders }
        | Cause::PermitsHeld { holders }
        | Cause::NoReceiverWillReceive {
            receivers: holders, ..
        } => other(holders, task),
        // Those before it are in messages.
        Cause::AnswerNeverReceived { receivers, .. } => {
            let outermost = receivers.last()?;
            other(std::slice::from_ref(outermost), task)
        }
        _ => None,
    }
}

/// The first other task that holds something, if tasks hold everything.
fn other(holders: &[Holder], task: TaskId) -> Option<TaskId> {
    let mut first = None;
    for holder in holders {
        let others = match &holder.by {
            HeldBy::Task(by) => std::slice::from_ref(by),
            HeldBy::Tasks(by) => by.as_slice(),
            HeldBy::Output | HeldBy::Message { .. } | HeldBy::RealTokio | HeldBy::Nobody => {
                return None;
            }
        };
        let mut others = others.iter().copied().filter(|by| *by != task);
        first = first.or_else(|| others.next());
    }
    first
}

/// Whether a cause names what is wrong. That nobody signals may only be because those who would
/// are stuck themselves.
pub(super) fn says_why(cause: &Cause) -> bool {
    !matches!(cause, Cause::NeverSignalled)
}

fn only_points_on(cause: &Cause) -> bool {
    matches!(cause, Cause::Joins { .. } | Cause::LockHeld { .. })
}

/// The ring that a task is part of.
fn ring(blames: &[Option<usize>], start: usize) -> Option<Vec<usize>> {
    let mut ring = vec![start];
    let mut at = blames[start]?;
    while at != start {
        if ring.contains(&at) {
            return None;
        }
        ring.push(at);
        at = blames[at]?;
    }
    Some(ring)
}

/// The task at the end of the chain.
fn lead(blames: &[Option<usize>], mut at: usize) -> usize {
    for _ in 0..blames.len() {
        match blames[at] {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}
