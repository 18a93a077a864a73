//! The guards of the mirrored `RwLock` that borrow it.

use ::tokio::sync as real;

use super::convert::converts_guard;
use super::guard::stands_for_value;
use crate::executor::object::ObjectCell;
use crate::executor::operation::{done, done_if_ok, perform};
use crate::mirror::handle::{Guard, WRITER};
use crate::trace::{Operation, Site};

/// Reads until it is dropped: `tokio::sync::RwLockReadGuard`.
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    note: Guard<'a>,
    inner: real::RwLockReadGuard<'a, T>,
}

impl<'a, T: ?Sized> RwLockReadGuard<'a, T> {
    pub(super) fn new(
        cell: &'a ObjectCell,
        site: Site,
        inner: real::RwLockReadGuard<'a, T>,
    ) -> RwLockReadGuard<'a, T> {
        let note = Guard::new(cell, Operation::Unlock, site);
        RwLockReadGuard { note, inner }
    }

    /// A guard of a part of the value: `tokio::sync::RwLockReadGuard::map`.
    pub fn map<F, U: ?Sized>(this: Self, f: F) -> RwLockReadGuard<'a, U>
    where
        F: FnOnce(&T) -> &U,
    {
        RwLockReadGuard {
            note: this.note,
            inner: real::RwLockReadGuard::map(this.inner, f),
        }
    }

    /// A guard of a part of the value, if it is there: `tokio::sync::RwLockReadGuard::try_map`.
    ///
    /// # Errors
    ///
    /// The guard, if it is not.
    pub fn try_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        let RwLockReadGuard { note, inner } = this;
        match real::RwLockReadGuard::try_map(inner, f) {
            Ok(inner) => Ok(RwLockReadGuard { note, inner }),
            Err(inner) => Err(RwLockReadGuard { note, inner }),
        }
    }
}

stands_for_value!(RwLockReadGuard<'a, T> => T);

/// Writes until it is dropped: `tokio::sync::RwLockWriteGuard`.
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    note: Guard<'a>,
    inner: real::RwLockWriteGuard<'a, T>,
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    pub(super) fn new(
        cell: &'a ObjectCell,
        site: Site,
        inner: real::RwLockWriteGuard<'a, T>,
    ) -> RwLockWriteGuard<'a, T> {
        let note = Guard::new(cell, Operation::Unlock, site).amount(WRITER);
        RwLockWriteGuard { note, inner }
    }

    /// A guard of a part of the value: `tokio::sync::RwLockWriteGuard::map`.
    pub fn map<F, U: ?Sized>(this: Self, f: F) -> RwLockMappedWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        RwLockMappedWriteGuard {
            note: this.note,
            inner: real::RwLockWriteGuard::map(this.inner, f),
        }
    }

    /// Reads on, a part of the value: `tokio::sync::RwLockWriteGuard::downgrade_map`.
    #[track_caller]
    pub fn downgrade_map<F, U: ?Sized>(this: Self, f: F) -> RwLockReadGuard<'a, U>
    where
        F: FnOnce(&T) -> &U,
    {
        let RwLockWriteGuard { note, inner } = this;
        let downgrade = || real::RwLockWriteGuard::downgrade_map(inner, f);
        let site = Site::caller();
        let inner = perform(note.cell(), Operation::Downgrade, site, downgrade, done);
        RwLockReadGuard {
            note: note.amount(1),
            inner,
        }
    }

    /// A guard of a part of the value, if it is there: `tokio::sync::RwLockWriteGuard::try_map`.
    ///
    /// # Errors
    ///
    /// The guard, if it is not.
    pub fn try_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockMappedWriteGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        let RwLockWriteGuard { note, inner } = this;
        match real::RwLockWriteGuard::try_map(inner, f) {
            Ok(inner) => Ok(RwLockMappedWriteGuard { note, inner }),
            Err(inner) => Err(RwLockWriteGuard { note, inner }),
        }
    }

    /// Reads on, a part of the value if it is there:
    /// `tokio::sync::RwLockWriteGuard::try_downgrade_map`.
    ///
    /// # Errors
    ///
    /// The guard, if it is not.
    #[track_caller]
    pub fn try_downgrade_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        let RwLockWriteGuard { note, inner } = this;
        let downgrade = || real::RwLockWriteGuard::try_downgrade_map(inner, f);
        let site = Site::caller();
        match perform(
            note.cell(),
            Operation::Downgrade,
            site,
            downgrade,
            done_if_ok,
        ) {
            Ok(inner) => Ok(RwLockReadGuard {
                note: note.amount(1),
                inner,
            }),
            Err(inner) => Err(RwLockWriteGuard { note, inner }),
        }
    }

    /// A guard that is mapped, of all of the value: `tokio::sync::RwLockWriteGuard::into_mapped`.
    pub fn into_mapped(this: Self) -> RwLockMappedWriteGuard<'a, T> {
        RwLockMappedWriteGuard {
            note: this.note,
            inner: real::RwLockWriteGuard::into_mapped(this.inner),
        }
    }

    /// Lets readers in, and reads on: `tokio::sync::RwLockWriteGuard::downgrade`.
    #[track_caller]
    pub fn downgrade(self) -> RwLockReadGuard<'a, T> {
        let RwLockWriteGuard { note, inner } = self;
        let downgrade = || real::RwLockWriteGuard::downgrade(inner);
        let site = Site::caller();
        let inner = perform(note.cell(), Operation::Downgrade, site, downgrade, done);
        RwLockReadGuard {
            note: note.amount(1),
            inner,
        }
    }
}

stands_for_value!(mut RwLockWriteGuard<'a, T> => T);

/// Writes a part of the value until it is dropped: `tokio::sync::RwLockMappedWriteGuard`.
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockMappedWriteGuard<'a, T: ?Sized> {
    note: Guard<'a>,
    inner: real::RwLockMappedWriteGuard<'a, T>,
}

impl<'a, T: ?Sized> RwLockMappedWriteGuard<'a, T> {
    /// A guard of a smaller part: `tokio::sync::RwLockMappedWriteGuard::map`.
    pub fn map<F, U: ?Sized>(this: Self, f: F) -> RwLockMappedWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        RwLockMappedWriteGuard {
            note: this.note,
            inner: real::RwLockMappedWriteGuard::map(this.inner, f),
        }
    }

    /// A guard of a smaller part, if it is there: `tokio::sync::RwLockMappedWriteGuard::try_map`.
    ///
    /// # Errors
    ///
    /// The guard, if it is not.
    pub fn try_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockMappedWriteGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        let RwLockMappedWriteGuard { note, inner } = this;
        match real::RwLockMappedWriteGuard::try_map(inner, f) {
            Ok(inner) => Ok(RwLockMappedWriteGuard { note, inner }),
            Err(inner) => Err(RwLockMappedWriteGuard { note, inner }),
        }
    }
}

stands_for_value!(mut RwLockMappedWriteGuard<'a, T> => T);
converts_guard!(RwLockReadGuard<'a, T: ?Sized>);
converts_guard!(RwLockWriteGuard<'a, T: ?Sized>);
converts_guard!(RwLockMappedWriteGuard<'a, T: ?Sized>);
