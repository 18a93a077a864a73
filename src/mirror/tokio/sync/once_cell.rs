//! The mirror of `tokio::sync::OnceCell`.
//!
//! Not here: how a task becomes the one that initialises (`once_cell_init`).

use std::convert::Infallible;
use std::fmt;
use std::future::Future;

use ::tokio::sync as real;
use real::SetError;

use super::convert::{converts, converts_whole};
use super::once_cell_init::initialise;
use crate::executor::foreign;
use crate::executor::object::ObjectCell;
use crate::executor::operation::{done_if_ok, idle, perform};
use crate::trace::{ObjectKind, Operation, Site};

/// A value that the first who needs it makes: `tokio::sync::OnceCell`.
pub struct OnceCell<T> {
    cell: ObjectCell,
    inner: real::OnceCell<T>,
}

impl<T> OnceCell<T> {
    /// Without a value yet: `tokio::sync::OnceCell::new`.
    #[track_caller]
    pub fn new() -> OnceCell<T> {
        OnceCell::new_with(None)
    }

    /// For a static: `tokio::sync::OnceCell::const_new`.
    #[track_caller]
    pub const fn const_new() -> OnceCell<T> {
        OnceCell {
            cell: ObjectCell::lazy(ObjectKind::OnceCell),
            inner: real::OnceCell::const_new(),
        }
    }

    /// With a value, perhaps: `tokio::sync::OnceCell::new_with`.
    #[track_caller]
    pub fn new_with(value: Option<T>) -> OnceCell<T> {
        OnceCell {
            cell: ObjectCell::new(ObjectKind::OnceCell),
            inner: real::OnceCell::new_with(value),
        }
    }

    /// With a value, for a static: `tokio::sync::OnceCell::const_new_with`.
    #[track_caller]
    pub const fn const_new_with(value: T) -> OnceCell<T> {
        OnceCell {
            cell: ObjectCell::lazy(ObjectKind::OnceCell),
            inner: real::OnceCell::const_new_with(value),
        }
    }

    /// Whether it has its value: `tokio::sync::OnceCell::initialized`.
    #[track_caller]
    pub fn initialized(&self) -> bool {
        let look = || self.inner.initialized();
        perform(&self.cell, Operation::Inspect, Site::caller(), look, idle)
    }

    /// The value, if it has it: `tokio::sync::OnceCell::get`.
    #[track_caller]
    pub fn get(&self) -> Option<&T> {
        let look = || self.inner.get();
        perform(&self.cell, Operation::Inspect, Site::caller(), look, idle)
    }

    /// The value, which nobody else can have now: `tokio::sync::OnceCell::get_mut`.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.inner.get_mut()
    }

    /// Gives it its value: `tokio::sync::OnceCell::set`.
    ///
    /// # Errors
    ///
    /// The value, if it has one, or somebody makes it.
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), SetError<T>> {
        let set = || self.inner.set(value);
        perform(&self.cell, Operation::Set, Site::caller(), set, done_if_ok)
    }

    /// The value, made if need be: `tokio::sync::OnceCell::get_or_init`.
    #[track_caller]
    pub fn get_or_init<F, Fut>(&self, f: F) -> impl Future<Output = &T>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = T>,
    {
        let make = || async { Ok::<T, Infallible>(f().await) };
        let value = initialise(&self.cell, &self.inner, Site::caller(), make);
        async {
            match value.await {
                Ok(value) => value,
                Err(never) => match never {},
            }
        }
    }

    /// The value, made if need be, which may fail: `tokio::sync::OnceCell::get_or_try_init`.
    #[track_caller]
    pub fn get_or_try_init<E, F, Fut>(&self, f: F) -> impl Future<Output = Result<&T, E>>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        initialise(&self.cell, &self.inner, Site::caller(), f)
    }

    /// The value, if it had it: `tokio::sync::OnceCell::into_inner`.
    pub fn into_inner(self) -> Option<T> {
        self.inner.into_inner()
    }

    /// Takes the value out again, if it has it: `tokio::sync::OnceCell::take`.
    pub fn take(&mut self) -> Option<T> {
        self.inner.take()
    }
}

impl<T> Default for OnceCell<T> {
    #[track_caller]
    fn default() -> OnceCell<T> {
        OnceCell::new()
    }
}

impl<T> From<T> for OnceCell<T> {
    #[track_caller]
    fn from(value: T) -> OnceCell<T> {
        OnceCell::new_with(Some(value))
    }
}

impl<T: Clone> Clone for OnceCell<T> {
    #[track_caller]
    fn clone(&self) -> OnceCell<T> {
        OnceCell::new_with(self.get().cloned())
    }
}

impl<T: PartialEq> PartialEq for OnceCell<T> {
    #[track_caller]
    fn eq(&self, other: &OnceCell<T>) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceCell<T> {}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

converts_whole!(OnceCell<T>);
