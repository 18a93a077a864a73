//! `Runtime`: what owns the tasks that are spawned on it.

use std::fmt;
use std::future::Future;
use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};

use ::tokio::runtime as real;

use super::builder::Builder;
use super::home::Wait;
use super::{EnterGuard, Handle, Home, RuntimeMetrics};
use crate::mirror::tokio::task::JoinHandle;
use crate::mirror::tokio::time::Duration;

/// A runtime: `tokio::runtime::Runtime`.
///
/// Inside an execution its tasks are the execution's. Its drop aborts them.
pub struct Runtime {
    /// Outside of executions; taken when it is shut down.
    real: Option<real::Runtime>,
    /// Inside an execution; taken when it is shut down.
    home: Option<Home>,
    handle: Handle,
}

impl Runtime {
    pub(super) fn of_real(real: real::Runtime) -> Runtime {
        Runtime {
            handle: Handle::of_real(real.handle().clone()),
            real: Some(real),
            home: None,
        }
    }

    pub(super) fn of_home(home: Home) -> Runtime {
        Runtime {
            handle: Handle::of_home(home.clone()),
            real: None,
            home: Some(home),
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
        &self.handle
    }

    /// Spawns a task: `tokio::runtime::Runtime::spawn`.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.handle.spawn(future)
    }

    /// Runs a closure that may block: `tokio::runtime::Runtime::spawn_blocking`.
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, func: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.handle.spawn_blocking(func)
    }

    /// Blocks the thread until a future is ready: `tokio::runtime::Runtime::block_on`.
    ///
    /// # Panics
    ///
    /// Panics inside async code, as tokio's does.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        match &self.real {
            Some(real) => real.block_on(future),
            None => self.handle.block_on(future),
        }
    }

    /// Makes it the current runtime until the guard is dropped:
    /// `tokio::runtime::Runtime::enter`.
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Ends its tasks, and waits so long for those that block:
    /// `tokio::runtime::Runtime::shutdown_timeout`.
    pub fn shutdown_timeout(mut self, duration: Duration) {
        if let Some(real) = self.real.take() {
            real.shutdown_timeout(duration);
        }
        if let Some(home) = self.home.take() {
            home.shut_down(Wait::UpTo(duration));
        }
    }

    /// Ends its tasks, and does not wait: `tokio::runtime::Runtime::shutdown_background`.
    pub fn shutdown_background(mut self) {
        if let Some(real) = self.real.take() {
            real.shutdown_background();
        }
        if let Some(home) = self.home.take() {
            home.shut_down(Wait::Not);
        }
    }

    /// What it counts: `tokio::runtime::Runtime::metrics`.
    pub fn metrics(&self) -> RuntimeMetrics {
        self.handle.metrics()
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(home) = self.home.take() {
            home.drop_runtime();
        }
    }
}

impl UnwindSafe for Runtime {}
impl RefUnwindSafe for Runtime {}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("handle", &self.handle)
            .finish_non_exhaustive()
    }
}
