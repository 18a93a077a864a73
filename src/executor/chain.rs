//! By which way tasks came to wait: a backtrace of each.
//!
//! They are taken only of tasks that are asked for, in one more run of a failing schedule, so
//! ordinary executions pay nothing. Not here: which run that is (`check`).

use super::Runtime;
use super::backtrace::Backtrace;
use crate::trace::{Chain, Operation, Site, TaskId};

/// A backtrace of a poll that was not ready; only the last one of each wait is of interest.
pub(super) struct Taken {
    task: TaskId,
    operation: Operation,
    site: Site,
    backtrace: Backtrace,
}

impl Runtime {
    /// Whether it is asked for how a task comes to wait.
    pub(super) fn notes_chain_of(&self, task: TaskId) -> bool {
        self.settings.chains_of.borrow().contains(&task)
    }

    /// A task begins to wait, if nothing comes between.
    pub(super) fn note_chain(&self, task: TaskId, operation: Operation, site: Site) {
        if !self.notes_chain_of(task) {
            return;
        }
        let taken = Taken {
            task,
            operation,
            site,
            backtrace: Backtrace::take(),
        };
        let backtraces = &mut self.core().backtraces;
        backtraces.retain(|it| (it.task, it.operation, it.site) != (task, operation, site));
        backtraces.push(taken);
    }

    /// How the tasks that were asked for came to wait in the execution that ran last: nothing of
    /// waits of which it is not known.
    pub(crate) fn chains(&self) -> Vec<Chain> {
        let taken = std::mem::take(&mut self.core().backtraces);
        let chains = taken.into_iter().map(|taken| Chain {
            task: taken.task,
            operation: taken.operation,
            site: taken.site,
            frames: taken.backtrace.frames(taken.site.file()),
        });
        chains.filter(|chain| !chain.frames.is_empty()).collect()
    }
}
