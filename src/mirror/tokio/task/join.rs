//! Join handles.
//!
//! Not here: abort handles, and conversions into tokio's own (`convert`).

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use ::tokio::task as real;

use super::ends::Ends;
use super::id::stand_in;
use super::{AbortHandle, Id, JoinError};
use crate::executor::drive;
use crate::executor::object::ObjectCell;
use crate::executor::operation::{self, Manner, done, idle, perform};
use crate::executor::task::{Audience, JoinSink};
use crate::executor::waits::Polls;
use crate::mirror::leaf::{poll_by_hand, same};
use crate::trace::{ObjectKind, Operation, Site, TaskId};

/// What shows of a controlled task, whatever it returns.
pub(crate) struct Ticket {
    task: TaskId,
    /// The object of the task's completion.
    cell: ObjectCell,
    finished: AtomicBool,
    /// Who waits for its end without a join handle, and whether anybody does.
    watchers: Mutex<Vec<Waker>>,
    is_watched: AtomicBool,
}

impl Ticket {
    pub(crate) fn task(&self) -> TaskId {
        self.task
    }

    pub(crate) fn cell(&self) -> &ObjectCell {
        &self.cell
    }

    pub(super) fn id(&self) -> Id {
        Id::controlled(self.task())
    }

    /// Whether it has ended; no operation.
    pub(crate) fn has_ended(&self) -> bool {
        self.finished.load(Ordering::Relaxed)
    }

    fn watchers(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for its end, whatever that is; no operation.
    pub(super) fn poll_ended(&self, context: &Context<'_>) -> Poll<()> {
        if self.has_ended() {
            return Poll::Ready(());
        }
        self.watchers().push(context.waker().clone());
        self.is_watched.store(true, Ordering::Release);
        Poll::Pending
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

    pub(super) fn is_finished(&self, site: Site) -> bool {
        let look = || self.has_ended();
        perform(self.cell(), Operation::IsFinished, site, look, idle)
    }
}

/// Where a controlled task leaves its output for its handles.
pub(crate) struct Shared<T> {
    slot: Mutex<Slot<T>>,
    // Written while the slot is locked; to be read without.
    /// Nobody will ever ask: the join handle is gone.
    detached: AtomicBool,
    /// Whether a set joins it.
    in_set: AtomicBool,
    ticket: Arc<Ticket>,
}

struct Slot<T> {
    /// Kept back until the task's future is dropped.
    output: Option<T>,
    ended: Option<Result<T, JoinError>>,
    /// Whether somebody got the result.
    observed: bool,
    waker: Option<Waker>,
    /// The set that joins it.
    set: Option<Arc<Ends>>,
}

impl<T> Shared<T> {
    pub(super) fn new(task: TaskId, cell: ObjectCell) -> Arc<Shared<T>> {
        let slot = Slot {
            output: None,
            ended: None,
            observed: false,
            waker: None,
            set: None,
        };
        let ticket = Ticket {
            task,
            cell,
            finished: AtomicBool::new(false),
            watchers: Mutex::default(),
            is_watched: AtomicBool::new(false),
        };
        Arc::new(Shared {
            slot: Mutex::new(slot),
            detached: AtomicBool::new(false),
            in_set: AtomicBool::new(false),
            ticket: Arc::new(ticket),
        })
    }

    fn slot(&self) -> MutexGuard<'_, Slot<T>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn store(&self, output: T) {
        self.slot().output = Some(output);
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
            if self.detached.load(Ordering::Relaxed) {
                (waker, result, set)
            } else {
                slot.ended = result;
                (waker, None, set)
            }
        };
        // An output that nobody asks for is dropped by the task, outside the lock: its drop is
        // user code.
        drop(unwanted);
        waker.into_iter().for_each(Waker::wake);
        if self.ticket.is_watched.load(Ordering::Acquire) {
            let watchers = std::mem::take(&mut *self.ticket.watchers());
            watchers.into_iter().for_each(Waker::wake);
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

    fn audience(&self) -> Audience {
        let detached = self.detached.load(Ordering::Acquire);
        let in_set = self.in_set.load(Ordering::Acquire);
        let set = || Some(self.slot().set.as_ref()?.cell());
        Audience {
            watches: !detached || Arc::strong_count(&self.ticket) > 1,
            set: in_set.then(set).flatten(),
        }
    }
}

/// Waits for a task's output: `tokio::task::JoinHandle`. Dropping it detaches the task.
pub struct JoinHandle<T>(Join<T>);

enum Join<T> {
    Real(real::JoinHandle<T>),
    /// Of a task of real tokio, inside an execution.
    Foreign {
        handle: real::JoinHandle<T>,
        cell: ObjectCell,
        polls: Polls,
    },
    Controlled(Controlled<T>),
}

/// Of a task of an execution.
struct Controlled<T> {
    shared: Arc<Shared<T>>,
    site: Site,
    polls: Polls,
}

impl<T> JoinHandle<T> {
    pub(crate) fn real(handle: real::JoinHandle<T>) -> JoinHandle<T> {
        JoinHandle(Join::Real(handle))
    }

    /// Of a task of real tokio that another crate spawned.
    #[track_caller]
    pub(super) fn foreign(handle: real::JoinHandle<T>) -> JoinHandle<T> {
        JoinHandle(Join::Foreign {
            handle,
            cell: ObjectCell::shared(ObjectKind::Task, None),
            polls: Polls::default(),
        })
    }

    /// Tokio's own handle, if it has one.
    pub(super) fn into_real(self) -> Result<real::JoinHandle<T>, JoinHandle<T>> {
        match self.0 {
            Join::Real(handle) | Join::Foreign { handle, .. } => Ok(handle),
            Join::Controlled(task) => Err(JoinHandle(Join::Controlled(task))),
        }
    }

    pub(super) fn controlled(shared: Arc<Shared<T>>, site: Site) -> JoinHandle<T> {
        JoinHandle(Join::Controlled(Controlled {
            shared,
            site,
            polls: Polls::default(),
        }))
    }

    /// What shows of the task, if a check controls it.
    pub(crate) fn ticket(&self) -> Option<&Arc<Ticket>> {
        match &self.0 {
            Join::Real(_) | Join::Foreign { .. } => None,
            Join::Controlled(Controlled { shared, .. }) => Some(&shared.ticket),
        }
    }

    /// The task's end is told to a set from now on.
    pub(super) fn join_in(&self, set: &Arc<Ends>) {
        if let Join::Controlled(Controlled { shared, .. }) = &self.0 {
            let mut slot = shared.slot();
            slot.set = Some(Arc::clone(set));
            shared.in_set.store(true, Ordering::Release);
        }
    }

    /// Takes the result of a task that has ended.
    pub(super) fn take(&self) -> Option<Result<T, JoinError>> {
        let Join::Controlled(Controlled { shared, .. }) = &self.0 else {
            return None;
        };
        let mut slot = shared.slot();
        slot.observed = true;
        slot.ended.take()
    }

    /// The task's id: `tokio::task::JoinHandle::id`.
    pub fn id(&self) -> Id {
        match &self.0 {
            Join::Real(handle) | Join::Foreign { handle, .. } => handle.id().into(),
            Join::Controlled(Controlled { shared, .. }) => shared.ticket.id(),
        }
    }

    /// Asks the task to end at its next await: `tokio::task::JoinHandle::abort`.
    #[track_caller]
    pub fn abort(&self) {
        match &self.0 {
            Join::Real(handle) => handle.abort(),
            Join::Foreign { handle, cell, .. } => {
                let abort = || handle.abort();
                perform(cell, Operation::Abort, Site::caller(), abort, done);
            }
            Join::Controlled(Controlled { shared, .. }) => shared.ticket.abort(Site::caller()),
        }
    }

    /// Whether the task has ended: `tokio::task::JoinHandle::is_finished`.
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            Join::Real(handle) => handle.is_finished(),
            Join::Foreign { handle, cell, .. } => {
                let look = || handle.is_finished();
                perform(cell, Operation::IsFinished, Site::caller(), look, idle)
            }
            Join::Controlled(Controlled { shared, .. }) => {
                shared.ticket.is_finished(Site::caller())
            }
        }
    }

    /// A handle that can abort the task: `tokio::task::JoinHandle::abort_handle`.
    pub fn abort_handle(&self) -> AbortHandle {
        match &self.0 {
            Join::Real(handle) | Join::Foreign { handle, .. } => {
                AbortHandle::real(handle.abort_handle())
            }
            Join::Controlled(Controlled { shared, .. }) => {
                AbortHandle::controlled(Arc::clone(&shared.ticket))
            }
        }
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
            Join::Foreign {
                handle,
                cell,
                polls,
            } => {
                let what = (Operation::Join, Site::caller().or(cell.created_at()));
                let poll = |context: &mut Context<'_>| Pin::new(handle).poll(context);
                let polled = poll_by_hand(cell, what, polls, context, poll, same);
                polled.map(|result| result.map_err(JoinError::from))
            }
            Join::Controlled(Controlled {
                shared,
                site,
                polls,
            }) => poll_join(shared, Site::caller().or(*site), polls, context),
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

impl<T> Drop for Controlled<T> {
    fn drop(&mut self) {
        let unwanted = {
            let mut slot = self.shared.slot();
            self.shared.detached.store(true, Ordering::Release);
            slot.ended.take()
        };
        if unwanted.is_some() {
            let _standing_in = stand_in(self.shared.ticket.id());
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
