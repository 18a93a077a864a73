//! `thread_local!`: values that each thread keeps for itself. Inside an execution they are kept apart
//! for each of its threads, and end with it.
//!
//! Outside of executions the real key is used.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::ptr;
use std::rc::Rc;
use std::thread as real;

use crate::executor::threads::{self, Local};

/// The key of a thread-local value: `std::thread::LocalKey`.
pub struct LocalKey<T: 'static> {
    real: &'static real::LocalKey<T>,
    init: fn() -> T,
}

/// The value is gone: `std::thread::AccessError`.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessError;

impl<T: 'static> LocalKey<T> {
    /// For `thread_local!` alone.
    #[doc(hidden)]
    pub const fn __new(real: &'static real::LocalKey<T>, init: fn() -> T) -> LocalKey<T> {
        LocalKey { real, init }
    }

    fn address(&'static self) -> usize {
        ptr::from_ref(self).addr()
    }

    /// The value of the running task's thread, made by `init` if there is none; none outside of
    /// executions.
    fn inside(&'static self, init: impl FnOnce() -> T) -> Option<Result<Rc<T>, AccessError>> {
        match threads::local(self.address()) {
            Local::Outside => None,
            Local::Destroyed => Some(Err(AccessError)),
            Local::Value(value) => Some(Ok(value)),
            Local::Absent => {
                let value = init();
                Some(Ok(threads::set_local(self.address(), value)))
            }
        }
    }

    /// Looks at the thread's value: `std::thread::LocalKey::with`.
    ///
    /// # Panics
    ///
    /// Panics if the thread is ending, and the value is gone.
    #[track_caller]
    pub fn with<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        match self.try_with(f) {
            Ok(result) => result,
            Err(error) => gone(error),
        }
    }

    /// Looks at the thread's value: `std::thread::LocalKey::try_with`.
    ///
    /// # Errors
    ///
    /// That the thread is ending, and the value is gone.
    pub fn try_with<F, R>(&'static self, f: F) -> Result<R, AccessError>
    where
        F: FnOnce(&T) -> R,
    {
        match self.inside(self.init) {
            Some(value) => Ok(f(&*value?)),
            None => self.real.try_with(f).map_err(|_| AccessError),
        }
    }
}

#[track_caller]
fn gone(error: AccessError) -> ! {
    panic!("cannot access a Thread Local Storage value during or after destruction: {error:?}")
}

impl<T: 'static> LocalKey<Cell<T>> {
    /// Exchanges the thread's value: `std::thread::LocalKey::set`.
    ///
    /// # Panics
    ///
    /// Panics if the thread is ending, and the value is gone.
    #[track_caller]
    pub fn set(&'static self, value: T) {
        let mut value = Some(value);
        // Where there is none yet, this is the first: nothing else is made.
        let made = self.inside(|| Cell::new(value.take().expect("it is made once")));
        match (made, value) {
            (None, Some(value)) => self.real.set(value),
            (Some(cell), Some(value)) => cell.unwrap_or_else(|error| gone(error)).set(value),
            (_, None) => {}
        }
    }

    /// The thread's value: `std::thread::LocalKey::get`.
    ///
    /// # Panics
    ///
    /// Panics if the thread is ending, and the value is gone.
    #[track_caller]
    pub fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(Cell::get)
    }

    /// Takes the thread's value, and leaves the default: `std::thread::LocalKey::take`.
    ///
    /// # Panics
    ///
    /// Panics if the thread is ending, and the value is gone.
    #[track_caller]
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(Cell::take)
    }

    /// Exchanges the thread's value: `std::thread::LocalKey::replace`.
    ///
    /// # Panics
    ///
    /// Panics if the thread is ending, and the value is gone.
    #[track_caller]
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> LocalKey<RefCell<T>> {
    /// Looks at the thread's value: `std::thread::LocalKey::with_borrow`.
    ///
    /// # Panics
    ///
    /// Panics if the value is borrowed mutably, or is gone.
    #[track_caller]
    pub fn with_borrow<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        self.with(|cell| f(&cell.borrow()))
    }

    /// Changes the thread's value: `std::thread::LocalKey::with_borrow_mut`.
    ///
    /// # Panics
    ///
    /// Panics if the value is borrowed, or is gone.
    #[track_caller]
    pub fn with_borrow_mut<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&mut T) -> R,
    {
        self.with(|cell| f(&mut cell.borrow_mut()))
    }

    /// Exchanges the thread's value: `std::thread::LocalKey::set`.
    ///
    /// # Panics
    ///
    /// Panics if the value is borrowed, or is gone.
    #[track_caller]
    pub fn set(&'static self, value: T) {
        let mut value = Some(value);
        let made = self.inside(|| RefCell::new(value.take().expect("it is made once")));
        match (made, value) {
            (None, Some(value)) => self.real.set(value),
            (Some(cell), Some(value)) => {
                drop(cell.unwrap_or_else(|error| gone(error)).replace(value));
            }
            (_, None) => {}
        }
    }

    /// Takes the thread's value, and leaves the default: `std::thread::LocalKey::take`.
    ///
    /// # Panics
    ///
    /// Panics if the value is borrowed, or is gone.
    #[track_caller]
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(RefCell::take)
    }

    /// Exchanges the thread's value: `std::thread::LocalKey::replace`.
    ///
    /// # Panics
    ///
    /// Panics if the value is borrowed, or is gone.
    #[track_caller]
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").finish_non_exhaustive()
    }
}

impl fmt::Debug for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessError").finish()
    }
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("already destroyed")
    }
}

impl Error for AccessError {}
