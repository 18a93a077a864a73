//! All of std, with the primitives that tasks synchronise with replaced by those of
//! `leak-harness`. In a crate whose unit tests are leak tests, one line at its root makes every
//! `std::sync::Mutex` and every atomic of it a switch point:
//!
//! ```text
//! #[cfg(test)] #[macro_use] extern crate leak_harness_std as std;
//! ```
//!
//! Outside of leak tests they are std's own, with nothing added but a look whether there is one.
//!
//! Replaced are, so far, [`sync::Mutex`], [`sync::RwLock`], [`sync::Condvar`] and [`sync::atomic`].
//! Other locks stay std's: leak tests do without switches where they find them held.

pub use ::std::*;

/// `std::sync`, with what `leak-harness` controls.
pub mod sync {
    pub use ::std::sync::*;
    pub use leak_harness::__private::std::sync::{
        Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, WaitTimeoutResult,
    };

    /// `std::sync::atomic`, with what `leak-harness` controls.
    pub mod atomic {
        pub use ::std::sync::atomic::*;

        pub use leak_harness::__private::std::sync::atomic::{AtomicBool, AtomicPtr};
        #[cfg(target_has_atomic = "8")]
        pub use leak_harness::__private::std::sync::atomic::{AtomicI8, AtomicU8};
        #[cfg(target_has_atomic = "16")]
        pub use leak_harness::__private::std::sync::atomic::{AtomicI16, AtomicU16};
        #[cfg(target_has_atomic = "32")]
        pub use leak_harness::__private::std::sync::atomic::{AtomicI32, AtomicU32};
        #[cfg(target_has_atomic = "64")]
        pub use leak_harness::__private::std::sync::atomic::{AtomicI64, AtomicU64};
        #[cfg(target_has_atomic = "ptr")]
        pub use leak_harness::__private::std::sync::atomic::{AtomicIsize, AtomicUsize};
    }
}
