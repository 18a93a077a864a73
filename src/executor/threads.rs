//! Threads of the modelled program: a thread group is one. What belongs to a thread, and to none of
//! its tasks, stays with it: its handle, and the values of its thread-locals.
//!
//! Not here: which tasks share a thread (`core`), and what the values are for (`mirror::std`).

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use super::core::Core;
use super::host::Upcoming;
use super::poll::{drop_future, swallow};
use super::task::TaskState;
use super::{Runtime, current};
use crate::trace::{Effect, Operation, Site, TaskId};

/// What a thread keeps.
#[derive(Default)]
pub(super) struct Kept {
    /// Made when it is started, or when one of its tasks first asks for it.
    handle: Option<Rc<dyn Any>>,
    /// In the order in which they were made.
    locals: Vec<Slot>,
}

/// The value of one key.
struct Slot {
    key: usize,
    /// None once it was destroyed.
    value: Option<Rc<dyn Any>>,
    /// What has no destructor is never destroyed: as in std, it is there until the very end.
    needs_drop: bool,
}

/// A thread-local of the running task's thread.
pub(crate) enum Local<T> {
    /// No task runs: the thread is none of the execution's.
    Outside,
    /// It has none yet.
    Absent,
    Value(Rc<T>),
    /// The thread ends, and it is gone.
    Destroyed,
}

impl Kept {
    /// What a stack that was abandoned left behind, and may still borrow, is never dropped.
    pub(super) fn forget(self) {
        mem::forget(self);
    }

    /// The value that is to be destroyed next: the one that was made last.
    fn next(&mut self) -> Option<Rc<dyn Any>> {
        let mut slots = self.locals.iter_mut().rev();
        let last = slots.find(|slot| slot.needs_drop && slot.value.is_some());
        last?.value.take()
    }
}

/// The running task's thread-local for a key, which is the address of a static.
pub(crate) fn local<T: 'static>(key: usize) -> Local<T> {
    let Some(runtime) = current::in_task() else {
        return Local::Outside;
    };
    let mut core = runtime.core();
    let Some(task) = core.running else {
        return Local::Outside;
    };
    let slots = &core.group_of(task).kept.locals;
    let Some(slot) = slots.iter().find(|slot| slot.key == key) else {
        return Local::Absent;
    };
    match &slot.value {
        Some(value) => Rc::clone(value)
            .downcast()
            .map_or(Local::Absent, Local::Value),
        None => Local::Destroyed,
    }
}

/// Gives the running task's thread a value for a key, for as long as the thread lives.
pub(crate) fn set_local<T: 'static>(key: usize, value: T) -> Rc<T> {
    let value = Rc::new(value);
    let mut before = None;
    if let Some(runtime) = current::in_task() {
        let mut core = runtime.core();
        if let Some(task) = core.running {
            let slots = &mut core.group_of(task).kept.locals;
            let slot = Slot {
                key,
                value: Some(Rc::clone(&value) as _),
                needs_drop: mem::needs_drop::<T>(),
            };
            match slots.iter_mut().find(|slot| slot.key == key) {
                Some(known) => before = Some(mem::replace(known, slot)),
                None => slots.push(slot),
            }
        }
    }
    // Outside of the borrow: it is user code.
    drop(before);
    value
}

/// Destroys the thread-locals of the running task's thread, as its end does: the last first, and
/// what their drops make anew.
pub(crate) fn destroy_locals() {
    let Some(runtime) = current::in_task() else {
        return;
    };
    loop {
        let next = {
            let mut core = runtime.core();
            let Some(task) = core.running else { return };
            core.group_of(task).kept.next()
        };
        match next {
            Some(value) => drop(value),
            None => return,
        }
    }
}

/// The handle of the running task's thread; made by `make` where there is none yet, of the task that
/// asks and the place where that was spawned.
pub(crate) fn handle<T: 'static>(make: impl FnOnce(TaskId, Site) -> T) -> Option<Rc<T>> {
    let runtime = current::in_task()?;
    let mut core = runtime.core();
    let task = core.running?;
    if let Some(handle) = &core.group_of(task).kept.handle {
        return Rc::clone(handle).downcast().ok();
    }
    let site = core
        .trace
        .task(task)
        .map_or(runtime.settings.site, |info| info.spawned_at);
    let handle = Rc::new(make(task, site));
    core.group_of(task).kept.handle = Some(Rc::clone(&handle) as _);
    Some(handle)
}

impl Runtime {
    /// Gives the thread of a task its handle.
    pub(crate) fn set_handle<T: 'static>(&self, task: TaskId, handle: T) {
        self.core().group_of(task).kept.handle = Some(Rc::new(handle));
    }

    /// The running task's thread gives up its turn.
    pub(crate) fn yield_thread(&self, site: Site) {
        let Some(task) = self.running() else { return };
        if self.core().is_tearing_down() {
            self.burn_fuel();
            return;
        }
        self.core().yielded(task);
        self.switch_point(task, Upcoming::Unknown, site, true);
        let mut core = self.core();
        if !core.is_tearing_down() {
            core.record(task, Operation::Yield, None, site, Effect::Idle);
            core.judge(task, Effect::Idle);
        }
    }

    /// A task runs in a scope of another one's, which waits for it.
    pub(crate) fn join_scope(&self, task: TaskId, of: TaskId) {
        let mut core = self.core();
        core.has_scopes = true;
        core.task_mut(task).scoped_by = Some(of);
    }

    /// A scope of the running task is over, and `task` must not touch any more what it borrows from
    /// there. If it never ran it is dropped here. If it did it was torn down before, or is waited for;
    /// what is left of it will never run. This does not unwind.
    pub(crate) fn end_scoped(&self, task: TaskId) {
        let future = {
            let mut core = self.core();
            let future = core.task_mut(task).future.take();
            if future.is_some() {
                core.task_mut(task).state = TaskState::Done;
            }
            future
        };
        match future {
            Some(future) => drop_future(future).unwrap_or_else(swallow),
            None => self.outlive(task),
        }
    }

    /// Lets a task of the scope end, on the host where each is torn down by itself. Where it does not,
    /// the running task must not go on: its stack is abandoned.
    fn outlive(&self, task: TaskId) {
        let own = self.running().unwrap_or(TaskId::BODY);
        let is_alive = || self.core().task(task).is_alive();
        let waited = catch_unwind(AssertUnwindSafe(|| {
            while is_alive() && !self.host.is_stepwise() {
                self.host.let_others(self, own);
            }
        }));
        if waited.is_err() || is_alive() {
            self.host.abandon(own);
        }
    }
}

impl Core {
    /// The unfinished tasks of a task's scopes: they are torn down before it.
    pub(super) fn scoped_by(&self, task: TaskId) -> Vec<TaskId> {
        if !self.has_scopes {
            return Vec::new();
        }
        let tasks = self.spawned.iter().copied();
        tasks
            .filter(|&id| self.task(id).scoped_by == Some(task) && self.task(id).is_alive())
            .collect()
    }

    /// Whether the thread of a task keeps values.
    pub(super) fn has_locals(&mut self, task: TaskId) -> bool {
        !self.group_of(task).kept.locals.is_empty()
    }

    /// Whether nobody is left of the thread of a task.
    pub(super) fn thread_is_over(&self, task: TaskId) -> bool {
        let group = self.task(task).group;
        let mut members = self.spawned.iter().map(|&id| self.task(id));
        !members.any(|other| other.group == group && other.is_alive())
    }
}
