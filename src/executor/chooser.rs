//! The seam between running and exploring.

use crate::trace::{TaskId, Trace};

/// Decides how an execution goes on each time there is more than one way.
pub(crate) trait Chooser {
    /// Which of `options` goes next, as an index; `None` ends the execution here.
    ///
    /// `options` has at least two entries in a fixed order and may contain [`TaskId::CLOCK`].
    /// `running` is the task that had control last, if it can go on.
    fn next_task(
        &mut self,
        options: &[TaskId],
        running: Option<TaskId>,
        trace: &Trace,
    ) -> Option<usize>;

    /// Which of `alternatives` a task's own choice takes, such as the start branch of `select!`.
    fn branch(&mut self, task: TaskId, alternatives: u32, trace: &Trace) -> u32;
}
