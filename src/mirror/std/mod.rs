//! The mirror of the parts of std that tasks synchronise with.
//!
//! Not here: the rest of std; the crate `leak-harness-std` puts both together.

pub mod sync;
pub mod thread;
pub mod time;
