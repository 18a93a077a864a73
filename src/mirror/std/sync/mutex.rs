//! The mirror of `std::sync::Mutex`: a lock that blocks its task like a thread.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{self as real, LockResult, PoisonError, TryLockError, TryLockResult};

use super::lock;
use crate::executor::object::ObjectCell;
use crate::executor::operation::{Manner, done, idle, perform};
use crate::mirror::handle::Guard;
use crate::trace::{ObjectKind, Operation, Site};

/// A lock: `std::sync::Mutex`.
pub struct Mutex<T: ?Sized> {
    cell: ObjectCell,
    inner: real::Mutex<T>,
}

impl<T> Mutex<T> {
    /// A lock that nobody holds: `std::sync::Mutex::new`.
    #[track_caller]
    pub const fn new(value: T) -> Mutex<T> {
        Mutex {
            cell: ObjectCell::lazy(ObjectKind::StdMutex),
            inner: real::Mutex::new(value),
        }
    }

    /// The value, for nobody else can have it any more: `std::sync::Mutex::into_inner`.
    ///
    /// # Errors
    ///
    /// The value as well, if the lock is poisoned.
    pub fn into_inner(self) -> LockResult<T> {
        self.inner.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Takes the lock, and blocks the task like a thread until it is free:
    /// `std::sync::Mutex::lock`.
    ///
    /// # Errors
    ///
    /// The guard as well, if the lock is poisoned.
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        self.lock_at(Site::caller())
    }

    /// Takes the lock as if somebody did at that place.
    pub(super) fn lock_at(&self, site: Site) -> LockResult<MutexGuard<'_, T>> {
        let result = lock::take(
            &self.cell,
            (Operation::Lock, Manner::Lock, site),
            || self.inner.try_lock(),
            || self.inner.lock(),
            |scope| scope.set_held(true),
        );
        self.guard(result, site)
    }

    /// Takes the lock if it is free: `std::sync::Mutex::try_lock`.
    ///
    /// # Errors
    ///
    /// Nothing if the lock is taken; the guard if it is poisoned.
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let site = Site::caller();
        let result = lock::try_take(
            &self.cell,
            (Operation::TryLock, site),
            || self.inner.try_lock(),
            |scope| scope.set_held(true),
        );
        let result = result.ok_or(TryLockError::WouldBlock)?;
        Ok(self.guard(result, site)?)
    }

    /// Whether somebody panicked while holding the lock: `std::sync::Mutex::is_poisoned`.
    #[track_caller]
    pub fn is_poisoned(&self) -> bool {
        let look = || self.inner.is_poisoned();
        perform(&self.cell, Operation::Inspect, Site::caller(), look, idle)
    }

    /// Forgets that somebody panicked: `std::sync::Mutex::clear_poison`.
    #[track_caller]
    pub fn clear_poison(&self) {
        let clear = || self.inner.clear_poison();
        perform(&self.cell, Operation::Store, Site::caller(), clear, done);
    }

    /// The value, for nobody else can hold the lock now: `std::sync::Mutex::get_mut`.
    ///
    /// # Errors
    ///
    /// The value as well, if the lock is poisoned.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.inner.get_mut()
    }

    fn guard<'a>(
        &'a self,
        result: LockResult<real::MutexGuard<'a, T>>,
        site: Site,
    ) -> LockResult<MutexGuard<'a, T>> {
        let sound = result.is_ok();
        let guard = MutexGuard {
            note: Some(Guard::new(&self.cell, Operation::Unlock, site)),
            inner: Some(result.unwrap_or_else(PoisonError::into_inner)),
            lock: self,
            sound,
        };
        if sound {
            Ok(guard)
        } else {
            Err(PoisonError::new(guard))
        }
    }
}

impl<T: Default> Default for Mutex<T> {
    #[track_caller]
    fn default() -> Mutex<T> {
        Mutex::from(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    #[track_caller]
    fn from(value: T) -> Mutex<T> {
        Mutex {
            cell: ObjectCell::new(ObjectKind::StdMutex),
            inner: real::Mutex::new(value),
        }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// A lock that is held: `std::sync::MutexGuard`.
#[must_use = "the lock is given back as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct MutexGuard<'a, T: ?Sized> {
    // Both are there until the guard is dropped.
    note: Option<Guard<'a>>,
    inner: Option<real::MutexGuard<'a, T>>,
    lock: &'a Mutex<T>,
    /// Whether the lock was not poisoned when it was taken.
    sound: bool,
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// The lock that it holds.
    pub(super) fn lock(&self) -> &'a Mutex<T> {
        self.lock
    }

    /// Lends the real guard to what gives it back by and by, and which may find the lock poisoned
    /// then.
    pub(super) fn lend<R>(
        mut self,
        wait: impl FnOnce(real::MutexGuard<'a, T>) -> LockResult<(real::MutexGuard<'a, T>, R)>,
    ) -> LockResult<(MutexGuard<'a, T>, R)> {
        let lent = self.inner.take().expect("it is there until the drop");
        let result = wait(lent);
        self.sound &= result.is_ok();
        let poisoned = result.is_err();
        let (inner, rest) = result.unwrap_or_else(PoisonError::into_inner);
        self.inner = Some(inner);
        if poisoned {
            Err(PoisonError::new((self, rest)))
        } else {
            Ok((self, rest))
        }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        // The release is announced, others may go first, and then it happens.
        self.note.take();
        self.inner.take();
        if self.sound && lock::is_torn_down() {
            self.lock.inner.clear_poison();
        }
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.inner.as_deref().expect("it is there until the drop")
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.inner
            .as_deref_mut()
            .expect("it is there until the drop")
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
