//! Where a running task gives its thread to others in the middle of a poll: before an operation, or
//! blocked on an object.
//!
//! Not here: what the operation is (`operation`) and how a stack is left (`host`).

use super::Runtime;
use super::core::Core;
use super::host::Upcoming;
use super::monitor::Suspension;
use super::operation::Manner;
use super::task::TaskState;
use crate::trace::{Effect, ObjectId, Operation, Site, TaskId};

impl Runtime {
    /// Lets other tasks go first, if the chooser wants them to.
    ///
    /// None is needed before the first operation of a slice: choosing this task over the others
    /// was that choice, and what the task did since then nobody else can see.
    pub(super) fn switch_point(&self, task: TaskId, next: Upcoming, site: Site, synchronous: bool) {
        let at = Suspension {
            task,
            site,
            synchronous,
        };
        if self.needs_switch(&mut self.core(), at) {
            self.host.switch(self, at, next);
        }
    }

    /// Whether others are let go first: not where it is known that none is.
    ///
    /// While the thread is panicking none can be: the count of panics belongs to the OS thread, so
    /// other tasks would see it, and poison their locks.
    #[inline]
    pub(super) fn needs_switch(&self, core: &mut Core, at: Suspension) -> bool {
        if std::thread::panicking() {
            core.keep_together(at.task);
            return false;
        }
        if self.goes_on_as_before(core, at.task) {
            core.task_mut(at.task).acted = true;
            return false;
        }
        self.may_switch(core, at)
    }

    #[inline]
    fn may_switch(&self, core: &mut Core, at: Suspension) -> bool {
        if core.is_tearing_down() || core.drives_guest(at.task) {
            core.task_mut(at.task).acted = true;
            return false;
        }
        if at.synchronous && self.settings.is_atomic(at.site) {
            core.keep_together(at.task);
            return core.is_overdue();
        }
        let acted = std::mem::replace(&mut core.task_mut(at.task).acted, true);
        let needless = self.host.is_stepwise() && (!acted || !core.others_can_run(at.task));
        !needless || core.is_overdue()
    }

    /// Whether the task goes on here because it did in the execution before.
    #[inline]
    fn goes_on_as_before(&self, core: &mut Core, task: TaskId) -> bool {
        let goes_on = self.host.can_ask() && core.next_as_before(Some(task)).is_some();
        if goes_on {
            self.monitor.beat();
            core.turn_begins(task);
        }
        goes_on
    }

    /// Blocks until no other task is in the middle of an operation on the object, and until those
    /// are gone who hold or read it, as far as the manner says.
    pub(super) fn wait_for_object(
        &self,
        task: TaskId,
        object: ObjectId,
        operation: Operation,
        site: Site,
        manner: Manner,
    ) {
        while !self.core().object(object).is_free_for(task, manner) {
            // In teardown this refuses, and does not return.
            self.block(task, operation, object, site);
        }
    }

    pub(super) fn block(&self, task: TaskId, operation: Operation, object: ObjectId, site: Site) {
        {
            let mut core = self.core();
            if core.is_tearing_down() {
                drop(core);
                self.refuse_to_wait();
                return;
            }
            let blocked = core.task_mut(task);
            blocked.state = TaskState::Blocked;
            blocked.blocked = Some((operation, object, site));
            core.list_blocked(task);
            core.record(task, operation, Some(object), site, Effect::Pending);
            core.note_blocking(task);
        }
        self.note_chain(task, operation, site);
        let at = Suspension {
            task,
            site,
            synchronous: true,
        };
        self.host.block(self, at);
        let mut core = self.core();
        core.task_mut(task).blocked = None;
        if core.is_tearing_down() {
            drop(core);
            self.refuse_to_wait();
        }
    }
}

impl Core {
    /// Nothing can be switched before what a task does next: who is to go before that has to go
    /// before all that the task did since the last switch.
    fn keep_together(&mut self, id: TaskId) {
        let acted = std::mem::replace(&mut self.task_mut(id).acted, true);
        if acted && !self.is_tearing_down() {
            self.task_mut(id).goes_on = true;
            self.trace.has_atomic = true;
        }
    }
}
