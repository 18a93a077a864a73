//! The mirror of `tokio::sync::broadcast`.
//!
//! tokio clones and drops values under locks of its own: an old one when a send replaces it, each
//! one when it is received, and what was not received when a receiver is dropped. All these are
//! exclusive operations.

use std::fmt;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use ::tokio::sync::broadcast as real;
pub use real::error;

use self::error::{RecvError, SendError, TryRecvError};
use super::convert::converts;
use crate::executor::foreign;
use crate::executor::hold::{block_on_as, is_outside};
use crate::executor::object::ObjectCell;
use crate::executor::operation::{
    Manner, Scope, done, done_if_ok, done_if_some, idle, perform, perform_exclusive,
};
use crate::mirror::handle::Handle;
use crate::mirror::leaf::{leaf, same};
use crate::trace::{ObjectKind, Operation, Site};

/// A channel whose receivers each get every value: `tokio::sync::broadcast::channel`.
///
/// # Panics
///
/// Panics if the capacity is 0, or more than tokio allows.
#[track_caller]
pub fn channel<T: Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = real::channel(capacity);
    let handle = Handle::new(ObjectKind::Broadcast, Operation::DropSender);
    let receiver = handle.another(Operation::DropReceiver);
    (Sender::of(handle, tx), Receiver::of(receiver, rx))
}

/// The map of a receive: whether it told the end.
fn told<T>(output: Result<T, RecvError>, scope: Option<&Scope>) -> Result<T, RecvError> {
    if matches!(output, Err(RecvError::Closed)) {
        scope.into_iter().for_each(Scope::note_closed);
    }
    output
}

/// Drops one end of the channel as an exclusive operation.
///
/// Where teardown refuses that, because another task is in the middle of an operation and holds a
/// lock of tokio's, the end is never dropped.
fn drop_end<R>(handle: &mut Handle, operation: Operation, inner: &mut Option<R>) {
    let Some(inner) = inner.take() else {
        return;
    };
    handle.silence();
    let inner = ManuallyDrop::new(inner);
    let end = || drop(ManuallyDrop::into_inner(inner));
    perform_exclusive(handle.cell(), operation, handle.made_at(), end, done);
}

const PRESENT: &str = "the real end is there until ours is dropped";

/// The sending end: `tokio::sync::broadcast::Sender`.
pub struct Sender<T> {
    handle: Handle,
    /// None once it is dropped, or given to real tokio.
    inner: Option<real::Sender<T>>,
}

impl<T> Sender<T> {
    fn of(handle: Handle, inner: real::Sender<T>) -> Sender<T> {
        let inner = Some(inner);
        Sender { handle, inner }
    }

    fn inner(&self) -> &real::Sender<T> {
        self.inner.as_ref().expect(PRESENT)
    }

    /// A channel without a receiver yet: `tokio::sync::broadcast::Sender::new`.
    ///
    /// # Panics
    ///
    /// Panics if the capacity is 0, or more than tokio allows.
    #[track_caller]
    pub fn new(capacity: usize) -> Sender<T> {
        let handle = Handle::new(ObjectKind::Broadcast, Operation::DropSender);
        Sender::of(handle, real::Sender::new(capacity))
    }

    /// Sends to all receivers, and counts them: `tokio::sync::broadcast::Sender::send`.
    ///
    /// # Errors
    ///
    /// The value, if there are none.
    #[track_caller]
    pub fn send(&self, value: T) -> Result<usize, SendError<T>> {
        let site = Site::caller();
        let send = || self.inner().send(value);
        perform_exclusive(self.handle.cell(), Operation::Send, site, send, done_if_ok)
    }

    /// A new receiver: `tokio::sync::broadcast::Sender::subscribe`.
    #[track_caller]
    pub fn subscribe(&self) -> Receiver<T> {
        let handle = self.handle.another(Operation::DropReceiver);
        let subscribe = || self.inner().subscribe();
        let site = handle.made_at();
        let inner = perform(handle.cell(), Operation::Subscribe, site, subscribe, done);
        Receiver::of(handle, inner)
    }

    /// A sender that does not keep the channel open: `tokio::sync::broadcast::Sender::downgrade`.
    #[must_use = "downgrading leaves the sender as it is"]
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender {
            cell: self.handle.shared(),
            inner: self.inner().downgrade(),
        }
    }

    fn look<R>(&self, site: Site, look: impl FnOnce(&real::Sender<T>) -> R) -> R {
        let look = || look(self.inner());
        perform(self.handle.cell(), Operation::Inspect, site, look, idle)
    }

    /// How many values somebody has still to get: `tokio::sync::broadcast::Sender::len`.
    #[track_caller]
    pub fn len(&self) -> usize {
        self.look(Site::caller(), |inner| inner.len())
    }

    /// Whether everybody got everything: `tokio::sync::broadcast::Sender::is_empty`.
    #[track_caller]
    pub fn is_empty(&self) -> bool {
        self.look(Site::caller(), |inner| inner.is_empty())
    }

    /// How many receivers there are: `tokio::sync::broadcast::Sender::receiver_count`.
    #[track_caller]
    pub fn receiver_count(&self) -> usize {
        self.look(Site::caller(), |inner| inner.receiver_count())
    }

    /// Whether both send to one channel: `tokio::sync::broadcast::Sender::same_channel`.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner().same_channel(other.inner())
    }

    /// Waits until no receiver is left: `tokio::sync::broadcast::Sender::closed`.
    #[track_caller]
    pub fn closed(&self) -> impl Future<Output = ()> {
        let (site, closed) = (Site::caller(), self.inner().closed());
        leaf(self.handle.cell(), Operation::Closed, site, closed, same).unbudgeted()
    }

    /// How many senders there are: `tokio::sync::broadcast::Sender::strong_count`.
    #[track_caller]
    pub fn strong_count(&self) -> usize {
        self.look(Site::caller(), |inner| inner.strong_count())
    }

    /// How many weak senders there are: `tokio::sync::broadcast::Sender::weak_count`.
    #[track_caller]
    pub fn weak_count(&self) -> usize {
        self.look(Site::caller(), |inner| inner.weak_count())
    }
}

impl<T> Clone for Sender<T> {
    #[track_caller]
    fn clone(&self) -> Sender<T> {
        let handle = self.handle.another(Operation::DropSender);
        let clone = || self.inner().clone();
        let site = handle.made_at();
        let inner = perform(handle.cell(), Operation::CloneSender, site, clone, done);
        Sender::of(handle, inner)
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        drop_end(&mut self.handle, Operation::DropSender, &mut self.inner);
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner().fmt(f)
    }
}

/// A sender that does not keep the channel open: `tokio::sync::broadcast::WeakSender`.
pub struct WeakSender<T> {
    cell: Arc<ObjectCell>,
    inner: real::WeakSender<T>,
}

impl<T> WeakSender<T> {
    /// A sender, if there still is one: `tokio::sync::broadcast::WeakSender::upgrade`.
    #[must_use]
    #[track_caller]
    pub fn upgrade(&self) -> Option<Sender<T>> {
        let site = Site::caller();
        let upgrade = || self.inner.upgrade();
        let inner = perform(&self.cell, Operation::Upgrade, site, upgrade, done_if_some)?;
        let handle = Handle::of(Arc::clone(&self.cell), Operation::DropSender, site);
        Some(Sender::of(handle, inner))
    }

    /// How many senders there are: `tokio::sync::broadcast::WeakSender::strong_count`.
    #[track_caller]
    pub fn strong_count(&self) -> usize {
        let look = || self.inner.strong_count();
        perform(&self.cell, Operation::Inspect, Site::caller(), look, idle)
    }

    /// How many weak senders there are: `tokio::sync::broadcast::WeakSender::weak_count`.
    #[track_caller]
    pub fn weak_count(&self) -> usize {
        let look = || self.inner.weak_count();
        perform(&self.cell, Operation::Inspect, Site::caller(), look, idle)
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> WeakSender<T> {
        WeakSender {
            cell: Arc::clone(&self.cell),
            inner: self.inner.clone(),
        }
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// A receiving end: `tokio::sync::broadcast::Receiver`.
pub struct Receiver<T> {
    handle: Handle,
    /// None once it is dropped, or given to real tokio.
    inner: Option<real::Receiver<T>>,
}

impl<T> Receiver<T> {
    fn of(handle: Handle, inner: real::Receiver<T>) -> Receiver<T> {
        let inner = Some(inner);
        Receiver { handle, inner }
    }

    fn inner(&self) -> &real::Receiver<T> {
        self.inner.as_ref().expect(PRESENT)
    }

    fn look<R>(&self, site: Site, look: impl FnOnce(&real::Receiver<T>) -> R) -> R {
        let look = || look(self.inner());
        perform(self.handle.cell(), Operation::Inspect, site, look, idle)
    }

    /// How many values it has still to get: `tokio::sync::broadcast::Receiver::len`.
    #[track_caller]
    pub fn len(&self) -> usize {
        self.look(Site::caller(), |inner| inner.len())
    }

    /// Whether it got everything: `tokio::sync::broadcast::Receiver::is_empty`.
    #[track_caller]
    pub fn is_empty(&self) -> bool {
        self.look(Site::caller(), |inner| inner.is_empty())
    }

    /// Whether both are of one channel: `tokio::sync::broadcast::Receiver::same_channel`.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner().same_channel(other.inner())
    }

    /// How many senders there are: `tokio::sync::broadcast::Receiver::sender_strong_count`.
    #[track_caller]
    pub fn sender_strong_count(&self) -> usize {
        self.look(Site::caller(), |inner| inner.sender_strong_count())
    }

    /// How many weak senders there are: `tokio::sync::broadcast::Receiver::sender_weak_count`.
    #[track_caller]
    pub fn sender_weak_count(&self) -> usize {
        self.look(Site::caller(), |inner| inner.sender_weak_count())
    }

    /// Whether no sender is left: `tokio::sync::broadcast::Receiver::is_closed`.
    #[track_caller]
    pub fn is_closed(&self) -> bool {
        self.look(Site::caller(), |inner| inner.is_closed())
    }
}

impl<T: Clone> Receiver<T> {
    /// A new receiver of the same channel: `tokio::sync::broadcast::Receiver::resubscribe`.
    #[track_caller]
    pub fn resubscribe(&self) -> Self {
        let handle = self.handle.another(Operation::DropReceiver);
        let subscribe = || self.inner().resubscribe();
        let site = handle.made_at();
        let inner = perform(handle.cell(), Operation::Subscribe, site, subscribe, done);
        Receiver::of(handle, inner)
    }

    /// Waits for a value: `tokio::sync::broadcast::Receiver::recv`.
    #[track_caller]
    pub fn recv(&mut self) -> impl Future<Output = Result<T, RecvError>> {
        self.recv_at(Site::caller())
    }

    pub(crate) fn recv_at(&mut self, site: Site) -> impl Future<Output = Result<T, RecvError>> {
        let inner = self.inner.as_mut().expect(PRESENT);
        let cell = self.handle.cell();
        leaf(cell, Operation::Recv, site, inner.recv(), told).exclusive()
    }

    /// Takes a value if there is one: `tokio::sync::broadcast::Receiver::try_recv`.
    ///
    /// # Errors
    ///
    /// Whether there is none now, there never will be, or values were missed.
    #[track_caller]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let (site, inner) = (Site::caller(), self.inner.as_mut().expect(PRESENT));
        let recv = || inner.try_recv();
        let cell = self.handle.cell();
        perform_exclusive(cell, Operation::TryRecv, site, recv, done_if_ok)
    }

    /// Blocks the thread until there is a value:
    /// `tokio::sync::broadcast::Receiver::blocking_recv`.
    ///
    /// # Errors
    ///
    /// If no sender is left, or values were missed.
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Result<T, RecvError> {
        let (site, inner) = (Site::caller(), self.inner.as_mut().expect(PRESENT));
        let cell = self.handle.cell();
        if is_outside(cell, site) {
            return inner.blocking_recv();
        }
        let operation = (Operation::Recv, site);
        block_on_as(Manner::Exclusive, cell, operation, inner.recv(), same)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        drop_end(&mut self.handle, Operation::DropReceiver, &mut self.inner);
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner().fmt(f)
    }
}

converts!(Sender<T>:
    mut sender => {
        sender.handle.give();
        sender.inner.take().expect(PRESENT)
    },
    inner => Sender::of(
        Handle::foreign(ObjectKind::Broadcast, Operation::DropSender, None),
        inner,
    )
);

converts!(Receiver<T>:
    mut receiver => {
        receiver.handle.give();
        receiver.inner.take().expect(PRESENT)
    },
    inner => Receiver::of(
        Handle::foreign(ObjectKind::Broadcast, Operation::DropReceiver, None),
        inner,
    )
);

converts!(WeakSender<T>:
    weak => {
        foreign::give_here(&weak.cell);
        weak.inner
    },
    inner => WeakSender {
        cell: Arc::new(ObjectCell::shared(ObjectKind::Broadcast, None)),
        inner,
    }
);
