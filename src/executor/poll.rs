//! One poll of a task, and its end.
//!
//! Not here: who is polled next (`runtime`), and on which stack (`host`).

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll};

use super::Runtime;
use super::host::Upcoming;
use super::task::{JoinSink, TaskFuture, TaskState};
use super::teardown::TornDown;
use super::waker::waker;
use crate::trace::{Effect, Ending, Operation, TaskId};

impl Runtime {
    /// Polls a task once, on the stack of a host, and deals with what comes of it.
    pub(super) fn poll_task(self: &Rc<Self>, id: TaskId) {
        let (mut future, execution, drop_only) = {
            let mut core = self.core();
            core.running = Some(id);
            core.turn_begins(id);
            core.begin_poll(id);
            let future = core
                .task_mut(id)
                .future
                .take()
                .expect("a live task has its future");
            if !core.is_tearing_down() && self.settings.is_abortable(id, &core.trace) {
                let site = core
                    .trace
                    .task(id)
                    .map_or(self.settings.site, |task| task.spawned_at);
                let effect = match core.task(id).abort_requested {
                    true => Effect::Done,
                    false => Effect::Idle,
                };
                core.record(id, Operation::AbortCheck, None, site, effect);
                core.task_mut(id).acted = true;
            }
            let drop_only = core.is_tearing_down() || core.task(id).abort_requested;
            (future, core.execution, drop_only)
        };
        let waker = waker(execution, id);
        let mut context = Context::from_waker(&waker);
        let polled = if drop_only {
            Ok(Poll::Pending)
        } else {
            catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut context)))
        };
        if !matches!(polled, Ok(Poll::Pending)) {
            self.core().note_unseen(id, self.settings.opaque.get());
        }
        match polled {
            Ok(Poll::Ready(())) => match drop_future(future) {
                Ok(()) => self.end_task(id, End::Completed),
                Err(payload) => self.end_task(id, End::Panicked(payload)),
            },
            Ok(Poll::Pending) => self.pending(id, future),
            Err(payload) => {
                // What the future still holds goes the same way as in tokio: dropped, and a panic
                // of a drop after a panic is swallowed.
                drop_future(future).unwrap_or_else(swallow);
                self.end_task(id, End::Panicked(payload));
            }
        }
    }

    fn pending(self: &Rc<Self>, id: TaskId, future: TaskFuture) {
        let mut core = self.core();
        if core.is_tearing_down() || core.task(id).abort_requested {
            drop(core);
            match drop_future(future) {
                Ok(()) => self.end_task(id, End::Cancelled),
                Err(payload) => self.end_task(id, End::Panicked(payload)),
            }
            return;
        }
        core.parked(id);
        core.note_unseen(id, self.settings.opaque.get());
        core.turn_ends(id);
        core.group_of(id).inside_poll = None;
        let task = core.task_mut(id);
        task.future = Some(future);
        task.state = if task.notified {
            TaskState::Ready
        } else {
            TaskState::Parked
        };
    }

    /// The future is gone: tells whoever is interested. A step of its own.
    fn end_task(self: &Rc<Self>, id: TaskId, end: End) {
        let (join, site, object) = {
            let mut core = self.core();
            let site = core
                .trace
                .task(id)
                .map_or(self.settings.site, |task| task.spawned_at);
            let task = core.task_mut(id);
            (task.join.take(), site, task.object)
        };
        let audience = || join.as_ref().map(|join| join.audience());
        let mut seen_by = audience();
        // Nobody can see the end of a task without handles.
        let watched = seen_by.as_ref().is_some_and(|seen_by| seen_by.watches);
        if watched {
            self.switch_point(
                id,
                Upcoming::Perform(object, Operation::Complete),
                site,
                false,
            );
            seen_by = audience();
        }
        if let Some(set) = seen_by.and_then(|seen_by| seen_by.set) {
            self.touch(id, &set, site);
        }
        let torn_down = matches!(&end, End::Panicked(payload) if payload.is::<TornDown>());
        {
            let mut core = self.core();
            if !core.is_tearing_down() {
                // Where nobody sees it, nobody could go before it either.
                core.task_mut(id).goes_on = !watched;
                core.record(id, Operation::Complete, Some(object), site, Effect::Done);
                core.made_progress(id);
            }
            core.task_mut(id).waits.clear();
        }
        // An output that nobody wants is dropped here, and a foreign waker may be called: a panic
        // of theirs is nobody's, as in tokio.
        let told = catch_unwind(AssertUnwindSafe(|| match end {
            End::Completed => join.iter().for_each(|join| join.completed()),
            End::Panicked(payload) if !torn_down => self.note_panic(id, payload, join.as_deref()),
            End::Cancelled | End::Panicked(_) => join.iter().for_each(|join| join.cancelled()),
        }));
        told.unwrap_or_else(swallow);
        // Only now: others may have run in the middle of that drop.
        let unblocked: Vec<TaskId> = {
            let mut core = self.core();
            core.task_mut(id).join = join;
            let group = core.group_of(id);
            group.inside_poll = group.lent_by.take();
            core.task_mut(id).state = TaskState::Done;
            if id == TaskId::BODY {
                core.body_done = true;
                core.body_done_at = core.clock.now;
            }
            core.unblock(object)
        };
        self.tell_unblocked(unblocked);
    }

    fn note_panic(&self, id: TaskId, payload: Box<dyn Any + Send>, join: Option<&dyn JoinSink>) {
        let mut core = self.core();
        let unsupported = super::panics::unsupported(&core, payload.as_ref());
        let note = super::panics::note(&mut core, id, payload.as_ref());
        if core.is_tearing_down() {
            return;
        }
        if super::panics::explained_by_switch(&note.message) {
            let suspended = self.monitor.suspensions().into_iter();
            let synchronous = suspended.filter(|one| one.synchronous);
            core.suspended_at_panic
                .extend(synchronous.map(|one| one.site));
        }
        if let Some(what) = unsupported {
            core.ending.get_or_insert(Ending::Unsupported {
                what,
                site: note.site,
            });
        } else if id == TaskId::BODY {
            core.ending.get_or_insert(Ending::Panicked(note));
        } else {
            core.panics.push(note);
        }
        drop(core);
        if let Some(join) = join {
            join.panicked(payload);
        }
    }
}

/// Drops a task's future; its panic, if it does.
pub(super) fn drop_future(future: TaskFuture) -> Result<(), Box<dyn Any + Send>> {
    catch_unwind(AssertUnwindSafe(|| drop(future)))
}

/// Drops what a panic was about; should that panic as well, what that was about stays.
pub(super) fn swallow(payload: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}

/// How a task ended.
pub(super) enum End {
    Completed,
    Panicked(Box<dyn Any + Send>),
    Cancelled,
}
