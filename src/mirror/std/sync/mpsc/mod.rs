//! The mirror of `std::sync::mpsc`: channels whose ends block their threads.
//!
//! Not here: channels without room (`rendezvous`), whose two sides must meet.

mod receiver;
mod rendezvous;
mod sender;

use std::sync::Arc;
use std::sync::mpsc as real;

pub use real::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};

pub use self::receiver::{IntoIter, Iter, Receiver, TryIter};
use self::rendezvous::Rendezvous;
pub use self::sender::{Sender, SyncSender};
use crate::mirror::handle::Handle;
use crate::trace::{ObjectKind, Operation};

/// A channel without a bound: `std::sync::mpsc::channel`.
#[track_caller]
#[must_use]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = real::channel();
    let handle = Handle::new(ObjectKind::StdMpsc, Operation::DropSender);
    let receiver = handle.another(Operation::DropReceiver);
    (Sender::new(handle, tx), Receiver::queued(receiver, rx))
}

/// A channel with room for so many values, or none: `std::sync::mpsc::sync_channel`.
#[track_caller]
#[must_use]
pub fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    let handle = Handle::sized(ObjectKind::StdMpsc, Operation::DropSender, bound);
    let receiver = handle.another(Operation::DropReceiver);
    if bound == 0 {
        let both = Arc::new(Rendezvous::new());
        return (
            SyncSender::meeting(handle, Arc::clone(&both)),
            Receiver::meeting(receiver, both),
        );
    }
    let (tx, rx) = real::sync_channel(bound);
    (
        SyncSender::queued(handle, tx),
        Receiver::queued(receiver, rx),
    )
}
