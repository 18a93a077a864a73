//! The shadows of what ends a service: cancellation tokens, and trackers of tasks. A `SetOnce` is to
//! those who wait for it what a token is.

use super::{Edges, Seen};
use crate::trace::dependence::{AccessKind, Key};
use crate::trace::{Effect, Operation};

/// A flag that is set once: that a token is cancelled, which its parents do too as a part of the
/// same step; or the value of a `SetOnce`.
#[derive(Clone, Default, Debug)]
pub(super) struct Flag {
    set: Option<u32>,
}

impl Flag {
    pub(super) fn is_set(&self) -> bool {
        self.set.is_some()
    }

    pub(super) fn touch(&mut self, seen: &Seen<'_>, edges: &mut Edges) -> Option<()> {
        let key = Key::Object(seen.object);
        match seen.event.operation {
            // Also a second one: whoever is first is what those who wait are after.
            Operation::CancelToken | Operation::CancelWithParent | Operation::Set => {
                edges.touch(key, AccessKind::Write);
                self.set.get_or_insert(seen.index);
            }
            Operation::IsCancelled | Operation::ChildToken | Operation::Inspect => {
                edges.touch(key, AccessKind::Read);
            }
            Operation::Cancelled | Operation::Wait if seen.observed => {
                edges.touch(key, AccessKind::Read);
            }
            Operation::Cancelled | Operation::Wait => {
                // A child of a cancelled token is cancelled from the start, by nobody.
                let done = seen.event.effect != Effect::Pending;
                edges.hard.extend(self.set.filter(|_| done));
            }
            Operation::DropToken => {}
            _ => return None,
        }
        Some(())
    }
}

/// A count of tasks, and whether it is closed. Those who wait are after all that brought it to its
/// end: the closing, and every end of a task. These commute, for nobody can tell which was last;
/// but a task that is tracked does not commute with the closing, for if it comes after it the
/// count may have been 0 between. Then, and when it is opened again, the table does not know it.
#[derive(Clone, Default, Debug)]
pub(super) struct Tracker {
    is_closed: bool,
    /// What waits are after.
    counted: Vec<u32>,
}

impl Tracker {
    pub(super) fn touch(&mut self, seen: &Seen<'_>, edges: &mut Edges) -> Option<()> {
        let (count, closing) = (Key::Object(seen.object), Key::Room(seen.object));
        match seen.event.operation {
            Operation::Track if !self.is_closed => {
                edges.touch(count, AccessKind::Count);
                edges.touch(closing, AccessKind::Count);
            }
            Operation::Untrack => {
                edges.touch(count, AccessKind::Count);
                self.counted.push(seen.index);
            }
            Operation::Close => {
                edges.touch(count, AccessKind::Count);
                // With its like too: which one closes it, its answer tells.
                edges.touch(closing, AccessKind::Write);
                self.counted.push(seen.index);
                self.is_closed = true;
            }
            Operation::Inspect => {
                edges.touch(count, AccessKind::Read);
                edges.touch(closing, AccessKind::Read);
            }
            // What it sees, its first poll sees too while nobody opens the tracker again.
            Operation::CreateWait => {}
            Operation::Wait if seen.observed => edges.touch(count, AccessKind::Read),
            Operation::Wait => {
                if seen.event.effect != Effect::Pending {
                    edges.hard.extend(&self.counted);
                }
            }
            _ => return None,
        }
        Some(())
    }
}
