//! The mirror of `std::sync::RwLock`: a lock that blocks its task like a thread, unless all who have
//! it only read.
//!
//! Readers are let in while writers wait; which of those that wait goes first is explored.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{self as real, LockResult, PoisonError, TryLockError, TryLockResult};

use super::lock::{self, Reading};
use crate::executor::object::ObjectCell;
#[cfg(std_has_downgrade)]
use crate::executor::operation;
use crate::executor::operation::{Manner, Scope, done, idle, perform};
use crate::mirror::handle::{Guard, WRITER};
#[cfg(std_has_downgrade)]
use crate::trace::Effect;
use crate::trace::{ObjectKind, Operation, Site};

/// A lock that any number can read, or one can write: `std::sync::RwLock`.
pub struct RwLock<T: ?Sized> {
    cell: ObjectCell,
    inner: real::RwLock<T>,
}

/// In the model: one more reader, who is known as the last one.
fn note_reader(scope: &Scope) {
    scope.add_reader();
    scope.set_held(true);
}

impl<T> RwLock<T> {
    /// A lock that nobody holds: `std::sync::RwLock::new`.
    #[track_caller]
    pub const fn new(value: T) -> RwLock<T> {
        RwLock {
            cell: ObjectCell::lazy(ObjectKind::StdRwLock),
            inner: real::RwLock::new(value),
        }
    }

    /// The value, for nobody else can have it any more: `std::sync::RwLock::into_inner`.
    ///
    /// # Errors
    ///
    /// The value as well, if the lock is poisoned.
    pub fn into_inner(self) -> LockResult<T> {
        self.inner.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Reads, and blocks the task like a thread until nobody writes: `std::sync::RwLock::read`.
    ///
    /// # Errors
    ///
    /// The guard as well, if the lock is poisoned.
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let site = Site::caller();
        let result = lock::take(
            &self.cell,
            (Operation::Read, Manner::Share, site),
            || self.inner.try_read(),
            || self.inner.read(),
            note_reader,
        );
        self.read_guard(result, site)
    }

    /// Reads if nobody writes: `std::sync::RwLock::try_read`.
    ///
    /// # Errors
    ///
    /// Nothing if somebody writes; the guard if the lock is poisoned.
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let site = Site::caller();
        let result = lock::try_take(
            &self.cell,
            (Operation::TryRead, site),
            || self.inner.try_read(),
            note_reader,
        );
        let result = result.ok_or(TryLockError::WouldBlock)?;
        Ok(self.read_guard(result, site)?)
    }

    /// Writes, and blocks the task like a thread until nobody else reads or writes:
    /// `std::sync::RwLock::write`.
    ///
    /// # Errors
    ///
    /// The guard as well, if the lock is poisoned.
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let site = Site::caller();
        let result = lock::take(
            &self.cell,
            (Operation::Write, Manner::Lock, site),
            || self.inner.try_write(),
            || self.inner.write(),
            |scope| scope.set_held(true),
        );
        self.write_guard(result, site)
    }

    /// Writes if nobody else reads or writes: `std::sync::RwLock::try_write`.
    ///
    /// # Errors
    ///
    /// Nothing if somebody reads or writes; the guard if the lock is poisoned.
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let site = Site::caller();
        let result = lock::try_take(
            &self.cell,
            (Operation::TryWrite, site),
            || self.inner.try_write(),
            |scope| scope.set_held(true),
        );
        let result = result.ok_or(TryLockError::WouldBlock)?;
        Ok(self.write_guard(result, site)?)
    }

    /// Whether somebody panicked while writing: `std::sync::RwLock::is_poisoned`.
    #[track_caller]
    pub fn is_poisoned(&self) -> bool {
        let look = || self.inner.is_poisoned();
        perform(&self.cell, Operation::Inspect, Site::caller(), look, idle)
    }

    /// Forgets that somebody panicked: `std::sync::RwLock::clear_poison`.
    #[track_caller]
    pub fn clear_poison(&self) {
        let clear = || self.inner.clear_poison();
        perform(&self.cell, Operation::Store, Site::caller(), clear, done);
    }

    /// The value, for nobody else can hold the lock now: `std::sync::RwLock::get_mut`.
    ///
    /// # Errors
    ///
    /// The value as well, if the lock is poisoned.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.inner.get_mut()
    }

    fn read_guard<'a>(
        &'a self,
        result: LockResult<real::RwLockReadGuard<'a, T>>,
        taken_at: Site,
    ) -> LockResult<RwLockReadGuard<'a, T>> {
        let cell = &self.cell;
        let guard = |inner| RwLockReadGuard {
            _note: Reading { cell, taken_at },
            inner,
        };
        match result {
            Ok(inner) => Ok(guard(inner)),
            Err(poisoned) => Err(PoisonError::new(guard(poisoned.into_inner()))),
        }
    }

    fn write_guard<'a>(
        &'a self,
        result: LockResult<real::RwLockWriteGuard<'a, T>>,
        taken_at: Site,
    ) -> LockResult<RwLockWriteGuard<'a, T>> {
        let sound = result.is_ok();
        let guard = RwLockWriteGuard {
            note: Some(Guard::new(&self.cell, Operation::Unlock, taken_at).amount(WRITER)),
            inner: Some(result.unwrap_or_else(PoisonError::into_inner)),
            lock: &self.inner,
            sound,
        };
        if sound {
            Ok(guard)
        } else {
            Err(PoisonError::new(guard))
        }
    }
}

impl<T: Default> Default for RwLock<T> {
    #[track_caller]
    fn default() -> RwLock<T> {
        RwLock::from(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    #[track_caller]
    fn from(value: T) -> RwLock<T> {
        RwLock {
            cell: ObjectCell::new(ObjectKind::StdRwLock),
            inner: real::RwLock::new(value),
        }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// A lock that is read: `std::sync::RwLockReadGuard`.
#[must_use = "the lock is given back as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    // Dropped first: the release is announced, others may go first, and then it happens.
    _note: Reading<'a>,
    inner: real::RwLockReadGuard<'a, T>,
}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner
    }
}

/// A lock that is written: `std::sync::RwLockWriteGuard`.
#[must_use = "the lock is given back as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    // Both are there until the guard is dropped.
    note: Option<Guard<'a>>,
    inner: Option<real::RwLockWriteGuard<'a, T>>,
    lock: &'a real::RwLock<T>,
    /// Whether the lock was not poisoned when it was taken.
    sound: bool,
}

#[cfg(std_has_downgrade)]
impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// Only reads from now on, without anybody writing in between:
    /// `std::sync::RwLockWriteGuard::downgrade`. There where std has it, from Rust 1.92 on.
    #[track_caller]
    #[expect(
        clippy::incompatible_msrv,
        reason = "it is left out where std does not have it"
    )]
    pub fn downgrade(mut s: Self) -> RwLockReadGuard<'a, T> {
        let note = s.note.take().expect(PRESENT);
        let (cell, taken_at) = (note.cell(), note.taken_at());
        let scope = operation::enter(cell, Operation::Downgrade, Site::caller(), Manner::Call);
        let inner = real::RwLockWriteGuard::downgrade(s.inner.take().expect(PRESENT));
        note.silence();
        if let Some(scope) = scope {
            // It stays the holder, and is a reader; those who want to read try again.
            scope.add_reader();
            scope.leave(Effect::Done);
        }
        RwLockReadGuard {
            _note: Reading { cell, taken_at },
            inner,
        }
    }
}

const PRESENT: &str = "it is there until the drop";

impl<T: ?Sized> Drop for RwLockWriteGuard<'_, T> {
    fn drop(&mut self) {
        // The release is announced, others may go first, and then it happens.
        self.note.take();
        self.inner.take();
        if self.sound && lock::is_torn_down() {
            self.lock.clear_poison();
        }
    }
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.inner.as_deref().expect(PRESENT)
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        let inner = self.inner.as_deref_mut();
        inner.expect(PRESENT)
    }
}

macro_rules! shown_as_value {
    ($($guard:ident)*) => { $(
        impl<T: ?Sized + fmt::Debug> fmt::Debug for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: ?Sized + fmt::Display> fmt::Display for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    )* };
}

shown_as_value!(RwLockReadGuard RwLockWriteGuard);
