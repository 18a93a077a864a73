//! What taking a real lock of std's comes to, for every kind of lock.
//!
//! While tasks of the execution hold it, others that want it are blocked in the model and never
//! touch the real lock. So the real one is only ever found taken where another OS thread has it:
//! then this thread waits, as it would without us.

use std::sync::{LockResult, TryLockError, TryLockResult};

use crate::executor::hold::announce_reader_drop;
use crate::executor::object::ObjectCell;
use crate::executor::operation::{self, Manner, Scope};
use crate::executor::teardown;
use crate::trace::{Effect, Operation, Site};

/// Blocks until the lock can be taken, then takes it. `note` says in the model who has it now.
pub(super) fn take<G>(
    cell: &ObjectCell,
    (operation, manner, site): (Operation, Manner, Site),
    try_take: impl FnOnce() -> TryLockResult<G>,
    take: impl FnOnce() -> LockResult<G>,
    note: impl FnOnce(&Scope),
) -> LockResult<G> {
    let scope = operation::enter(cell, operation, site, manner);
    let result = match try_take() {
        Ok(guard) => Ok(guard),
        Err(TryLockError::Poisoned(poisoned)) => Err(poisoned),
        Err(TryLockError::WouldBlock) => {
            if scope.is_none() {
                teardown::refuse_to_block();
            }
            take()
        }
    };
    if let Some(scope) = scope {
        note(&scope);
        scope.leave(Effect::Done);
    }
    result
}

/// Takes the lock if it is free: a guard, sound or poisoned, or nothing.
pub(super) fn try_take<G>(
    cell: &ObjectCell,
    (operation, site): (Operation, Site),
    try_take: impl FnOnce() -> TryLockResult<G>,
    note: impl FnOnce(&Scope),
) -> Option<LockResult<G>> {
    let scope = operation::enter(cell, operation, site, Manner::Call);
    let result = match try_take() {
        Ok(guard) => Some(Ok(guard)),
        Err(TryLockError::Poisoned(poisoned)) => Some(Err(poisoned)),
        Err(TryLockError::WouldBlock) => None,
    };
    if let Some(scope) = scope {
        let effect = if result.is_some() {
            note(&scope);
            Effect::Done
        } else {
            Effect::Idle
        };
        scope.leave(effect);
    }
    result
}

/// Whether a guard is dropped because teardown unwinds its task: that is no panic of the task's, and
/// must not leave the lock poisoned.
pub(super) fn is_torn_down() -> bool {
    std::thread::panicking() && teardown::is_on()
}

/// The note of a lock that is read; dropping it announces that it is not any more.
pub(super) struct Reading<'a> {
    pub(super) cell: &'a ObjectCell,
    pub(super) taken_at: Site,
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        announce_reader_drop(self.cell, Operation::Unlock, self.taken_at);
    }
}
