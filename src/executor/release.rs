//! Teardown as a question: which handles are dropped together with which task.
//!
//! A channel drops its messages with its receiver: what is dropped then was in one of them.
//!
//! Not here: the teardown itself (`teardown`), and what the answers mean (`diagnose`).

use std::sync::Arc;

use super::core::Core;
use super::object::ObjectCell;
use super::{Runtime, current};
use crate::trace::{ObjectKind, Operation, Order, Release, Site};

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
        let inside = core.emptied.last().copied();
        core.releases.push(Release {
            by,
            object,
            operation,
            made_at,
            inside,
        });
        let kind = core.trace.object(object).map(|info| info.kind);
        if operation == Operation::DropReceiver && kind.is_some_and(drops_messages) {
            core.emptied.push(object);
        }
    }

    /// What was dropped in the last teardown, if that was asked for.
    pub(crate) fn releases(&self) -> Vec<Release> {
        self.core().releases.clone()
    }
}

/// Whether the receiver of such a channel takes what was not received with it.
fn drops_messages(kind: ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::Mpsc | ObjectKind::UnboundedMpsc | ObjectKind::Oneshot
    )
}

/// The last field of a mirrored receiver: when it is dropped, so are the messages that were left.
#[derive(Debug)]
pub(crate) struct Emptied(Arc<ObjectCell>);

impl Emptied {
    /// For the receiver of this channel.
    pub(crate) fn of(cell: &Arc<ObjectCell>) -> Emptied {
        Emptied(Arc::clone(cell))
    }
}

impl Drop for Emptied {
    fn drop(&mut self) {
        if let Some(runtime) = current::in_task() {
            let mut core = runtime.core();
            let is_it = core.emptied.last().copied() == self.0.id_in(core.execution);
            if is_it {
                core.emptied.pop();
            }
        }
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
