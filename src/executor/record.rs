//! The record of an execution: what was done, what time did, and which wakes can be told apart.
//!
//! Not here: what a record means to exploration (`explore::history`).

use super::core::Core;
use super::task::{Looking, Task};
use crate::trace::{Effect, Event, Look, ObjectId, Opaque, Operation, Shared, Site, TaskId, Wake};

impl Core {
    /// Something that the mirror does not know takes part, as this task shows: by a wake, or
    /// because it shares something with real tokio.
    #[inline]
    pub(super) fn note_opaque(&mut self, task: TaskId, shared: Option<Shared>) {
        let info = self.trace.task(task).filter(|_| self.teardown.is_none());
        if let Some(info) = info {
            let spawned_at = info.spawned_at;
            self.trace.opaque.get_or_insert(Opaque {
                task,
                spawned_at,
                shared,
            });
        }
    }

    /// A task is woken: by something unknown, perhaps.
    #[inline]
    pub(super) fn note_unexplained(&mut self, id: TaskId) {
        let is_parked = self.tasks.get(id.index()).is_some_and(Task::is_parked);
        if is_parked && !self.explains_wake(id) {
            self.note_opaque(id, None);
        }
    }

    /// The poll that ends here did nothing that was seen. Where something unknown takes part it
    /// may have done anything: then it is an event. And if its task waits to be woken, it does not
    /// spin.
    #[inline]
    pub(super) fn note_unseen(&mut self, id: TaskId, every: bool) {
        let known = self.trace.opaque.is_some();
        if !self.task(id).starts_poll || self.is_tearing_down() || !(known || every) {
            return;
        }
        let info = self.trace.task(id);
        if let Some(site) = info.map(|info| info.spawned_at) {
            self.record(id, Operation::Unseen, None, site, Effect::Done);
            self.task_mut(id).acted = true;
        }
        if known && !self.task(id).notified {
            self.made_progress(id);
        }
    }

    /// Whether the last event is an operation on something that a task waits for, or one of those is
    /// that the running task is in the middle of.
    fn explains_wake(&self, id: TaskId) -> bool {
        let Some(last) = self.trace.events.last() else {
            return true;
        };
        // A waker may stay with an object longer than the wait: then the wake is spurious.
        let waited = self
            .tasks
            .get(id.index())
            .map_or(&[][..], |task| &task.waited_on);
        let own = |object| waited.binary_search(&object).is_ok();
        let explains = |event: &Event| {
            event.object.is_some_and(own)
                || matches!(
                    event.operation,
                    Operation::Abort | Operation::Fire | Operation::FireEarly
                )
        };
        explains(last) || self.operations_in_progress().any(explains)
    }

    /// What the running task is in the middle of, with what was nested in it so far, the latest first.
    fn operations_in_progress(&self) -> impl Iterator<Item = &Event> {
        let inside = |&task: &TaskId| self.task(task).nesting > 0;
        let running = self.running.filter(inside);
        let mut over = running.is_none();
        let events = self.trace.events.iter().rev();
        events
            .filter(move |event| Some(event.task) == running)
            .take_while(move |event| !std::mem::replace(&mut over, event.depth == 0))
    }

    /// Records a wake whose order among wakes of the same task can be told: the task is in the
    /// middle of several waits, and one of them keeps a place in a queue.
    #[inline]
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

    #[inline]
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
        let among = state.among;
        state.looking = match state.looking {
            Looking::Began | Looking::Looked if operation.only_looks() => Looking::Looked,
            _ => Looking::Not,
        };
        self.trace.events.push(Event {
            effect,
            depth,
            among,
            starts_poll,
            goes_on,
            woken_by,
            ..Event::new(task, operation, object, site)
        });
        if self.has_apart {
            self.note_apart(task, object);
        }
    }

    /// A future that polls its members with wakers of its own (`FuturesUnordered`) queues those that
    /// are woken, and polls no others. So the order of what wakes them can be told; and each step of
    /// its task may have seen that something has not happened to what they wait for.
    fn note_apart(&mut self, task: TaskId, object: Option<ObjectId>) {
        let event = self.trace.events.len() as u32 - 1;
        for &id in &self.spawned {
            let waits = &self.tasks[id.index()].waits;
            let objects = waits.iter().filter(|wait| wait.apart).map(|it| it.object);
            if id == task {
                let looks = objects.map(|object| Look { event, object });
                self.trace.looks.extend(looks);
            } else if objects.map(Some).any(|it| it == object) {
                self.trace.wakes.push(Wake { event, task: id });
            }
        }
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
    #[inline]
    pub(super) fn judge(&mut self, task: TaskId, effect: Effect) {
        match effect {
            Effect::Done => self.made_progress(task),
            Effect::Idle | Effect::Closed => self.was_idle(task),
            Effect::Pending => {}
        }
    }
}
