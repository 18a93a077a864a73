//! Who can run and who is blocked, so that neither a pick nor the end of an operation looks at every
//! task that was ever spawned.
//!
//! Whoever begins to be so is listed at once; whoever ceases to be stays until the list is looked
//! through. Both lists are in the order in which the tasks were spawned, which picks depend on.
//!
//! Not here: which of those that can run goes next (`fairness`, `runtime`).

use super::core::Core;
use super::task::TaskState;
use crate::trace::{ObjectId, TaskId};

/// Tasks in the order in which they were spawned: how many were spawned before each, and its name.
#[derive(Default)]
pub(super) struct List(Vec<(u32, TaskId)>);

impl List {
    fn add(&mut self, place: u32, id: TaskId) {
        let after = self.0.partition_point(|&(other, _)| other < place);
        if self.0.get(after) != Some(&(place, id)) {
            self.0.insert(after, (place, id));
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = TaskId> + '_ {
        self.0.iter().map(|&(_, id)| id)
    }
}

impl Core {
    /// A task can run from now on.
    pub(super) fn list_ready(&mut self, id: TaskId) {
        self.ready.add(self.tasks[id.index()].place, id);
    }

    /// A task is blocked from now on.
    pub(super) fn list_blocked(&mut self, id: TaskId) {
        self.blocked.add(self.tasks[id.index()].place, id);
    }

    /// Forgets those that could run and cannot any more.
    pub(super) fn tidy_ready(&mut self) {
        let tasks = &self.tasks;
        self.ready.0.retain(|&(_, id)| tasks[id.index()].can_run());
    }

    /// Whether those that are listed are the ones that can run, by a look at all tasks; not at more
    /// of them than can be looked at each time.
    pub(super) fn ready_is_tidy(&self) -> bool {
        let all = self.spawned.iter().copied();
        let can_run = all.filter(|&id| self.task(id).can_run());
        self.spawned.len() > 64 || can_run.eq(self.ready.iter())
    }

    /// The tasks that can run now, in the order in which they were spawned.
    #[inline]
    pub(super) fn runnable(&self) -> impl Iterator<Item = TaskId> + '_ {
        self.ready.iter().filter(|&id| {
            let task = self.task(id);
            task.can_run() && self.may_enter(task.group, id)
        })
    }

    /// Whether something else than `task` could go next.
    pub(super) fn others_can_run(&self, task: TaskId) -> bool {
        self.runnable().any(|other| other != task) || self.clock.may_fire_early()
    }

    /// Lets the tasks that are blocked on an object try again.
    #[inline]
    pub(super) fn unblock(&mut self, object: ObjectId) -> Vec<TaskId> {
        let mut unblocked = Vec::new();
        if self.blocked.0.is_empty() {
            return unblocked;
        }
        let tasks = &mut self.tasks;
        self.blocked.0.retain(|&(_, id)| {
            let task = &mut tasks[id.index()];
            let is_blocked = task.state == TaskState::Blocked;
            let wanted = task.blocked.is_some_and(|(_, on, _)| on == object);
            if is_blocked && wanted {
                task.state = TaskState::Suspended;
                unblocked.push(id);
            }
            is_blocked && !wanted
        });
        for &id in &unblocked {
            self.list_ready(id);
        }
        unblocked
    }
}
