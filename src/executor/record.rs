//! The record of an execution: what was done, what time did, and which wakes can be told apart.
//!
//! Not here: what a record means to exploration (`explore::history`).

use super::core::Core;
use super::task::Looking;
use crate::trace::{Effect, Event, ObjectId, Operation, Site, TaskId, Wake};

impl Core {
    /// Whether the last event is an operation on something that a task waits for.
    pub(super) fn explains_wake(&self, id: TaskId) -> bool {
        let Some(event) = self.trace.events.last() else {
            return true;
        };
        // A waker may stay with an object longer than the wait: then the wake is spurious.
        let waited = self
            .tasks
            .get(id.index())
            .map_or(&[][..], |task| &task.waited_on);
        let own = |object| waited.binary_search(&object).is_ok();
        event.object.is_some_and(own)
            || matches!(
                event.operation,
                Operation::Abort | Operation::Fire | Operation::FireEarly
            )
    }

    /// Records a wake whose order among wakes of the same task can be told: the task is in the
    /// middle of several waits, and one of them keeps a place in a queue.
    pub(super) fn note_wake(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get(id.index()) else {
            return;
        };
        let alone = task.is_parked() && task.waits.len() == 1;
        let queued = task.waits.iter().any(|wait| wait.operation.keeps_a_place());
        if queued && !alone && self.running != Some(id) && !self.trace.events.is_empty() {
            let event = self.trace.events.len() as u32 - 1;
            self.trace.wakes.push(Wake { event, task: id });
        }
    }

    pub(super) fn record(
        &mut self,
        task: TaskId,
        operation: Operation,
        object: Option<ObjectId>,
        site: Site,
        effect: Effect,
    ) {
        let state = self.task_mut(task);
        let depth = state.nesting;
        let starts_poll = std::mem::take(&mut state.starts_poll);
        let woken_by = state.woken_by.take().filter(|_| starts_poll);
        let goes_on = std::mem::take(&mut state.goes_on);
        state.looking = match state.looking {
            Looking::Began | Looking::Looked if operation.only_looks() => Looking::Looked,
            _ => Looking::Not,
        };
        self.trace.events.push(Event {
            effect,
            depth,
            starts_poll,
            goes_on,
            woken_by,
            ..Event::new(task, operation, object, site)
        });
    }

    /// What the executor does by itself: time passes.
    ///
    /// `last` says that it could only happen when nothing else could.
    pub(super) fn record_clock(
        &mut self,
        operation: Operation,
        object: ObjectId,
        site: Site,
        last: bool,
    ) {
        self.trace.events.push(Event {
            alone: last,
            ..Event::new(TaskId::CLOCK, operation, Some(object), site)
        });
    }

    /// Judges what an operation came to, for fairness.
    pub(super) fn judge(&mut self, task: TaskId, effect: Effect) {
        match effect {
            Effect::Done => self.made_progress(task),
            Effect::Idle | Effect::Closed => self.was_idle(task),
            Effect::Pending => {}
        }
    }
}
