//! Values that belong to a task: they stay with it when others run in the middle of its poll.
//!
//! Not here: what they are for (`task_local!`, the runtime and the `LocalSet` that a task is in).

use std::cell::RefCell;
use std::mem;
use std::rc::Rc;

use super::{Runtime, current};

/// Where a task keeps the value of one key.
pub(crate) type Slot<T> = Rc<RefCell<Option<T>>>;

/// Why a value could not be exchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refused {
    /// No task runs.
    NoTask,
    /// Somebody looks at the value.
    Borrowed,
}

/// The running task's slot for a key, if it has one. A key is the address of a static.
pub(crate) fn slot<T: 'static>(key: usize) -> Option<Slot<T>> {
    current::in_task()?.slot(key)
}

/// Exchanges the running task's value of a key.
pub(crate) fn swap<T: 'static>(key: usize, value: &mut Option<T>) -> Result<(), Refused> {
    let runtime = current::in_task().ok_or(Refused::NoTask)?;
    let slot = runtime
        .slot(key)
        .unwrap_or_else(|| runtime.add_slot::<T>(key));
    let is_empty = {
        let mut inside = slot.try_borrow_mut().map_err(|_| Refused::Borrowed)?;
        mem::swap(&mut *inside, value);
        inside.is_none()
    };
    if is_empty {
        runtime.remove_slot(key);
    }
    Ok(())
}

/// Gives the running task a value until the guard is dropped.
pub(crate) fn enter<T: 'static>(key: usize, value: T) -> Entered<T> {
    let mut before = Some(value);
    let entered = swap(key, &mut before).is_ok();
    Entered {
        key,
        before,
        entered,
    }
}

/// Restores what the task had before.
pub(crate) struct Entered<T: 'static> {
    key: usize,
    before: Option<T>,
    entered: bool,
}

impl<T: 'static> Drop for Entered<T> {
    fn drop(&mut self) {
        if self.entered {
            // Refused where the task is gone: then there is nothing to restore.
            let _ = swap(self.key, &mut self.before);
        }
    }
}

impl Runtime {
    fn slot<T: 'static>(&self, key: usize) -> Option<Slot<T>> {
        let core = self.core();
        let locals = &core.task(core.running?).locals;
        let (_, slot) = locals.iter().find(|(other, _)| *other == key)?;
        Rc::clone(slot).downcast().ok()
    }

    fn add_slot<T: 'static>(&self, key: usize) -> Slot<T> {
        let slot: Slot<T> = Slot::default();
        let mut core = self.core();
        if let Some(task) = core.running {
            core.task_mut(task)
                .locals
                .push((key, Rc::clone(&slot) as _));
        }
        slot
    }

    fn remove_slot(&self, key: usize) {
        let mut core = self.core();
        if let Some(task) = core.running {
            core.task_mut(task)
                .locals
                .retain(|(other, _)| *other != key);
        }
    }
}
