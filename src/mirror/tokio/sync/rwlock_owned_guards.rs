//! The guards of the mirrored `RwLock` that share in owning it.

use std::sync::Arc;

use super::RwLock;
use super::guard::stands_for_value;
use crate::executor::operation::{done, perform};
use crate::mirror::leaf::Located;
use crate::mirror::owned::{Exclusive, Shared};
use crate::trace::{Operation, Site};

/// Reads, and shares in owning the lock: `tokio::sync::OwnedRwLockReadGuard`.
pub struct OwnedRwLockReadGuard<T: ?Sized, U: ?Sized = T> {
    inner: Shared<RwLock<T>, U>,
}

impl<T: ?Sized, U: ?Sized> OwnedRwLockReadGuard<T, U> {
    pub(super) fn new(inner: Shared<RwLock<T>, U>) -> OwnedRwLockReadGuard<T, U> {
        OwnedRwLockReadGuard { inner }
    }

    /// A guard of a part of the value: `tokio::sync::OwnedRwLockReadGuard::map`.
    pub fn map<F, V: ?Sized>(this: Self, f: F) -> OwnedRwLockReadGuard<T, V>
    where
        F: FnOnce(&U) -> &V,
    {
        OwnedRwLockReadGuard::new(this.inner.map(f))
    }

    /// A guard of a part of the value, if it is there:
    /// `tokio::sync::OwnedRwLockReadGuard::try_map`.
    ///
    /// # Errors
    ///
    /// The guard, if it is not.
    pub fn try_map<F, V: ?Sized>(this: Self, f: F) -> Result<OwnedRwLockReadGuard<T, V>, Self>
    where
        F: FnOnce(&U) -> Option<&V>,
    {
        match this.inner.try_map(f) {
            Ok(inner) => Ok(OwnedRwLockReadGuard::new(inner)),
            Err(inner) => Err(OwnedRwLockReadGuard::new(inner)),
        }
    }

    /// The lock: `tokio::sync::OwnedRwLockReadGuard::rwlock`.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        this.inner.owner()
    }
}

stands_for_value!(OwnedRwLockReadGuard<T, U> => U);

/// Writes, and shares in owning the lock: `tokio::sync::OwnedRwLockWriteGuard`.
pub struct OwnedRwLockWriteGuard<T: ?Sized> {
    inner: Exclusive<RwLock<T>, T>,
}

impl<T: ?Sized> OwnedRwLockWriteGuard<T> {
    pub(super) fn new(inner: Exclusive<RwLock<T>, T>) -> OwnedRwLockWriteGuard<T> {
        OwnedRwLockWriteGuard { inner }
    }

    /// A guard of a part of the value: `tokio::sync::OwnedRwLockWriteGuard::map`.
    pub fn map<F, U: ?Sized>(this: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        OwnedRwLockMappedWriteGuard {
            inner: this.inner.map(f),
        }
    }

    /// Reads on, a part of the value: `tokio::sync::OwnedRwLockWriteGuard::downgrade_map`.
    #[track_caller]
    pub fn downgrade_map<F, U: ?Sized>(this: Self, f: F) -> OwnedRwLockReadGuard<T, U>
    where
        F: FnOnce(&T) -> &U,
    {
        let site = Site::caller();
        // Mapped under the write lock, as in tokio.
        OwnedRwLockReadGuard::new(downgrade(this.inner.share(f), site))
    }

    /// A guard of a part of the value, if it is there:
    /// `tokio::sync::OwnedRwLockWriteGuard::try_map`.
    ///
    /// # Errors
    ///
    /// The guard, if it is not.
    pub fn try_map<F, U: ?Sized>(
        this: Self,
        f: F,
    ) -> Result<OwnedRwLockMappedWriteGuard<T, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match this.inner.try_map(f) {
            Ok(inner) => Ok(OwnedRwLockMappedWriteGuard { inner }),
            Err(inner) => Err(OwnedRwLockWriteGuard { inner }),
        }
    }

    /// Reads on, a part of the value if it is there:
    /// `tokio::sync::OwnedRwLockWriteGuard::try_downgrade_map`.
    ///
    /// # Errors
    ///
    /// The guard, if it is not.
    #[track_caller]
    pub fn try_downgrade_map<F, U: ?Sized>(
        this: Self,
        f: F,
    ) -> Result<OwnedRwLockReadGuard<T, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        let site = Site::caller();
        // Mapped under the write lock: if there is nothing, it is still held.
        match this.inner.try_share(f) {
            Ok(inner) => Ok(OwnedRwLockReadGuard::new(downgrade(inner, site))),
            Err(inner) => Err(OwnedRwLockWriteGuard { inner }),
        }
    }

    /// A guard that is mapped, of all of the value:
    /// `tokio::sync::OwnedRwLockWriteGuard::into_mapped`.
    pub fn into_mapped(this: Self) -> OwnedRwLockMappedWriteGuard<T> {
        OwnedRwLockMappedWriteGuard { inner: this.inner }
    }

    /// Lets readers in, and reads on: `tokio::sync::OwnedRwLockWriteGuard::downgrade`.
    #[track_caller]
    pub fn downgrade(self) -> OwnedRwLockReadGuard<T> {
        let site = Site::caller();
        OwnedRwLockReadGuard::new(downgrade(self.inner.share(|value| value), site))
    }

    /// The lock: `tokio::sync::OwnedRwLockWriteGuard::rwlock`.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        this.inner.owner()
    }
}

/// Lets other readers in beside one that still holds the write lock.
fn downgrade<T: ?Sized, U: ?Sized>(
    inner: Shared<RwLock<T>, U>,
    site: Site,
) -> Shared<RwLock<T>, U> {
    let lock = Arc::clone(inner.owner());
    let downgrade = || inner.downgrade();
    perform(lock.cell(), Operation::Downgrade, site, downgrade, done)
}

stands_for_value!(mut OwnedRwLockWriteGuard<T> => T);

/// Writes a part of the value, and shares in owning the lock:
/// `tokio::sync::OwnedRwLockMappedWriteGuard`.
pub struct OwnedRwLockMappedWriteGuard<T: ?Sized, U: ?Sized = T> {
    inner: Exclusive<RwLock<T>, U>,
}

impl<T: ?Sized, U: ?Sized> OwnedRwLockMappedWriteGuard<T, U> {
    /// A guard of a smaller part: `tokio::sync::OwnedRwLockMappedWriteGuard::map`.
    pub fn map<F, V: ?Sized>(this: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, V>
    where
        F: FnOnce(&mut U) -> &mut V,
    {
        OwnedRwLockMappedWriteGuard {
            inner: this.inner.map(f),
        }
    }

    /// A guard of a smaller part, if it is there:
    /// `tokio::sync::OwnedRwLockMappedWriteGuard::try_map`.
    ///
    /// # Errors
    ///
    /// The guard, if it is not.
    pub fn try_map<F, V: ?Sized>(
        this: Self,
        f: F,
    ) -> Result<OwnedRwLockMappedWriteGuard<T, V>, Self>
    where
        F: FnOnce(&mut U) -> Option<&mut V>,
    {
        match this.inner.try_map(f) {
            Ok(inner) => Ok(OwnedRwLockMappedWriteGuard { inner }),
            Err(inner) => Err(OwnedRwLockMappedWriteGuard { inner }),
        }
    }

    /// The lock: `tokio::sync::OwnedRwLockMappedWriteGuard::rwlock`.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        this.inner.owner()
    }
}

stands_for_value!(mut OwnedRwLockMappedWriteGuard<T, U> => U);
