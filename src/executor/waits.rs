//! What a future that waits holds on to: its wait, and its timer. Both end with their drop.
//!
//! Not here: how a wait begins (`operation`) and what it means at quiescence (`quiescence`).

use std::rc::Rc;

use super::clock::TimerId;
use super::task::WaitId;
use super::{Runtime, current};
use crate::trace::{ExecutionId, TaskId};

/// A wait in progress; dropped when it is over or given up.
#[derive(Debug)]
pub(crate) struct Waits {
    pub(super) task: TaskId,
    pub(super) execution: ExecutionId,
    pub(super) id: WaitId,
}

impl Drop for Waits {
    fn drop(&mut self) {
        if let Some(runtime) = current::runtime()
            && runtime.is_live(self.execution)
        {
            runtime.core().remove_wait(self.task, self.id);
        }
    }
}

/// A registered timer; dropping it cancels it.
#[derive(Debug)]
pub(crate) struct Alarm {
    pub(super) execution: ExecutionId,
    pub(super) timer: TimerId,
}

impl Alarm {
    fn runtime(&self) -> Option<Rc<Runtime>> {
        current::runtime().filter(|runtime| runtime.is_live(self.execution))
    }

    /// Whether it fired.
    pub(crate) fn has_fired(&self) -> bool {
        self.runtime()
            .is_some_and(|runtime| !runtime.core().clock.is_pending(self.timer))
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime() {
            // The waker is dropped outside of the borrow: it may be user code.
            let timer = runtime.core().clock.cancel(self.timer);
            drop(timer);
        }
    }
}
