//! Spawning tasks and blocking closures, and marking those that may live on.
//!
//! Not here: `task::Builder` and `LocalSet`, which spawn by the same means.

use std::any::type_name;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::JoinHandle;
use super::join::{Shared, Ticket};
use crate::executor::object::ObjectCell;
use crate::executor::operation;
use crate::executor::task::{GroupChoice, Spawn};
use crate::executor::{Runtime, current, drive};
use crate::mirror::tokio::runtime::Home;
use crate::trace::{Site, TaskId};

pin_project! {
    /// A task's future, which leaves its output for the handles once it is dropped.
    struct Stored<F: Future> {
        #[pin]
        future: Option<F>,
        store: Option<Arc<Shared<F::Output>>>,
    }
}

impl<F: Future> Stored<F> {
    /// On the heap from the start: the user's future may be large.
    fn new(future: F) -> Pin<Box<Stored<F>>> {
        Box::pin(Stored {
            future: Some(future),
            store: None,
        })
    }
}

impl<F: Future> Future for Stored<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let future = this.future.as_mut().as_pin_mut();
        let future = future.expect("a task is not polled after its end");
        let output = ready!(future.poll(context));
        this.future.set(None);
        if let Some(store) = this.store {
            store.store(output);
        }
        Poll::Ready(())
    }
}

/// What is known of a new task besides its future.
#[derive(Clone, Copy)]
pub(crate) struct Plan<'a> {
    pub(crate) name: Option<&'a str>,
    pub(crate) site: Site,
}

impl Plan<'_> {
    /// A task without a name, spawned by whoever called.
    #[track_caller]
    pub(crate) fn unnamed() -> Plan<'static> {
        Plan {
            name: None,
            site: Site::caller(),
        }
    }

    /// Spawns on the runtime that the running task is in, or on tokio's.
    #[track_caller]
    pub(crate) fn spawn<F>(self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match current::in_task() {
            Some(executor) => self.spawn_at(&executor, &Home::current(), future),
            None => JoinHandle::real(::tokio::spawn(future)),
        }
    }

    /// Spawns on one of an execution's runtimes.
    pub(crate) fn spawn_at<F>(
        self,
        executor: &Rc<Runtime>,
        home: &Home,
        future: F,
    ) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let types = type_name::<F>();
        let group = home.group(executor);
        match home.is_default() {
            true => self.start(executor, home, group, types, Stored::new(future)),
            false => self.launch(executor, home, group, types, home.inside(future)),
        }
    }

    /// Runs a closure on a thread of its own, on the runtime that the running task is in.
    #[track_caller]
    pub(crate) fn spawn_blocking<F, R>(self, closure: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        match current::in_task() {
            Some(executor) => self.spawn_blocking_at(&executor, &Home::current(), closure),
            None => JoinHandle::real(::tokio::task::spawn_blocking(closure)),
        }
    }

    /// Runs a closure on a thread of its own, on one of an execution's runtimes.
    pub(crate) fn spawn_blocking_at<F, R>(
        self,
        executor: &Rc<Runtime>,
        home: &Home,
        closure: F,
    ) -> JoinHandle<R>
    where
        F: FnOnce() -> R + 'static,
        R: 'static,
    {
        let types = type_name::<F>();
        let future = home.inside(async move { closure() });
        self.launch(executor, home, GroupChoice::Own, types, future)
    }

    /// Adds a task to the execution, and to what a runtime owns.
    pub(crate) fn launch<F>(
        self,
        executor: &Rc<Runtime>,
        home: &Home,
        group: GroupChoice,
        type_name: &'static str,
        future: F,
    ) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.start(executor, home, group, type_name, Stored::new(future))
    }

    fn start<F>(
        self,
        executor: &Rc<Runtime>,
        home: &Home,
        group: GroupChoice,
        type_name: &'static str,
        future: Pin<Box<Stored<F>>>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let (task, shared) = self.add(executor, home, group, type_name, future);
        if executor.cancels(task) {
            self.cancel_anywhere(executor, home, group, Arc::clone(shared.ticket()));
        }
        JoinHandle::controlled(shared, self.site)
    }

    fn add<F>(
        self,
        executor: &Rc<Runtime>,
        home: &Home,
        group: GroupChoice,
        type_name: &'static str,
        mut future: Pin<Box<Stored<F>>>,
    ) -> (TaskId, Arc<Shared<F::Output>>)
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let named = executor.name_task(self.site, group);
        let cell = ObjectCell::known(named.object, self.site, executor);
        let shared = Shared::new(named.task, cell);
        *future.as_mut().project().store = Some(Arc::clone(&shared));
        executor.spawn(Spawn {
            named,
            future,
            join: Arc::clone(&shared) as _,
            name: self.name.map(Arc::from),
            site: self.site,
            type_name,
        });
        home.adopt(shared.ticket());
        (named.task, shared)
    }

    /// Spawns a task besides, which does nothing but abort this one. It goes when it is chosen, and
    /// so at each moment in some schedule.
    fn cancel_anywhere(
        self,
        executor: &Rc<Runtime>,
        home: &Home,
        group: GroupChoice,
        task: Arc<Ticket>,
    ) {
        let site = self.site;
        let plan = Plan {
            name: Some(CANCELS),
            site,
        };
        let aborts = async move { task.abort(site) };
        let (_, shared) = plan.add(executor, home, group, CANCELS, Stored::new(aborts));
        drop(JoinHandle::controlled(shared, site));
    }
}

/// What the task is called that aborts another.
const CANCELS: &str = "cancel_anywhere";

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
    Plan::unnamed().spawn(future)
}

/// Runs a closure that may block, on a thread of its own: `tokio::task::spawn_blocking`.
///
/// # Panics
///
/// Panics outside of an execution and of a tokio runtime, as tokio's does.
#[track_caller]
pub fn spawn_blocking<F, R>(closure: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    Plan::unnamed().spawn_blocking(closure)
}

/// Runs a closure that may block, on this task's thread: `tokio::task::block_in_place`.
///
/// # Panics
///
/// Panics on a runtime of one thread, and inside a `LocalSet`, as tokio's does.
#[track_caller]
pub fn block_in_place<F, R>(closure: F) -> R
where
    F: FnOnce() -> R,
{
    let Some(executor) = current::in_task() else {
        return ::tokio::task::block_in_place(closure);
    };
    let may_block = drive::may_block();
    let one_thread = Home::current().has_one_thread(&executor) || super::local::is_inside();
    assert!(
        may_block || !one_thread,
        "can call blocking only when running on the multi-threaded runtime"
    );
    drive::blocking(closure)
}

/// Marks a task as one that may live on after the test's body: it is no leak.
///
/// Outside an execution this does nothing.
pub fn daemon<T>(handle: JoinHandle<T>) -> JoinHandle<T> {
    if let Some(ticket) = handle.ticket() {
        operation::mark_daemon(ticket.task());
    }
    handle
}
