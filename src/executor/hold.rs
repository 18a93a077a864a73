//! Operations that last: read guards of an object, and calls that block a task like a thread.
//!
//! Not here: single operations (`operation`).

use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use super::clock::Timer;
use super::host::Upcoming;
use super::object::ObjectCell;
use super::operation::{Alarm, Manner, Scope, begin, done_if_ok, enter};
use super::task::Blocking;
use super::{Runtime, current, drive, teardown};
use crate::trace::{Effect, ExecutionId, ObjectId, ObjectKind, Operation, Site, TaskId};

impl Scope {
    /// One more reader holds the object: while there are any, exclusive operations block.
    pub(crate) fn add_reader(&self) {
        self.runtime.core().object_mut(self.object()).readers += 1;
    }

    /// A reader for as long as what is returned lives.
    pub(crate) fn read(&self) -> Reading<'_> {
        self.add_reader();
        Reading(self)
    }
}

/// A reader of an object while one of its operations is on.
pub(crate) struct Reading<'a>(&'a Scope);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.runtime.remove_reader(self.0.object());
    }
}

/// The running task has the lock that the object is: the map of a wait for it.
pub(crate) fn take<G>(guard: G, scope: Option<&Scope>) -> G {
    if let Some(scope) = scope {
        scope.set_held(true);
    }
    guard
}

/// Takes the lock that the object is, if it is free.
pub(crate) fn try_take<G, E>(
    cell: &ObjectCell,
    operation: Operation,
    site: Site,
    action: impl FnOnce() -> Result<G, E>,
) -> Result<G, E> {
    let scope = enter(cell, operation, site, Manner::Call);
    let result = action();
    if let Some(scope) = scope {
        if result.is_ok() {
            scope.set_held(true);
        }
        scope.leave(done_if_ok(&result));
    }
    result
}

/// Performs a synchronous operation on several permits.
pub(crate) fn perform_on<R>(
    cell: &ObjectCell,
    (operation, amount): (Operation, usize),
    site: Site,
    action: impl FnOnce() -> R,
    effect: impl FnOnce(&R) -> Effect,
) -> R {
    let scope = enter(cell, operation, site, Manner::Call);
    let result = action();
    if let Some(scope) = scope {
        scope.note_amount(amount);
        scope.leave(effect(&result));
    }
    result
}

/// Announces the drop of a read guard, which follows at once; in teardown too the object then has
/// one reader less.
pub(crate) fn announce_reader_drop(cell: &ObjectCell, operation: Operation, site: Site) {
    let scope = enter(cell, operation, site, Manner::Call);
    if let Some(runtime) = current::in_task() {
        let object = cell.id_in(runtime.core().execution);
        object
            .into_iter()
            .for_each(|object| runtime.remove_reader(object));
    }
    if let Some(scope) = scope {
        scope.set_held(false);
        scope.leave(Effect::Done);
    }
}

/// Whether nothing is controlled here: a call that blocks must block for real.
pub(crate) fn is_outside(cell: &ObjectCell, site: Site) -> bool {
    let outside = current::in_task().is_none();
    if outside {
        cell.used_outside(site);
    }
    outside
}

/// Waits for a future as a thread would: the task is blocked until it is ready.
///
/// What makes it ready must be operations on the object: each of them has it polled again. Where
/// real tokio has a part of some object, a wake has it polled again too. Only inside an execution; in
/// teardown it does not wait.
///
/// # Panics
///
/// Panics where the task must not block its thread.
#[track_caller]
pub(crate) fn block_on<F: Future, R>(
    cell: &ObjectCell,
    operation: Operation,
    site: Site,
    future: F,
    map: impl FnOnce(F::Output, Option<&Scope>) -> R,
) -> R {
    block_on_as(Manner::Call, cell, (operation, site), future, map)
}

/// Like [`block_on`]; every poll of the future is in the given manner.
#[track_caller]
pub(crate) fn block_on_as<F: Future, R>(
    manner: Manner,
    cell: &ObjectCell,
    (operation, site): (Operation, Site),
    future: F,
    map: impl FnOnce(F::Output, Option<&Scope>) -> R,
) -> R {
    drive::assert_may_block();
    let mut future = std::pin::pin!(future);
    loop {
        let scope = enter(cell, operation, site, manner);
        let waker = scope.as_ref().and_then(Scope::unblock_waker);
        let waker = waker.as_ref().unwrap_or(Waker::noop());
        let mut context = Context::from_waker(waker);
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            let result = map(output, scope.as_ref());
            if let Some(scope) = scope {
                scope.leave(Effect::Done);
            }
            return result;
        }
        match scope {
            Some(scope) => scope.block(),
            None => teardown::refuse_to_block(),
        }
    }
}

/// What a wait like a thread's came to.
pub(crate) enum Waited<R> {
    Got(R),
    TimedOut,
    /// Nothing is controlled here, or the task is torn down: it did not wait.
    Refused,
}

/// Blocks the running task like a thread until `attempt` gives something, or until that much
/// virtual time has passed, and begins the operation only then.
///
/// What lets an attempt succeed must be operations on the object that are done.
pub(crate) fn wait_for<R>(
    cell: &ObjectCell,
    (operation, site): (Operation, Site),
    timeout: Option<Duration>,
    mut attempt: impl FnMut() -> Option<R>,
    effect: impl FnOnce(&R) -> Effect,
) -> Waited<R> {
    let Some(runtime) = current::in_task() else {
        return Waited::Refused;
    };
    let Some((task, object)) = runtime.announce(cell, Manner::Call) else {
        return Waited::Refused;
    };
    runtime.switch_point(task, Upcoming::Use(object), site, true);
    let set = |timeout| runtime.set_blocking_alarm(object, site, timeout, true);
    let at_once = timeout == Some(Duration::ZERO);
    let alarm = timeout.filter(|_| !at_once).map(set);
    let blocking = Blocking {
        leaf: runtime.core().new_leaf(),
        timed: alarm.is_some(),
    };
    let over = || at_once || alarm.as_ref().is_some_and(Alarm::has_fired);
    let got = loop {
        let got = attempt();
        if got.is_some() || over() {
            break got;
        }
        runtime.block_in(blocking, task, (operation, object, site));
        // loom must know that what woke the task may be gone again.
        runtime.touch(task, cell, site);
    };
    let judged = got.as_ref().map_or(Effect::Idle, effect);
    if let Some(scope) = begin(runtime, (task, object), (operation, site), Manner::Call) {
        scope.note_leaf(blocking.leaf);
        scope.leave(judged);
    }
    got.map_or(Waited::TimedOut, Waited::Got)
}

/// Blocks the running task like a thread until `ready`, or until that much virtual time has passed,
/// and begins the operation only then. Whether it was ready; `None` in teardown and outside.
pub(crate) fn block_until(
    cell: &ObjectCell,
    operation: (Operation, Site),
    timeout: Option<Duration>,
    ready: impl Fn() -> bool,
) -> Option<bool> {
    let attempt = || ready().then_some(());
    match wait_for(cell, operation, timeout, attempt, |()| Effect::Done) {
        Waited::Got(()) => Some(true),
        Waited::TimedOut => Some(false),
        Waited::Refused => None,
    }
}

/// Blocks the running task like a thread for so long: once nothing else can happen, time passes.
/// In teardown it does not wait.
pub(crate) fn sleep(site: Site, duration: Duration) {
    let cell = ObjectCell::made_at(site, ObjectKind::Timer);
    let Some(runtime) = current::in_task() else {
        return;
    };
    let Some((task, object)) = runtime.announce(&cell, Manner::Call) else {
        return;
    };
    runtime.switch_point(task, Upcoming::Use(object), site, true);
    let alarm = runtime.set_blocking_alarm(object, site, duration, false);
    while !alarm.has_fired() {
        let blocking = Blocking {
            leaf: 0,
            timed: true,
        };
        runtime.block_in(blocking, task, (Operation::Sleep, object, site));
    }
    let operation = (Operation::Sleep, site);
    if let Some(scope) = begin(runtime, (task, object), operation, Manner::Call) {
        scope.leave(Effect::Idle);
    }
}

/// What a timer of a blocked task wakes: whoever is blocked on the object tries again.
struct Unblock {
    execution: ExecutionId,
    object: ObjectId,
}

impl Wake for Unblock {
    fn wake(self: Arc<Self>) {
        match current::runtime().filter(|runtime| runtime.is_live(self.execution)) {
            Some(runtime) => runtime.unblock(self.object),
            None => super::inbox::post_wake(self.execution),
        }
    }
}

impl Scope {
    /// What makes those try again who are blocked on the object, where others than operations on it
    /// may let them go on.
    fn unblock_waker(&self) -> Option<Waker> {
        let core = self.runtime.core();
        core.trace.opaque?;
        let (execution, object) = (core.execution, self.object());
        Some(Waker::from(Arc::new(Unblock { execution, object })))
    }
}

/// The running task takes one of several ways that the model leaves open: all are explored.
pub(crate) fn choose(alternatives: usize) -> usize {
    let alternatives = u32::try_from(alternatives).unwrap_or(u32::MAX);
    current::in_task().map_or(0, |runtime| runtime.branch(alternatives, false).0 as usize)
}

impl Runtime {
    /// A timer for a task that is going to be blocked on an object, and that may be unblocked
    /// otherwise if it is `raced`.
    pub(super) fn set_blocking_alarm(
        &self,
        object: ObjectId,
        site: Site,
        timeout: Duration,
        raced: bool,
    ) -> Alarm {
        let mut core = self.core();
        let execution = core.execution;
        let deadline = core.clock.now.saturating_add(timeout);
        let waker = Waker::from(Arc::new(Unblock { execution, object }));
        let timer = core
            .clock
            .register(Timer::new(deadline, object, site, waker, raced));
        // The task blocks at once: nothing can come before that.
        core.clock.set_raced(timer, raced);
        Alarm { execution, timer }
    }

    /// Blocks the task on an object, as part of a wait.
    fn block_in(
        &self,
        blocking: Blocking,
        task: TaskId,
        (operation, object, site): (Operation, ObjectId, Site),
    ) {
        self.core().task_mut(task).blocking = blocking;
        self.block(task, operation, object, site);
        self.core().task_mut(task).blocking = Blocking::default();
    }

    fn remove_reader(&self, object: ObjectId) {
        {
            let mut core = self.core();
            let readers = &mut core.object_mut(object).readers;
            *readers = readers.saturating_sub(1);
        }
        self.unblock(object);
    }

    fn unblock(&self, object: ObjectId) {
        let unblocked = self.core().unblock(object);
        self.tell_unblocked(unblocked);
    }
}
