//! The mirror of `tokio::sync::Mutex`.
//!
//! Not here: its guards (`mutex_guards`).

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use ::tokio::sync as real;
use real::TryLockError;

use super::convert::{converts, converts_whole};
use super::mutex_guards::{MutexGuard, OwnedMutexGuard};
use crate::executor::foreign;
use crate::executor::hold::{block_on, is_outside, take, try_take};
use crate::executor::object::ObjectCell;
use crate::executor::operation::Scope;
use crate::mirror::leaf::{Located, leaf};
use crate::mirror::owned::{self, Exclusive, Owner};
use crate::trace::{ObjectKind, Operation, Site};

/// A lock that is awaited: `tokio::sync::Mutex`.
pub struct Mutex<T: ?Sized> {
    cell: ObjectCell,
    inner: real::Mutex<T>,
}

impl<T: ?Sized> Located for Mutex<T> {
    fn cell(&self) -> &ObjectCell {
        &self.cell
    }
}

impl<T: ?Sized> Owner<real::Mutex<T>> for Mutex<T> {
    fn real(&self) -> &real::Mutex<T> {
        &self.inner
    }
}

impl<T: ?Sized> Mutex<T> {
    /// A lock around a value: `tokio::sync::Mutex::new`.
    #[track_caller]
    pub fn new(value: T) -> Mutex<T>
    where
        T: Sized,
    {
        Mutex {
            cell: ObjectCell::new(ObjectKind::Mutex),
            inner: real::Mutex::new(value),
        }
    }

    /// A lock for a static: `tokio::sync::Mutex::const_new`.
    #[track_caller]
    pub const fn const_new(value: T) -> Mutex<T>
    where
        T: Sized,
    {
        Mutex {
            cell: ObjectCell::lazy(ObjectKind::Mutex),
            inner: real::Mutex::const_new(value),
        }
    }

    /// Waits for the lock: `tokio::sync::Mutex::lock`.
    #[track_caller]
    pub fn lock(&self) -> impl Future<Output = MutexGuard<'_, T>> {
        let site = Site::caller();
        let taken =
            move |inner, scope: Option<&Scope>| MutexGuard::new(self, site, take(inner, scope));
        leaf(&self.cell, Operation::Lock, site, self.inner.lock(), taken)
    }

    /// Blocks the thread until it has the lock: `tokio::sync::Mutex::blocking_lock`.
    #[track_caller]
    pub fn blocking_lock(&self) -> MutexGuard<'_, T> {
        let site = Site::caller();
        let inner = if is_outside(&self.cell, site) {
            self.inner.blocking_lock()
        } else {
            let lock = self.inner.lock();
            block_on(&self.cell, Operation::Lock, site, lock, take)
        };
        MutexGuard::new(self, site, inner)
    }

    /// Blocks the thread until it has the lock: `tokio::sync::Mutex::blocking_lock_owned`.
    #[track_caller]
    pub fn blocking_lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T> {
        let site = Site::caller();
        if is_outside(&self.cell, site) {
            return OwnedMutexGuard::new(owned::blocking_lock(&self, site));
        }
        let lock = owned::lock(Arc::clone(&self), site);
        let inner = block_on(&self.cell, Operation::Lock, site, lock, take);
        OwnedMutexGuard::new(inner)
    }

    /// Waits for the lock: `tokio::sync::Mutex::lock_owned`.
    #[track_caller]
    pub fn lock_owned(self: Arc<Self>) -> impl Future<Output = OwnedMutexGuard<T>> {
        let site = Site::caller();
        let taken = |inner: Exclusive<Mutex<T>, T>, scope: Option<&Scope>| {
            OwnedMutexGuard::new(take(inner, scope))
        };
        let lock = owned::lock(Arc::clone(&self), site);
        leaf(self, Operation::Lock, site, lock, taken)
    }

    /// Takes the lock if it is free: `tokio::sync::Mutex::try_lock`.
    ///
    /// # Errors
    ///
    /// If it is not free.
    #[track_caller]
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, TryLockError> {
        let site = Site::caller();
        let inner = try_take(&self.cell, Operation::TryLock, site, || {
            self.inner.try_lock()
        })?;
        Ok(MutexGuard::new(self, site, inner))
    }

    /// Takes the lock if it is free: `tokio::sync::Mutex::try_lock_owned`.
    ///
    /// # Errors
    ///
    /// If it is not free.
    #[track_caller]
    pub fn try_lock_owned(self: Arc<Self>) -> Result<OwnedMutexGuard<T>, TryLockError> {
        let site = Site::caller();
        let inner = try_take(&self.cell, Operation::TryLock, site, || {
            owned::try_lock(&self, site)
        })?;
        Ok(OwnedMutexGuard::new(inner))
    }

    /// The value, which nobody else can have now: `tokio::sync::Mutex::get_mut`.
    pub fn get_mut(&mut self) -> &mut T {
        self.inner.get_mut()
    }

    /// The value: `tokio::sync::Mutex::into_inner`.
    pub fn into_inner(self) -> T
    where
        T: Sized,
    {
        self.inner.into_inner()
    }
}

impl<T> From<T> for Mutex<T> {
    #[track_caller]
    fn from(value: T) -> Mutex<T> {
        Mutex::new(value)
    }
}

impl<T: Default> Default for Mutex<T> {
    #[track_caller]
    fn default() -> Mutex<T> {
        Mutex::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

converts_whole!(Mutex<T>);
