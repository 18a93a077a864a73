//! `tokio_util::task`, controlled.

mod abort_on_drop;
mod join_map;
mod join_queue;
pub mod task_tracker;

pub use ::tokio_util::task::*;

pub use self::abort_on_drop::{AbortOnDrop, AbortOnDropHandle};
pub use self::join_map::{JoinMap, JoinMapKeys};
pub use self::join_queue::JoinQueue;
pub use self::task_tracker::TaskTracker;
