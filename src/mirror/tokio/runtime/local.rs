//! `LocalRuntime`: a runtime of one thread, whose tasks need not be `Send`.

use std::fmt;
use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};

use ::tokio::runtime as real;

use super::builder::Builder;
use super::home::{Wait, executor};
use super::owner::{Kind, Owner};
use super::{EnterGuard, Handle, Home, LocalOptions, RuntimeMetrics};
use crate::mirror::tokio::task::JoinHandle;
use crate::mirror::tokio::task::Plan;
use crate::mirror::tokio::time::Duration;

/// A runtime of one thread: `tokio::runtime::LocalRuntime`.
///
/// Inside an execution its tasks are the execution's. Its drop aborts them.
pub struct LocalRuntime {
    owner: Owner<real::LocalRuntime>,
    _not_send: PhantomData<*const ()>,
}

impl LocalRuntime {
    pub(super) fn of_real(real: real::LocalRuntime) -> LocalRuntime {
        let handle = real.handle().clone();
        LocalRuntime::of(Owner::of_real(real, handle))
    }

    pub(super) fn of_home(home: Home) -> LocalRuntime {
        LocalRuntime::of(Owner::of_home(home))
    }

    fn of(owner: Owner<real::LocalRuntime>) -> LocalRuntime {
        LocalRuntime {
            owner,
            _not_send: PhantomData,
        }
    }

    /// A runtime: `tokio::runtime::LocalRuntime::new`.
    ///
    /// # Errors
    ///
    /// The system has no threads or descriptors to give; never inside an execution.
    #[track_caller]
    pub fn new() -> io::Result<LocalRuntime> {
        Builder::new_current_thread()
            .enable_all()
            .build_local(LocalOptions::default())
    }

    /// Its handle: `tokio::runtime::LocalRuntime::handle`.
    pub fn handle(&self) -> &Handle {
        self.owner.handle()
    }

    /// Spawns a task: `tokio::runtime::LocalRuntime::spawn_local`.
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        match self.owner.kind() {
            Kind::Real(real) => JoinHandle::real(real.spawn_local(future)),
            Kind::Controlled(home) => {
                Plan::unnamed().spawn_at(&executor(home.execution()), home, future)
            }
        }
    }

    /// Runs a closure that may block: `tokio::runtime::LocalRuntime::spawn_blocking`.
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, func: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.handle().spawn_blocking(func)
    }

    /// Blocks the thread until a future is ready: `tokio::runtime::LocalRuntime::block_on`.
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
    /// `tokio::runtime::LocalRuntime::enter`.
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle().enter()
    }

    /// Ends its tasks, and waits so long for those that block:
    /// `tokio::runtime::LocalRuntime::shutdown_timeout`.
    pub fn shutdown_timeout(self, duration: Duration) {
        let shut_down = |real: real::LocalRuntime| real.shutdown_timeout(duration);
        self.owner.shut_down(Wait::UpTo(duration), shut_down);
    }

    /// Ends its tasks, and does not wait: `tokio::runtime::LocalRuntime::shutdown_background`.
    pub fn shutdown_background(self) {
        let shut_down = real::LocalRuntime::shutdown_background;
        self.owner.shut_down(Wait::Not, shut_down);
    }

    /// What it counts: `tokio::runtime::LocalRuntime::metrics`.
    pub fn metrics(&self) -> RuntimeMetrics {
        self.handle().metrics()
    }
}

impl UnwindSafe for LocalRuntime {}
impl RefUnwindSafe for LocalRuntime {}

impl fmt::Debug for LocalRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalRuntime")
            .field("handle", self.handle())
            .finish_non_exhaustive()
    }
}
