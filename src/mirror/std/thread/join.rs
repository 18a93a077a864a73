//! Threads to be joined: what they return, or what they panicked about.
//!
//! What a thread returns is in a place that only the thread and its handle share, so that nothing
//! else can keep what a scoped thread borrows.

use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread as real;

use super::Thread;
use crate::executor::hold::{self, Waited, is_outside};
use crate::executor::object::ObjectCell;
use crate::executor::operation::{done, idle, perform};
use crate::executor::task::{Audience, JoinSink};
use crate::executor::teardown;
use crate::trace::{Operation, Site, TaskId};

/// Where a thread leaves what it returns.
pub(super) type Returned<T> = Arc<Mutex<Option<T>>>;

/// What others know of a thread's end.
#[derive(Default)]
pub(super) struct Fate {
    panicked: AtomicBool,
    /// Whether somebody got to know how it ended.
    observed: AtomicBool,
}

impl Fate {
    pub(super) fn note_panic(&self) {
        self.panicked.store(true, Ordering::Relaxed);
    }

    fn observe(&self) {
        self.observed.store(true, Ordering::Relaxed);
    }

    /// Whether it panicked and nobody knew, who now does.
    pub(super) fn is_news(&self) -> bool {
        let observed = self.observed.swap(true, Ordering::Relaxed);
        self.panicked.load(Ordering::Relaxed) && !observed
    }
}

/// How a thread of an execution ended.
#[derive(Default)]
pub(super) struct End {
    /// The task and the object of its completion, set right after it is spawned.
    named: OnceLock<(TaskId, ObjectCell)>,
    ended: AtomicBool,
    /// What it panicked about.
    payload: Mutex<Option<Box<dyn Any + Send>>>,
    fate: Arc<Fate>,
    /// Whether the handle is gone.
    detached: AtomicBool,
    /// Whether a scope waits for its end.
    scoped: bool,
}

impl End {
    pub(super) fn new(scoped: bool) -> Arc<End> {
        Arc::new(End {
            scoped,
            ..End::default()
        })
    }

    pub(super) fn name(&self, task: TaskId, cell: ObjectCell) {
        let _ = self.named.set((task, cell));
    }

    fn named(&self) -> &(TaskId, ObjectCell) {
        let named = self.named.get();
        named.expect("a handle exists only after its thread was named")
    }

    pub(super) fn task(&self) -> TaskId {
        self.named().0
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// Blocks until it has ended. In teardown it does not return before.
    pub(super) fn wait(&self, site: Site) {
        let cell = &self.named().1;
        if is_outside(cell, site) {
            assert!(
                self.has_ended(),
                "a thread of a leak test is joined by another thread, outside of the test"
            );
            return;
        }
        let ended = || self.has_ended().then_some(());
        let waited = hold::wait_for(cell, (Operation::Join, site), None, ended, done);
        if matches!(waited, Waited::Refused) && !self.has_ended() {
            teardown::refuse_to_block();
        }
    }

    fn take_payload(&self) -> Option<Box<dyn Any + Send>> {
        let mut payload = self.payload.lock().unwrap_or_else(PoisonError::into_inner);
        payload.take()
    }
}

impl JoinSink for End {
    fn completed(&self) {
        self.end();
    }

    fn panicked(&self, payload: Box<dyn Any + Send>) {
        let mut place = self.payload.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some(payload);
        drop(place);
        self.fate.note_panic();
        self.end();
    }

    fn cancelled(&self) {
        self.end();
    }

    fn observed(&self) -> bool {
        self.fate.observed.load(Ordering::Relaxed)
    }

    fn audience(&self) -> Audience {
        Audience {
            watches: self.scoped || !self.detached.load(Ordering::Relaxed),
            set: None,
        }
    }
}

/// A thread, and what it returns.
pub(super) struct Joining<T> {
    pub(super) thread: Thread,
    pub(super) returned: Returned<T>,
    pub(super) end: Ends,
    pub(super) fate: Arc<Fate>,
}

/// How to get to know of a thread's end.
pub(super) enum Ends {
    Real(Option<real::JoinHandle<()>>),
    Controlled(Arc<End>),
}

impl Ends {
    /// What others know of the end.
    pub(super) fn fate(&self) -> Arc<Fate> {
        match self {
            Ends::Real(_) => Arc::default(),
            Ends::Controlled(end) => Arc::clone(&end.fate),
        }
    }
}

impl<T> Joining<T> {
    pub(super) fn join(mut self, site: Site) -> real::Result<T> {
        let payload = match &mut self.end {
            Ends::Real(handle) => {
                let handle = handle.take().expect("a thread is joined once");
                handle.join().err()
            }
            Ends::Controlled(end) => {
                end.wait(site);
                end.take_payload()
            }
        };
        self.fate.observe();
        let mut returned = self.returned.lock().unwrap_or_else(PoisonError::into_inner);
        match (payload, returned.take()) {
            (None, Some(value)) => Ok(value),
            (Some(payload), _) => Err(payload),
            (None, None) => Err(Box::new("the thread was torn down with its test")),
        }
    }

    pub(super) fn is_finished(&self, site: Site) -> bool {
        match &self.end {
            Ends::Real(handle) => handle.as_ref().is_none_or(real::JoinHandle::is_finished),
            Ends::Controlled(end) => {
                let look = || end.has_ended();
                perform(&end.named().1, Operation::IsFinished, site, look, idle)
            }
        }
    }
}

impl<T> Drop for Joining<T> {
    fn drop(&mut self) {
        if let Ends::Controlled(end) = &self.end {
            end.detached.store(true, Ordering::Relaxed);
        }
    }
}

/// Waits for a thread's end: `std::thread::JoinHandle`. Dropping it detaches the thread.
pub struct JoinHandle<T>(Joining<T>);

impl<T> JoinHandle<T> {
    pub(super) fn new(joining: Joining<T>) -> JoinHandle<T> {
        JoinHandle(joining)
    }

    /// The thread: `std::thread::JoinHandle::thread`.
    #[must_use]
    pub fn thread(&self) -> &Thread {
        &self.0.thread
    }

    /// Blocks until the thread has ended: `std::thread::JoinHandle::join`.
    ///
    /// # Errors
    ///
    /// What the thread panicked about.
    #[track_caller]
    pub fn join(self) -> real::Result<T> {
        self.0.join(Site::caller())
    }

    /// Whether the thread has ended: `std::thread::JoinHandle::is_finished`.
    #[track_caller]
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.0.is_finished(Site::caller())
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").finish_non_exhaustive()
    }
}
