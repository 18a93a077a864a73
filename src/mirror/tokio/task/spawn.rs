//! Spawning tasks, named or not, and marking those that may live on.

use std::any::type_name;
use std::future::Future;
use std::io;
use std::sync::Arc;

use super::JoinHandle;
use super::join::Shared;
use crate::executor::current;
use crate::executor::object::ObjectCell;
use crate::executor::operation;
use crate::executor::task::{GroupChoice, Spawn};
use crate::trace::Site;

/// Spawns a task: `tokio::task::spawn`.
///
/// # Panics
///
/// Panics outside of an execution and of a tokio runtime, as tokio's does.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    spawn_named(None, Site::caller(), future)
}

#[track_caller]
fn spawn_named<F>(name: Option<&str>, site: Site, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let Some(runtime) = current::in_task() else {
        return JoinHandle::real(::tokio::spawn(future));
    };
    let shared = Shared::new();
    let store = Arc::clone(&shared);
    let spawn = Spawn {
        future: Box::pin(async move { store.store(future.await) }),
        join: Arc::clone(&shared) as _,
        name: name.map(Arc::from),
        site,
        type_name: type_name::<F>(),
        group: GroupChoice::Flavor,
    };
    let (task, object) = runtime.spawn(spawn);
    shared.name(task, ObjectCell::known(object, site, &runtime));
    JoinHandle::controlled(shared, site)
}

/// Marks a task as one that may live on after the test's body: it is no leak.
///
/// Outside an execution this does nothing.
pub fn daemon<T>(handle: JoinHandle<T>) -> JoinHandle<T> {
    if let Some(task) = handle.task() {
        operation::mark_daemon(task);
    }
    handle
}

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
        Ok(spawn_named(self.name, Site::caller(), future))
    }
}
