//! Join and abort handles.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use ::tokio::task as real;

use super::{Id, JoinError};
use crate::executor::object::ObjectCell;
use crate::executor::operation::{self, Manner, done, idle, perform};
use crate::executor::task::JoinSink;
use crate::executor::waits::Polls;
use crate::trace::{Operation, Site, TaskId};

/// Where a controlled task leaves its output for its handles.
pub(super) struct Shared<T> {
    slot: Mutex<Slot<T>>,
    /// The task's name and the object of its completion, set right after it is spawned.
    task: OnceLock<(TaskId, ObjectCell)>,
}

struct Slot<T> {
    /// Kept back until the task's future is dropped.
    output: Option<T>,
    ended: Option<Result<T, JoinError>>,
    is_finished: bool,
    /// Whether somebody got the result.
    observed: bool,
    /// Nobody will ever ask: the join handle is gone.
    detached: bool,
    waker: Option<Waker>,
}

impl<T> Shared<T> {
    pub(super) fn new() -> Arc<Shared<T>> {
        let slot = Slot {
            output: None,
            ended: None,
            is_finished: false,
            observed: false,
            detached: false,
            waker: None,
        };
        Arc::new(Shared {
            slot: Mutex::new(slot),
            task: OnceLock::new(),
        })
    }

    fn slot(&self) -> MutexGuard<'_, Slot<T>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn store(&self, output: T) {
        self.slot().output = Some(output);
    }

    pub(super) fn name(&self, task: TaskId, cell: ObjectCell) {
        let _ = self.task.set((task, cell));
    }

    fn cell(&self) -> &ObjectCell {
        &self.named().1
    }

    fn named(&self) -> &(TaskId, ObjectCell) {
        self.task
            .get()
            .expect("a handle exists only after its task was named")
    }

    fn id(&self) -> Id {
        Id::controlled(self.named().0)
    }

    fn end(&self, result: impl FnOnce(&mut Slot<T>) -> Option<Result<T, JoinError>>) {
        let (waker, unwanted) = {
            let mut slot = self.slot();
            let result = result(&mut slot);
            slot.is_finished = true;
            if slot.detached {
                (slot.waker.take(), result)
            } else {
                slot.ended = result;
                (slot.waker.take(), None)
            }
        };
        // An output that nobody asks for is dropped by the task, outside the lock: its drop is
        // user code.
        drop(unwanted);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> JoinSink for Shared<T> {
    fn completed(&self) {
        self.end(|slot| slot.output.take().map(Ok));
    }

    fn panicked(&self, payload: Box<dyn Any + Send>) {
        let id = self.id();
        self.end(|_| Some(Err(JoinError::panicked(id, payload))));
    }

    fn cancelled(&self) {
        let id = self.id();
        self.end(|_| Some(Err(JoinError::cancelled(id))));
    }

    fn observed(&self) -> bool {
        self.slot().observed
    }
}

/// What abort handles need of a [`Shared`], whatever the task returns.
trait Abortable: Send + Sync {
    fn abort(&self, site: Site);
    fn is_finished(&self, site: Site) -> bool;
    fn id(&self) -> Id;
}

impl<T: Send> Abortable for Shared<T> {
    fn abort(&self, site: Site) {
        let task = self.named().0;
        perform(
            self.cell(),
            Operation::Abort,
            site,
            || operation::request_abort(task),
            done,
        );
    }

    fn is_finished(&self, site: Site) -> bool {
        let look = || self.slot().is_finished;
        perform(self.cell(), Operation::IsFinished, site, look, idle)
    }

    fn id(&self) -> Id {
        Shared::id(self)
    }
}

/// Waits for a task's output: `tokio::task::JoinHandle`. Dropping it detaches the task.
pub struct JoinHandle<T>(Join<T>);

enum Join<T> {
    Real(real::JoinHandle<T>),
    Controlled {
        shared: Arc<Shared<T>>,
        site: Site,
        polls: Polls,
    },
}

impl<T> JoinHandle<T> {
    pub(super) fn real(handle: real::JoinHandle<T>) -> JoinHandle<T> {
        JoinHandle(Join::Real(handle))
    }

    pub(super) fn controlled(shared: Arc<Shared<T>>, site: Site) -> JoinHandle<T> {
        JoinHandle(Join::Controlled {
            shared,
            site,
            polls: Polls::default(),
        })
    }

    /// The task behind the handle, if a check controls it.
    pub(super) fn task(&self) -> Option<TaskId> {
        match &self.0 {
            Join::Real(_) => None,
            Join::Controlled { shared, .. } => Some(shared.named().0),
        }
    }

    /// The task's id: `tokio::task::JoinHandle::id`.
    pub fn id(&self) -> Id {
        match &self.0 {
            Join::Real(handle) => handle.id().into(),
            Join::Controlled { shared, .. } => shared.id(),
        }
    }
}

impl<T: Send> JoinHandle<T> {
    /// Asks the task to end at its next await: `tokio::task::JoinHandle::abort`.
    #[track_caller]
    pub fn abort(&self) {
        match &self.0 {
            Join::Real(handle) => handle.abort(),
            Join::Controlled { shared, .. } => Abortable::abort(&**shared, Site::caller()),
        }
    }

    /// Whether the task has ended: `tokio::task::JoinHandle::is_finished`.
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            Join::Real(handle) => handle.is_finished(),
            Join::Controlled { shared, .. } => Abortable::is_finished(&**shared, Site::caller()),
        }
    }
}

impl<T: Send + 'static> JoinHandle<T> {
    /// A handle that can abort the task: `tokio::task::JoinHandle::abort_handle`.
    pub fn abort_handle(&self) -> AbortHandle {
        match &self.0 {
            Join::Real(handle) => AbortHandle(Abort::Real(handle.abort_handle())),
            Join::Controlled { shared, .. } => {
                let shared: Arc<Shared<T>> = Arc::clone(shared);
                AbortHandle(Abort::Controlled(shared))
            }
        }
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Join::Real(handle) => {
                let result = ready!(Pin::new(handle).poll(context));
                Poll::Ready(result.map_err(JoinError::from))
            }
            Join::Controlled {
                shared,
                site,
                polls,
            } => poll_join(shared, *site, polls, context),
        }
    }
}

fn poll_join<T>(
    shared: &Shared<T>,
    site: Site,
    polls: &mut Polls,
    context: &mut Context<'_>,
) -> Poll<Result<T, JoinError>> {
    let scope = operation::enter(shared.cell(), Operation::Join, site, Manner::Poll);
    let scope = match scope {
        Some(scope) => match polls.begin(scope, context) {
            Some(scope) => Some(scope),
            None => return Poll::Pending,
        },
        None => None,
    };
    let mut slot = shared.slot();
    if slot.is_finished {
        slot.observed = true;
        let result = slot
            .ended
            .take()
            .expect("a join handle is not polled after it is done");
        drop(slot);
        polls.end();
        return Poll::Ready(result);
    }
    slot.waker = Some(context.waker().clone());
    drop(slot);
    if let Some(scope) = scope {
        polls.pend(scope);
    }
    Poll::Pending
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        if let Join::Controlled { shared, .. } = &self.0 {
            let unwanted = {
                let mut slot = shared.slot();
                slot.detached = true;
                slot.ended.take()
            };
            drop(unwanted);
        }
    }
}

impl<T> Unpin for JoinHandle<T> {}
impl<T> UnwindSafe for JoinHandle<T> {}
impl<T> RefUnwindSafe for JoinHandle<T> {}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("id", &self.id())
            .finish()
    }
}

/// Aborts a task: `tokio::task::AbortHandle`. Dropping it does nothing.
pub struct AbortHandle(Abort);

enum Abort {
    Real(real::AbortHandle),
    Controlled(Arc<dyn Abortable>),
}

impl AbortHandle {
    /// Asks the task to end at its next await: `tokio::task::AbortHandle::abort`.
    #[track_caller]
    pub fn abort(&self) {
        match &self.0 {
            Abort::Real(handle) => handle.abort(),
            Abort::Controlled(shared) => shared.abort(Site::caller()),
        }
    }

    /// Whether the task has ended: `tokio::task::AbortHandle::is_finished`.
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            Abort::Real(handle) => handle.is_finished(),
            Abort::Controlled(shared) => shared.is_finished(Site::caller()),
        }
    }

    /// The task's id: `tokio::task::AbortHandle::id`.
    pub fn id(&self) -> Id {
        match &self.0 {
            Abort::Real(handle) => handle.id().into(),
            Abort::Controlled(shared) => shared.id(),
        }
    }
}

impl Clone for AbortHandle {
    fn clone(&self) -> AbortHandle {
        AbortHandle(match &self.0 {
            Abort::Real(handle) => Abort::Real(handle.clone()),
            Abort::Controlled(shared) => Abort::Controlled(Arc::clone(shared)),
        })
    }
}

impl UnwindSafe for AbortHandle {}
impl RefUnwindSafe for AbortHandle {}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle")
            .field("id", &self.id())
            .finish()
    }
}
