//! All of std, with the primitives that tasks and threads synchronise with replaced by those of
//! `leak-harness`. In a crate whose unit tests are leak tests, one line at its root makes every
//! `std::sync::Mutex` and every atomic of it a switch point, and every thread a task:
//!
//! ```text
//! #[cfg(test)] #[macro_use] extern crate leak_harness_std as std;
//! ```
//!
//! Outside of leak tests they are std's own, with nothing added but a look whether there is one.
//! `sync_channel(0)`, `scope` and `LazyLock` are ours there too, and do what std's do.
//!
//! # What is replaced
//!
//! - [`sync`]: `Mutex`, `RwLock`, `Condvar`, `Once`, `OnceLock`, `LazyLock`, `Barrier`, their guards
//!   and results, [`sync::mpsc`] and [`sync::atomic`];
//! - [`thread`]: `spawn`, `scope`, `Builder`, the handles, `current`, `park` and `unpark`, `sleep`,
//!   `yield_now`, `ThreadId`, and [`thread_local!`];
//! - [`time::Instant`]: virtual in a leak test. It converts into std's and back, for crates that want
//!   that one.
//!
//! Everything else is re-exported: `Arc`, errors such as `PoisonError`, `time::Duration`, all macros.
//!
//! In a leak test a thread is a task that may block; one that is still blocked when nothing more can
//! happen is a leak. Its thread-locals are its own, are new in every execution, and are dropped when
//! it ends; async tasks have those of the thread that they share, or each its own where the runtime
//! has several. `sleep` lets virtual time pass once nothing else can happen.
//!
//! # What is not
//!
//! - These are not there: `Builder::spawn_unchecked` (a leak test ends a thread that would never end when
//!   the frames that it borrows from may be gone, so no caller could keep the promise that it asks for;
//!   [`thread::scope`] is there), `from_ptr` of atomics (there is no room for ours behind the pointer),
//!   `os::unix::thread::JoinHandleExt` of our handles, and what is unstable.
//! - These are std's own: [`time::SystemTime`], which is the real clock, and [`sync::atomic::fence`],
//!   which the loom engine does not see: there an order that only a fence makes is none.
//! - Statics live from one execution to the next: what a `LazyLock` or a `OnceLock` in one holds is made
//!   once, not in each.
//! - What is written `core::sync::atomic` is not seen.
//! - `tokio::time::Instant::into_std` gives std's own, so `.into()` is needed.

pub use ::std::*;

/// `std::sync`, with what `leak-harness` controls.
pub mod sync {
    pub use ::std::sync::*;
    #[expect(deprecated, reason = "std has it")]
    pub use leak_harness::__private::std::sync::ONCE_INIT;
    pub use leak_harness::__private::std::sync::{
        Barrier, BarrierWaitResult, Condvar, LazyLock, Mutex, MutexGuard, Once, OnceLock,
        OnceState, RwLock, RwLockReadGuard, RwLockWriteGuard, WaitTimeoutResult,
    };

    /// `std::sync::mpsc`, with what `leak-harness` controls.
    pub mod mpsc {
        pub use ::std::sync::mpsc::*;

        pub use leak_harness::__private::std::sync::mpsc::{
            IntoIter, Iter, Receiver, Sender, SyncSender, TryIter, channel, sync_channel,
        };
    }

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

/// `std::thread`, with what `leak-harness` controls.
pub mod thread {
    pub use ::std::thread::*;

    pub use leak_harness::__private::std::thread::{
        AccessError, Builder, JoinHandle, LocalKey, Scope, ScopedJoinHandle, Thread, ThreadId,
        current, park, park_timeout, scope, sleep, spawn, yield_now,
    };
    #[expect(deprecated, reason = "std has them")]
    pub use leak_harness::__private::std::thread::{park_timeout_ms, sleep_ms};
}

/// `std::time`, with what `leak-harness` controls.
pub mod time {
    pub use ::std::time::*;

    pub use leak_harness::__private::std::time::Instant;
}

/// What the macros expand to. No part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use ::std::thread_local;
}

/// Declares values that each thread keeps for itself: `std::thread_local!`.
#[macro_export]
macro_rules! thread_local {
    () => {};
    // First, for it is an expression as well.
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = const $init:block; $($rest:tt)*) => {
        $crate::thread_local!($(#[$attribute])* $visibility static $name: $type = const $init);
        $crate::thread_local!($($rest)*);
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = const $init:block) => {
        $(#[$attribute])*
        $visibility static $name: $crate::thread::LocalKey<$type> = {
            const __LEAK_HARNESS_INIT: $type = $init;
            $crate::__private::thread_local! {
                static __LEAK_HARNESS_REAL: $type = const { __LEAK_HARNESS_INIT };
            }
            $crate::thread::LocalKey::__new(&__LEAK_HARNESS_REAL, || __LEAK_HARNESS_INIT)
        };
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = $init:expr; $($rest:tt)*) => {
        $crate::thread_local!($(#[$attribute])* $visibility static $name: $type = $init);
        $crate::thread_local!($($rest)*);
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = $init:expr) => {
        $(#[$attribute])*
        $visibility static $name: $crate::thread::LocalKey<$type> = {
            fn __leak_harness_init() -> $type {
                $init
            }
            $crate::__private::thread_local! {
                static __LEAK_HARNESS_REAL: $type = __leak_harness_init();
            }
            $crate::thread::LocalKey::__new(&__LEAK_HARNESS_REAL, __leak_harness_init)
        };
    };
}
