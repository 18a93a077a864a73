//! Finds task leaks in tokio code: tasks that can never finish, parked for ever on a channel that
//! nobody feeds, drains or closes, or looping with no way to be told to stop.
//!
//! [`leak_test`] makes an ordinary `#[test]` that runs its body under a controlled executor, again
//! and again, in the orders in which its tasks can interleave, and fails the first one in which a
//! task is left behind:
//!
//! ```
//! use leak_harness::{FailureKind, check, spawn, sync::mpsc};
//!
//! let failure = check(|| async {
//!     let (tx, mut rx) = mpsc::channel(1);
//!     spawn(async move { while rx.recv().await.is_some() {} });
//!     tx.send("job").await.unwrap();
//!     std::mem::forget(tx); // never closed: the worker waits for ever
//! })
//! .unwrap_err();
//! assert_eq!(failure.kind(), FailureKind::Leak);
//! ```
//!
//! A crate that uses tokio adopts it for all its unit tests with one line in its `lib.rs`,
//!
//! ```text
//! #[cfg(test)] pub extern crate leak_harness as tokio;
//! ```
//!
//! because this crate has tokio's names at its root.
//!
//! # A map of the code
//!
//! - `trace`: one execution as data
//! - `config`, `settings`, `env`: what can be set, and from where
//! - `outcome`: what a check came to
//! - `executor`: runs the body once, under control
//! - `mirror`: tokio's and std's primitives, announced to the runtime
//! - `explore`: which schedules are run
//! - `diagnose`: why tasks are stuck
//! - `report`: a failure as text, as JSON and as a page
//! - [`protocol`]: random programs over channels and locks, and random clients of a component
//! - `regressions`: the schedules that failed once
//! - `check`: the glue

#![warn(missing_docs)]

mod check;
mod config;
mod diagnose;
mod env;
mod executor;
mod explore;
mod mirror;
mod outcome;
#[cfg(feature = "proptest")]
pub mod protocol;
mod regressions;
mod report;
mod settings;
mod trace;

// What a check is made of.
#[cfg(feature = "proptest")]
pub use check::Counterexample;
pub use check::{Builder, TestOutput, check};
pub use config::{Engine, Flavor};
pub use leak_harness_macros::leak_test;
pub use mirror::tokio::task::daemon;
pub use outcome::{
    Argument, Cause, Coverage, CycleStep, Endless, Failure, FailureKind, HandleKind, HeldBy,
    Holder, StuckTask, WaitsOn,
};
pub use trace::{
    Effect, Ending, Event, Frame, Held, ObjectId, ObjectInfo, ObjectKind, Operation, PanicNote,
    Schedule, Site, Stuck, StuckState, TaskId, TaskInfo, Trace, Waiting,
};

/// The proptest that draws the inputs of properties: for strategies in crates that have no
/// dependency on it of their own.
#[cfg(feature = "proptest")]
pub use ::proptest;

// tokio's names: the mirror.
pub use leak_harness_macros::test;
pub use mirror::tokio::{io, runtime, spawn, sync, task, time};
// tokio's names: what needs no control, or cannot be controlled.
#[doc(hidden)]
pub use ::tokio::macros;
pub use ::tokio::{fs, join, main, net, pin, process, signal, try_join};

/// Declares values that each task keeps for itself: `tokio::task_local!`.
#[macro_export]
macro_rules! task_local {
    () => {};
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty; $($rest:tt)*) => {
        $crate::task_local!($(#[$attribute])* $visibility static $name: $type);
        $crate::task_local!($($rest)*);
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty) => {
        $(#[$attribute])*
        $visibility static $name: $crate::task::LocalKey<$type> = {
            $crate::__private::task_local! {
                static REAL: $type;
            }
            $crate::task::LocalKey::__new(&REAL)
        };
    };
}

/// Waits for the first of several futures: `tokio::select!`.
///
/// The branch that is polled first is a choice, and is explored.
#[macro_export]
macro_rules! select {
    ($($tokens:tt)*) => {
        $crate::__private::__select!(($crate) $($tokens)*)
    };
}

/// What the macros expand to, and what the mirror crates re-export. No part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use ::std::future::poll_fn;

    pub use ::tokio::task_local;
    pub use leak_harness_macros::__select;

    #[cfg(feature = "proptest")]
    pub use crate::check::arguments;
    pub use crate::check::{leak_test, run, tokio_test};
    pub use crate::mirror::seam;
    pub use crate::mirror::std;
    pub use crate::mirror::tokio::select::{poll_select_budget, select_biased, select_start};
}

/// The examples of the guide compile.
#[cfg(all(doctest, feature = "proptest"))]
#[doc = include_str!("../docs/properties.md")]
struct Properties;

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
