//! Random scripts find, unaided, every cause of the table of patterns, and every other cause that
//! this crate's objects can have.
//!
//! Not here: that the causes are told right (`tests/patterns`, `tests/reports`).

use std::collections::BTreeMap;

use leak_harness::protocol::{self, Patience, Script, Step};
use leak_harness::{
    Builder, Cause, Endless, Failure, FailureKind, HeldBy, Holder, Operation, StuckTask, TaskId,
    Waiting,
};

use crate::{drawn, run};

/// Scripts that are drawn until all was found, and schedules of each.
const SCRIPTS: usize = 400;
const SCHEDULES: usize = 40;

/// The rows of `tests/patterns`, and what else a task of this crate can wait for. What is missing is
/// `TrackerOpen`, of the mirror of tokio-util.
const CAUSES: [&str; 23] = [
    "a send to a receiver that never receives",
    "a reply to a caller that gave up",
    "a send loop whose consumer stopped",
    "a send loop that nobody cancels",
    "a worker whose sender lives in its owner",
    "a worker whose sender lives in a parked task",
    "a worker that keeps its own sender",
    "a consumer that drains until nobody closes",
    "a loop on sleep",
    "a loop on yield_now",
    "a loop on try_recv",
    "a join on a task that leaks",
    "a timeout whose loser is never told",
    "a lost wakeup",
    "two locks in opposite orders",
    "a lock that is taken twice",
    "a request that nobody receives",
    "a channel that is never closed",
    "a lock that another has",
    "what was taken for good",
    "permits that others have",
    "a signal that nobody gives",
    "a barrier that too few come to",
];

const LOOPS: [&str; 3] = [
    "a loop on sleep",
    "a loop on yield_now",
    "a loop on try_recv",
];

fn held_by_task(holders: &[Holder], which: impl Fn(TaskId) -> bool) -> bool {
    let mut holders = holders.iter();
    holders.any(|holder| matches!(holder.by, HeldBy::Task(task) if which(task)))
}

fn held_by_nobody(holders: &[Holder]) -> bool {
    holders.iter().any(|holder| holder.by == HeldBy::Nobody)
}

/// Which of the causes a stuck task shows.
fn cause_of(script: &Script, failure: &Failure, task: &StuckTask) -> Option<&'static str> {
    let deadlock = failure.kind() == FailureKind::Deadlock;
    let is_stuck = |other: TaskId| failure.stuck().iter().any(|stuck| stuck.id() == other);
    Some(match task.cause()? {
        Cause::NoReceiverWillReceive { receivers, last } => {
            let keeps = |step: &Step| matches!(step, Step::Ask(_, Patience::GivesUpAndKeeps));
            let answers =
                task.is_body() || task.name().is_some_and(|name| name.starts_with("server"));
            match last {
                _ if answers && script.has_step(keeps) => "a reply to a caller that gave up",
                None => "a send to a receiver that never receives",
                Some(_) if held_by_nobody(receivers) => "a send loop that nobody cancels",
                Some(_) if deadlock => "a send loop whose consumer stopped",
                Some(_) => return None,
            }
        }
        Cause::NoSenderWillSend { senders, .. } => {
            let object = task.waits().first()?.object;
            let mut events = failure.trace().events.iter();
            let sent =
                events.any(|event| event.object == object && event.operation == Operation::Send);
            let gave_up = |step: &Step| {
                let Step::Timeout(inner) = step else {
                    return false;
                };
                matches!(**inner, Step::Join(_))
            };
            if held_by_task(senders, |holder| holder == task.id()) {
                "a worker that keeps its own sender"
            } else if held_by_task(senders, |holder| holder == TaskId::BODY) {
                match sent {
                    true => "a consumer that drains until nobody closes",
                    false => "a worker whose sender lives in its owner",
                }
            } else if held_by_task(senders, is_stuck) {
                "a worker whose sender lives in a parked task"
            } else if held_by_nobody(senders) && script.has_step(gave_up) {
                "a timeout whose loser is never told"
            } else {
                return None;
            }
        }
        Cause::NoExit { by: Endless::Yield } => "a loop on yield_now",
        Cause::NoExit { .. } => {
            let tries = |wait: &Waiting| wait.operation == Operation::TryRecv;
            match task.waits().iter().any(tries) {
                true => "a loop on try_recv",
                false => "a loop on sleep",
            }
        }
        Cause::Joins { .. } => "a join on a task that leaks",
        Cause::LostWakeup { .. } => "a lost wakeup",
        Cause::LockCycle { .. } => "two locks in opposite orders",
        Cause::LockTakenTwice { .. } => "a lock that is taken twice",
        Cause::AnswerNeverReceived { .. } => "a request that nobody receives",
        Cause::NeverClosed { .. } => "a channel that is never closed",
        Cause::LockHeld { .. } => "a lock that another has",
        Cause::Forgotten { .. } => "what was taken for good",
        Cause::PermitsHeld { .. } => "permits that others have",
        Cause::NeverSignalled => "a signal that nobody gives",
        Cause::BarrierShort { .. } => "a barrier that too few come to",
        _ => return None,
    })
}

#[test]
fn every_cause_comes_up() {
    let builder = Builder::new().schedules(SCHEDULES);
    let mut found: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (number, script) in drawn(protocol::scripts(), SCRIPTS).iter().enumerate() {
        if found.len() == CAUSES.len() {
            break;
        }
        // A loop takes a while to be told from what only takes long: no more of them than needed.
        let beats = |step: &Step| matches!(step, Step::Until(..));
        if script.has_step(beats) && LOOPS.iter().all(|cause| found.contains_key(cause)) {
            continue;
        }
        if let Err(failure) = run(&builder, script) {
            for task in failure.stuck() {
                let Some(cause) = cause_of(script, &failure, task) else {
                    continue;
                };
                found.entry(cause).or_insert((number, 0)).1 += 1;
            }
        }
    }
    let missing: Vec<_> = CAUSES
        .iter()
        .filter(|cause| !found.contains_key(*cause))
        .collect();
    assert!(
        missing.is_empty(),
        "not found: {missing:#?}\nfound: {found:#?}"
    );
}
