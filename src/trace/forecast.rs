//! What can be told of an operation before it is performed: whether anybody can see when it is.
//!
//! For an engine that has to be told of a touch beforehand, which is loom. It is the dependence table
//! (`dependence`) for an operation of which the effect is not known yet, and so coarser: of two
//! operations on an object either one *commutes* with everything, or they depend. Not here: what is
//! made of it (`executor::host::loom`).

use super::{ObjectKind, Operation};

/// An operation that is about to be performed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ahead {
    pub(crate) kind: ObjectKind,
    pub(crate) operation: Operation,
    /// It is a wait that parks its task at once, alone.
    pub(crate) plain: bool,
    /// Its task waits for it already.
    pub(crate) again: bool,
}

/// What can be told of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Forecast {
    /// Nobody sees when it is done, as long as nobody watches the object.
    Commutes,
    /// Its order among the others on the object can be told.
    Depends,
    /// It sees what those leave that else commute.
    Watches,
}

impl Ahead {
    pub(crate) fn forecast(self) -> Forecast {
        match self.kind {
            ObjectKind::Mpsc | ObjectKind::UnboundedMpsc => self.channel(),
            ObjectKind::Mutex | ObjectKind::RwLock => self.lock(),
            ObjectKind::Oneshot => commutes_if(self.plain && self.operation == Operation::Recv),
            ObjectKind::Semaphore | ObjectKind::Notify => {
                let waits = matches!(self.operation, Operation::Acquire | Operation::Notified);
                commutes_if(waits && self.plain && self.again)
            }
            ObjectKind::Task | ObjectKind::JoinSet => {
                commutes_if(self.plain && self.operation == Operation::Join)
            }
            ObjectKind::Watch
            | ObjectKind::Broadcast
            | ObjectKind::Barrier
            | ObjectKind::OnceCell
            | ObjectKind::SetOnce
            | ObjectKind::Timer
            | ObjectKind::Pipe
            | ObjectKind::Split
            | ObjectKind::CancellationToken
            | ObjectKind::TaskTracker
            | ObjectKind::LocalSet
            | ObjectKind::StdMutex
            | ObjectKind::StdRwLock
            | ObjectKind::StdCondvar
            | ObjectKind::StdMpsc
            | ObjectKind::StdOnce
            | ObjectKind::StdBarrier
            | ObjectKind::Thread
            | ObjectKind::Atomic => Forecast::Depends,
        }
    }

    /// Values are pushed in an order. When one is taken, and when a sender goes, is seen only by who
    /// can find the channel empty, full or closed and go on.
    fn channel(self) -> Forecast {
        match self.operation {
            Operation::Recv if self.plain => Forecast::Commutes,
            Operation::DropSender | Operation::CloneSender => Forecast::Commutes,
            Operation::Send if self.plain || self.kind == ObjectKind::UnboundedMpsc => {
                Forecast::Depends
            }
            Operation::DropReceiver => Forecast::Depends,
            _ => Forecast::Watches,
        }
    }

    /// Tickets are drawn in an order. When one is given back is seen only by who does not wait for
    /// it.
    fn lock(self) -> Forecast {
        match self.operation {
            Operation::Lock | Operation::Read | Operation::Write if self.plain => {
                commutes_if(self.again)
            }
            Operation::Unlock => Forecast::Commutes,
            _ => Forecast::Watches,
        }
    }
}

fn commutes_if(commutes: bool) -> Forecast {
    if commutes {
        Forecast::Commutes
    } else {
        Forecast::Depends
    }
}
