//! Keeps spinning and yielding tasks from running for ever while others could go on.
//!
//! A task may go on right after a yield, as on a real runtime it may; but from the ninth yield on
//! (or the ninth operation in a row that changes nothing) it is *deferred*: every task that could
//! run at that time goes once before it does. (Musuvathi, Qadeer: *Fair Stateless Model
//! Checking*, PLDI 2008, is the idea; the free turns are ours.) Orders that differ only in how
//! often a loop spins are explored up to that bound.

use super::core::Core;
use super::task::TaskState;
use crate::trace::TaskId;

/// Yields that a task has before it is deferred.
const FREE_YIELDS: u32 = 8;
/// Operations in a row without effect that a task has before each counts as a yield.
const FREE_IDLE_OPERATIONS: u32 = 8;
/// Turns without any effect (polls, and waits like a thread's) after which a task counts as spinning.
const SPINNING_TURNS: u32 = 3;
/// Turns without progress of any task after which a run of spinning tasks is a loop.
pub(super) const LOOP_TURNS: u32 = 1_000;

/// What is kept of a task's turns.
#[derive(Default, Clone, Copy, Debug)]
pub(super) struct Turns {
    yields: u32,
    idle_operations: u32,
    idle_turns: u32,
    /// The turn of its last deferral: tasks that have not run since go first.
    deferred_at: u64,
    last_run: u64,
    /// How much progress there was when its slice began.
    progress_seen: u64,
}

impl Turns {
    /// Whether the task only spins, if there was so much progress and no more.
    fn is_idle_since(&self, progress: u64) -> bool {
        self.idle_turns >= SPINNING_TURNS && self.progress_seen == progress
    }
}

impl Core {
    /// A slice of `task` begins.
    #[inline]
    pub(super) fn turn_begins(&mut self, task: TaskId) {
        self.turn += 1;
        let (turn, progress) = (self.turn, self.progress);
        let turns = &mut self.task_mut(task).fairness;
        turns.last_run = turn;
        if turns.progress_seen != progress {
            turns.progress_seen = progress;
            turns.idle_turns = 0;
        }
    }

    /// A poll of `task` is over, or it is blocked like a thread.
    #[inline]
    pub(super) fn turn_ends(&mut self, task: TaskId) {
        let progress = self.progress;
        let turns = &mut self.task_mut(task).fairness;
        if turns.progress_seen == progress {
            turns.idle_turns += 1;
            self.idle_turns += 1;
        }
    }

    /// `task` stops at a switch point, where another may go. Its turn is not over: how often it
    /// stops in a poll says nothing of what it does there, which its operations do.
    pub(super) fn suspends(&mut self, task: TaskId) {
        self.task_mut(task).state = TaskState::Suspended;
    }

    /// `task` performed an operation that changed something.
    #[inline]
    pub(super) fn made_progress(&mut self, task: TaskId) {
        self.progress += 1;
        self.idle_turns = 0;
        self.task_mut(task).fairness.idle_operations = 0;
    }

    /// `task` performed an operation that changed nothing.
    #[inline]
    pub(super) fn was_idle(&mut self, task: TaskId) {
        let turn = self.turn;
        let turns = &mut self.task_mut(task).fairness;
        turns.idle_operations += 1;
        if turns.idle_operations > FREE_IDLE_OPERATIONS {
            turns.deferred_at = turn;
            turns.idle_turns += 1;
            self.idle_turns += 1;
        }
    }

    /// `task` gave up its turn.
    pub(super) fn yielded(&mut self, task: TaskId) {
        let turn = self.turn;
        let turns = &mut self.task_mut(task).fairness;
        turns.yields += 1;
        if turns.yields > FREE_YIELDS {
            turns.deferred_at = turn;
        }
    }

    #[cfg(feature = "loom")]
    fn is_spinning(&self, task: TaskId) -> bool {
        self.task(task).fairness.is_idle_since(self.progress)
    }

    /// Whether every task that can run only spins: nothing will change by running them.
    #[cfg(feature = "loom")]
    pub(super) fn all_spin(&self) -> bool {
        self.runnable().all(|task| self.is_spinning(task))
    }

    /// Whether others go before `task`.
    pub(super) fn is_deferred(&self, task: TaskId) -> bool {
        let deferred_at = self.task(task).fairness.deferred_at;
        deferred_at > 0
            && self
                .runnable()
                .any(|other| other != task && self.task(other).fairness.last_run < deferred_at)
    }

    /// Fills `options` with the tasks that may go next, in the order of their names. Whether all
    /// that can run only spin.
    pub(super) fn fill_options(&mut self, options: &mut Vec<TaskId>) -> bool {
        options.clear();
        let (mut all_spin, mut defers, mut sorted, mut stale) = (true, false, true, false);
        let mut last = TaskId::BODY;
        for id in self.ready.iter() {
            let task = self.task(id);
            if !task.can_run() {
                stale = true;
            } else if self.may_enter(task.group, id) {
                all_spin = all_spin && task.fairness.is_idle_since(self.progress);
                defers |= task.fairness.deferred_at > 0;
                sorted = sorted && last <= id;
                last = id;
                options.push(id);
            }
        }
        if stale {
            self.tidy_ready();
        }
        debug_assert!(self.ready_is_tidy(), "whoever can run is listed");
        // Of those that only spin, each takes its turn: no order of idle slices differs from
        // another.
        if !all_spin && defers {
            options.retain(|&task| !self.is_deferred(task));
        }
        if all_spin || options.is_empty() {
            let least = |task: &TaskId| self.task(*task).fairness.last_run;
            let next = self.runnable().min_by_key(least);
            options.clear();
            options.extend(next);
        }
        if !sorted {
            options.sort_unstable();
        }
        all_spin
    }
}
