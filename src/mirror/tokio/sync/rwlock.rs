//! The mirror of `tokio::sync::RwLock`.
//!
//! Not here: its guards (`rwlock_guards`, `rwlock_owned_guards`).

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use ::tokio::sync as real;
use real::TryLockError;

use super::convert::{converts, converts_whole};
use super::rwlock_guards::{RwLockReadGuard, RwLockWriteGuard};
use super::rwlock_owned_guards::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard};
use crate::executor::foreign;
use crate::executor::hold::{block_on, is_outside, take, try_take};
use crate::executor::object::ObjectCell;
use crate::executor::operation::Scope;
use crate::mirror::leaf::{Located, leaf};
use crate::mirror::owned::{self, Exclusive, Owner, Shared};
use crate::trace::{ObjectKind, Operation, Site};

/// A lock for many readers or one writer: `tokio::sync::RwLock`.
pub struct RwLock<T: ?Sized> {
    cell: ObjectCell,
    inner: real::RwLock<T>,
}

impl<T: ?Sized> Located for RwLock<T> {
    fn cell(&self) -> &ObjectCell {
        &self.cell
    }
}

impl<T: ?Sized> Owner<real::RwLock<T>> for RwLock<T> {
    fn real(&self) -> &real::RwLock<T> {
        &self.inner
    }
}

impl<T> RwLock<T> {
    /// A lock around a value: `tokio::sync::RwLock::new`.
    #[track_caller]
    pub fn new(value: T) -> RwLock<T> {
        RwLock {
            cell: ObjectCell::new(ObjectKind::RwLock),
            inner: real::RwLock::new(value),
        }
    }

    /// A lock that lets in so many readers: `tokio::sync::RwLock::with_max_readers`.
    ///
    /// # Panics
    ///
    /// Panics if there are none, or more than tokio allows.
    #[track_caller]
    pub fn with_max_readers(value: T, max_reads: u32) -> RwLock<T> {
        RwLock {
            cell: ObjectCell::new(ObjectKind::RwLock),
            inner: real::RwLock::with_max_readers(value, max_reads),
        }
    }

    /// A lock for a static: `tokio::sync::RwLock::const_new`.
    #[track_caller]
    pub const fn const_new(value: T) -> RwLock<T> {
        RwLock {
            cell: ObjectCell::lazy(ObjectKind::RwLock),
            inner: real::RwLock::const_new(value),
        }
    }

    /// A lock for a static that lets in so many readers:
    /// `tokio::sync::RwLock::const_with_max_readers`.
    #[track_caller]
    pub const fn const_with_max_readers(value: T, max_reads: u32) -> RwLock<T> {
        RwLock {
            cell: ObjectCell::lazy(ObjectKind::RwLock),
            inner: real::RwLock::const_with_max_readers(value, max_reads),
        }
    }

    /// The value: `tokio::sync::RwLock::into_inner`.
    pub fn into_inner(self) -> T {
        self.inner.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until there is no writer: `tokio::sync::RwLock::read`.
    #[track_caller]
    pub fn read(&self) -> impl Future<Output = RwLockReadGuard<'_, T>> {
        let site = Site::caller();
        let taken = move |inner, scope: Option<&Scope>| {
            RwLockReadGuard::new(&self.cell, site, take(inner, scope))
        };
        leaf(&self.cell, Operation::Read, site, self.inner.read(), taken)
    }

    /// Blocks the thread until there is no writer: `tokio::sync::RwLock::blocking_read`.
    #[track_caller]
    pub fn blocking_read(&self) -> RwLockReadGuard<'_, T> {
        let site = Site::caller();
        let inner = if is_outside(&self.cell, site) {
            self.inner.blocking_read()
        } else {
            block_on(&self.cell, Operation::Read, site, self.inner.read(), take)
        };
        RwLockReadGuard::new(&self.cell, site, inner)
    }

    /// Waits until there is no writer: `tokio::sync::RwLock::read_owned`.
    #[track_caller]
    pub fn read_owned(self: Arc<Self>) -> impl Future<Output = OwnedRwLockReadGuard<T>> {
        let site = Site::caller();
        let taken = |inner: Shared<RwLock<T>, T>, scope: Option<&Scope>| {
            OwnedRwLockReadGuard::new(take(inner, scope))
        };
        let read = owned::read(Arc::clone(&self), site);
        leaf(self, Operation::Read, site, read, taken)
    }

    /// Reads if there is no writer: `tokio::sync::RwLock::try_read`.
    ///
    /// # Errors
    ///
    /// If there is one.
    #[track_caller]
    pub fn try_read(&self) -> Result<RwLockReadGuard<'_, T>, TryLockError> {
        let site = Site::caller();
        let read = || self.inner.try_read();
        let inner = try_take(&self.cell, Operation::TryRead, site, read)?;
        Ok(RwLockReadGuard::new(&self.cell, site, inner))
    }

    /// Reads if there is no writer: `tokio::sync::RwLock::try_read_owned`.
    ///
    /// # Errors
    ///
    /// If there is one.
    #[track_caller]
    pub fn try_read_owned(self: Arc<Self>) -> Result<OwnedRwLockReadGuard<T>, TryLockError> {
        let site = Site::caller();
        let read = || owned::try_read(&self, site);
        let inner = try_take(&self.cell, Operation::TryRead, site, read)?;
        Ok(OwnedRwLockReadGuard::new(inner))
    }

    /// Waits until there is nobody else: `tokio::sync::RwLock::write`.
    #[track_caller]
    pub fn write(&self) -> impl Future<Output = RwLockWriteGuard<'_, T>> {
        let site = Site::caller();
        let taken = move |inner, scope: Option<&Scope>| {
            RwLockWriteGuard::new(&self.cell, site, take(inner, scope))
        };
        leaf(
            &self.cell,
            Operation::Write,
            site,
            self.inner.write(),
            taken,
        )
    }

    /// Blocks the thread until there is nobody else: `tokio::sync::RwLock::blocking_write`.
    #[track_caller]
    pub fn blocking_write(&self) -> RwLockWriteGuard<'_, T> {
        let site = Site::caller();
        let inner = if is_outside(&self.cell, site) {
            self.inner.blocking_write()
        } else {
            block_on(&self.cell, Operation::Write, site, self.inner.write(), take)
        };
        RwLockWriteGuard::new(&self.cell, site, inner)
    }

    /// Waits until there is nobody else: `tokio::sync::RwLock::write_owned`.
    #[track_caller]
    pub fn write_owned(self: Arc<Self>) -> impl Future<Output = OwnedRwLockWriteGuard<T>> {
        let site = Site::caller();
        let taken = |inner: Exclusive<RwLock<T>, T>, scope: Option<&Scope>| {
            OwnedRwLockWriteGuard::new(take(inner, scope))
        };
        let write = owned::write(Arc::clone(&self), site);
        leaf(self, Operation::Write, site, write, taken)
    }

    /// Writes if there is nobody else: `tokio::sync::RwLock::try_write`.
    ///
    /// # Errors
    ///
    /// If there is somebody.
    #[track_caller]
    pub fn try_write(&self) -> Result<RwLockWriteGuard<'_, T>, TryLockError> {
        let site = Site::caller();
        let write = || self.inner.try_write();
        let inner = try_take(&self.cell, Operation::TryWrite, site, write)?;
        Ok(RwLockWriteGuard::new(&self.cell, site, inner))
    }

    /// Writes if there is nobody else: `tokio::sync::RwLock::try_write_owned`.
    ///
    /// # Errors
    ///
    /// If there is somebody.
    #[track_caller]
    pub fn try_write_owned(self: Arc<Self>) -> Result<OwnedRwLockWriteGuard<T>, TryLockError> {
        let site = Site::caller();
        let write = || owned::try_write(&self, site);
        let inner = try_take(&self.cell, Operation::TryWrite, site, write)?;
        Ok(OwnedRwLockWriteGuard::new(inner))
    }

    /// The value, which nobody else can have now: `tokio::sync::RwLock::get_mut`.
    pub fn get_mut(&mut self) -> &mut T {
        self.inner.get_mut()
    }
}

impl<T> From<T> for RwLock<T> {
    #[track_caller]
    fn from(value: T) -> RwLock<T> {
        RwLock::new(value)
    }
}

impl<T: Default> Default for RwLock<T> {
    #[track_caller]
    fn default() -> RwLock<T> {
        RwLock::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

converts_whole!(RwLock<T>);
