//! What a task's stack lives on. Nothing outside this module knows which host is in use.
//!
//! Not here: which task goes next. On coroutines the executor asks its chooser and resumes the
//! task; on loom, loom itself decides at every touch of one of its atomics.

mod coroutine;
#[cfg(feature = "loom")]
mod loom;
#[cfg(feature = "loom")]
mod reduction;
#[cfg(feature = "loom")]
mod weak;

use std::rc::Rc;

pub(crate) use self::coroutine::{CoroutineHost, Stacks};
#[cfg(feature = "loom")]
pub(crate) use self::loom::{LoomHost, MAX_SPAWNED, MAX_TOUCHES};
#[cfg(feature = "loom")]
pub(crate) use self::reduction::Reduction;
use super::Runtime;
use super::monitor::Suspension;
use crate::trace::{ObjectId, Operation, TaskId};

/// What a task is about to do.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(feature = "loom"),
    expect(dead_code, reason = "only loom has to be told")
)]
pub(super) enum Upcoming {
    /// Nothing that is known.
    Unknown,
    /// It uses an object, in whatever way.
    Use(ObjectId),
    /// An operation on an object that runs nobody else's code.
    Perform(ObjectId, Operation),
}

/// What a task's slice asks of the executor.
pub(super) trait Turn {
    /// The task makes a choice of its own: which way it takes.
    fn branch(&mut self, task: TaskId, alternatives: u32) -> u32;
    /// The task is at a switch point, or blocked: whether nobody else goes first.
    fn goes_on(&mut self, task: TaskId) -> bool;
    /// A poll is over: which task is polled next, if that is what happens next and needs no other
    /// stack.
    fn next_poll(&mut self) -> Option<TaskId>;
}

/// A slice in teardown, in which nothing is switched.
pub(super) struct LastTurn;

impl Turn for LastTurn {
    fn branch(&mut self, _: TaskId, _: u32) -> u32 {
        0
    }

    fn goes_on(&mut self, _: TaskId) -> bool {
        false
    }

    fn next_poll(&mut self) -> Option<TaskId> {
        None
    }
}

/// The two ways to give a task a stack.
pub(crate) enum Host {
    /// Pooled coroutines; the executor resumes them one at a time.
    Coroutine(CoroutineHost),
    /// loom's threads; loom resumes them.
    #[cfg(feature = "loom")]
    Loom(Box<LoomHost>),
}

impl Host {
    pub(crate) fn coroutines(stacks: &Stacks) -> Host {
        Host::Coroutine(CoroutineHost::new(stacks.clone()))
    }

    /// Whether the executor decides step by step, so that a switch is needed only where it would
    /// choose another task.
    pub(super) fn is_stepwise(&self) -> bool {
        matches!(self, Host::Coroutine(_))
    }

    /// Whether there is anybody to be asked who goes next.
    #[inline]
    pub(super) fn can_ask(&self) -> bool {
        match self {
            Host::Coroutine(host) => host.can_ask(),
            #[cfg(feature = "loom")]
            Host::Loom(_) => false,
        }
    }

    /// Whether a task is in the middle of a poll, on a stack of its own.
    pub(super) fn has_stack(&self, task: TaskId) -> bool {
        match self {
            Host::Coroutine(host) => host.has_stack(task),
            #[cfg(feature = "loom")]
            Host::Loom(_) => true,
        }
    }

    /// A task was spawned.
    #[inline]
    pub(super) fn spawned(&self, runtime: &Rc<Runtime>, task: TaskId) {
        match self {
            Host::Coroutine(_) => {}
            #[cfg(feature = "loom")]
            Host::Loom(host) => host.spawned(runtime, task),
        }
        #[cfg(not(feature = "loom"))]
        let _ = (runtime, task);
    }

    /// A parked or blocked task can go on.
    #[inline]
    pub(super) fn woken(&self, task: TaskId) {
        match self {
            Host::Coroutine(_) => {}
            #[cfg(feature = "loom")]
            Host::Loom(host) => host.woken(task),
        }
        #[cfg(not(feature = "loom"))]
        let _ = task;
    }

    /// Gives control to a task until another one goes first, or its poll is over.
    #[inline]
    pub(super) fn run_slice(&self, runtime: &Rc<Runtime>, task: TaskId, turn: &mut dyn Turn) {
        match self {
            Host::Coroutine(host) => host.run_slice(runtime, task, turn),
            #[cfg(feature = "loom")]
            Host::Loom(host) => host.run_to_end(runtime, task),
        }
    }

    /// A switch point of the running task: others may go before what it does next.
    #[inline]
    pub(super) fn switch(&self, runtime: &Runtime, at: Suspension, next: Upcoming) {
        match self {
            Host::Coroutine(host) => host.switch(runtime, at),
            #[cfg(feature = "loom")]
            Host::Loom(host) => host.touch(runtime, at, next),
        }
        #[cfg(not(feature = "loom"))]
        let _ = next;
    }

    /// Whether mirrored atomics are performed by a model of weak memory.
    #[cfg(feature = "loom")]
    pub(super) fn has_weak_memory(&self) -> bool {
        matches!(self, Host::Loom(_))
    }

    /// Performs an access to an atomic in weak memory: the value before it, and whether it changed
    /// it. `None` if the host cannot.
    #[cfg(feature = "loom")]
    pub(super) fn access(
        &self,
        runtime: &Runtime,
        task: TaskId,
        object: ObjectId,
        access: super::memory::Access<'_>,
        initial: u64,
    ) -> Option<(u64, bool)> {
        match self {
            Host::Coroutine(_) => None,
            Host::Loom(host) => host.access(runtime, task, object, access, initial),
        }
    }

    /// The running task is blocked: returns when it is not any more, or in teardown.
    pub(super) fn block(&self, runtime: &Runtime, at: Suspension) {
        match self {
            Host::Coroutine(host) => host.block(runtime, at),
            #[cfg(feature = "loom")]
            Host::Loom(host) => {
                runtime.places.borrow_mut().suspend(&runtime.monitor, at);
                host.block(runtime, at.task);
                runtime.places.borrow_mut().resume(at.task);
            }
        }
    }

    /// In teardown, where tasks are torn down by themselves: lets the others go on.
    pub(super) fn let_others(&self, runtime: &Runtime, task: TaskId) {
        match self {
            Host::Coroutine(_) => {}
            #[cfg(feature = "loom")]
            Host::Loom(host) => host.let_others(runtime, task),
        }
        #[cfg(not(feature = "loom"))]
        let _ = (runtime, task);
    }

    /// The running task makes a choice of its own.
    pub(super) fn branch(&self, task: TaskId, alternatives: u32) -> u32 {
        match self {
            Host::Coroutine(host) => host.branch(task, alternatives),
            // loom has no point of choice that is not a thread's.
            #[cfg(feature = "loom")]
            Host::Loom(_) => 0,
        }
    }

    /// Runs drops of user code that belong to no task's poll, with room on the stack.
    pub(super) fn on_stack(&self, action: &mut dyn FnMut()) {
        match self {
            Host::Coroutine(_) => action(),
            #[cfg(feature = "loom")]
            Host::Loom(host) => host.on_stack(action),
        }
    }

    /// Leaves the running task's stack where it is, for ever.
    pub(super) fn abandon(&self, task: TaskId) -> ! {
        #[cfg(not(feature = "loom"))]
        let _ = task;
        match self {
            Host::Coroutine(host) => host.abandon(),
            #[cfg(feature = "loom")]
            Host::Loom(host) => host.abandon(task),
        }
    }
}
