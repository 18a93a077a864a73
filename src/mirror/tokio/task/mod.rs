//! The mirror of `tokio::task`: what needs tokio's runtime is ours.

mod abort;
mod builder;
mod convert;
pub mod coop;
mod ends;
mod error;
mod id;
mod join;
pub mod join_set;
mod local;
mod local_key;
mod spawn;
mod yield_now;

pub use self::abort::AbortHandle;
pub use self::builder::Builder;
pub use self::coop::{Unconstrained, consume_budget, unconstrained};
pub use self::error::JoinError;
pub use self::id::{Id, id, try_id};
pub use self::join::JoinHandle;
pub(crate) use self::join::Ticket;
pub use self::join_set::JoinSet;
pub use self::local::{LocalEnterGuard, LocalSet, spawn_local};
pub use self::local_key::LocalKey;
pub(crate) use self::spawn::Plan;
pub use self::spawn::{block_in_place, daemon, spawn, spawn_blocking};
pub use self::yield_now::yield_now;

/// Named futures: `tokio::task::futures`.
pub mod futures {
    pub use super::local_key::TaskLocalFuture;
}
