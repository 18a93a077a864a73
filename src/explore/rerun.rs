//! An execution that is run again, to see whether the body does the same: nothing is decided, and
//! nothing learned.
//!
//! Not here: what to make of a difference (`systematic`).

use crate::executor::chooser::{Chooser, Picks};
use crate::trace::{Choice, TaskId, Trace};

/// Goes as the execution before did, for as long as that fits.
pub(super) struct Rerun<'a> {
    pub(super) picks: &'a mut Picks,
    pub(super) before: &'a Trace,
}

impl Rerun<'_> {
    /// The decision that comes next.
    fn choice(&self, trace: &Trace) -> Option<Choice> {
        let choices = &self.before.schedule.choices;
        choices.get(trace.schedule.choices.len()).copied()
    }
}

impl Chooser for Rerun<'_> {
    /// Where more than tasks decides what happens next, no pick is followed without a look.
    fn next_task(
        &mut self,
        options: &[TaskId],
        running: Option<TaskId>,
        trace: &Trace,
    ) -> Option<usize> {
        let choice = self.choice(trace)?;
        let fits = choice.of as usize == options.len();
        let task = trace.chosen(choice.taken, options, running);
        let task = task.filter(|_| fits)?;
        options.iter().position(|&option| option == task)
    }

    fn branch(&mut self, _: TaskId, _: u32, trace: &Trace) -> u32 {
        self.choice(trace)
            .and_then(|choice| choice.taken)
            .unwrap_or(0)
    }

    fn picks(&mut self) -> Option<&mut Picks> {
        Some(self.picks)
    }
}
