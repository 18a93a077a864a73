//! What a task does on its own stack in place of a thread: it drives a future to its end, and ends
//! other tasks that it owns.
//!
//! Not here: waits for one object (`hold`).

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::clock::Timer;
use super::hold::block_until;
use super::host::Upcoming;
use super::monitor::Suspension;
use super::object::ObjectCell;
use super::task::{COOP_BUDGET, TaskState};
use super::waker::waker;
use super::{Runtime, current};
use crate::trace::{Effect, ExecutionId, Lent, Operation, Site, TaskId};

/// Whether the running task may block its thread.
pub(crate) fn may_block() -> bool {
    current::in_task().is_none_or(|runtime| {
        let core = runtime.core();
        core.is_tearing_down() || core.running.is_none_or(|task| core.task(task).may_block)
    })
}

/// The running task is about to block its thread.
///
/// # Panics
///
/// Panics where it must not, as tokio does.
#[track_caller]
pub(crate) fn assert_may_block() {
    assert!(
        may_block(),
        "Cannot block the current thread from within a runtime. This happens because a function \
         attempted to block the current thread while the thread is being used to drive \
         asynchronous tasks."
    );
}

/// Runs a closure during which the running task may block its thread, without a budget.
pub(crate) fn blocking<R>(action: impl FnOnce() -> R) -> R {
    let before = exchange((true, None));
    let restore = Restore(before);
    let result = action();
    drop(restore);
    result
}

/// Runs a closure during which the running task must not block its thread.
fn as_async<R>(action: impl FnOnce() -> R) -> R {
    let before = exchange((false, Some(COOP_BUDGET)));
    let restore = Restore(before);
    let result = action();
    drop(restore);
    result
}

type Manners = (bool, Option<u8>);

struct Restore(Option<Manners>);

impl Drop for Restore {
    fn drop(&mut self) {
        self.0.take().and_then(exchange);
    }
}

fn exchange((may_block, budget): Manners) -> Option<Manners> {
    let runtime = current::in_task()?;
    let mut core = runtime.core();
    let task = core.running?;
    let task = core.task_mut(task);
    let before = (task.may_block, task.budget);
    (task.may_block, task.budget) = (may_block, budget);
    Some(before)
}

/// The running task's cooperative budget: none if it is without bounds, or nothing runs.
pub(crate) fn budget() -> Option<u8> {
    let runtime = current::in_task()?;
    let core = runtime.core();
    core.task(core.running?).budget
}

/// Gives the running task another cooperative budget.
pub(crate) fn set_budget(budget: Option<u8>) {
    if let Some(runtime) = current::in_task() {
        let mut core = runtime.core();
        if let Some(task) = core.running {
            core.task_mut(task).budget = budget;
        }
    }
}

/// Polls a future on the running task's stack until it is ready. In between the task is blocked,
/// and others of its thread group run: they are what the thread would poll meanwhile.
pub(crate) fn block_on<F: Future>(runtime: &Runtime, site: Site, future: F) -> F::Output {
    let task = runtime.running().expect("a task runs");
    let waker: Waker = waker(runtime.core().execution, task);
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        let polled = as_async(|| future.as_mut().poll(&mut context));
        match polled {
            Poll::Ready(output) => return output,
            Poll::Pending => runtime.wait_to_be_woken(task, site),
        }
    }
}

impl Runtime {
    fn wait_to_be_woken(&self, task: TaskId, site: Site) {
        if self.core().is_tearing_down() {
            self.refuse_to_wait();
            return;
        }
        {
            let mut core = self.core();
            core.parked(task);
            core.note_unseen(task, self.settings.opaque.get());
            core.group_of(task).inside_poll = None;
            let task = core.task_mut(task);
            task.drives = true;
            task.state = if std::mem::take(&mut task.notified) {
                TaskState::Suspended
            } else {
                TaskState::Blocked
            };
        }
        let at = Suspension {
            task,
            site,
            synchronous: true,
        };
        if self.core().task(task).state == TaskState::Suspended {
            self.host.switch(self, at, Upcoming::Unknown);
        } else {
            self.host.block(self, at);
        }
        let torn_down = {
            let mut core = self.core();
            core.group_of(task).inside_poll = Some(task);
            let task = core.task_mut(task);
            task.drives = false;
            task.notified = false;
            task.polls += 1;
            task.starts_poll = true;
            task.yielded = false;
            core.is_tearing_down()
        };
        if torn_down {
            self.refuse_to_wait();
        }
    }

    /// What loom alone needs: the running task touches an object that it is about to note.
    pub(super) fn touch(&self, task: TaskId, cell: &ObjectCell, site: Site) {
        if !self.host.is_stepwise() && !self.core().is_tearing_down() {
            let object = cell.id(&mut self.core());
            self.switch_point(task, Upcoming::Use(object), site, false);
        }
    }

    /// Whether the running task is a thread of its own.
    pub(crate) fn is_thread(&self) -> bool {
        let core = self.core();
        core.running.is_some_and(|task| core.task(task).is_thread)
    }

    /// Whether the running task is the test's body.
    pub(crate) fn is_body(&self) -> bool {
        self.running() == Some(TaskId::BODY)
    }

    /// The execution that is on.
    pub(crate) fn execution(&self) -> ExecutionId {
        self.core().execution
    }

    /// A group for the tasks of a runtime with one thread.
    pub(crate) fn make_group(&self) -> usize {
        self.core().add_group()
    }

    /// If both share a thread, nobody else of it runs until `borrower` has ended.
    fn lend_group(&self, task: TaskId, borrower: TaskId) {
        let mut core = self.core();
        if core.task(task).group == core.task(borrower).group {
            let group = core.group_of(task);
            group.inside_poll = Some(borrower);
            group.lent_by = Some(task);
            let event = core.trace.events.len() as u32;
            core.trace.lent.push(Lent {
                event,
                by: task,
                to: borrower,
            });
        }
    }

    /// How many tasks were spawned on this execution and are alive, the body and threads aside.
    pub(crate) fn alive_tasks(&self) -> usize {
        let core = self.core();
        let alive = core.spawned.iter().filter(|&&id| {
            let task = core.task(id);
            let counts = id != TaskId::BODY && !core.drives_guest(id);
            counts && task.is_alive() && !task.is_thread
        });
        alive.count()
    }
}

/// Blocks until a task that was aborted has ended, or for so long. It goes on as soon as it is not
/// inside a poll; a task of the same thread does so at once, and nobody else of that thread.
///
/// Not while the thread is panicking: then tasks cannot be switched.
pub(crate) fn wait_for_end(
    (cell, task): (&ObjectCell, TaskId),
    site: Site,
    timeout: Option<Duration>,
    ended: impl Fn() -> bool,
) {
    let Some(runtime) = current::in_task() else {
        return;
    };
    let known = cell.id_in(runtime.core().execution).is_some();
    let running = runtime.running();
    if !known || running == Some(task) || std::thread::panicking() {
        return;
    }
    if let Some(running) = running.filter(|_| !ended()) {
        runtime.lend_group(running, task);
    }
    block_until(cell, (Operation::ShutdownRuntime, site), timeout, ended);
}

/// Notes in the trace that the running task told an object something, as part of the step that it
/// is in.
pub(crate) fn note(cell: &ObjectCell, operation: Operation, site: Site) {
    let Some(runtime) = current::in_task() else {
        return;
    };
    let mut core = runtime.core();
    let Some(task) = core.running.filter(|_| !core.is_tearing_down()) else {
        return;
    };
    let object = cell.id(&mut core);
    core.task_mut(task).nesting += 1;
    core.record(task, operation, Some(object), site, Effect::Done);
    core.task_mut(task).nesting -= 1;
}

/// From now on time passes only when nothing else can happen, or when a task says so.
pub(crate) fn pause(site: Site) {
    let Some(runtime) = current::in_task() else {
        return;
    };
    let mut core = runtime.core();
    if let Some(task) = core.running.filter(|_| !core.is_tearing_down()) {
        core.clock.early_left = 0;
        core.record(task, Operation::Pause, None, site, Effect::Done);
    }
}

/// Until it is dropped, virtual time does not pass by itself.
pub(crate) struct Held(ExecutionId);

impl Drop for Held {
    fn drop(&mut self) {
        let runtime = current::runtime().filter(|runtime| runtime.is_live(self.0));
        if let Some(mut core) = runtime.as_ref().and_then(|runtime| runtime.try_core()) {
            core.clock.held = core.clock.held.saturating_sub(1);
        }
    }
}

/// Lets virtual time pass at the running task's wish; what is due then fires.
pub(crate) fn advance(duration: Duration, site: Site) -> Option<Held> {
    let runtime = current::in_task()?;
    let due: Vec<Timer> = {
        let mut core = runtime.core();
        let task = core.running.filter(|_| !core.is_tearing_down())?;
        core.clock.now = core.clock.now.saturating_add(duration);
        core.clock.early_left = 0;
        core.clock.held += 1;
        core.record(task, Operation::Advance, None, site, Effect::Done);
        let due: Vec<Timer> = std::iter::from_fn(|| core.clock.take_due()).collect();
        for timer in &due {
            core.record_clock(Operation::Fire, timer.object, timer.site, false);
        }
        due
    };
    due.into_iter().for_each(Timer::wake);
    Some(Held(runtime.execution()))
}
