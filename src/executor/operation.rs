//! The seam towards the mirror: announcing an operation, performing it, waiting.
//!
//! A mirrored method calls [`enter`] before it touches the real primitive: that is the switch
//! point. The [`Scope`] that it gets stands for the operation in progress. Outside executions, and
//! in teardown, there is none, and the method acts on the real primitive at once.

use std::cell::Cell;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::begun::Begun;
use super::clock::Timer;
use super::host::Upcoming;
use super::monitor::Suspension;
use super::object::ObjectCell;
pub(crate) use super::waits::{Alarm, Waits};
use super::{Runtime, current};
use crate::trace::{Effect, Held, ObjectId, Operation, Site, TaskId};

/// How an operation treats the thread while it is on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Manner {
    /// A synchronous call.
    Call,
    /// A synchronous call that may run user code under a lock of tokio's: others that want the
    /// object block until it is over.
    Exclusive,
    /// A synchronous call that takes the object for one task alone, and blocks while another one
    /// holds it or reads it.
    Lock,
    /// A synchronous call that reads the object, and blocks while another one holds it.
    Share,
    /// A poll of a future. Before it no guard of a lock that the mirror cannot see can be held by
    /// a `Send` future.
    Poll,
    /// A poll of a future that may run user code under a lock of tokio's: as `Exclusive`.
    PollExclusive,
    /// A poll of what no other task can see: no switch is needed before it.
    Private,
}

/// An operation in progress.
pub(crate) struct Scope {
    pub(super) runtime: Rc<Runtime>,
    begun: Begun,
    effect: Effect,
    closed: Cell<bool>,
    /// It polls with another waker than its task's.
    apart: Cell<bool>,
}

/// Announces an operation of the running task, lets others go first, and begins it.
///
/// `None` where nothing is controlled: outside executions and in teardown.
pub(crate) fn enter(
    cell: &ObjectCell,
    operation: Operation,
    site: Site,
    manner: Manner,
) -> Option<Scope> {
    let Some(runtime) = current::runtime() else {
        cell.used_outside(site);
        return None;
    };
    let mut core = runtime.core();
    let Some(task) = core.running else {
        drop(core);
        cell.used_outside(site);
        return None;
    };
    if core.is_tearing_down() {
        drop(core);
        runtime.act_in_teardown(cell, task, manner);
        runtime.note_release(cell, operation, site);
        return None;
    }
    let object = cell.id(&mut core);
    let merges = !runtime.settings.fine.get();
    if manner != Manner::Private && !(merges && core.goes_on_looking(task, operation, manner)) {
        let at = Suspension {
            task,
            site,
            synchronous: !matches!(manner, Manner::Poll | Manner::PollExclusive),
        };
        if runtime.needs_switch(&mut core, at) {
            drop(core);
            let next = match manner {
                Manner::Exclusive | Manner::PollExclusive => Upcoming::Use(object),
                _ => Upcoming::Perform(object, operation),
            };
            runtime.host.switch(&runtime, at, next);
            core = runtime.core();
        }
    }
    if !core.object(object).is_free_for(task, manner) {
        drop(core);
        runtime.wait_for_object(task, object, operation, site, manner);
        core = runtime.core();
    }
    let begun = core.begin_operation((task, object), (operation, site), manner);
    drop(core);
    begun.map(|begun| Scope::new(runtime, begun))
}

/// Begins an operation for which nothing has to be waited for any more. `None` in teardown.
pub(super) fn begin(
    runtime: Rc<Runtime>,
    named: (TaskId, ObjectId),
    what: (Operation, Site),
    manner: Manner,
) -> Option<Scope> {
    let begun = runtime.core().begin_operation(named, what, manner);
    begun.map(|begun| Scope::new(runtime, begun))
}

/// Performs a synchronous operation: announced, recorded, and judged by `effect`.
pub(crate) fn perform<R>(
    cell: &ObjectCell,
    operation: Operation,
    site: Site,
    action: impl FnOnce() -> R,
    effect: impl FnOnce(&R) -> Effect,
) -> R {
    let Some(scope) = enter(cell, operation, site, Manner::Call) else {
        return action();
    };
    let result = action();
    scope.leave(effect(&result));
    result
}

/// Like [`perform`], for operations that run user code under a lock of tokio's.
pub(crate) fn perform_exclusive<R>(
    cell: &ObjectCell,
    operation: Operation,
    site: Site,
    action: impl FnOnce() -> R,
    effect: impl FnOnce(&R) -> Effect,
) -> R {
    let Some(scope) = enter(cell, operation, site, Manner::Exclusive) else {
        return action();
    };
    let result = action();
    scope.leave(effect(&result));
    result
}

/// Announces the drop of a handle: what it does follows at once, when its fields are dropped.
pub(crate) fn announce_drop(cell: &ObjectCell, operation: Operation, site: Site) {
    if let Some(scope) = enter(cell, operation, site, Manner::Call) {
        scope.leave(Effect::Done);
    }
}

/// Asks a task of the execution to end at its next await.
pub(crate) fn request_abort(task: TaskId) {
    if let Some(runtime) = current::runtime() {
        let alive = {
            let mut core = runtime.core();
            let alive = core.task(task).is_alive();
            core.task_mut(task).abort_requested |= alive;
            alive
        };
        if alive {
            runtime.wake(task);
        }
    }
}

/// A task may live on after the body.
pub(crate) fn mark_daemon(task: TaskId) {
    if let Some(runtime) = current::in_task() {
        runtime.core().task_mut(task).daemon = true;
    }
}

/// Whether an answer changed anything: `Ok` did, `Err` is a failed try.
pub(crate) fn done_if_ok<T, E>(result: &Result<T, E>) -> Effect {
    if result.is_ok() {
        Effect::Done
    } else {
        Effect::Idle
    }
}

/// Whether an answer changed anything: `Some` did, `None` is a failed try.
pub(crate) fn done_if_some<T>(result: &Option<T>) -> Effect {
    if result.is_some() {
        Effect::Done
    } else {
        Effect::Idle
    }
}

/// For operations that always change something.
pub(crate) fn done<T>(_: &T) -> Effect {
    Effect::Done
}

/// For looks.
pub(crate) fn idle<T>(_: &T) -> Effect {
    Effect::Idle
}

impl Scope {
    #[inline]
    fn new(runtime: Rc<Runtime>, begun: Begun) -> Scope {
        Scope {
            runtime,
            begun,
            effect: Effect::Done,
            closed: Cell::new(false),
            apart: Cell::new(false),
        }
    }

    /// Whose it is.
    pub(super) fn task(&self) -> TaskId {
        self.begun.task
    }

    /// What it is an operation on.
    pub(super) fn object(&self) -> ObjectId {
        self.begun.object
    }

    /// Ends the operation.
    #[inline]
    pub(crate) fn leave(mut self, effect: Effect) {
        self.effect = if self.closed.get() {
            Effect::Closed
        } else {
            effect
        };
    }

    /// The operation failed, or told the end, because the other side is gone or has closed.
    pub(crate) fn note_closed(&self) {
        self.closed.set(true);
    }

    /// The operation took its task further, although no other task can see that.
    pub(crate) fn note_progress(&self) {
        self.runtime.core().made_progress(self.begun.task);
    }

    /// How many permits the operation is about.
    pub(crate) fn note_amount(&self, amount: usize) {
        let amount = u32::try_from(amount).unwrap_or(u32::MAX);
        self.runtime.core().trace.events[self.begun.event as usize].amount = amount;
    }

    /// Whether the first poll of every wait is to say that it is not ready.
    pub(super) fn probes(&self) -> bool {
        self.runtime.settings.probe.get()
    }

    /// It says that it is not ready without a look.
    pub(super) fn note_probed(&self) {
        self.runtime.core().trace.events[self.begun.event as usize].probed = true;
    }

    /// Which future polls here: the `leaf` that this gave it at its first poll, or 0 then.
    pub(super) fn note_leaf(&self, leaf: u32) -> u32 {
        let mut core = self.runtime.core();
        let leaf = if leaf == 0 { core.new_leaf() } else { leaf };
        core.trace.events[self.begun.event as usize].leaf = leaf;
        leaf
    }

    /// What it polls with, and which future: the `leaf` that this gave it at its first poll, or 0
    /// then. `None` if it must not be polled now: its task had its share of this poll, as in tokio's
    /// cooperative budget.
    ///
    /// Another waker than its task's is that of a future with members, which are not polled alone,
    /// whatever it seems.
    #[inline]
    pub(super) fn note_poll(&self, waker: &Waker, leaf: u32, is_budgeted: bool) -> Option<u32> {
        let mut core = self.runtime.core();
        let (task, event) = (self.begun.task, self.begun.event as usize);
        if !super::waker::is_of(waker, core.execution, task) {
            core.trace.events[event].among = true;
            self.apart.set(true);
        }
        if is_budgeted && !core.spend_budget(task, 1) {
            return None;
        }
        let leaf = if leaf == 0 { core.new_leaf() } else { leaf };
        core.trace.events[event].leaf = leaf;
        Some(leaf)
    }

    /// Ends a poll that returned `Pending`: the task waits for this from now on.
    pub(crate) fn pend(mut self, alarm: Option<&Alarm>) -> Waits {
        let timer = alarm.map(|alarm| alarm.timer);
        self.effect = Effect::Pending;
        let Begun { task, object, .. } = self.begun;
        let mut core = self.runtime.core();
        let (operation, site) = core.what(&self.begun);
        let id = core.add_wait(task, operation, object, site, timer);
        if self.apart.get() {
            core.mark_apart(task, id);
        }
        let execution = core.execution;
        drop(core);
        Waits {
            task,
            execution,
            id,
        }
    }

    /// Ends a poll by hand (`poll_recv` and the like) that returned `Pending`. It may be given up
    /// before the next one, and nobody says so. But what is polled with the task's own waker is
    /// polled again in the task's next poll, or was given up; only what is polled with another one
    /// (`FuturesUnordered`) may be left alone until it is woken.
    pub(super) fn pend_by_hand(self) -> Waits {
        let (runtime, apart) = (Rc::clone(&self.runtime), self.apart.get());
        let waits = self.pend(None);
        let mut core = runtime.core();
        if !apart {
            core.mark_by_hand(waits.task, waits.id);
        }
        drop(core);
        waits
    }

    /// Ends a poll that returned `Pending` although the task waits already.
    pub(crate) fn still_pending(self) {
        self.leave(Effect::Pending);
    }

    /// The same, where it is known how.
    pub(super) fn still_waits(self, waits: &Waits) {
        if self.apart.get() {
            self.runtime.core().mark_apart(waits.task, waits.id);
        }
        self.still_pending();
    }

    /// The task takes the lock that the object is, or gives back what was taken at this site.
    pub(crate) fn set_held(&self, held: bool) {
        let mut core = self.runtime.core();
        let (_, site) = core.what(&self.begun);
        let holder = &mut core.object_mut(self.begun.object).holder;
        if held {
            *holder = Some(Held {
                task: self.begun.task,
                taken_at: site,
            });
        } else if holder.as_ref().is_some_and(|one| one.taken_at == site) {
            // Of several readers the last one is known.
            *holder = None;
        }
    }

    /// Ends an operation that is not ready, and blocks the task like a thread until another one
    /// does something to the object. In teardown it does not return.
    pub(super) fn block(self) {
        let runtime = Rc::clone(&self.runtime);
        let Begun { task, object, .. } = self.begun;
        let (operation, site) = runtime.core().what(&self.begun);
        self.still_pending();
        // Nobody could go between.
        runtime.core().task_mut(task).goes_on = true;
        runtime.block(task, operation, object, site);
    }

    /// Registers a timer of the running task at a virtual time.
    pub(crate) fn set_alarm(&self, deadline: Duration, waker: Waker, raced: bool) -> Alarm {
        let mut core = self.runtime.core();
        core.trace.events[self.begun.event as usize].sets_timer = true;
        let (_, site) = core.what(&self.begun);
        let timer = Timer::new(deadline, self.begun.object, site, waker, raced);
        let timer = core.clock.register(timer);
        Alarm {
            execution: core.execution,
            timer,
        }
    }

    /// Whether a timer has not fired yet; if so, it wakes `waker` from now on.
    pub(crate) fn poll_alarm(&self, alarm: &Alarm, waker: &Waker) -> bool {
        let mut core = self.runtime.core();
        core.clock.set_waker(alarm.timer, waker);
        core.clock.is_pending(alarm.timer)
    }

    /// The virtual time since the execution began.
    pub(crate) fn now(&self) -> Duration {
        self.runtime.core().clock.now
    }

    /// As tokio's cooperative budget: not ready when the task had its share of this poll.
    pub(crate) fn poll_budget(&self, context: &mut Context<'_>) -> Poll<()> {
        if self.runtime.core().spend_budget(self.begun.task, 1) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// The operation came to nothing: it did not use up budget.
    pub(crate) fn refund_budget(&self) {
        let mut core = self.runtime.core();
        let budget = &mut core.task_mut(self.begun.task).budget;
        *budget = budget.map(|left| (left + 1).min(super::task::COOP_BUDGET));
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        if self.effect == Effect::Pending && self.runtime.notes_chain_of(self.begun.task) {
            let (operation, site) = self.runtime.core().what(&self.begun);
            self.runtime.note_chain(self.begun.task, operation, site);
        }
        let unblocked = self.runtime.core().end_operation(&self.begun, self.effect);
        self.runtime.tell_unblocked(unblocked);
    }
}

impl Runtime {
    /// Virtual time since the execution began.
    pub(crate) fn now(&self) -> Duration {
        self.core().clock.now
    }

    /// The running task and the object's name; `None` in teardown.
    pub(super) fn announce(&self, cell: &ObjectCell, manner: Manner) -> Option<(TaskId, ObjectId)> {
        let mut core = self.core();
        let task = core.running?;
        if core.is_tearing_down() {
            drop(core);
            self.act_in_teardown(cell, task, manner);
            return None;
        }
        Some((task, cell.id(&mut core)))
    }

    /// An operation in teardown acts at once; what would block on the real thing must not be tried.
    fn act_in_teardown(&self, cell: &ObjectCell, task: TaskId, manner: Manner) {
        let core = self.core();
        let must_wait = cell
            .id_in(core.execution)
            .is_some_and(|object| !core.object(object).is_free_for(task, manner));
        drop(core);
        if must_wait {
            self.refuse_to_wait();
        }
        self.burn_fuel();
    }

    /// Tasks that were blocked can go on.
    pub(super) fn tell_unblocked(&self, unblocked: Vec<TaskId>) {
        unblocked.into_iter().for_each(|task| self.host.woken(task));
    }
}
