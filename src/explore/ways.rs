//! The ways of a choice: how many of them one execution covers, what each of them saw, and with
//! which of them to begin.
//!
//! A `select!` that only looks ends with the first branch that is ready, and what it polled before
//! was not. To begin with any of those, or with the one that was ready, comes to the same; and a
//! way can come to something else only once its own branch does. Not here: the decisions
//! themselves (`node`), and the order in which they are made (`search`).

use super::history::History;
use crate::trace::{Branch, Effect, Event, ObjectId, Operation, TaskId, Trace};

/// How many ways, from the one that was taken on, end as the execution did.
pub(super) fn covered(trace: &Trace, branch: &Branch) -> u32 {
    if !only_looks(trace, branch) {
        return 1;
    }
    match branch.won {
        Some((winner, _)) => (winner + branch.of - branch.taken) % branch.of + 1,
        None => branch.of,
    }
}

/// Whether all that a `select!` polled in one go only looks, and one of it was ready at most.
fn only_looks(trace: &Trace, branch: &Branch) -> bool {
    if !branch.select {
        return false;
    }
    let from = branch.event as usize;
    let end = branch
        .won
        .map_or(trace.events.len(), |(_, end)| end as usize);
    let most = usize::from(branch.won.is_some());
    let mut ready = 0;
    let mine = trace.events[from..end]
        .iter()
        .filter(|event| event.task == branch.task);
    for (index, event) in mine.enumerate() {
        if branch.won.is_none() && index > 0 && event.starts_poll {
            break;
        }
        if !event.operation.only_looks() {
            return false;
        }
        ready += usize::from(is_ready(event));
    }
    ready <= most
}

fn is_ready(event: &Event) -> bool {
    event.leaf > 0 && matches!(event.effect, Effect::Done | Effect::Closed)
}

/// The events that the branches of a `select!` came to in one go: each branch, and its event; the
/// last is the one that won, if one did. `None` if they cannot be told apart.
pub(super) fn apart<'a>(
    trace: &'a Trace,
    branch: &'a Branch,
) -> Option<impl Iterator<Item = (u32, usize)> + Clone + use<'a>> {
    let first = branch.event as usize;
    let polled = branch.pending
        | branch
            .won
            .map_or(0, |(winner, _)| 1 << (winner % u64::BITS));
    let count = polled.count_ones() as usize;
    let end = branch.won.map_or(first + count, |(_, end)| end as usize);
    let events = trace.events.get(first..end)?;
    let whole = branch.select
        && branch.is_apart
        && branch.of <= u64::BITS
        && events.len() == count
        && only_looks(trace, branch)
        && events.iter().all(|event| event.task == branch.task);
    let order = (0..branch.of).map(|offset| (branch.taken + offset) % branch.of);
    let order = order.filter(move |&way| polled & (1 << way) != 0);
    whole.then(|| order.zip(first..))
}

/// What the branches of each task's `select!`s waited for: only a guess at what they wait for now.
#[derive(Default)]
pub(super) struct Guesses {
    known: Vec<Guess>,
}

struct Guess {
    task: TaskId,
    of: u32,
    branch: u32,
    operation: Operation,
    object: ObjectId,
}

impl Guesses {
    /// Learns from an execution.
    pub(super) fn learn(&mut self, trace: &Trace) {
        for branch in &trace.branches {
            for (way, event) in apart(trace, branch).into_iter().flatten() {
                let event = &trace.events[event];
                let is_known = |guess: &Guess| {
                    (guess.task, guess.of, guess.branch) == (branch.task, branch.of, way)
                };
                if let Some(object) = event.object
                    && !self.known.iter().any(is_known)
                {
                    self.known.push(Guess {
                        task: branch.task,
                        of: branch.of,
                        branch: way,
                        operation: event.operation,
                        object,
                    });
                }
            }
        }
    }

    /// With which way to begin: with the one after a branch that is ready, so that the execution
    /// sees of as many as it can that they are not.
    pub(super) fn first(&self, task: TaskId, of: u32, history: &History) -> u32 {
        let own = self
            .known
            .iter()
            .filter(|guess| (guess.task, guess.of) == (task, of));
        let mut ready = own.filter(|guess| history.is_ready(guess.object, guess.operation));
        ready.next().map_or(0, |guess| (guess.branch + 1) % of)
    }
}
