//! Teardown as a question: which handles are dropped together with which task.
//!
//! Not here: the teardown itself (`teardown`), and what the answers mean (`diagnose`).

use super::Runtime;
use super::core::Core;
use super::object::ObjectCell;
use crate::trace::{Operation, Order, Release, Site};

impl Runtime {
    /// A handle was dropped in teardown.
    pub(super) fn note_release(&self, cell: &ObjectCell, operation: Operation, made_at: Site) {
        if self.settings.teardown_order.get().is_none() || !operation.gives_back() {
            return;
        }
        let mut core = self.core();
        let Some(object) = cell.id_in(core.execution) else {
            return;
        };
        let by = core.running.filter(|_| core.is_dropping_tasks());
        core.releases.push(Release {
            by,
            object,
            operation,
            made_at,
        });
    }

    /// What was dropped in the last teardown, if that was asked for.
    pub(crate) fn releases(&self) -> Vec<Release> {
        self.core().releases.clone()
    }
}

impl Core {
    /// Puts the task that is asked about to its place.
    pub(super) fn order_teardown(&mut self, order: Option<Order>) {
        let (task, to) = match order {
            Some(Order::First(task)) => (task, 0),
            Some(Order::Last(task)) => (task, self.spawned.len().saturating_sub(1)),
            None => return,
        };
        if let Some(from) = self.spawned.iter().position(|&id| id == task) {
            self.spawned.remove(from);
            self.spawned.insert(to, task);
        }
    }
}
