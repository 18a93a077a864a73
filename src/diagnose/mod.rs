//! Why tasks are stuck: the trace of a failing schedule and what its teardowns released, read for
//! causes.
//!
//! Not here: how an execution is torn down (`executor`, `check`) and how a cause is told
//! (`report`). Where no cause fits, none is given.

mod causes;
mod holders;
mod roots;
#[cfg(test)]
mod tests;

use crate::outcome::{Cause, StuckTask};
use crate::trace::{Holdings, Stuck, Trace};

/// Of several waits of a task, such as the branches of a `select!`, those first whose cause says most.
fn telling_first((mut task, causes): (Stuck, Vec<Option<Cause>>)) -> (Stuck, Vec<Option<Cause>>) {
    if task.waits.len() != causes.len() {
        return (task, causes);
    }
    let mut waits: Vec<_> = task.waits.into_iter().zip(causes).collect();
    waits.sort_by_key(|(_, cause)| match cause {
        Some(cause) => u8::from(!roots::says_why(cause)),
        None => 2,
    });
    let causes;
    (task.waits, causes) = waits.into_iter().unzip();
    (task, causes)
}

/// The stuck tasks of an execution with their causes: those that the others wait for first, each
/// with those that wait for it behind it.
pub(crate) fn diagnose(trace: &Trace, holdings: &Holdings, tasks: Vec<Stuck>) -> Vec<StuckTask> {
    let scene = causes::Scene {
        trace,
        holdings,
        stuck: &tasks,
    };
    let causes: Vec<_> = tasks.iter().map(|task| scene.causes(task)).collect();
    let (tasks, causes) = tasks.into_iter().zip(causes).map(telling_first).unzip();
    roots::order(tasks, causes)
}
