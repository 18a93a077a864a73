//! The mirror of `std::sync::LazyLock`: a value that is made when it is first looked at.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use super::OnceLock;
use crate::trace::Site;

/// A value that is made when it is first looked at: `std::sync::LazyLock`.
pub struct LazyLock<T, F = fn() -> T> {
    value: OnceLock<T>,
    /// None once it was called.
    make: Mutex<Option<F>>,
}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    /// A value that this makes: `std::sync::LazyLock::new`.
    #[track_caller]
    pub const fn new(make: F) -> LazyLock<T, F> {
        LazyLock {
            value: OnceLock::new(),
            make: Mutex::new(Some(make)),
        }
    }

    /// The value, which is made if there is none; waits for whoever makes it:
    /// `std::sync::LazyLock::force`.
    ///
    /// # Panics
    ///
    /// Panics if its making panicked before.
    #[track_caller]
    pub fn force(this: &LazyLock<T, F>) -> &T {
        this.value.get_or_init_at(Site::caller(), || {
            let make = this
                .make
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            make.expect("LazyLock instance has previously been poisoned")()
        })
    }

    /// The value, for nobody else can have it now; made if there is none:
    /// `std::sync::LazyLock::force_mut`.
    ///
    /// # Panics
    ///
    /// Panics if its making panicked before.
    #[track_caller]
    pub fn force_mut(this: &mut LazyLock<T, F>) -> &mut T {
        if this.value.get_mut().is_none() {
            LazyLock::force(this);
        }
        this.value.get_mut().expect("it was made")
    }
}

impl<T, F> LazyLock<T, F> {
    /// The value, if it was made: `std::sync::LazyLock::get`.
    #[track_caller]
    pub fn get(this: &LazyLock<T, F>) -> Option<&T> {
        this.value.get()
    }

    /// The value, if it was made, for nobody else can have it now: `std::sync::LazyLock::get_mut`.
    pub fn get_mut(this: &mut LazyLock<T, F>) -> Option<&mut T> {
        this.value.get_mut()
    }
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    #[track_caller]
    fn deref(&self) -> &T {
        LazyLock::force(self)
    }
}

impl<T, F: FnOnce() -> T> DerefMut for LazyLock<T, F> {
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        LazyLock::force_mut(self)
    }
}

impl<T: Default> Default for LazyLock<T> {
    #[track_caller]
    fn default() -> LazyLock<T> {
        LazyLock::new(T::default)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple("LazyLock");
        match self.value.get() {
            Some(value) => tuple.field(value),
            None => tuple.field(&format_args!("<uninit>")),
        };
        tuple.finish()
    }
}
