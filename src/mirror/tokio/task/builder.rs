//! `task::Builder`: spawning with a name.

use std::future::Future;
use std::io;

use super::spawn::Plan;
use super::{JoinHandle, LocalSet, local};
use crate::mirror::tokio::runtime::Handle;
use crate::trace::Site;

/// Spawns tasks with a name: `tokio::task::Builder`. The name stands in failures, and
/// `#[leak_test(allow = "name")]` lets the task live on.
#[derive(Default, Debug, Clone, Copy)]
pub struct Builder<'a> {
    name: Option<&'a str>,
}

impl<'a> Builder<'a> {
    /// A builder without a name.
    pub fn new() -> Builder<'a> {
        Builder::default()
    }

    /// Names the task.
    #[must_use]
    pub fn name(&self, name: &'a str) -> Builder<'a> {
        Builder { name: Some(name) }
    }

    #[track_caller]
    fn plan(self) -> Plan<'a> {
        Plan {
            name: self.name,
            site: Site::caller(),
        }
    }

    /// Spawns the task.
    ///
    /// # Errors
    ///
    /// None; the result is there because tokio's has one.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Ok(self.plan().spawn(future))
    }

    /// Spawns the task on a runtime.
    ///
    /// # Errors
    ///
    /// None; the result is there because tokio's has one.
    #[track_caller]
    pub fn spawn_on<F>(self, future: F, handle: &Handle) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Ok(handle.spawn_as(self.plan(), future))
    }

    /// Spawns the task on the current `LocalSet`.
    ///
    /// # Errors
    ///
    /// None; the result is there because tokio's has one.
    #[track_caller]
    pub fn spawn_local<F>(self, future: F) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Ok(local::spawn_local_as(self.plan(), future))
    }

    /// Spawns the task on a `LocalSet`.
    ///
    /// # Errors
    ///
    /// None; the result is there because tokio's has one.
    #[track_caller]
    pub fn spawn_local_on<F>(
        self,
        future: F,
        local_set: &LocalSet,
    ) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Ok(local_set.spawn_as(self.plan(), future))
    }

    /// Runs a closure that may block.
    ///
    /// # Errors
    ///
    /// None; the result is there because tokio's has one.
    #[track_caller]
    pub fn spawn_blocking<F, R>(self, closure: F) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        Ok(self.plan().spawn_blocking(closure))
    }

    /// Runs a closure that may block, on a runtime.
    ///
    /// # Errors
    ///
    /// None; the result is there because tokio's has one.
    #[track_caller]
    pub fn spawn_blocking_on<F, R>(self, closure: F, handle: &Handle) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        Ok(handle.spawn_blocking_as(self.plan(), closure))
    }
}
