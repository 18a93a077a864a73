//! Which execution this OS thread is in: the one thread-local that executions know of.

use std::cell::RefCell;
use std::rc::Rc;

use super::Runtime;

thread_local! {
    static CURRENT: RefCell<Option<Rc<Runtime>>> = const { RefCell::new(None) };
}

/// Makes a runtime the current one of this thread until the guard is dropped.
pub(crate) fn set(runtime: Rc<Runtime>) -> CurrentGuard {
    let before = CURRENT.replace(Some(runtime));
    CurrentGuard { before }
}

/// Restores what was current before.
pub(crate) struct CurrentGuard {
    before: Option<Rc<Runtime>>,
}

impl Drop for CurrentGuard {
    fn drop(&mut self) {
        CURRENT.set(self.before.take());
    }
}

/// The runtime of this thread, if a check runs here.
#[inline]
pub(crate) fn runtime() -> Option<Rc<Runtime>> {
    CURRENT
        .try_with(|current| current.borrow().clone())
        .ok()
        .flatten()
}

/// The runtime of this thread, if one of its tasks is running right now.
pub(crate) fn in_task() -> Option<Rc<Runtime>> {
    runtime().filter(|runtime| runtime.running().is_some())
}
