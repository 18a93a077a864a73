//! What has little of a shadow: registers, broadcasts, values that are made once, and the ends of tasks.

use super::super::learned::Learned;
use super::{Edges, Seen};
use crate::trace::dependence::{AccessKind, Key};
use crate::trace::{Effect, Operation, TaskId};

/// A value that is read and written; for a watch, together with its version and its senders.
pub(super) fn touch_register(seen: &Seen<'_>, edges: &mut Edges) -> Option<()> {
    let (value, receivers) = (Key::Object(seen.object), Key::Room(seen.object));
    match seen.event.operation {
        Operation::Load
        | Operation::Borrow
        | Operation::BorrowAndUpdate
        | Operation::DropBorrow => edges.touch(value, AccessKind::Read),
        // They see the version, and whether a sender is left.
        Operation::Changed | Operation::WaitFor => {
            edges.touch(value, AccessKind::Read);
            edges.touch(value, AccessKind::Emptiness);
        }
        // A `LocalSet`: whether it is run, and how many of its tasks are left.
        Operation::Driven | Operation::Join => edges.touch(value, AccessKind::Read),
        Operation::Drive | Operation::Deliver => edges.touch(value, AccessKind::Write),
        Operation::Store | Operation::ReadModifyWrite => edges.touch(value, AccessKind::Write),
        // A watch: what is sent is seen with its version, and fails without receivers.
        Operation::SendModify | Operation::SendIfModified | Operation::SendReplace => {
            edges.touch(value, AccessKind::Write);
        }
        Operation::Send => {
            edges.touch(value, AccessKind::Write);
            edges.touch(receivers, AccessKind::Read);
        }
        Operation::Inspect | Operation::Closed => {
            edges.touch(value, AccessKind::Read);
            edges.touch(value, AccessKind::Emptiness);
            edges.touch(receivers, AccessKind::Read);
        }
        Operation::DropSender | Operation::CloneSender => {
            edges.touch(value, AccessKind::SenderDrop);
        }
        Operation::DropReceiver | Operation::CloneReceiver => {
            edges.touch(receivers, AccessKind::Count);
        }
        // A pipe: as a wait that parks alone, one that found nothing to do saw nothing.
        Operation::Read | Operation::Write if seen.event.effect == Effect::Pending => {
            if seen.observed {
                edges.touch(value, AccessKind::TryWrite);
            }
        }
        Operation::Read
        | Operation::Write
        | Operation::Shutdown
        | Operation::DropReader
        | Operation::DropWriter => edges.touch(value, AccessKind::Write),
        // The new receiver has seen what was sent before.
        Operation::Subscribe => {
            edges.touch(value, AccessKind::Read);
            edges.touch(receivers, AccessKind::Count);
        }
        _ => return None,
    }
    Some(())
}

/// A broadcast: what is sent is seen by all receivers, each of which keeps its own place. A value
/// that runs code where it is cloned or dropped is not this simple: see `History::follow`.
pub(super) fn touch_broadcast(seen: &Seen<'_>, edges: &mut Edges) -> Option<()> {
    let (value, receivers) = (Key::Object(seen.object), Key::Room(seen.object));
    let effect = seen.event.effect;
    match seen.event.operation {
        Operation::Send => {
            edges.touch(value, AccessKind::Write);
            edges.touch(receivers, AccessKind::Read);
        }
        Operation::Recv if effect == Effect::Pending && !seen.observed => {}
        Operation::Recv | Operation::TryRecv => {
            edges.touch(value, AccessKind::Read);
            if effect != Effect::Done {
                edges.touch(value, AccessKind::Emptiness);
            }
            if !seen.observed && seen.polled {
                edges.hard.extend(seen.event.woken_by);
            }
        }
        Operation::DropSender | Operation::CloneSender => {
            edges.touch(value, AccessKind::SenderDrop);
        }
        Operation::DropReceiver => edges.touch(receivers, AccessKind::Count),
        Operation::Subscribe => {
            edges.touch(value, AccessKind::Read);
            edges.touch(receivers, AccessKind::Count);
        }
        _ => return None,
    }
    Some(())
}

/// A value that the first who needs it makes. Those who come while a task makes it queue for their
/// turn, should that fail; whoever finds it only looks.
pub(super) fn touch_once(seen: &Seen<'_>, edges: &mut Edges) -> Option<()> {
    let effect = seen.event.effect;
    let kind = match seen.event.operation {
        Operation::Inspect | Operation::Wait => AccessKind::Read,
        Operation::CallOnce | Operation::GetOrInit | Operation::Set if effect == Effect::Idle => {
            AccessKind::TryWrite
        }
        Operation::GetOrInit if effect == Effect::Pending && seen.polled => AccessKind::TryWrite,
        Operation::CallOnce
        | Operation::GetOrInit
        | Operation::Set
        | Operation::Initialized
        | Operation::Release
        | Operation::Cancel => AccessKind::Write,
        _ => return None,
    };
    edges.touch(Key::Object(seen.object), kind);
    if seen.polled && !seen.observed && effect != Effect::Pending {
        edges.hard.extend(seen.event.woken_by);
    }
    Some(())
}

pub(super) fn touch_task(
    task: TaskId,
    ended: &mut Option<u32>,
    seen: &Seen<'_>,
    learned: &mut Learned,
    edges: &mut Edges,
) -> Option<()> {
    let key = Key::Object(seen.object);
    match seen.event.operation {
        Operation::Spawn => {
            if learned.is_abortable(task) {
                edges.touch(Key::Abort(task), AccessKind::AbortCheck);
            }
        }
        Operation::Complete => {
            edges.touch(key, AccessKind::Complete);
            *ended = Some(seen.index);
        }
        Operation::Join => {
            if seen.observed {
                edges.touch(key, AccessKind::CompletionSeen);
            }
            if seen.event.effect != Effect::Pending && !seen.observed {
                edges.hard.extend(*ended);
            }
        }
        Operation::IsFinished | Operation::ShutdownRuntime => {
            edges.touch(key, AccessKind::CompletionSeen)
        }
        Operation::Abort => {
            learned.set_abortable(task);
            edges.touch(Key::Abort(task), AccessKind::Abort);
        }
        _ => return None,
    }
    Some(())
}
