//! The sending end of unbounded channels.

use ::tokio::sync::mpsc as real;

use super::super::convert::converts;
use super::UnboundedReceiver;
use super::error::SendError;
use super::weak::{sender, weak_converts};
use crate::executor::object::ObjectCell;
use crate::executor::operation::{done, done_if_ok, done_if_some, idle, perform};
use crate::mirror::handle::Handle;
use crate::mirror::leaf::{leaf, same};
use crate::trace::{ObjectKind, Operation, Site};

/// An unbounded channel: `tokio::sync::mpsc::unbounded_channel`.
#[track_caller]
pub fn unbounded_channel<T>() -> (UnboundedSender<T>, UnboundedReceiver<T>) {
    let (tx, rx) = real::unbounded_channel();
    let handle = Handle::new(ObjectKind::UnboundedMpsc, Operation::DropSender);
    let receiver = handle.another(Operation::DropReceiver);
    let sender = UnboundedSender { handle, inner: tx };
    (sender, UnboundedReceiver::new(receiver, rx))
}

/// The sending end of an unbounded channel: `tokio::sync::mpsc::UnboundedSender`.
pub struct UnboundedSender<T> {
    handle: Handle,
    inner: real::UnboundedSender<T>,
}

impl<T> UnboundedSender<T> {
    /// Sends: `tokio::sync::mpsc::UnboundedSender::send`.
    ///
    /// # Errors
    ///
    /// The value, if the receiver is gone or closed.
    #[track_caller]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        let site = Site::caller();
        let send = || self.inner.send(value);
        perform(self.handle.cell(), Operation::Send, site, send, done_if_ok)
    }
}

sender!(
    UnboundedSender,
    WeakUnboundedSender,
    "tokio::sync::mpsc::UnboundedSender",
    "tokio::sync::mpsc::WeakUnboundedSender"
);

converts!(UnboundedSender<T>:
    mut sender => {
        sender.handle.give();
        sender.inner
    },
    inner => {
        let handle = Handle::foreign(ObjectKind::UnboundedMpsc, Operation::DropSender, None);
        UnboundedSender { handle, inner }
    }
);
weak_converts!(WeakUnboundedSender<T>: UnboundedMpsc);
