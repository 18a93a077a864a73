//! All of tokio-util, with what tasks synchronise with replaced by what `leak-harness` controls.
//! Beside the line that makes tokio the harness, one more in the root of a crate makes its unit
//! tests see these:
//!
//! ```text
//! #[cfg(test)] pub extern crate leak_harness as tokio;
//! #[cfg(test)] extern crate leak_harness_tokio_util as tokio_util;
//! ```
//!
//! Outside of leak tests they are tokio-util's own, with nothing added but a look whether there is
//! one. Not replaced, and so without use in a leak test, is what sleeps or spawns by itself:
//! `time::DelayQueue`, `task::LocalPoolHandle`, `context`.

#![warn(missing_docs)]

pub mod future;
pub mod sync;
pub mod task;

pub use ::tokio_util::*;
