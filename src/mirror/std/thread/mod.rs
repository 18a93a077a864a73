//! The mirror of `std::thread`.
//!
//! Inside an execution a thread is a task that is a thread group of its own: it can block, and is
//! never in the way of another one. Outside it is a real thread.

mod builder;
mod handle;
mod join;
mod local;
mod pause;
mod scope;

pub use self::builder::{Builder, spawn};
pub use self::handle::{Thread, ThreadId, current};
pub use self::join::JoinHandle;
pub use self::local::{AccessError, LocalKey};
pub use self::pause::{park, park_timeout, sleep, yield_now};
#[expect(deprecated, reason = "std has them")]
pub use self::pause::{park_timeout_ms, sleep_ms};
pub use self::scope::{Scope, ScopedJoinHandle, scope};
