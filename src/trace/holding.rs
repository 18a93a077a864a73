//! What teardown shows of who holds what.
//!
//! A failing schedule is run again for each task that is alive at its end, with that task torn down
//! first, and with it last. What is dropped while it goes first it held alone; what is dropped while
//! it goes last it held at all.

use super::{ObjectId, Operation, Site, TaskId};

/// A handle or guard that was dropped in teardown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Release {
    /// The task that was torn down; none for what tasks had returned and nobody took.
    pub(crate) by: Option<TaskId>,
    pub(crate) object: ObjectId,
    /// What its drop means.
    pub(crate) operation: Operation,
    /// Where it was made.
    pub(crate) made_at: Site,
    /// The channel whose receiver was being dropped, and with it the message that this was in.
    pub(crate) inside: Option<ObjectId>,
}

/// Where a task comes in the teardown of an execution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    First(TaskId),
    Last(TaskId),
}

/// What was dropped in each teardown of one schedule.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Holdings {
    pub(crate) teardowns: Vec<(Order, Vec<Release>)>,
}

impl Holdings {
    /// What was dropped with a task while it was torn down in this order.
    pub(crate) fn with(&self, order: Order) -> impl Iterator<Item = &Release> {
        let task = match order {
            Order::First(task) | Order::Last(task) => task,
        };
        let teardown = self.teardowns.iter().find(|(it, _)| *it == order);
        let releases = teardown.map_or(&[][..], |(_, releases)| releases);
        releases
            .iter()
            .filter(move |release| release.by == Some(task))
    }

    /// The tasks that were torn down, each first and last.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = TaskId> {
        self.teardowns.iter().filter_map(|(order, _)| match order {
            Order::First(task) => Some(*task),
            Order::Last(_) => None,
        })
    }

    /// Everything that was dropped in one of the teardowns.
    pub(crate) fn any(&self) -> &[Release] {
        self.teardowns.first().map_or(&[], |(_, releases)| releases)
    }
}
