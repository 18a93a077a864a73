//! What a running task does on no object: it gives up its turn, and makes choices of its own.

use std::task::{Context, Poll};

use super::Runtime;
use super::core::Core;
use super::host::Upcoming;
use super::operation::Manner;
use super::task::Looking;
use crate::trace::{Branch, Effect, Operation, Site, TaskId};

impl Runtime {
    /// Whether the running task has cooperative budget left; if not, it is woken and must yield.
    pub(crate) fn poll_budget(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut core = self.core();
        let running = core.running;
        if running.is_none_or(|task| core.spend_budget(task, 0)) {
            return Poll::Ready(());
        }
        drop(core);
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// The running task gives up its turn.
    pub(crate) fn yield_task(&self, site: Site) {
        let mut core = self.core();
        let Some(task) = core.running else { return };
        if core.is_tearing_down() {
            drop(core);
            self.burn_fuel();
            return;
        }
        core.task_mut(task).yielded = true;
        core.record(task, Operation::Yield, None, site, Effect::Idle);
        core.yielded(task);
    }

    /// The running task chooses one of several ways of its own, all of which are explored as far as
    /// they can differ. The way, and the name of the choice if there was one.
    pub(crate) fn branch(&self, alternatives: u32, select: bool) -> (u32, Option<u32>) {
        let task = {
            let core = self.core();
            core.running
                .filter(|_| !core.is_tearing_down() && alternatives > 1)
        };
        let Some(task) = task.filter(|_| !std::thread::panicking()) else {
            return (0, None);
        };
        if select && self.host.is_stepwise() {
            self.switch_before_choice(task);
        }
        let taken = self.host.branch(task, alternatives);
        let mut core = self.core();
        let choice = core.trace.branches.len() as u32;
        let event = core.trace.events.len() as u32;
        if select {
            core.task_mut(task).looking = Looking::Began;
        }
        core.trace.branches.push(Branch {
            task,
            event,
            taken,
            of: alternatives,
            select,
            pending: 0,
            is_apart: true,
            won: None,
        });
        (taken, Some(choice))
    }

    /// Lets other tasks go before a choice, instead of between the choice and the first operation
    /// after it: what the choice leads to is known when it is made, then.
    fn switch_before_choice(&self, task: TaskId) {
        let site = {
            let core = self.core();
            let info = core.trace.task(task);
            info.map_or(self.settings.site, |info| info.spawned_at)
        };
        self.switch_point(task, Upcoming::Unknown, site, false);
        self.core().task_mut(task).acted = false;
    }

    /// Whether what the running task polls is one of several branches of a `select!`, from now on;
    /// what it was before.
    pub(crate) fn set_among(&self, among: bool) -> Option<bool> {
        let mut core = self.core();
        let running = core.running?;
        Some(std::mem::replace(&mut core.task_mut(running).among, among))
    }

    /// A branch of a `select!` that chose where to begin was polled, and is not ready.
    pub(crate) fn branch_pending(&self, choice: u32, branch: u32) {
        let mut core = self.core();
        let events = core.trace.events.len() as u32;
        if let Some(choice) = core.trace.branches.get_mut(choice as usize) {
            choice.pending |= 1 << (branch % u64::BITS);
            choice.is_apart &= events == choice.event + choice.pending.count_ones();
        }
    }

    /// A `select!` that chose where to begin ended with this branch.
    pub(crate) fn branch_won(&self, choice: u32, branch: u32) {
        let mut core = self.core();
        let event = core.trace.events.len() as u32;
        if let Some(running) = core.running {
            core.task_mut(running).looking = Looking::Not;
        }
        if let Some(taken) = core.trace.branches.get_mut(choice as usize) {
            taken.won = Some((branch, event));
        }
    }
}

impl Core {
    /// Whether a task has cooperative budget left, of which so much is spent; if not, it yields.
    pub(super) fn spend_budget(&mut self, task: TaskId, amount: u8) -> bool {
        let budget = &mut self.task_mut(task).budget;
        if *budget == Some(0) {
            self.yielded(task);
            return false;
        }
        *budget = budget.map(|left| left - amount);
        true
    }

    /// Whether a poll belongs to the step of the poll before it: both are of a `select!` without a
    /// fixed order, and only look. What others could do in between, they could do before as well.
    pub(super) fn goes_on_looking(
        &mut self,
        task: TaskId,
        operation: Operation,
        manner: Manner,
    ) -> bool {
        let looks = manner == Manner::Poll && operation.only_looks();
        let task = self.task_mut(task);
        task.goes_on = looks && task.looking == Looking::Looked;
        task.goes_on
    }
}
