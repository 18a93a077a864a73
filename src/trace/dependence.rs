//! THE table: which accesses of two steps depend, so that both of their orders are explored.
//!
//! Accesses on different keys commute, and on one key so do all pairs that the table does not
//! list. Where it comes from: an abstract model of tokio's primitives, compared with brute force
//! on random programs; every entry has a program that loses an outcome without it. Not here:
//! which accesses an operation makes (`explore::history`), and what is done about dependent steps
//! (`explore::races`).

use super::{ObjectId, TaskId};

/// What an access is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Key {
    /// The object as such; for a channel, its queue and its closing.
    Object(ObjectId),
    /// The permits that a bounded channel gives to its senders.
    Room(ObjectId),
    /// Whether a task is to end.
    Abort(TaskId),
    /// Which waker of a task comes first.
    Wake(TaskId),
    /// The virtual clock.
    Time,
    /// Everything, while something that the mirror does not know takes part.
    All,
}

/// How a step touches a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AccessKind {
    /// In a way that the table does not know: depends on everything on its key.
    Any,

    // FIFO permits: locks, semaphores, room in a channel.
    /// The first poll of an acquire: it takes a ticket, granted or queued.
    Ticket,
    /// A ticket for a shared read.
    TicketShared,
    /// A lock of std's is taken, by one who waited for it or not.
    Take,
    /// The same, for a shared read.
    TakeShared,
    /// A try that got its permits.
    TryOk,
    /// A try that got a shared read.
    TryOkShared,
    /// A try that got nothing.
    TryFail,
    /// Permits come back to a lock, or to a channel with one receiver: releases commute.
    Release,
    /// Permits come back to a counting semaphore.
    ReleaseCounted,
    /// A queued or granted wait is given up.
    Cancel,
    /// A wait for a mutex is given up.
    CancelMutex,
    /// A poll saw whether its permits were granted.
    PermitsSeen,
    /// A receiver saw whether a channel that it closed is drained.
    IdleSeen,

    // The queue of a channel.
    Push,
    /// A value was taken, by a poll that would have seen its absence.
    Taken,
    /// The queue was seen empty, or disconnected.
    Emptiness,
    SenderDrop,
    ReceiverClose,
    /// A sender saw whether the receiver closed.
    ClosedSeen,

    // Oneshot.
    OneshotSend,
    OneshotSenderDrop,
    OneshotClose,
    OneshotSeen,

    // Notify.
    NotifyOne,
    NotifyAll,
    /// The call of `notified()`: only later calls of `notify_waiters` reach what it makes.
    NotifiedCreate,
    /// The first poll of a `notified()`.
    Register,
    NotifiedSeen,
    NotifiedCancel,

    // Registers: atomics, the value and version of a watch, time.
    Read,
    Write,
    /// What came to write, and only looked: a value was made already, or a pipe was full or empty.
    TryWrite,
    /// Something that commutes with its like, and not with reads: the drop of one of several
    /// senders.
    Count,

    // Timers.
    TimerSet,
    /// Of a timer that may fire early: not before one that was set, and is due no later.
    RacedTimerSet,

    // Tasks.
    Complete,
    CompletionSeen,
    Abort,
    AbortCheck,
    Wake,
}

/// Every kind, in the order in which they are declared.
const KINDS: [AccessKind; AccessKind::Wake as usize + 1] = {
    use AccessKind as A;
    [
        A::Any,
        A::Ticket,
        A::TicketShared,
        A::Take,
        A::TakeShared,
        A::TryOk,
        A::TryOkShared,
        A::TryFail,
        A::Release,
        A::ReleaseCounted,
        A::Cancel,
        A::CancelMutex,
        A::PermitsSeen,
        A::IdleSeen,
        A::Push,
        A::Taken,
        A::Emptiness,
        A::SenderDrop,
        A::ReceiverClose,
        A::ClosedSeen,
        A::OneshotSend,
        A::OneshotSenderDrop,
        A::OneshotClose,
        A::OneshotSeen,
        A::NotifyOne,
        A::NotifyAll,
        A::NotifiedCreate,
        A::Register,
        A::NotifiedSeen,
        A::NotifiedCancel,
        A::Read,
        A::Write,
        A::TryWrite,
        A::Count,
        A::TimerSet,
        A::RacedTimerSet,
        A::Complete,
        A::CompletionSeen,
        A::Abort,
        A::AbortCheck,
        A::Wake,
    ]
};

/// One touch of one key by a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Access {
    pub(crate) key: Key,
    pub(crate) kind: AccessKind,
}

/// A set of ways to touch a key.
#[derive(Clone, Copy)]
pub(crate) struct Kinds(u64);

impl Kinds {
    pub(crate) fn contain(self, kind: AccessKind) -> bool {
        self.0 >> kind as usize & 1 == 1
    }
}

/// The ways to touch a key whose order with one of this kind can be told.
pub(crate) fn dependent_kinds(kind: AccessKind) -> Kinds {
    Kinds(DEPENDENT[kind as usize])
}

/// Whether the order of two accesses can be told.
pub(crate) fn depends(one: Access, other: Access) -> bool {
    dependent_kinds(one.kind).contain(other.kind) && one.key == other.key
}

/// Whether the order of two steps that touch these can be told.
pub(crate) fn any_depend(one: &[Access], other: &[Access]) -> bool {
    one.iter()
        .any(|&one| other.iter().any(|&other| depends(one, other)))
}

/// The table as it is looked up: for each kind, a bit for every kind that depends on it.
const DEPENDENT: [u64; KINDS.len()] = {
    let mut rows = [0; KINDS.len()];
    let mut one = 0;
    while one < KINDS.len() {
        assert!(KINDS[one] as usize == one, "every kind stands in its place");
        let mut other = 0;
        while other < KINDS.len() {
            if listed(KINDS[one], KINDS[other]) || listed(KINDS[other], KINDS[one]) {
                rows[one] |= 1 << other;
            }
            other += 1;
        }
        one += 1;
    }
    rows
};

/// One half of the table: each pair stands once.
const fn listed(one: AccessKind, other: AccessKind) -> bool {
    use AccessKind as A;
    match one {
        A::Any => true,
        A::Ticket => {
            matches!(
                other,
                A::Ticket | A::TicketShared | A::TryOk | A::TryOkShared | A::TryFail
            )
        }
        // A try fails only while another one has the lock: then nobody takes it.
        A::Take => matches!(other, A::Take | A::TakeShared | A::TryOk | A::TryOkShared),
        A::TakeShared => matches!(other, A::TryOk),
        A::TicketShared => matches!(other, A::TryOk | A::TryFail),
        A::TryOk => matches!(other, A::TryOk | A::TryOkShared | A::TryFail) || gives_back(other),
        A::TryOkShared => matches!(other, A::TryFail) || gives_back(other),
        A::TryFail | A::PermitsSeen => gives_back(other),
        A::ReleaseCounted => matches!(other, A::ReleaseCounted | A::Cancel),
        A::Release => matches!(other, A::Cancel),
        A::Cancel => matches!(other, A::Cancel),
        A::IdleSeen => matches!(other, A::Ticket) || gives_back(other),
        A::Push => matches!(other, A::Push | A::ReceiverClose | A::Emptiness),
        A::Emptiness => matches!(other, A::SenderDrop),
        A::ClosedSeen => matches!(other, A::ReceiverClose),
        A::OneshotSend => matches!(other, A::OneshotClose | A::OneshotSeen),
        A::OneshotSenderDrop => matches!(other, A::OneshotSeen),
        A::NotifyOne => matches!(
            other,
            A::NotifyOne | A::NotifyAll | A::Register | A::NotifiedSeen | A::NotifiedCancel
        ),
        A::NotifyAll => {
            matches!(
                other,
                A::NotifyAll
                    | A::NotifiedCreate
                    | A::Register
                    | A::NotifiedSeen
                    | A::NotifiedCancel
            )
        }
        A::Register => matches!(other, A::Register | A::NotifiedCancel),
        A::NotifiedCancel => matches!(other, A::NotifiedCancel | A::NotifiedSeen),
        A::Write => matches!(other, A::Write | A::TryWrite | A::Read | A::Count),
        A::Count => matches!(other, A::Read | A::TryWrite),
        A::RacedTimerSet => matches!(other, A::RacedTimerSet | A::TimerSet),
        A::Complete => matches!(other, A::CompletionSeen),
        A::Abort => matches!(other, A::AbortCheck),
        A::Wake => matches!(other, A::Wake),
        A::CancelMutex
        | A::Taken
        | A::SenderDrop
        | A::ReceiverClose
        | A::OneshotClose
        | A::OneshotSeen
        | A::NotifiedSeen
        | A::NotifiedCreate
        | A::Read
        | A::TryWrite
        | A::TimerSet
        | A::CompletionSeen
        | A::AbortCheck => false,
    }
}

/// Whether permits come back by it, or may.
const fn gives_back(kind: AccessKind) -> bool {
    use AccessKind as A;
    matches!(
        kind,
        A::Release | A::ReleaseCounted | A::Cancel | A::CancelMutex
    )
}

/// What an operation that touched this may touch as well, or instead, if it comes to something
/// else: a try that fails, a queue that is empty, room that there is at once.
pub(crate) fn may_touch_instead(access: Access) -> Option<[Access; 2]> {
    use AccessKind as A;
    let Access { mut key, kind } = access;
    let (one, two) = match kind {
        // A sender that gets room at once pushes at once.
        A::Ticket => match key {
            Key::Room(object) => {
                key = Key::Object(object);
                (A::Push, A::Push)
            }
            _ => return None,
        },
        A::TryOk | A::TryOkShared => (A::TryFail, A::TryFail),
        A::TryFail => (A::TryOk, A::TryOkShared),
        A::Taken => (A::Emptiness, A::Emptiness),
        A::Emptiness => (A::Taken, A::Taken),
        A::Push => (A::ClosedSeen, A::ClosedSeen),
        A::ClosedSeen => (A::Push, A::Push),
        A::TryWrite => (A::Write, A::Write),
        _ => return None,
    };
    let of_kind = |kind| Access { key, kind };
    Some([of_kind(one), of_kind(two)])
}
