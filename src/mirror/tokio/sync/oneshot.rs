//! The mirror of `tokio::sync::oneshot`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use ::tokio::sync::oneshot as real;
pub use real::error;

use self::error::{RecvError, TryRecvError};
use super::convert::converts;
use crate::executor::hold::{block_on, is_outside};
use crate::executor::operation::{done, done_if_ok, idle, perform};
use crate::executor::release::Emptied;
use crate::executor::waits::Polls;
use crate::mirror::handle::Handle;
use crate::mirror::leaf::{leaf, ok_or_closed, poll_by_hand, same};
use crate::trace::{ObjectKind, Operation, Site};

/// A channel for one value: `tokio::sync::oneshot::channel`.
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = real::channel();
    let handle = Handle::new(ObjectKind::Oneshot, Operation::DropSender);
    let receiver = handle.another(Operation::DropReceiver);
    let sender = Sender {
        handle,
        polls: Polls::default(),
        inner: tx,
    };
    let receiver = Receiver {
        _emptied: receiver.emptied(),
        handle: receiver,
        polls: Polls::default(),
        inner: rx,
    };
    (sender, receiver)
}

/// Sends the value: `tokio::sync::oneshot::Sender`.
pub struct Sender<T> {
    handle: Handle,
    polls: Polls,
    inner: real::Sender<T>,
}

impl<T> Sender<T> {
    /// Sends the value: `tokio::sync::oneshot::Sender::send`.
    ///
    /// # Errors
    ///
    /// The value, if the receiver is gone or closed.
    #[track_caller]
    pub fn send(self, value: T) -> Result<(), T> {
        let site = Site::caller();
        let Sender {
            mut handle, inner, ..
        } = self;
        let send = || inner.send(value);
        let result = perform(handle.cell(), Operation::Send, site, send, done);
        handle.silence();
        result
    }

    /// Waits until the receiver is gone or closed: `tokio::sync::oneshot::Sender::closed`.
    #[track_caller]
    pub fn closed(&mut self) -> impl Future<Output = ()> {
        leaf(
            self.handle.cell(),
            Operation::Closed,
            Site::caller(),
            self.inner.closed(),
            same,
        )
    }

    /// Whether the receiver is gone or closed: `tokio::sync::oneshot::Sender::is_closed`.
    #[track_caller]
    pub fn is_closed(&self) -> bool {
        let look = || self.inner.is_closed();
        perform(
            self.handle.cell(),
            Operation::Inspect,
            Site::caller(),
            look,
            idle,
        )
    }

    /// As [`closed`](Sender::closed), by hand: `tokio::sync::oneshot::Sender::poll_closed`.
    #[track_caller]
    pub fn poll_closed(&mut self, context: &mut Context<'_>) -> Poll<()> {
        poll_by_hand(
            self.handle.cell(),
            (Operation::Closed, Site::caller()),
            &mut self.polls,
            context,
            |context| self.inner.poll_closed(context),
            same,
        )
    }
}

impl<T: fmt::Debug> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// Waits for the value: `tokio::sync::oneshot::Receiver`.
pub struct Receiver<T> {
    handle: Handle,
    polls: Polls,
    inner: real::Receiver<T>,
    _emptied: Emptied,
}

impl<T> Receiver<T> {
    /// Takes no value any more: `tokio::sync::oneshot::Receiver::close`.
    #[track_caller]
    pub fn close(&mut self) {
        if self.inner.is_terminated() {
            return;
        }
        let close = || self.inner.close();
        perform(
            self.handle.cell(),
            Operation::Close,
            Site::caller(),
            close,
            done,
        );
    }

    /// Whether it gave its value or error: `tokio::sync::oneshot::Receiver::is_terminated`.
    pub fn is_terminated(&self) -> bool {
        self.inner.is_terminated()
    }

    /// Whether there is no value now: `tokio::sync::oneshot::Receiver::is_empty`.
    #[track_caller]
    pub fn is_empty(&self) -> bool {
        let look = || self.inner.is_empty();
        perform(
            self.handle.cell(),
            Operation::Inspect,
            Site::caller(),
            look,
            idle,
        )
    }

    /// Takes the value if there is one: `tokio::sync::oneshot::Receiver::try_recv`.
    ///
    /// # Errors
    ///
    /// Whether there is none yet, or there never will be.
    #[track_caller]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let take = || self.inner.try_recv();
        let result = perform(
            self.handle.cell(),
            Operation::TryRecv,
            Site::caller(),
            take,
            done_if_ok,
        );
        self.settle();
        result
    }

    /// Blocks the thread until there is a value: `tokio::sync::oneshot::Receiver::blocking_recv`.
    ///
    /// # Errors
    ///
    /// If the sender was dropped.
    #[track_caller]
    pub fn blocking_recv(self) -> Result<T, RecvError> {
        let site = Site::caller();
        let Receiver {
            mut handle, inner, ..
        } = self;
        if is_outside(handle.cell(), site) {
            handle.silence();
            return inner.blocking_recv();
        }
        let result = block_on(handle.cell(), Operation::Recv, site, inner, ok_or_closed);
        handle.silence();
        result
    }

    /// After the value or the error nobody can see the receiver's end.
    fn settle(&mut self) {
        if self.inner.is_terminated() {
            self.polls.end();
            self.handle.silence();
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    // An `.await` is the caller of its poll, and a receiver has no method that is awaited.
    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let inner = &mut this.inner;
        let polled = poll_by_hand(
            this.handle.cell(),
            (Operation::Recv, Site::caller().or(this.handle.made_at())),
            &mut this.polls,
            context,
            |context| Pin::new(inner).poll(context),
            ok_or_closed,
        );
        this.settle();
        polled
    }
}

impl<T: fmt::Debug> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

converts!(Sender<T>:
    mut sender => {
        sender.handle.give();
        sender.inner
    },
    inner => Sender {
        handle: Handle::foreign(ObjectKind::Oneshot, Operation::DropSender, None),
        polls: Polls::default(),
        inner,
    }
);
converts!(Receiver<T>:
    mut receiver => {
        receiver.handle.give();
        receiver.inner
    },
    inner => {
        let mut handle = Handle::foreign(ObjectKind::Oneshot, Operation::DropReceiver, None);
        if inner.is_terminated() {
            handle.silence();
        }
        Receiver {
            _emptied: handle.emptied(),
            handle,
            polls: Polls::default(),
            inner,
        }
    }
);
