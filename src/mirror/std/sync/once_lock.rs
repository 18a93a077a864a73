//! The mirror of `std::sync::OnceLock`: a value that is made once.

use std::fmt;
use std::sync as real;

use super::once::{self, look, wait};
use crate::executor::object::ObjectCell;
use crate::trace::{ObjectKind, Operation, Site};

/// A value that is made once: `std::sync::OnceLock`.
pub struct OnceLock<T> {
    cell: ObjectCell,
    inner: real::OnceLock<T>,
}

impl<T> OnceLock<T> {
    /// Without a value: `std::sync::OnceLock::new`.
    #[track_caller]
    #[must_use]
    pub const fn new() -> OnceLock<T> {
        OnceLock {
            cell: ObjectCell::lazy(ObjectKind::StdOnce),
            inner: real::OnceLock::new(),
        }
    }

    /// The value, if it was made: `std::sync::OnceLock::get`.
    #[track_caller]
    pub fn get(&self) -> Option<&T> {
        look(&self.cell, Site::caller(), || self.inner.get())
    }

    /// The value, if it was made, for nobody else can make it now: `std::sync::OnceLock::get_mut`.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.inner.get_mut()
    }

    /// Blocks until the value was made: `std::sync::OnceLock::wait`.
    #[track_caller]
    pub fn wait(&self) -> &T {
        let is_made = || self.inner.get().is_some();
        wait(&self.cell, Site::caller(), is_made, || {
            self.inner.wait();
        });
        self.inner.get().expect("it was waited for")
    }

    /// Gives it a value, unless it has one; waits for whoever makes one: `std::sync::OnceLock::set`.
    ///
    /// # Errors
    ///
    /// The value, if it has another one.
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        self.make((Operation::Set, Site::caller()), || {
            value.take().expect("it is made once")
        });
        value.map_or(Ok(()), Err)
    }

    /// The value, which is made if there is none; waits for whoever makes it:
    /// `std::sync::OnceLock::get_or_init`.
    #[track_caller]
    pub fn get_or_init<F>(&self, f: F) -> &T
    where
        F: FnOnce() -> T,
    {
        self.get_or_init_at(Site::caller(), f)
    }

    pub(super) fn get_or_init_at(&self, site: Site, f: impl FnOnce() -> T) -> &T {
        self.make((Operation::GetOrInit, site), f)
    }

    fn make(&self, operation: (Operation, Site), make: impl FnOnce() -> T) -> &T {
        let is_made = || self.inner.get().is_some();
        let made = once::begin(&self.cell, operation, is_made);
        let mut guard = made.flatten();
        self.inner.get_or_init(|| {
            let _guard = guard.take();
            make()
        })
    }

    /// The value, for nobody else can have it any more: `std::sync::OnceLock::into_inner`.
    pub fn into_inner(self) -> Option<T> {
        self.inner.into_inner()
    }

    /// Takes the value, for nobody else can see it now: `std::sync::OnceLock::take`.
    pub fn take(&mut self) -> Option<T> {
        self.inner.take()
    }
}

impl<T> Default for OnceLock<T> {
    #[track_caller]
    fn default() -> OnceLock<T> {
        OnceLock {
            cell: ObjectCell::new(ObjectKind::StdOnce),
            inner: real::OnceLock::new(),
        }
    }
}

impl<T> From<T> for OnceLock<T> {
    #[track_caller]
    fn from(value: T) -> OnceLock<T> {
        OnceLock {
            cell: ObjectCell::new(ObjectKind::StdOnce),
            inner: value.into(),
        }
    }
}

impl<T: Clone> Clone for OnceLock<T> {
    #[track_caller]
    fn clone(&self) -> OnceLock<T> {
        match self.get() {
            Some(value) => OnceLock::from(value.clone()),
            None => OnceLock::default(),
        }
    }
}

impl<T: PartialEq> PartialEq for OnceLock<T> {
    #[track_caller]
    fn eq(&self, other: &OnceLock<T>) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceLock<T> {}

impl<T: fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
