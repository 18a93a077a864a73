//! Join and abort handles.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use ::tokio::task as real;

use super::ends::Ends;
use super::id::stand_in;
use super::{Id, JoinError};
use crate::executor::drive;
use crate::executor::object::ObjectCell;
use crate::executor::operation::{self, Manner, done, idle, perform};
use crate::executor::task::JoinSink;
use crate::executor::waits::Polls;
use crate::trace::{Operation, Site, TaskId};

/// What shows of a controlled task, whatever it returns.
pub(crate) struct Ticket {
    /// The task's name and the object of its completion, set right after it is spawned.
    named: OnceLock<(TaskId, ObjectCell)>,
    finished: AtomicBool,
}

impl Ticket {
    fn named(&self) -> &(TaskId, ObjectCell) {
        self.named
            .get()
            .expect("a handle exists only after its task was named")
    }

    pub(crate) fn task(&self) -> TaskId {
        self.named().0
    }

    pub(crate) fn cell(&self) -> &ObjectCell {
        &self.named().1
    }

    fn id(&self) -> Id {
        Id::controlled(self.task())
    }

    /// Whether it has ended; no operation.
    pub(crate) fn has_ended(&self) -> bool {
        self.finished.load(Ordering::Relaxed)
    }

    pub(crate) fn abort(&self, site: Site) {
        perform(
            self.cell(),
            Operation::Abort,
            site,
            || operation::request_abort(self.task()),
            done,
        );
    }

    /// Blocks until it has ended, after it was aborted.
    pub(crate) fn wait_for_end(&self, site: Site, timeout: Option<Duration>) {
        let ended = || self.has_ended();
        drive::wait_for_end((self.cell(), self.task()), site, timeout, ended);
    }

    fn is_finished(&self, site: Site) -> bool {
        let look = || self.has_ended();
        perform(self.cell(), Operation::IsFinished, site, look, idle)
    }
}

/// Where a controlled task leaves its output for its handles.
pub(crate) struct Shared<T> {
    slot: Mutex<Slot<T>>,
    ticket: Arc<Ticket>,
}

struct Slot<T> {
    /// Kept back until the task's future is dropped.
    output: Option<T>,
    ended: Option<Result<T, JoinError>>,
    /// Whether somebody got the result.
    observed: bool,
    /// Nobody will ever ask: the join handle is gone.
    detached: bool,
    waker: Option<Waker>,
    /// The set that joins it.
    set: Option<Arc<Ends>>,
}

impl<T> Shared<T> {
    pub(super) fn new() -> Arc<Shared<T>> {
        let slot = Slot {
            output: None,
            ended: None,
            observed: false,
            detached: false,
            waker: None,
            set: None,
        };
        let ticket = Ticket {
            named: OnceLock::new(),
            finished: AtomicBool::new(false),
        };
        Arc::new(Shared {
            slot: Mutex::new(slot),
            ticket: Arc::new(ticket),
        })
    }

    fn slot(&self) -> MutexGuard<'_, Slot<T>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn store(&self, output: T) {
        self.slot().output = Some(output);
    }

    pub(super) fn name(&self, task: TaskId, cell: ObjectCell) {
        let _ = self.ticket.named.set((task, cell));
    }

    pub(super) fn ticket(&self) -> &Arc<Ticket> {
        &self.ticket
    }

    fn end(&self, result: impl FnOnce(&mut Slot<T>) -> Option<Result<T, JoinError>>) {
        let (waker, unwanted, set) = {
            let mut slot = self.slot();
            let result = result(&mut slot);
            self.ticket.finished.store(true, Ordering::Relaxed);
            let (waker, set) = (slot.waker.take(), slot.set.take());
            if slot.detached {
                (waker, result, set)
            } else {
                slot.ended = result;
                (waker, None, set)
            }
        };
        // An output that nobody asks for is dropped by the task, outside the lock: its drop is
        // user code.
        drop(unwanted);
        if let Some(waker) = waker {
            waker.wake();
        }
        if let Some(set) = set {
            set.deliver(self.ticket.task());
        }
    }
}

impl<T> JoinSink for Shared<T> {
    fn completed(&self) {
        self.end(|slot| slot.output.take().map(Ok));
    }

    fn panicked(&self, payload: Box<dyn Any + Send>) {
        let id = self.ticket.id();
        self.end(|_| Some(Err(JoinError::panicked(id, payload))));
    }

    fn cancelled(&self) {
        let id = self.ticket.id();
        self.end(|_| Some(Err(JoinError::cancelled(id))));
    }

    fn observed(&self) -> bool {
        self.slot().observed
    }

    fn watched(&self) -> bool {
        !self.slot().detached || Arc::strong_count(&self.ticket) > 1
    }

    fn set(&self) -> Option<Arc<ObjectCell>> {
        self.slot().set.as_ref().map(|set| set.cell())
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
    pub(crate) fn real(handle: real::JoinHandle<T>) -> JoinHandle<T> {
        JoinHandle(Join::Real(handle))
    }

    pub(super) fn controlled(shared: Arc<Shared<T>>, site: Site) -> JoinHandle<T> {
        JoinHandle(Join::Controlled {
            shared,
            site,
            polls: Polls::default(),
        })
    }

    /// What shows of the task, if a check controls it.
    pub(crate) fn ticket(&self) -> Option<&Arc<Ticket>> {
        match &self.0 {
            Join::Real(_) => None,
            Join::Controlled { shared, .. } => Some(&shared.ticket),
        }
    }

    /// The task's end is told to a set from now on.
    pub(super) fn join_in(&self, set: &Arc<Ends>) {
        if let Join::Controlled { shared, .. } = &self.0 {
            shared.slot().set = Some(Arc::clone(set));
        }
    }

    /// Takes the result of a task that has ended.
    pub(super) fn take(&self) -> Option<Result<T, JoinError>> {
        let Join::Controlled { shared, .. } = &self.0 else {
            return None;
        };
        let mut slot = shared.slot();
        slot.observed = true;
        slot.ended.take()
    }

    /// The task's id: `tokio::task::JoinHandle::id`.
    pub fn id(&self) -> Id {
        match &self.0 {
            Join::Real(handle) => handle.id().into(),
            Join::Controlled { shared, .. } => shared.ticket.id(),
        }
    }

    /// Asks the task to end at its next await: `tokio::task::JoinHandle::abort`.
    #[track_caller]
    pub fn abort(&self) {
        match &self.0 {
            Join::Real(handle) => handle.abort(),
            Join::Controlled { shared, .. } => shared.ticket.abort(Site::caller()),
        }
    }

    /// Whether the task has ended: `tokio::task::JoinHandle::is_finished`.
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            Join::Real(handle) => handle.is_finished(),
            Join::Controlled { shared, .. } => shared.ticket.is_finished(Site::caller()),
        }
    }

    /// A handle that can abort the task: `tokio::task::JoinHandle::abort_handle`.
    pub fn abort_handle(&self) -> AbortHandle {
        AbortHandle(match &self.0 {
            Join::Real(handle) => Abort::Real(handle.abort_handle()),
            Join::Controlled { shared, .. } => Abort::Controlled(Arc::clone(&shared.ticket)),
        })
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    // An `.await` is the caller of its poll, and a join handle has no method that is awaited.
    #[track_caller]
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
            } => poll_join(shared, Site::caller().or(*site), polls, context),
        }
    }
}

fn poll_join<T>(
    shared: &Shared<T>,
    site: Site,
    polls: &mut Polls,
    context: &mut Context<'_>,
) -> Poll<Result<T, JoinError>> {
    let scope = operation::enter(shared.ticket.cell(), Operation::Join, site, Manner::Poll);
    let scope = match scope {
        Some(scope) => match polls.begin(scope, context) {
            Some(scope) => Some(scope),
            None => return Poll::Pending,
        },
        None => None,
    };
    let mut slot = shared.slot();
    if shared.ticket.has_ended() {
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
            if unwanted.is_some() {
                let _standing_in = stand_in(shared.ticket.id());
                drop(unwanted);
            }
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
    Controlled(Arc<Ticket>),
}

impl AbortHandle {
    pub(super) fn real(handle: real::AbortHandle) -> AbortHandle {
        AbortHandle(Abort::Real(handle))
    }

    /// Asks the task to end at its next await: `tokio::task::AbortHandle::abort`.
    #[track_caller]
    pub fn abort(&self) {
        match &self.0 {
            Abort::Real(handle) => handle.abort(),
            Abort::Controlled(ticket) => ticket.abort(Site::caller()),
        }
    }

    /// Whether the task has ended: `tokio::task::AbortHandle::is_finished`.
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            Abort::Real(handle) => handle.is_finished(),
            Abort::Controlled(ticket) => ticket.is_finished(Site::caller()),
        }
    }

    /// The task's id: `tokio::task::AbortHandle::id`.
    pub fn id(&self) -> Id {
        match &self.0 {
            Abort::Real(handle) => handle.id().into(),
            Abort::Controlled(ticket) => ticket.id(),
        }
    }
}

impl Clone for AbortHandle {
    fn clone(&self) -> AbortHandle {
        AbortHandle(match &self.0 {
            Abort::Real(handle) => Abort::Real(handle.clone()),
            Abort::Controlled(ticket) => Abort::Controlled(Arc::clone(ticket)),
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
