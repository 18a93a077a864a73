//! The mirror of `std::sync::Once`: something that is done once, while others wait.
//!
//! While a task of the execution does it, others are blocked in the model and never touch the real
//! one. Once it was done before the execution, every look at it is the same, and none is an
//! operation.

use std::fmt;
use std::sync as real;
use std::sync::atomic::{AtomicBool, Ordering};

use super::lock;
use crate::executor::hold::{self, Waited};
use crate::executor::object::ObjectCell;
use crate::executor::operation::{self, Manner, idle, perform};
use crate::executor::teardown;
use crate::mirror::handle::Guard;
use crate::trace::{Effect, ObjectKind, Operation, Site};

/// Something that is done once: `std::sync::Once`.
pub struct Once {
    cell: ObjectCell,
    inner: real::Once,
    /// Whether the last attempt panicked. Not so if teardown unwound it, of which the real one does
    /// not know.
    poisoned: AtomicBool,
}

/// A `Once` that nothing was done for: `std::sync::ONCE_INIT`.
#[deprecated = "the `Once::new()` function is now preferred"]
#[expect(
    clippy::declare_interior_mutable_const,
    reason = "std has it: it is there to be copied"
)]
pub const ONCE_INIT: Once = Once::new();

/// What the closure of `call_once_force` is told: `std::sync::OnceState`.
#[derive(Debug)]
pub struct OnceState {
    poisoned: bool,
}

impl OnceState {
    /// Whether the attempt before panicked: `std::sync::OnceState::is_poisoned`.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }
}

/// Begins something that is done once. `None` if it is done already; else what says, when it is
/// dropped, that it is done or failed. That comes before the real thing knows, in the same step.
pub(super) fn begin<'a>(
    cell: &'a ObjectCell,
    (operation, site): (Operation, Site),
    is_done: impl Fn() -> bool,
) -> Option<Option<Guard<'a>>> {
    if !cell.takes_part() && is_done() {
        return None;
    }
    let Some(scope) = operation::enter(cell, operation, site, Manner::Lock) else {
        return Some(None);
    };
    if is_done() {
        scope.leave(Effect::Idle);
        return None;
    }
    scope.set_held(true);
    scope.leave(Effect::Done);
    Some(Some(Guard::new(cell, Operation::Initialized, site)))
}

/// Blocks until something is done by others, if nobody did it yet.
pub(super) fn wait(
    cell: &ObjectCell,
    site: Site,
    is_done: impl Fn() -> bool,
    wait_outside: impl FnOnce(),
) {
    if hold::is_outside(cell, site) {
        return wait_outside();
    }
    if !cell.takes_part() && is_done() {
        return;
    }
    let attempt = || is_done().then_some(());
    let waited = hold::wait_for(cell, (Operation::Wait, site), None, attempt, idle);
    if matches!(waited, Waited::Refused) && !is_done() {
        teardown::refuse_to_block();
    }
}

/// Notes how an attempt ended.
struct Attempt<'a>(&'a AtomicBool);

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let panicked = std::thread::panicking() && !lock::is_torn_down();
        self.0.store(panicked, Ordering::Relaxed);
    }
}

impl Once {
    /// One that nothing was done for: `std::sync::Once::new`.
    #[track_caller]
    #[must_use]
    #[expect(clippy::new_without_default, reason = "std has none")]
    pub const fn new() -> Once {
        Once {
            cell: ObjectCell::lazy(ObjectKind::StdOnce),
            inner: real::Once::new(),
            poisoned: AtomicBool::new(false),
        }
    }

    /// Does something, if nobody did, or waits for whoever does: `std::sync::Once::call_once`.
    ///
    /// # Panics
    ///
    /// Panics if an attempt before panicked.
    #[track_caller]
    pub fn call_once<F: FnOnce()>(&self, f: F) {
        self.call(Site::caller(), |state| {
            check(state.poisoned);
            f();
        });
    }

    /// As [`Once::call_once`], also after an attempt that panicked:
    /// `std::sync::Once::call_once_force`.
    #[track_caller]
    pub fn call_once_force<F: FnOnce(&OnceState)>(&self, f: F) {
        self.call(Site::caller(), f);
    }

    fn call(&self, site: Site, f: impl FnOnce(&OnceState)) {
        let is_done = || self.inner.is_completed();
        let Some(mut guard) = begin(&self.cell, (Operation::CallOnce, site), is_done) else {
            return;
        };
        self.inner.call_once_force(|_| {
            let _guard = guard.take();
            let poisoned = self.poisoned.load(Ordering::Relaxed);
            let _attempt = Attempt(&self.poisoned);
            f(&OnceState { poisoned });
        });
    }

    /// Whether it was done: `std::sync::Once::is_completed`.
    #[track_caller]
    #[must_use]
    pub fn is_completed(&self) -> bool {
        look(&self.cell, Site::caller(), || {
            self.inner.is_completed().then_some(())
        })
        .is_some()
    }

    /// Blocks until somebody did it: `std::sync::Once::wait`.
    ///
    /// # Panics
    ///
    /// Panics if an attempt panicked.
    #[track_caller]
    pub fn wait(&self) {
        let is_poisoned = || self.poisoned.load(Ordering::Relaxed);
        let over = || self.inner.is_completed() || is_poisoned();
        wait(&self.cell, Site::caller(), over, || self.inner.wait());
        check(!self.inner.is_completed());
    }

    /// As [`Once::wait`], also after an attempt that panicked: `std::sync::Once::wait_force`.
    #[track_caller]
    pub fn wait_force(&self) {
        let is_done = || self.inner.is_completed();
        wait(&self.cell, Site::caller(), is_done, || {
            self.inner.wait_force()
        });
    }
}

/// Looks at something that is made once: always the same where it was made before.
pub(super) fn look<R>(cell: &ObjectCell, site: Site, look: impl Fn() -> Option<R>) -> Option<R> {
    if !cell.takes_part()
        && let Some(found) = look()
    {
        return Some(found);
    }
    perform(cell, Operation::Inspect, site, look, idle)
}

/// Fails after an attempt that panicked.
fn check(poisoned: bool) {
    assert!(!poisoned, "Once instance has previously been poisoned");
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
