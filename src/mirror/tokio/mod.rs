//! The mirror of tokio, under tokio's own names.

pub(crate) mod guest;
pub mod io;
pub mod runtime;
pub mod select;
pub mod sync;
pub mod task;
pub mod time;

pub use self::task::spawn;
