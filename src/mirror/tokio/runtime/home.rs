//! Which of an execution's runtimes a task is on: the execution itself, or one that was built.
//!
//! A task spawns on the runtime that it is on. Not here: the public types over it.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::RuntimeFlavor;
use crate::config::Flavor;
use crate::executor::inbox;
use crate::executor::locals::{self, Entered};
use crate::executor::operation;
use crate::executor::task::GroupChoice;
use crate::executor::{Runtime as Executor, current, drive};
use crate::mirror::tokio::task::Ticket;
use crate::mirror::tokio::time::Duration;
use crate::trace::{ExecutionId, Site};

/// What a runtime of an execution says that it has, unless told otherwise.
const WORKERS: usize = 4;

/// Its address is the key under which a task keeps its runtime.
static KEY: u8 = 0;

fn key() -> usize {
    std::ptr::from_ref(&KEY).addr()
}

/// A runtime of an execution; none if it is the execution itself.
#[derive(Clone, Default)]
pub(crate) struct Home(Option<Arc<Built>>);

/// How a runtime is to be.
#[derive(Clone)]
pub(super) struct Form {
    pub(super) one_thread: bool,
    /// Whether its tasks need not be `Send`.
    pub(super) local: bool,
    pub(super) workers: Option<usize>,
    pub(super) name: Option<String>,
}

/// A runtime that was built in an execution.
struct Built {
    execution: ExecutionId,
    form: Form,
    /// Which thread its tasks share, if it has only one; also its number.
    group: usize,
    made_at: Site,
    tasks: Mutex<Vec<Arc<Ticket>>>,
    closed: AtomicBool,
}

impl Home {
    /// A new runtime.
    pub(super) fn build(executor: &Executor, form: Form, made_at: Site) -> Home {
        Home(Some(Arc::new(Built {
            execution: executor.execution(),
            form,
            group: executor.make_group(),
            made_at,
            tasks: Mutex::default(),
            closed: AtomicBool::new(false),
        })))
    }

    /// The runtime that the running task is on.
    pub(crate) fn current() -> Home {
        let slot = locals::slot::<Home>(key());
        slot.and_then(|slot| slot.borrow().clone())
            .unwrap_or_default()
    }

    /// Whether it is the execution itself.
    pub(crate) fn is_default(&self) -> bool {
        self.0.is_none()
    }

    /// Whether it is a `LocalRuntime`.
    pub(crate) fn is_local(&self) -> bool {
        match &self.0 {
            Some(built) => built.form.local,
            None => {
                current::runtime().is_some_and(|executor| executor.settings.flavor == Flavor::Local)
            }
        }
    }

    pub(super) fn name(&self) -> Option<&str> {
        match &self.0 {
            Some(built) => built.form.name.as_deref(),
            None => current::runtime()?.settings.runtime.name,
        }
    }

    pub(super) fn number(&self) -> u64 {
        self.0.as_ref().map_or(0, |built| built.group as u64)
    }

    /// Whether its tasks share one thread.
    pub(crate) fn has_one_thread(&self, executor: &Executor) -> bool {
        match &self.0 {
            Some(built) => built.form.one_thread,
            None => executor.settings.flavor != Flavor::MultiThread,
        }
    }

    pub(super) fn flavor(&self) -> RuntimeFlavor {
        match current::runtime() {
            Some(executor) if self.has_one_thread(&executor) => RuntimeFlavor::CurrentThread,
            _ => RuntimeFlavor::MultiThread,
        }
    }

    pub(super) fn workers(&self) -> usize {
        match self.flavor() {
            RuntimeFlavor::CurrentThread => 1,
            _ => {
                let told = match &self.0 {
                    Some(built) => built.form.workers,
                    None => current::runtime()
                        .and_then(|executor| executor.settings.runtime.worker_threads),
                };
                told.unwrap_or(WORKERS)
            }
        }
    }

    /// How many of its tasks have not ended.
    pub(super) fn alive(&self) -> usize {
        match (&self.0, current::runtime()) {
            (Some(built), _) => {
                let tasks = built.tasks.lock().unwrap_or_else(PoisonError::into_inner);
                tasks.iter().filter(|task| !task.has_ended()).count()
            }
            (None, Some(executor)) => executor.alive_tasks(),
            (None, None) => 0,
        }
    }

    /// Which thread group its tasks belong to.
    pub(crate) fn group(&self, executor: &Executor) -> GroupChoice {
        match &self.0 {
            Some(built) if built.execution == executor.execution() => {
                if built.form.one_thread {
                    GroupChoice::Given(built.group)
                } else {
                    GroupChoice::Alone
                }
            }
            _ => GroupChoice::Flavor,
        }
    }

    /// A task of it was spawned.
    pub(crate) fn adopt(&self, ticket: &Arc<Ticket>) {
        let Some(built) = &self.0 else { return };
        let mut tasks = built.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.push(Arc::clone(ticket));
        drop(tasks);
        if built.closed.load(Ordering::Relaxed) {
            operation::request_abort(ticket.task());
        }
    }

    /// The running task is on it until the guard is dropped.
    pub(super) fn enter(&self) -> Entered<Home> {
        locals::enter(key(), self.clone())
    }

    /// A future that is on it in all its polls.
    pub(crate) fn inside<F>(&self, future: F) -> Inside<F> {
        Inside {
            future,
            home: self.clone(),
        }
    }

    /// Drives a future on the running task's stack.
    ///
    /// # Panics
    ///
    /// Panics where the task must not block its thread.
    #[track_caller]
    pub(super) fn block_on<F: Future>(&self, executor: &Executor, future: F) -> F::Output {
        let site = Site::caller();
        assert!(
            drive::may_block(),
            "Cannot start a runtime from within a runtime. This happens because a function (like \
             `block_on`) attempted to block the current thread while the thread is being used to \
             drive asynchronous tasks."
        );
        let entered = self.enter();
        let output = drive::block_on(executor, site, future);
        drop(entered);
        output
    }

    /// Ends its tasks, and waits for those that are in the middle of something: for ever, or for
    /// so long.
    pub(super) fn shut_down(&self, wait: Wait) {
        let Some(built) = &self.0 else { return };
        built.closed.store(true, Ordering::Relaxed);
        let tasks = {
            let mut tasks = built.tasks.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *tasks)
        };
        if current::in_task().is_none() {
            return;
        }
        for ticket in &tasks {
            ticket.abort(built.made_at);
        }
        let timeout = match wait {
            Wait::Not => return,
            Wait::UpTo(timeout) => Some(timeout),
            Wait::ForEver => None,
        };
        for ticket in tasks {
            ticket.wait_for_end(built.made_at, timeout);
        }
    }

    /// Drops the runtime.
    ///
    /// # Panics
    ///
    /// Panics where the task must not block its thread.
    pub(super) fn drop_runtime(&self) {
        assert!(
            drive::may_block() || std::thread::panicking(),
            "Cannot drop a runtime in a context where blocking is not allowed. This happens when a \
             runtime is dropped from within an asynchronous context."
        );
        self.shut_down(Wait::ForEver);
    }

    /// The execution that it was built in.
    pub(super) fn execution(&self) -> Option<ExecutionId> {
        self.0.as_ref().map(|built| built.execution)
    }
}

/// What runs the tasks of an execution's runtimes.
///
/// # Panics
///
/// Panics on a thread that the leak test does not run, and after it.
#[track_caller]
pub(crate) fn executor(execution: Option<ExecutionId>) -> Rc<Executor> {
    let Some(executor) = current::in_task() else {
        let site = Site::caller();
        if let Some(execution) = execution {
            inbox::post_use(execution, site, true);
        }
        panic!(
            "the runtime of a leak test is used at {site}, on a thread which that test does not \
             run, or after it. Start the thread with spawn_blocking, or with std::thread of the \
             mirror of std (leak-harness-std); build a runtime of its own in the thread; or run \
             the test on real tokio: #[leak_test(engine = \"tokio\")]"
        )
    };
    executor
}

/// How long to wait for the tasks of a runtime.
#[derive(Clone, Copy)]
pub(super) enum Wait {
    Not,
    UpTo(Duration),
    ForEver,
}

pin_project! {
    /// A future that is on a runtime.
    pub(crate) struct Inside<F> {
        #[pin]
        future: F,
        home: Home,
    }
}

impl<F: Future> Future for Inside<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = (!this.home.is_default()).then(|| this.home.enter());
        this.future.poll(context)
    }
}
