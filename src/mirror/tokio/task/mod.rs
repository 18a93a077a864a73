//! The mirror of `tokio::task`: what needs tokio's runtime is ours.

mod error;
mod id;
mod join;
mod spawn;
mod yield_now;

pub use self::error::JoinError;
pub use self::id::Id;
pub use self::join::{AbortHandle, JoinHandle};
pub use self::spawn::{Builder, daemon, spawn};
pub use self::yield_now::yield_now;
