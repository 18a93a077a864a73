//! The mirror of `std::sync::atomic`: real atomics, and a switch point before each access.
//!
//! Not here: weak memory. Every access takes effect at once, in the order in which tasks run, and
//! no operation fails spuriously: orderings are passed on, and checked by std.

use std::fmt;
use std::sync::atomic as real;

pub use real::{Ordering, compiler_fence, fence};

use crate::executor::object::ObjectCell;
use crate::executor::operation::{done, done_if_ok, idle, perform};
use crate::trace::{ObjectKind, Operation, Site};

/// A read-modify-write whose method of std's has the same name and one operand.
macro_rules! modify {
    ($value:ty: $($(#[$meta:meta])* $method:ident,)*) => { $(
        $(#[$meta])*
        #[track_caller]
        pub fn $method(&self, value: $value, order: Ordering) -> $value {
            let action = || self.inner.$method(value, order);
            perform(&self.cell, Operation::ReadModifyWrite, Site::caller(), action, done)
        }
    )* };
}

/// What all atomics have.
macro_rules! atomic {
    ($(#[$meta:meta])* $name:ident$(<$param:ident>)?: $value:ty) => {
        $(#[$meta])*
        pub struct $name$(<$param>)? {
            cell: ObjectCell,
            inner: real::$name$(<$param>)?,
        }

        impl$(<$param>)? $name$(<$param>)? {
            /// `new` of std's type.
            #[track_caller]
            pub const fn new(value: $value) -> Self {
                let inner = real::$name::new(value);
                Self { cell: ObjectCell::lazy(ObjectKind::Atomic), inner }
            }

            /// `into_inner` of std's type.
            pub const fn into_inner(self) -> $value {
                self.inner.into_inner()
            }

            /// `get_mut` of std's type.
            pub fn get_mut(&mut self) -> &mut $value {
                self.inner.get_mut()
            }

            /// `as_ptr` of std's type. Accesses through the pointer are not seen.
            pub const fn as_ptr(&self) -> *mut $value {
                self.inner.as_ptr()
            }

            /// `load` of std's type.
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $value {
                let action = || self.inner.load(order);
                perform(&self.cell, Operation::Load, Site::caller(), action, idle)
            }

            /// `store` of std's type.
            #[track_caller]
            pub fn store(&self, value: $value, order: Ordering) {
                let action = || self.inner.store(value, order);
                perform(&self.cell, Operation::Store, Site::caller(), action, done);
            }

            modify! { $value:
                /// `swap` of std's type.
                swap,
            }

            /// `compare_exchange` of std's type.
            ///
            /// # Errors
            ///
            /// The value, if it was not the expected one.
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                let action = || self.inner.compare_exchange(current, new, success, failure);
                let operation = Operation::ReadModifyWrite;
                perform(&self.cell, operation, Site::caller(), action, done_if_ok)
            }

            /// `compare_exchange_weak` of std's type; fails only if the value is another.
            ///
            /// # Errors
            ///
            /// The value, if it was not the expected one.
            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                // A real spurious failure would make two runs of one schedule differ.
                self.compare_exchange(current, new, success, failure)
            }

            /// `compare_and_swap` of std's type.
            #[deprecated = "use `compare_exchange` or `compare_exchange_weak` instead"]
            #[track_caller]
            pub fn compare_and_swap(&self, current: $value, new: $value, order: Ordering) -> $value {
                let failure = match order {
                    Ordering::Release => Ordering::Relaxed,
                    Ordering::AcqRel => Ordering::Acquire,
                    order => order,
                };
                match self.compare_exchange(current, new, order, failure) {
                    Ok(before) | Err(before) => before,
                }
            }

            /// `fetch_update` of std's type: a load, then exchanges until one succeeds.
            ///
            /// # Errors
            ///
            /// The value, if there is no update for it.
            #[track_caller]
            pub fn fetch_update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                mut update: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                let mut before = self.load(fetch_order);
                while let Some(new) = update(before) {
                    match self.compare_exchange(before, new, set_order, fetch_order) {
                        Ok(before) => return Ok(before),
                        Err(other) => before = other,
                    }
                }
                Err(before)
            }

            /// `try_update` of std's type.
            ///
            /// # Errors
            ///
            /// The value, if there is no update for it.
            #[track_caller]
            pub fn try_update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                update: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                self.fetch_update(set_order, fetch_order, update)
            }

            /// `update` of std's type: the value before.
            #[track_caller]
            pub fn update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                mut update: impl FnMut($value) -> $value,
            ) -> $value {
                match self.fetch_update(set_order, fetch_order, |value| Some(update(value))) {
                    Ok(before) | Err(before) => before,
                }
            }
        }

        impl$(<$param>)? Default for $name$(<$param>)? {
            #[track_caller]
            fn default() -> Self {
                let inner = real::$name::default();
                Self { cell: ObjectCell::new(ObjectKind::Atomic), inner }
            }
        }

        impl$(<$param>)? From<$value> for $name$(<$param>)? {
            #[track_caller]
            fn from(value: $value) -> Self {
                let inner = real::$name::new(value);
                Self { cell: ObjectCell::new(ObjectKind::Atomic), inner }
            }
        }

        impl$(<$param>)? fmt::Debug for $name$(<$param>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.inner.fmt(f)
            }
        }
    };
}

macro_rules! integers {
    ($($width:literal: $($name:ident $value:ident,)*)*) => { $( $(
        #[cfg(target_has_atomic = $width)]
        atomic! {
            #[doc = concat!("An integer that tasks share: `std::sync::atomic::", stringify!($name), "`.")]
            $name: $value
        }

        #[cfg(target_has_atomic = $width)]
        impl $name {
            modify! { $value:
                /// `fetch_add` of std's type.
                fetch_add,
                /// `fetch_sub` of std's type.
                fetch_sub,
                /// `fetch_and` of std's type.
                fetch_and,
                /// `fetch_nand` of std's type.
                fetch_nand,
                /// `fetch_or` of std's type.
                fetch_or,
                /// `fetch_xor` of std's type.
                fetch_xor,
                /// `fetch_max` of std's type.
                fetch_max,
                /// `fetch_min` of std's type.
                fetch_min,
            }
        }
    )* )* };
}

integers! {
    "8": AtomicU8 u8, AtomicI8 i8,
    "16": AtomicU16 u16, AtomicI16 i16,
    "32": AtomicU32 u32, AtomicI32 i32,
    "64": AtomicU64 u64, AtomicI64 i64,
    "ptr": AtomicUsize usize, AtomicIsize isize,
}

atomic! {
    /// A flag that tasks share: `std::sync::atomic::AtomicBool`.
    AtomicBool: bool
}

impl AtomicBool {
    modify! { bool:
        /// `fetch_and` of std's type.
        fetch_and,
        /// `fetch_nand` of std's type.
        fetch_nand,
        /// `fetch_or` of std's type.
        fetch_or,
        /// `fetch_xor` of std's type.
        fetch_xor,
    }

    /// `fetch_not` of std's type.
    #[track_caller]
    pub fn fetch_not(&self, order: Ordering) -> bool {
        self.fetch_xor(true, order)
    }
}

atomic! {
    /// A pointer that tasks share: `std::sync::atomic::AtomicPtr`.
    AtomicPtr<T>: *mut T
}

impl<T> fmt::Pointer for AtomicPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
