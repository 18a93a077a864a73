//! The guards of the mirrored `Mutex`.

use std::marker::PhantomData;
use std::sync::Arc;

use ::tokio::sync as real;

use super::Mutex;
use super::convert::converts_guard;
use super::guard::stands_for_value;
use crate::mirror::handle::Guard;
use crate::mirror::leaf::Located;
use crate::mirror::owned::Exclusive;
use crate::trace::{Operation, Site};

/// Has the lock until it is dropped: `tokio::sync::MutexGuard`.
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MutexGuard<'a, T: ?Sized> {
    note: Guard<'a>,
    inner: real::MutexGuard<'a, T>,
    mutex: &'a Mutex<T>,
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    pub(super) fn new(
        mutex: &'a Mutex<T>,
        site: Site,
        inner: real::MutexGuard<'a, T>,
    ) -> MutexGuard<'a, T> {
        MutexGuard {
            note: Guard::new(mutex.cell(), Operation::Unlock, site),
            inner,
            mutex,
        }
    }

    /// A guard of a part of the value: `tokio::sync::MutexGuard::map`.
    pub fn map<U, F>(this: Self, f: F) -> MappedMutexGuard<'a, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        MappedMutexGuard {
            note: this.note,
            inner: real::MutexGuard::map(this.inner, f),
        }
    }

    /// A guard of a part of the value, if it is there: `tokio::sync::MutexGuard::try_map`.
    ///
    /// # Errors
    ///
    /// The guard, if it is not.
    pub fn try_map<U, F>(this: Self, f: F) -> Result<MappedMutexGuard<'a, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        let MutexGuard { note, inner, mutex } = this;
        match real::MutexGuard::try_map(inner, f) {
            Ok(inner) => Ok(MappedMutexGuard { note, inner }),
            Err(inner) => Err(MutexGuard { note, inner, mutex }),
        }
    }

    /// The lock: `tokio::sync::MutexGuard::mutex`.
    pub fn mutex(this: &Self) -> &'a Mutex<T> {
        this.mutex
    }
}

stands_for_value!(mut MutexGuard<'a, T> => T);

/// Has the lock, for a part of the value: `tokio::sync::MappedMutexGuard`.
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MappedMutexGuard<'a, T: ?Sized> {
    note: Guard<'a>,
    inner: real::MappedMutexGuard<'a, T>,
}

impl<'a, T: ?Sized> MappedMutexGuard<'a, T> {
    /// A guard of a smaller part: `tokio::sync::MappedMutexGuard::map`.
    pub fn map<U, F>(this: Self, f: F) -> MappedMutexGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        MappedMutexGuard {
            note: this.note,
            inner: real::MappedMutexGuard::map(this.inner, f),
        }
    }

    /// A guard of a smaller part, if it is there: `tokio::sync::MappedMutexGuard::try_map`.
    ///
    /// # Errors
    ///
    /// The guard, if it is not.
    pub fn try_map<U, F>(this: Self, f: F) -> Result<MappedMutexGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        let MappedMutexGuard { note, inner } = this;
        match real::MappedMutexGuard::try_map(inner, f) {
            Ok(inner) => Ok(MappedMutexGuard { note, inner }),
            Err(inner) => Err(MappedMutexGuard { note, inner }),
        }
    }
}

stands_for_value!(mut MappedMutexGuard<'a, T> => T);

/// Has the lock, and shares in owning it: `tokio::sync::OwnedMutexGuard`.
pub struct OwnedMutexGuard<T: ?Sized> {
    inner: Exclusive<Mutex<T>, T>,
}

impl<T: ?Sized> OwnedMutexGuard<T> {
    pub(super) fn new(inner: Exclusive<Mutex<T>, T>) -> OwnedMutexGuard<T> {
        OwnedMutexGuard { inner }
    }

    /// A guard of a part of the value: `tokio::sync::OwnedMutexGuard::map`.
    pub fn map<U, F>(this: Self, f: F) -> OwnedMappedMutexGuard<T, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        this.inner.map(f).into()
    }

    /// A guard of a part of the value, if it is there: `tokio::sync::OwnedMutexGuard::try_map`.
    ///
    /// # Errors
    ///
    /// The guard, if it is not.
    pub fn try_map<U, F>(this: Self, f: F) -> Result<OwnedMappedMutexGuard<T, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match this.inner.try_map(f) {
            Ok(inner) => Ok(inner.into()),
            Err(inner) => Err(OwnedMutexGuard { inner }),
        }
    }

    /// The lock: `tokio::sync::OwnedMutexGuard::mutex`.
    pub fn mutex(this: &Self) -> &Arc<Mutex<T>> {
        this.inner.owner()
    }
}

stands_for_value!(mut OwnedMutexGuard<T> => T);

/// Has the lock, for a part of the value, and shares in owning it:
/// `tokio::sync::OwnedMappedMutexGuard`.
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct OwnedMappedMutexGuard<T: ?Sized, U: ?Sized = T> {
    inner: Exclusive<Mutex<T>, U>,
    /// As tokio's, it can be shared only if all of the value can.
    shared: PhantomData<Box<T>>,
}

impl<T: ?Sized, U: ?Sized> From<Exclusive<Mutex<T>, U>> for OwnedMappedMutexGuard<T, U> {
    fn from(inner: Exclusive<Mutex<T>, U>) -> Self {
        OwnedMappedMutexGuard {
            inner,
            shared: PhantomData,
        }
    }
}

impl<T: ?Sized, U: ?Sized> OwnedMappedMutexGuard<T, U> {
    /// A guard of a smaller part: `tokio::sync::OwnedMappedMutexGuard::map`.
    pub fn map<S, F>(this: Self, f: F) -> OwnedMappedMutexGuard<T, S>
    where
        S: ?Sized,
        F: FnOnce(&mut U) -> &mut S,
    {
        this.inner.map(f).into()
    }

    /// A guard of a smaller part, if it is there: `tokio::sync::OwnedMappedMutexGuard::try_map`.
    ///
    /// # Errors
    ///
    /// The guard, if it is not.
    pub fn try_map<S, F>(this: Self, f: F) -> Result<OwnedMappedMutexGuard<T, S>, Self>
    where
        S: ?Sized,
        F: FnOnce(&mut U) -> Option<&mut S>,
    {
        match this.inner.try_map(f) {
            Ok(inner) => Ok(inner.into()),
            Err(inner) => Err(inner.into()),
        }
    }
}

stands_for_value!(mut OwnedMappedMutexGuard<T, U> => U);
converts_guard!(MutexGuard<'a, T: ?Sized>);
converts_guard!(MappedMutexGuard<'a, T: ?Sized>);
