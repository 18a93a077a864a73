//! The mirror of `std::sync::atomic`: real atomics, and a switch point before each access.
//!
//! On the loom host loom performs them, and sees their orderings. Elsewhere every access takes
//! effect at once, in the order in which tasks run. No operation fails spuriously.

use std::fmt;
use std::sync::atomic as real;

pub use real::{Ordering, compiler_fence, fence};

use crate::executor::memory::{self, Access};
use crate::executor::object::ObjectCell;
use crate::executor::operation::{done, done_if_ok, idle, perform};
use crate::trace::{ObjectKind, Operation, Site};

/// A value that an atomic holds, as bits.
trait Word: Copy {
    fn bits(self) -> u64;
    fn from_bits(bits: u64) -> Self;
}

macro_rules! words {
    ($($value:ty)*) => { $(
        impl Word for $value {
            fn bits(self) -> u64 {
                self as u64
            }

            fn from_bits(bits: u64) -> $value {
                bits as $value
            }
        }
    )* };
}

words! { u8 i8 u16 i16 u32 i32 u64 i64 usize isize }

impl Word for bool {
    fn bits(self) -> u64 {
        u64::from(self)
    }

    fn from_bits(bits: u64) -> bool {
        bits != 0
    }
}

impl<T> Word for *mut T {
    fn bits(self) -> u64 {
        self.expose_provenance() as u64
    }

    fn from_bits(bits: u64) -> *mut T {
        std::ptr::with_exposed_provenance_mut(bits as usize)
    }
}

/// The ordering of the load in a read-modify-write.
fn load_part(order: Ordering) -> Ordering {
    match order {
        Ordering::Release => Ordering::Relaxed,
        Ordering::AcqRel => Ordering::Acquire,
        order => order,
    }
}

/// A read-modify-write whose method of std's has the same name and one operand.
macro_rules! modify {
    ($value:ty: $($(#[$meta:meta])* $method:ident,)*) => { $(
        $(#[$meta])*
        #[track_caller]
        pub fn $method(&self, value: $value, order: Ordering) -> $value {
            let site = Site::caller();
            let new = |before: $value| {
                let scratch = Self::raw(before);
                scratch.$method(value, Ordering::Relaxed);
                Some(scratch.into_inner())
            };
            if let Some(before) = self.weak_update(site, order, load_part(order), new) {
                return before.unwrap_or_else(|before| before);
            }
            let action = || self.inner.$method(value, order);
            perform(&self.cell, Operation::ReadModifyWrite, site, action, done)
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
                let site = Site::caller();
                let initial = || self.inner.load(Ordering::Relaxed).bits();
                match memory::access(&self.cell, site, Access::Load(order), initial) {
                    Some((bits, _)) => Word::from_bits(bits),
                    None => {
                        let action = || self.inner.load(order);
                        perform(&self.cell, Operation::Load, site, action, idle)
                    }
                }
            }

            /// `store` of std's type.
            #[track_caller]
            pub fn store(&self, value: $value, order: Ordering) {
                let site = Site::caller();
                let initial = || self.inner.load(Ordering::Relaxed).bits();
                let store = Access::Store(value.bits(), order);
                if memory::access(&self.cell, site, store, initial).is_some() {
                    // What is read once the execution is over.
                    self.inner.store(value, Ordering::Relaxed);
                    return;
                }
                let action = || self.inner.store(value, order);
                perform(&self.cell, Operation::Store, site, action, done);
            }

            fn raw(value: $value) -> real::$name$(<$param>)? {
                real::$name::new(value)
            }

            /// A read-modify-write where memory is weak.
            fn weak_update(
                &self,
                site: Site,
                success: Ordering,
                failure: Ordering,
                mut new: impl FnMut($value) -> Option<$value>,
            ) -> Option<Result<$value, $value>> {
                let initial = || self.inner.load(Ordering::Relaxed).bits();
                let mut last = None;
                let mut update = |bits| {
                    last = new(Word::from_bits(bits));
                    last.map(Word::bits)
                };
                let update = Access::Update(&mut update, success, failure);
                let (bits, changed) = memory::access(&self.cell, site, update, initial)?;
                let before = Word::from_bits(bits);
                if let Some(value) = last.filter(|_| changed) {
                    self.inner.store(value, Ordering::Relaxed);
                }
                Some(if changed { Ok(before) } else { Err(before) })
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
                let site = Site::caller();
                let exchange = |before: $value| (before == current).then_some(new);
                if let Some(result) = self.weak_update(site, success, failure, exchange) {
                    return result;
                }
                let action = || self.inner.compare_exchange(current, new, success, failure);
                let operation = Operation::ReadModifyWrite;
                perform(&self.cell, operation, site, action, done_if_ok)
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

/// The arithmetic of pointers, each a read-modify-write with a number.
macro_rules! pointer_arithmetic {
    ($($(#[$meta:meta])* $method:ident: |$pointer:ident, $number:ident| $new:expr,)*) => {
        impl<T> AtomicPtr<T> { $(
            $(#[$meta])*
            #[track_caller]
            pub fn $method(&self, $number: usize, order: Ordering) -> *mut T {
                self.modify(Site::caller(), order, |$pointer: *mut T| $new)
            }
        )* }
    };
}

pointer_arithmetic! {
    /// `fetch_ptr_add` of std's type.
    fetch_ptr_add: |pointer, number| pointer.wrapping_add(number),
    /// `fetch_ptr_sub` of std's type.
    fetch_ptr_sub: |pointer, number| pointer.wrapping_sub(number),
    /// `fetch_byte_add` of std's type.
    fetch_byte_add: |pointer, number| pointer.wrapping_byte_add(number),
    /// `fetch_byte_sub` of std's type.
    fetch_byte_sub: |pointer, number| pointer.wrapping_byte_sub(number),
    /// `fetch_or` of std's type.
    fetch_or: |pointer, number| pointer.map_addr(|address| address | number),
    /// `fetch_and` of std's type.
    fetch_and: |pointer, number| pointer.map_addr(|address| address & number),
    /// `fetch_xor` of std's type.
    fetch_xor: |pointer, number| pointer.map_addr(|address| address ^ number),
}

impl<T> AtomicPtr<T> {
    fn modify(&self, site: Site, order: Ordering, new: impl Fn(*mut T) -> *mut T) -> *mut T {
        let update = |before| Some(new(before));
        if let Some(before) = self.weak_update(site, order, load_part(order), update) {
            return before.unwrap_or_else(|before| before);
        }
        let action = || self.inner.fetch_update(order, load_part(order), update);
        let before = perform(&self.cell, Operation::ReadModifyWrite, site, action, done);
        before.unwrap_or_else(|before| before)
    }
}

impl<T> fmt::Pointer for AtomicPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
