//! All of tokio-stream, with the wrappers of tokio's types replaced by wrappers of what
//! `leak-harness` puts in their places. Beside the line that makes tokio the harness, one more in
//! the root of a crate makes its unit tests see these:
//!
//! ```text
//! #[cfg(test)] pub extern crate leak_harness as tokio;
//! #[cfg(test)] extern crate leak_harness_tokio_stream as tokio_stream;
//! ```
//!
//! A wrapper is polled by combinators, of which no user's place is known: its waits are known by
//! the place where it was made. Not replaced, and so without use in a leak test, is what sleeps by
//! itself: `StreamExt::timeout`, `throttle` and `chunks_timeout`.

#![warn(missing_docs)]

pub mod wrappers;

pub use ::tokio_stream::*;
