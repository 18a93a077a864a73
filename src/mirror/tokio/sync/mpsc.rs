//! The mirror of `tokio::sync::mpsc`.

use std::fmt;
use std::future::Future;
use std::task::{Context, Poll};

use ::tokio::sync::mpsc as real;
pub use real::error;

use crate::executor::operation::{done, done_if_ok, idle, perform};
use crate::mirror::handle::Handle;
use crate::mirror::leaf::{leaf, same};
use crate::trace::{ObjectKind, Operation, Site};
use error::{SendError, TryRecvError, TrySendError};

/// A bounded channel: `tokio::sync::mpsc::channel`.
///
/// # Panics
///
/// Panics if the buffer is 0, as tokio's does.
#[track_caller]
pub fn channel<T>(buffer: usize) -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = real::channel(buffer);
    let handle = Handle::sized(ObjectKind::Mpsc, Operation::DropSender, buffer);
    let receiver = handle.another(Operation::DropReceiver);
    (
        Sender { handle, inner: tx },
        Receiver {
            handle: receiver,
            inner: rx,
        },
    )
}

/// The sending end of a bounded channel: `tokio::sync::mpsc::Sender`.
pub struct Sender<T> {
    handle: Handle,
    inner: real::Sender<T>,
}

impl<T> Sender<T> {
    /// Waits for room, then sends: `tokio::sync::mpsc::Sender::send`.
    #[track_caller]
    pub fn send(&self, value: T) -> impl Future<Output = Result<(), SendError<T>>> {
        leaf(
            self.handle.cell(),
            Operation::Send,
            Site::caller(),
            self.inner.send(value),
            same,
        )
    }

    /// Sends if there is room: `tokio::sync::mpsc::Sender::try_send`.
    #[track_caller]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let site = Site::caller();
        let send = || self.inner.try_send(value);
        perform(
            self.handle.cell(),
            Operation::TrySend,
            site,
            send,
            done_if_ok,
        )
    }

    /// Whether the channel is closed: `tokio::sync::mpsc::Sender::is_closed`.
    #[track_caller]
    pub fn is_closed(&self) -> bool {
        let site = Site::caller();
        perform(
            self.handle.cell(),
            Operation::Inspect,
            site,
            || self.inner.is_closed(),
            idle,
        )
    }
}

impl<T> Clone for Sender<T> {
    #[track_caller]
    fn clone(&self) -> Sender<T> {
        Sender {
            handle: self.handle.another(Operation::DropSender),
            inner: self.inner.clone(),
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// The receiving end of a bounded channel: `tokio::sync::mpsc::Receiver`.
pub struct Receiver<T> {
    handle: Handle,
    inner: real::Receiver<T>,
}

impl<T> Receiver<T> {
    /// Waits for a value: `tokio::sync::mpsc::Receiver::recv`.
    #[track_caller]
    pub fn recv(&mut self) -> impl Future<Output = Option<T>> {
        leaf(
            self.handle.cell(),
            Operation::Recv,
            Site::caller(),
            self.inner.recv(),
            same,
        )
    }

    /// Takes a value if there is one: `tokio::sync::mpsc::Receiver::try_recv`.
    #[track_caller]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let site = Site::caller();
        let recv = || self.inner.try_recv();
        perform(
            self.handle.cell(),
            Operation::TryRecv,
            site,
            recv,
            done_if_ok,
        )
    }

    /// Takes no more values: `tokio::sync::mpsc::Receiver::close`.
    #[track_caller]
    pub fn close(&mut self) {
        let site = Site::caller();
        perform(
            self.handle.cell(),
            Operation::Close,
            site,
            || self.inner.close(),
            done,
        );
    }

    /// As [`recv`](Receiver::recv), by hand: `tokio::sync::mpsc::Receiver::poll_recv`.
    #[track_caller]
    pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.inner.poll_recv(context)
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
