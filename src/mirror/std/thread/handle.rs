//! Handles of threads: who they are, and the token that `unpark` gives.
//!
//! Not here: who waits for the token (`pause`).

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread as real;
use std::time::Duration;

use crate::executor::hold::{self, Waited};
use crate::executor::object::ObjectCell;
use crate::executor::operation::{done, perform};
use crate::executor::{teardown, threads};
use crate::trace::{Effect, ObjectKind, Operation, Site, TaskId};

/// A handle of a thread: `std::thread::Thread`.
#[derive(Clone)]
pub struct Thread(Kind);

#[derive(Clone)]
enum Kind {
    Real(real::Thread),
    Controlled(Arc<Controlled>),
}

/// A thread of an execution.
pub(super) struct Controlled {
    /// Its task, or the first of its tasks that asked who it is.
    id: TaskId,
    name: Option<String>,
    cell: ObjectCell,
    token: AtomicBool,
}

impl Thread {
    pub(super) fn real(thread: &real::Thread) -> Thread {
        Thread(Kind::Real(thread.clone()))
    }

    /// The thread of a task that was just spawned.
    pub(super) fn controlled(id: TaskId, name: Option<String>, site: Site) -> Thread {
        let cell = ObjectCell::made_at(site, ObjectKind::Thread);
        Thread(Kind::Controlled(Controlled::new(id, name, cell)))
    }

    /// The thread's number: `std::thread::Thread::id`.
    #[must_use]
    pub fn id(&self) -> ThreadId {
        ThreadId(match &self.0 {
            Kind::Real(thread) => Number::Real(thread.id()),
            Kind::Controlled(thread) => Number::Controlled(thread.id),
        })
    }

    /// The thread's name, if it has one: `std::thread::Thread::name`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.0 {
            Kind::Real(thread) => thread.name(),
            Kind::Controlled(thread) => thread.name.as_deref(),
        }
    }

    /// Lets the thread's `park` return, the one that is on or the next:
    /// `std::thread::Thread::unpark`.
    #[track_caller]
    pub fn unpark(&self) {
        match &self.0 {
            Kind::Real(thread) => thread.unpark(),
            Kind::Controlled(thread) => thread.unpark(Site::caller()),
        }
    }
}

impl Controlled {
    fn new(id: TaskId, name: Option<String>, cell: ObjectCell) -> Arc<Controlled> {
        Arc::new(Controlled {
            id,
            name,
            cell,
            token: AtomicBool::new(false),
        })
    }

    fn unpark(&self, site: Site) {
        let give = || self.token.swap(true, Ordering::Relaxed);
        let effect = |given_before: &bool| match given_before {
            true => Effect::Idle,
            false => Effect::Done,
        };
        perform(&self.cell, Operation::Unpark, site, give, effect);
    }

    /// Blocks the thread until it can take the token, or for so long.
    pub(super) fn park(&self, operation: Operation, site: Site, timeout: Option<Duration>) {
        let take = || self.token.swap(false, Ordering::Relaxed).then_some(());
        let waited = hold::wait_for(&self.cell, (operation, site), timeout, take, done);
        if matches!(waited, Waited::Refused) && take().is_none() && timeout.is_none() {
            teardown::refuse_to_block();
        }
    }
}

/// The thread that the running task is on, if it is one of an execution.
pub(super) fn controlled() -> Option<Arc<Controlled>> {
    let make = |task, site| {
        // Of the test, or one of a runtime's: it has the name that the real one has.
        let name = real::current().name().map(str::to_owned);
        let cell = ObjectCell::lazy_at(site, ObjectKind::Thread);
        Thread(Kind::Controlled(Controlled::new(task, name, cell)))
    };
    let thread = threads::handle::<Thread>(make)?;
    match &thread.0 {
        Kind::Real(_) => None,
        Kind::Controlled(thread) => Some(Arc::clone(thread)),
    }
}

/// A handle of the thread that calls: `std::thread::current`.
#[must_use]
pub fn current() -> Thread {
    Thread(match controlled() {
        Some(thread) => Kind::Controlled(thread),
        None => Kind::Real(real::current()),
    })
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread")
            .field("id", &self.id())
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

/// A thread's number: `std::thread::ThreadId`. Inside an execution no two threads have the same, and
/// a thread has the same in every execution.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ThreadId(Number);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Number {
    Real(real::ThreadId),
    Controlled(TaskId),
}

impl fmt::Debug for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Number::Real(id) => id.fmt(f),
            Number::Controlled(task) => write!(f, "ThreadId({})", task.index() + 1),
        }
    }
}
