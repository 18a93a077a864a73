//! What a task's stack lives on. Nothing outside this module knows which host is in use.
//!
//! Not here: which task goes next. On coroutines the executor asks its chooser and resumes the
//! task; on loom, loom itself decides at every touch of one of its atomics.

mod coroutine;
#[cfg(feature = "loom")]
mod loom;
#[cfg(feature = "loom")]
mod weak;

use std::rc::Rc;

pub(crate) use self::coroutine::CoroutineHost;
#[cfg(feature = "loom")]
pub(crate) use self::loom::{LoomHost, MAX_SPAWNED, MAX_TOUCHES};
use super::Runtime;
use crate::trace::{ObjectId, TaskId};

/// The two ways to give a task a stack.
pub(crate) enum Host {
    /// Pooled coroutines; the executor resumes them one at a time.
    Coroutine(CoroutineHost),
    /// loom's threads; loom resumes them.
    #[cfg(feature = "loom")]
    Loom(Box<LoomHost>),
}

impl Host {
    pub(crate) fn coroutines() -> Host {
        Host::Coroutine(CoroutineHost::default())
    }

    /// Whether the executor decides step by step, so that a switch is needed only where it would
    /// choose another task.
    pub(super) fn is_stepwise(&self) -> bool {
        matches!(self, Host::Coroutine(_))
    }

    /// A task was spawned.
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
    pub(super) fn woken(&self, task: TaskId) {
        match self {
            Host::Coroutine(_) => {}
            #[cfg(feature = "loom")]
            Host::Loom(host) => host.woken(task),
        }
        #[cfg(not(feature = "loom"))]
        let _ = task;
    }

    /// Gives control to a task until it gives it back; `branch` answers its own choices.
    pub(super) fn run_slice(
        &self,
        runtime: &Rc<Runtime>,
        task: TaskId,
        branch: &mut dyn FnMut(TaskId, u32) -> u32,
    ) {
        match self {
            Host::Coroutine(host) => host.run_slice(runtime, task, branch),
            #[cfg(feature = "loom")]
            Host::Loom(host) => host.run_to_end(runtime, task),
        }
    }

    /// A switch point of the running task: others may go first.
    pub(super) fn switch(&self, runtime: &Runtime, task: TaskId, object: Option<ObjectId>) {
        match self {
            Host::Coroutine(host) => host.switch(runtime, task),
            #[cfg(feature = "loom")]
            Host::Loom(host) => host.touch(runtime, task, object),
        }
        #[cfg(not(feature = "loom"))]
        let _ = object;
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
    pub(super) fn block(&self, runtime: &Runtime, task: TaskId) {
        match self {
            Host::Coroutine(host) => host.block(runtime, task),
            #[cfg(feature = "loom")]
            Host::Loom(host) => host.block(runtime, task),
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
