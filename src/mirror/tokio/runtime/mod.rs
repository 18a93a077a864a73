//! The mirror of `tokio::runtime`: inside an execution a runtime is a handle onto the executor.
//!
//! Outside, and for sockets, files and processes, everything is tokio's.

mod builder;
mod handle;
mod home;
mod id;
mod local;
mod metrics;
mod owned;
mod owner;

pub use self::builder::Builder;
pub use self::handle::{EnterGuard, Handle};
pub(crate) use self::home::{Home, executor};
pub use self::id::Id;
pub use self::local::LocalRuntime;
pub use self::metrics::RuntimeMetrics;
pub use self::owned::Runtime;
pub use ::tokio::runtime::{LocalOptions, RuntimeFlavor, TryCurrentError, is_rt_shutdown_err};

/// Which worker thread this is: `tokio::runtime::worker_index`. An execution has one; where there
/// would be several, the body is on none of them.
pub fn worker_index() -> Option<usize> {
    match crate::executor::current::in_task() {
        Some(executor) => {
            let beside = executor.is_body() && !Home::current().has_one_thread(&executor);
            (!executor.is_thread() && !beside).then_some(0)
        }
        None => ::tokio::runtime::worker_index(),
    }
}
