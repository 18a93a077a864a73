//! An execution that is run again, to see whether the body does the same: nothing is decided, and nothing learned.
//!
//! Not here: what to make of a difference (`systematic`).

use crate::executor::chooser::{Chooser, Picks};
use crate::trace::{TaskId, Trace};

/// Goes as the execution before did, for as long as that fits.
pub(super) struct Rerun<'a> {
    pub(super) picks: &'a mut Picks,
    pub(super) before: &'a Trace,
}

impl Chooser for Rerun<'_> {
    /// Where more than tasks decides what happens next, no pick is followed without a look.
    fn next_task(&mut self, options: &[TaskId], _: Option<TaskId>, trace: &Trace) -> Option<usize> {
        let pick = self.picks.next()?;
        let fits = pick.events == trace.events.len();
        options.iter().position(|&task| fits && task == pick.task)
    }

    fn branch(&mut self, _: TaskId, _: u32, trace: &Trace) -> u32 {
        let choices = &self.before.schedule.choices;
        let choice = choices.get(trace.schedule.choices.len());
        choice.and_then(|choice| choice.taken).unwrap_or(0)
    }

    fn picks(&mut self) -> Option<&mut Picks> {
        Some(self.picks)
    }
}
