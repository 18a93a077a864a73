//! `Handle`: a runtime as its tasks see it.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};

use ::tokio::runtime as real;

use super::home::executor;
use super::{Home, Id, RuntimeFlavor, RuntimeMetrics, TryCurrentError};
use crate::executor::current;
use crate::executor::locals::Entered;
use crate::mirror::tokio::task::{JoinHandle, Plan};
use crate::trace::ExecutionId;

/// Spawns on a runtime: `tokio::runtime::Handle`.
#[derive(Clone)]
pub struct Handle(Inner);

#[derive(Clone)]
enum Inner {
    Real(real::Handle),
    /// With the execution that it was got in.
    Controlled(Home, Option<ExecutionId>),
}

impl Handle {
    pub(super) fn of_real(handle: real::Handle) -> Handle {
        Handle(Inner::Real(handle))
    }

    pub(super) fn of_home(home: Home) -> Handle {
        let own = || current::in_task().map(|executor| executor.execution());
        let execution = home.execution().or_else(own);
        Handle(Inner::Controlled(home, execution))
    }

    /// The real handle, outside of executions.
    pub(crate) fn real(&self) -> Option<&real::Handle> {
        match &self.0 {
            Inner::Real(handle) => Some(handle),
            Inner::Controlled(..) => None,
        }
    }

    /// The runtime that this code is on: `tokio::runtime::Handle::current`.
    ///
    /// # Panics
    ///
    /// Panics outside of one.
    #[track_caller]
    pub fn current() -> Handle {
        match current::in_task() {
            Some(_) => Handle::of_home(Home::current()),
            None => Handle::of_real(real::Handle::current()),
        }
    }

    /// The runtime that this code is on, if any: `tokio::runtime::Handle::try_current`.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn try_current() -> Result<Handle, TryCurrentError> {
        match current::in_task() {
            Some(_) => Ok(Handle::of_home(Home::current())),
            None => match real::Handle::try_current() {
                Ok(handle) => Ok(Handle::of_real(handle)),
                Err(error) => Err(error),
            },
        }
    }

    /// Makes it the current runtime until the guard is dropped: `tokio::runtime::Handle::enter`.
    pub fn enter(&self) -> EnterGuard<'_> {
        let (real, entered) = match &self.0 {
            Inner::Real(handle) => (Some(handle.enter()), None),
            Inner::Controlled(home, _) => (None, Some(home.enter())),
        };
        EnterGuard {
            _real: real,
            _entered: entered,
            _handle: PhantomData,
        }
    }

    /// Spawns a task: `tokio::runtime::Handle::spawn`.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.spawn_as(Plan::unnamed(), future)
    }

    #[track_caller]
    pub(crate) fn spawn_as<F>(&self, plan: Plan<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match &self.0 {
            Inner::Real(handle) => JoinHandle::real(handle.spawn(future)),
            Inner::Controlled(home, execution) => {
                plan.spawn_at(&executor(*execution), home, future)
            }
        }
    }

    /// Runs a closure that may block: `tokio::runtime::Handle::spawn_blocking`.
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, func: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.spawn_blocking_as(Plan::unnamed(), func)
    }

    #[track_caller]
    pub(crate) fn spawn_blocking_as<F, R>(&self, plan: Plan<'_>, func: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        match &self.0 {
            Inner::Real(handle) => JoinHandle::real(handle.spawn_blocking(func)),
            Inner::Controlled(home, execution) => {
                plan.spawn_blocking_at(&executor(*execution), home, func)
            }
        }
    }

    /// Blocks the thread until a future is ready: `tokio::runtime::Handle::block_on`.
    ///
    /// # Panics
    ///
    /// Panics inside async code, as tokio's does.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        match &self.0 {
            Inner::Real(handle) => handle.block_on(future),
            Inner::Controlled(home, execution) => home.block_on(&executor(*execution), future),
        }
    }

    /// Whether it has one thread: `tokio::runtime::Handle::runtime_flavor`.
    pub fn runtime_flavor(&self) -> RuntimeFlavor {
        match &self.0 {
            Inner::Real(handle) => handle.runtime_flavor(),
            Inner::Controlled(home, _) => home.flavor(),
        }
    }

    /// Tells runtimes apart: `tokio::runtime::Handle::id`.
    pub fn id(&self) -> Id {
        match &self.0 {
            Inner::Real(handle) => handle.id().into(),
            Inner::Controlled(home, _) => Id::controlled(home.number()),
        }
    }

    /// The runtime's name: `tokio::runtime::Handle::name`.
    pub fn name(&self) -> Option<&str> {
        match &self.0 {
            Inner::Real(handle) => handle.name(),
            Inner::Controlled(home, _) => home.name(),
        }
    }

    /// What the runtime counts: `tokio::runtime::Handle::metrics`.
    pub fn metrics(&self) -> RuntimeMetrics {
        match &self.0 {
            Inner::Real(handle) => RuntimeMetrics::of_real(handle.metrics()),
            Inner::Controlled(home, _) => RuntimeMetrics::of_home(home.clone()),
        }
    }
}

impl From<Handle> for real::Handle {
    /// For a crate whose signatures want tokio's own type. In a leak test it is that of the paused
    /// runtime which dependencies have there: what is spawned on it goes as one task, and the coverage
    /// says so.
    #[track_caller]
    fn from(handle: Handle) -> real::Handle {
        match handle.0 {
            Inner::Real(handle) => handle,
            // Without one it panics, and the check starts over with one.
            Inner::Controlled(..) => real::Handle::current(),
        }
    }
}

impl From<real::Handle> for Handle {
    /// For what another crate has. In a leak test the runtime that dependencies have there stands for
    /// the test's own: what is spawned on it is explored.
    fn from(handle: real::Handle) -> Handle {
        let is_guest = current::in_task().is_some()
            && real::Handle::try_current().is_ok_and(|guest| guest.id() == handle.id());
        match is_guest {
            true => Handle::of_home(Home::current()),
            false => Handle::of_real(handle),
        }
    }
}

impl UnwindSafe for Handle {}
impl RefUnwindSafe for Handle {}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Real(handle) => handle.fmt(f),
            Inner::Controlled(home, _) => f
                .debug_struct("Handle")
                .field("id", &home.number())
                .finish_non_exhaustive(),
        }
    }
}

/// Keeps a runtime the current one: `tokio::runtime::EnterGuard`.
#[must_use = "Creating and dropping a guard does nothing"]
pub struct EnterGuard<'a> {
    _real: Option<real::EnterGuard<'a>>,
    _entered: Option<Entered<Home>>,
    _handle: PhantomData<&'a Handle>,
}

impl fmt::Debug for EnterGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnterGuard").finish_non_exhaustive()
    }
}
