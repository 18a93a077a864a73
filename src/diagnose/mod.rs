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

use crate::outcome::StuckTask;
use crate::trace::{Holdings, Stuck, Trace};

/// The stuck tasks of an execution with their causes: those that the others wait for first, each
/// with those that wait for it behind it.
pub(crate) fn diagnose(trace: &Trace, holdings: &Holdings, tasks: Vec<Stuck>) -> Vec<StuckTask> {
    let scene = causes::Scene {
        trace,
        holdings,
        stuck: &tasks,
    };
    let causes: Vec<_> = tasks.iter().map(|task| scene.causes(task)).collect();
    roots::order(tasks, causes)
}
