//! `Runtime`: what owns the tasks that are spawned on it.

use std::fmt;
use std::future::Future;
use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};

use ::tokio::runtime as real;

use super::builder::Builder;
use super::home::Wait;
use super::owner::{Kind, Owner};
use super::{EnterGuard, Handle, Home, RuntimeMetrics};
use crate::mirror::tokio::task::JoinHandle;
use crate::mirror::tokio::time::Duration;

/// A runtime: `tokio::runtime::Runtime`.
///
/// Inside an execution its tasks are the execution's. Its drop aborts them.
pub struct Runtime {
    owner: Owner<real::Runtime>,
}

impl Runtime {
    pub(super) fn of_real(real: real::Runtime) -> Runtime {
        let handle = real.handle().clone();
        Runtime {
            owner: Owner::of_real(real, handle),
        }
    }

    pub(super) fn of_home(home: Home) -> Runtime {
        Runtime {
            owner: Owner::of_home(home),
        }
    }

    /// A runtime of several threads: `tokio::runtime::Runtime::new`.
    ///
    /// # Errors
    ///
    /// The system has no threads or descriptors to give; never inside an execution.
    #[track_caller]
    pub fn new() -> io::Result<Runtime> {
        Builder::new_multi_thread().enable_all().build()
    }

    /// Its handle: `tokio::runtime::Runtime::handle`.
    pub fn handle(&self) -> &Handle {
        self.owner.handle()
    }

    /// Spawns a task: `tokio::runtime::Runtime::spawn`.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.handle().spawn(future)
    }

    /// Runs a closure that may block: `tokio::runtime::Runtime::spawn_blocking`.
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, func: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.handle().spawn_blocking(func)
    }

    /// Blocks the thread until a future is ready: `tokio::runtime::Runtime::block_on`.
    ///
    /// # Panics
    ///
    /// Panics inside async code, as tokio's does.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self.owner.kind() {
            Kind::Real(real) => real.block_on(future),
            Kind::Controlled(_) => self.handle().block_on(future),
        }
    }

    /// Makes it the current runtime until the guard is dropped:
    /// `tokio::runtime::Runtime::enter`.
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle().enter()
    }

    /// Ends its tasks, and waits so long for those that block:
    /// `tokio::runtime::Runtime::shutdown_timeout`.
    pub fn shutdown_timeout(self, duration: Duration) {
        let shut_down = |real: real::Runtime| real.shutdown_timeout(duration);
        self.owner.shut_down(Wait::UpTo(duration), shut_down);
    }

    /// Ends its tasks, and does not wait: `tokio::runtime::Runtime::shutdown_background`.
    pub fn shutdown_background(self) {
        let shut_down = real::Runtime::shutdown_background;
        self.owner.shut_down(Wait::Not, shut_down);
    }

    /// What it counts: `tokio::runtime::Runtime::metrics`.
    pub fn metrics(&self) -> RuntimeMetrics {
        self.handle().metrics()
    }
}

impl UnwindSafe for Runtime {}
impl RefUnwindSafe for Runtime {}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("handle", self.handle())
            .finish_non_exhaustive()
    }
}
