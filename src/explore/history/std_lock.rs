//! The shadow of a lock of std's, which blocks its task like a thread.
//!
//! It is not fair: nobody has a place before it is taken, so an attempt that blocks is nothing at
//! all, and to take it is a ticket that is granted at once. Not here: locks that queue (`lock`).

use super::super::fifo::Fifo;
use super::{Edges, READERS, Seen};
use crate::trace::dependence::{Access, AccessKind, Key};
use crate::trace::{Effect, ObjectKind, Operation, TaskId};

#[derive(Clone, Debug)]
pub(super) struct StdLock {
    is_mutex: bool,
    fifo: Fifo,
    /// Those who have it, and the events in which they took it.
    holders: Vec<(TaskId, u32)>,
    /// When it was taken by somebody while nobody had it.
    began: Option<u32>,
}

impl StdLock {
    pub(super) fn new(kind: ObjectKind) -> StdLock {
        StdLock {
            is_mutex: kind == ObjectKind::StdMutex,
            fifo: Fifo::new(READERS),
            holders: Vec::new(),
            began: None,
        }
    }

    pub(super) fn touch(&mut self, seen: &Seen<'_>, edges: &mut Edges) -> Option<()> {
        let (key, event) = (Key::Object(seen.object), seen.event);
        if seen.takes_turns {
            // A thread that is blocked holds up those that share it.
            return None;
        }
        let shared = match event.operation {
            Operation::Read | Operation::TryRead => true,
            Operation::Unlock => !self.is_mutex && event.amount == 1,
            _ => false,
        };
        let amount = if shared { 1 } else { READERS };
        let either = |one, other| if shared { one } else { other };
        match event.operation {
            Operation::Lock | Operation::Read | Operation::Write => {
                let kind = either(AccessKind::TakeShared, AccessKind::Take);
                // Who reads while others do is no obstacle by itself: the first of them is.
                let began = self.began.filter(|_| !shared);
                if event.effect == Effect::Pending {
                    edges.blocked = Some((Access { key, kind }, began));
                    return Some(());
                }
                edges.touch(key, kind);
                edges.before = began;
                self.take(seen, amount, edges)?;
            }
            Operation::TryLock | Operation::TryRead | Operation::TryWrite => {
                if event.effect != Effect::Done {
                    edges.touch(key, AccessKind::TryFail);
                    // While they have it, nobody else takes it: only with them is it a race.
                    edges
                        .race
                        .extend(self.holders.iter().map(|&(_, event)| event));
                    return (!self.fifo.has(amount)).then_some(());
                }
                edges.touch(key, either(AccessKind::TryOkShared, AccessKind::TryOk));
                self.take(seen, amount, edges)?;
            }
            Operation::Unlock => {
                edges.touch(key, AccessKind::Release);
                self.fifo.release(seen.index, amount);
                let own = |&(holder, _): &(TaskId, u32)| holder == event.task;
                let place = self.holders.iter().position(own)?;
                self.holders.remove(place);
            }
            _ => return None,
        }
        Some(())
    }

    fn take(&mut self, seen: &Seen<'_>, amount: u32, edges: &mut Edges) -> Option<()> {
        if self.holders.is_empty() {
            self.began = Some(seen.index);
        }
        self.holders.push((seen.event.task, seen.index));
        let granted = self
            .fifo
            .has(amount)
            .then(|| self.fifo.ticket(u32::MAX, amount));
        edges.soft.extend(granted.flatten()?);
        Some(())
    }
}
