//! The execution before a search that only teaches.
//!
//! Not here: what is learnt (`learned`).

use std::rc::Rc;

use crate::executor::chooser::Chooser;
use crate::executor::{Body, Runtime};
use crate::trace::{TaskId, Trace};

/// A task goes on for as long as it can; then the one that was spawned first.
struct Straight;

impl Chooser for Straight {
    fn next_task(
        &mut self,
        options: &[TaskId],
        running: Option<TaskId>,
        _: &Trace,
    ) -> Option<usize> {
        let stays = options.iter().position(|&task| Some(task) == running);
        Some(stays.unwrap_or(0))
    }

    fn branch(&mut self, _: TaskId, _: u32, _: &Trace) -> u32 {
        0
    }
}

/// One execution that is not judged, in which every wait first says that it is not ready: that
/// shows which waits are polled alone.
pub(super) fn run(runtime: &Rc<Runtime>, body: &Body) {
    runtime.settings.probe.set(true);
    runtime.run(body, &mut Straight);
    runtime.settings.probe.set(false);
}
