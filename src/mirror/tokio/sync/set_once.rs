//! The mirror of `tokio::sync::SetOnce`.

use std::fmt;
use std::future::Future;

use ::tokio::sync as real;
use real::SetOnceError;

use super::convert::{converts, converts_whole};
use crate::executor::foreign;
use crate::executor::object::ObjectCell;
use crate::executor::operation::{done_if_ok, idle, perform};
use crate::mirror::leaf::{leaf, same};
use crate::trace::{ObjectKind, Operation, Site};

/// A value that is set once, and can be waited for: `tokio::sync::SetOnce`.
pub struct SetOnce<T> {
    cell: ObjectCell,
    inner: real::SetOnce<T>,
}

impl<T> SetOnce<T> {
    /// Without a value yet: `tokio::sync::SetOnce::new`.
    #[track_caller]
    pub fn new() -> SetOnce<T> {
        SetOnce::new_with(None)
    }

    /// For a static: `tokio::sync::SetOnce::const_new`.
    #[track_caller]
    pub const fn const_new() -> SetOnce<T> {
        SetOnce {
            cell: ObjectCell::lazy(ObjectKind::SetOnce),
            inner: real::SetOnce::const_new(),
        }
    }

    /// With a value, perhaps: `tokio::sync::SetOnce::new_with`.
    #[track_caller]
    pub fn new_with(value: Option<T>) -> SetOnce<T> {
        SetOnce {
            cell: ObjectCell::new(ObjectKind::SetOnce),
            inner: real::SetOnce::new_with(value),
        }
    }

    /// With a value, for a static: `tokio::sync::SetOnce::const_new_with`.
    #[track_caller]
    pub const fn const_new_with(value: T) -> SetOnce<T> {
        SetOnce {
            cell: ObjectCell::lazy(ObjectKind::SetOnce),
            inner: real::SetOnce::const_new_with(value),
        }
    }

    /// Whether it has its value: `tokio::sync::SetOnce::initialized`.
    #[track_caller]
    pub fn initialized(&self) -> bool {
        let look = || self.inner.initialized();
        perform(&self.cell, Operation::Inspect, Site::caller(), look, idle)
    }

    /// The value, if it has it: `tokio::sync::SetOnce::get`.
    #[track_caller]
    pub fn get(&self) -> Option<&T> {
        let look = || self.inner.get();
        perform(&self.cell, Operation::Inspect, Site::caller(), look, idle)
    }

    /// Gives it its value: `tokio::sync::SetOnce::set`.
    ///
    /// # Errors
    ///
    /// The value, if it has one.
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), SetOnceError<T>> {
        let set = || self.inner.set(value);
        perform(&self.cell, Operation::Set, Site::caller(), set, done_if_ok)
    }

    /// The value, if it had it: `tokio::sync::SetOnce::into_inner`.
    pub fn into_inner(self) -> Option<T> {
        self.inner.into_inner()
    }

    /// Waits for the value: `tokio::sync::SetOnce::wait`.
    #[track_caller]
    pub fn wait(&self) -> impl Future<Output = &T> {
        let site = Site::caller();
        leaf(&self.cell, Operation::Wait, site, self.inner.wait(), same).unbudgeted()
    }
}

impl<T> Default for SetOnce<T> {
    #[track_caller]
    fn default() -> SetOnce<T> {
        SetOnce::new()
    }
}

impl<T> From<T> for SetOnce<T> {
    #[track_caller]
    fn from(value: T) -> SetOnce<T> {
        SetOnce::new_with(Some(value))
    }
}

impl<T: Clone> Clone for SetOnce<T> {
    #[track_caller]
    fn clone(&self) -> SetOnce<T> {
        SetOnce::new_with(self.get().cloned())
    }
}

impl<T: PartialEq> PartialEq for SetOnce<T> {
    #[track_caller]
    fn eq(&self, other: &SetOnce<T>) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for SetOnce<T> {}

impl<T: fmt::Debug> fmt::Debug for SetOnce<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

converts_whole!(SetOnce<T>);
