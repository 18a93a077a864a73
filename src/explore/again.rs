//! An execution again, to see whether the body does the same: nothing is decided, and nothing learned.
//!
//! Not here: what to make of a difference (`systematic`).

use crate::executor::chooser::{Chooser, Script};
use crate::trace::{TaskId, Trace};

/// Goes as the script has it, for as long as it fits.
pub(super) struct Again<'a> {
    pub(super) script: &'a mut Script,
    pub(super) before: &'a Trace,
}

impl Chooser for Again<'_> {
    /// Where more than tasks decides what happens next, the script is not followed without a look.
    fn next_task(&mut self, options: &[TaskId], _: Option<TaskId>, trace: &Trace) -> Option<usize> {
        let pick = self.script.next()?;
        let fits = pick.events == trace.events.len();
        options.iter().position(|&task| fits && task == pick.task)
    }

    fn branch(&mut self, _: TaskId, _: u32, trace: &Trace) -> u32 {
        let choices = &self.before.schedule.choices;
        let choice = choices.get(trace.schedule.choices.len());
        choice.and_then(|choice| choice.taken).unwrap_or(0)
    }

    fn script(&mut self) -> Option<&mut Script> {
        Some(self.script)
    }
}
