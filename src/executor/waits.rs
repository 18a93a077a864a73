//! Waits: what a future that waits holds on to (its wait, and its timer: both end with their drop),
//! and what the executor keeps of it.
//!
//! Not here: how a wait begins (`operation`) and what it means at quiescence (`quiescence`).

use std::rc::Rc;
use std::task::Context;

use super::clock::TimerId;
use super::core::Core;
use super::object::ObjectCell;
use super::operation::{Manner, Scope, enter};
use super::task::{Wait, WaitId};
use super::{Runtime, current};
use crate::trace::{Effect, ExecutionId, ObjectId, Operation, Site, TaskId};

/// The polls of one future: its name in the trace, and whether its task waits for it.
#[derive(Default, Debug)]
pub(crate) struct Polls {
    leaf: u32,
    waits: Option<Waits>,
    /// It takes no part in tokio's cooperative budget: it is never made to yield.
    unbudgeted: bool,
}

impl Polls {
    /// Begins a poll of the real future. `None` if it must not be polled now, and `Pending` is the
    /// answer: the task had its share of this poll, or the executor probes.
    #[inline]
    pub(crate) fn begin(&mut self, scope: Scope, context: &mut Context<'_>) -> Option<Scope> {
        let first = self.leaf == 0;
        let is_budgeted = !self.unbudgeted;
        let Some(leaf) = scope.note_poll(context.waker(), self.leaf, is_budgeted) else {
            context.waker().wake_by_ref();
            scope.leave(Effect::Idle);
            return None;
        };
        self.leaf = leaf;
        if first && is_budgeted && scope.probes() {
            context.waker().wake_by_ref();
            scope.note_probed();
            self.pend(scope);
            return None;
        }
        Some(scope)
    }

    /// Like [`begin`](Polls::begin), for a poll by hand.
    pub(crate) fn begin_by_hand(
        &mut self,
        scope: Scope,
        context: &mut Context<'_>,
    ) -> Option<Scope> {
        let first = self.leaf == 0;
        let Some(leaf) = scope.note_poll(context.waker(), self.leaf, true) else {
            context.waker().wake_by_ref();
            scope.leave(Effect::Idle);
            return None;
        };
        self.leaf = leaf;
        if first && scope.probes() {
            context.waker().wake_by_ref();
            scope.note_probed();
            self.pend_by_hand(scope);
            return None;
        }
        Some(scope)
    }

    /// Polls of a future that takes no part in tokio's cooperative budget.
    pub(crate) fn unbudgeted() -> Polls {
        Polls {
            unbudgeted: true,
            ..Polls::default()
        }
    }

    /// The future is part of an operation that is no poll: its making, or `enable`.
    pub(crate) fn take_part(&mut self, scope: &Scope) {
        self.leaf = scope.note_leaf(self.leaf);
    }

    /// What was polled by hand is not ready.
    pub(crate) fn pend_by_hand(&mut self, scope: Scope) {
        scope.refund_budget();
        self.waits = None;
        self.waits = Some(scope.pend_by_hand());
    }

    /// What was polled by hand is ready; the next poll is of another wait.
    pub(crate) fn end_by_hand(&mut self) {
        *self = Polls {
            unbudgeted: self.unbudgeted,
            ..Polls::default()
        };
    }

    /// The real future is not ready.
    #[inline]
    pub(crate) fn pend(&mut self, scope: Scope) {
        if !self.unbudgeted {
            scope.refund_budget();
        }
        match &self.waits {
            Some(waits) => scope.still_waits(waits),
            None => self.waits = Some(scope.pend(None)),
        }
    }

    /// The real future is ready: the task does not wait for it any more.
    pub(crate) fn end(&mut self) {
        self.waits = None;
    }

    /// Announces that a future that may be queued is given up.
    pub(crate) fn cancel(&mut self, cell: &ObjectCell, site: Site) {
        if let Some(scope) = enter(cell, Operation::Cancel, site, Manner::Call) {
            scope.note_leaf(self.leaf);
            scope.leave(Effect::Done);
        }
        self.waits = None;
    }
}

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

impl Core {
    /// A name for a future that may take several polls; from 1.
    pub(super) fn new_leaf(&mut self) -> u32 {
        self.leaves += 1;
        self.leaves
    }

    pub(super) fn add_wait(
        &mut self,
        task: TaskId,
        operation: Operation,
        object: ObjectId,
        site: Site,
        timer: Option<TimerId>,
    ) -> WaitId {
        let id = WaitId(self.waits_created);
        self.waits_created += 1;
        let waited_on = &mut self.task_mut(task).waited_on;
        if let Err(place) = waited_on.binary_search(&object) {
            waited_on.insert(place, object);
        }
        self.task_mut(task).waits.push(Wait {
            id,
            operation,
            object,
            site,
            timer,
            by_hand: None,
            apart: false,
        });
        id
    }

    /// A wait was polled with another waker than its task's.
    pub(super) fn mark_apart(&mut self, task: TaskId, id: WaitId) {
        let waits = &mut self.task_mut(task).waits;
        let wait = waits.iter_mut().find(|wait| wait.id == id);
        wait.into_iter().for_each(|wait| wait.apart = true);
        self.has_apart = true;
    }

    /// A wait counts for this poll of its task alone.
    pub(super) fn mark_by_hand(&mut self, task: TaskId, id: WaitId) {
        let task = self.task_mut(task);
        let poll = task.polls;
        let wait = task.waits.iter_mut().find(|wait| wait.id == id);
        wait.into_iter().for_each(|wait| wait.by_hand = Some(poll));
    }

    /// Forgets a wait, whichever task it belongs to.
    pub(super) fn remove_wait(&mut self, task: TaskId, id: WaitId) {
        self.task_mut(task).waits.retain(|wait| wait.id != id);
    }

    /// Whether the poll that ends here did nothing after it found its only wait not ready: then it
    /// observed nothing.
    fn note_alone(&mut self, task: TaskId) {
        if self.task(task).yielded || self.task(task).current_waits().count() != 1 {
            return;
        }
        let last = self
            .trace
            .events
            .iter_mut()
            .rev()
            .find(|event| event.task == task);
        if let Some(last) = last
            && last.effect == Effect::Pending
        {
            last.alone = true;
        }
    }

    /// The last event begins a wait like a thread's.
    pub(super) fn note_blocking(&mut self, task: TaskId) {
        let blocking = self.task(task).blocking;
        if let Some(event) = self.trace.events.last_mut() {
            event.leaf = blocking.leaf;
            event.sets_timer = blocking.timed;
            event.alone = match event.operation {
                Operation::Sleep => true,
                _ => blocking.leaf > 0 && !blocking.timed,
            };
        }
    }

    /// A poll of `task` returned `Pending`: which of its timers are raced is known now.
    pub(super) fn parked(&mut self, task: TaskId) {
        self.note_alone(task);
        let raced = self.task(task).current_waits().count() > 1;
        for index in 0..self.task(task).waits.len() {
            if let Some(timer) = self.task(task).waits[index].timer {
                self.clock.set_raced(timer, raced);
            }
        }
    }
}
