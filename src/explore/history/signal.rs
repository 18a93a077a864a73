//! The shadows of what tells one thing once, or to one: oneshot and `Notify`.

use super::{Edges, Seen};
use crate::trace::dependence::{AccessKind, Key};
use crate::trace::{Effect, Operation};

#[derive(Clone, Default, Debug)]
pub(super) struct Oneshot {
    /// The send, or the drop of the sender without one.
    ended: Option<u32>,
    closed: bool,
}

impl Oneshot {
    pub(super) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    pub(super) fn touch(&mut self, seen: &Seen<'_>, edges: &mut Edges) -> Option<()> {
        let key = Key::Object(seen.object);
        match seen.event.operation {
            Operation::Send => {
                edges.touch(key, AccessKind::OneshotSend);
                if seen.event.effect == Effect::Done && !self.closed {
                    self.ended = Some(seen.index);
                }
            }
            Operation::DropSender => {
                if self.ended.is_none() {
                    edges.touch(key, AccessKind::OneshotSenderDrop);
                    self.ended = Some(seen.index);
                }
            }
            Operation::Close | Operation::DropReceiver => {
                edges.touch(key, AccessKind::OneshotClose);
                self.closed = true;
            }
            Operation::Recv | Operation::TryRecv => {
                if seen.observed || self.closed {
                    edges.touch(key, AccessKind::OneshotSeen);
                }
                if seen.event.effect != Effect::Pending && !seen.observed {
                    edges.hard.extend(self.ended);
                }
            }
            _ => return None,
        }
        Some(())
    }
}

#[derive(Clone, Default, Debug)]
pub(super) struct Notify {
    permit: bool,
    waiters: Vec<u32>,
    notified: Vec<Notified>,
    /// Calls of `notify_waiters` so far.
    broadcasts: u32,
    /// Leaves that were not polled, and how many broadcasts there had been when they were made.
    created: Vec<(u32, u32)>,
}

/// A leaf that was notified and has not seen it.
#[derive(Clone, Copy, Debug)]
struct Notified {
    leaf: u32,
    /// The event that did it.
    by: u32,
    /// Given up, the notification goes on to another, unless all were notified.
    one: Option<Place>,
}

/// Which of those who wait is notified.
#[derive(Clone, Copy, Debug)]
enum Place {
    First,
    Last,
}

impl Notify {
    pub(super) fn touch(&mut self, seen: &Seen<'_>, edges: &mut Edges) -> Option<()> {
        let (key, leaf) = (Key::Object(seen.object), seen.event.leaf);
        match seen.event.operation {
            Operation::NotifyOne => {
                edges.touch(key, AccessKind::NotifyOne);
                self.notify_one(seen.index, Place::First);
            }
            Operation::NotifyLast => {
                edges.touch(key, AccessKind::NotifyOne);
                self.notify_one(seen.index, Place::Last);
            }
            Operation::NotifyWaiters => {
                edges.touch(key, AccessKind::NotifyAll);
                self.broadcasts += 1;
                let by = seen.index;
                let all = self.waiters.drain(..);
                self.notified.extend(all.map(|leaf| Notified {
                    leaf,
                    by,
                    one: None,
                }));
            }
            Operation::CreateNotified => {
                edges.touch(key, AccessKind::NotifiedCreate);
                self.created.push((leaf, self.broadcasts));
            }
            Operation::Notified | Operation::EnableNotified if leaf > 0 => {
                return self.notified(seen, edges);
            }
            Operation::Cancel => {
                edges.touch(key, AccessKind::NotifiedCancel);
                self.cancel(leaf, seen.index);
            }
            _ => return None,
        }
        Some(())
    }

    fn notify_one(&mut self, by: u32, place: Place) {
        let leaf = match place {
            _ if self.waiters.is_empty() => {
                self.permit = true;
                return;
            }
            Place::First => self.waiters.remove(0),
            Place::Last => self.waiters.remove(self.waiters.len() - 1),
        };
        let one = Some(place);
        self.notified.push(Notified { leaf, by, one });
    }

    fn cancel(&mut self, leaf: u32, event: u32) {
        if let Some(place) = self.waiters.iter().position(|&waiter| waiter == leaf) {
            self.waiters.remove(place);
        } else if let Some(place) = self.notified.iter().position(|it| it.leaf == leaf) {
            let given_up = self.notified.remove(place);
            given_up
                .one
                .into_iter()
                .for_each(|place| self.notify_one(event, place));
        }
    }

    /// Whether all were notified between the making of a leaf and its first poll.
    fn was_reached(&mut self, leaf: u32) -> bool {
        let Some(place) = self.created.iter().position(|&(it, _)| it == leaf) else {
            return false;
        };
        let (_, broadcasts) = self.created.remove(place);
        broadcasts != self.broadcasts
    }

    fn notified(&mut self, seen: &Seen<'_>, edges: &mut Edges) -> Option<()> {
        let (key, leaf) = (Key::Object(seen.object), seen.event.leaf);
        let done = seen.event.effect == Effect::Done;
        if seen.observed {
            edges.touch(key, AccessKind::NotifiedSeen);
        }
        if !seen.polled {
            edges.touch(key, AccessKind::Register);
            let granted = self.was_reached(leaf) || std::mem::take(&mut self.permit);
            if !granted {
                self.waiters.push(leaf);
            }
            return (granted == done).then_some(());
        }
        let found = self.notified.iter().position(|it| it.leaf == leaf);
        if let Some(place) = found.filter(|_| done) {
            let by = self.notified.remove(place).by;
            let edge = if seen.observed {
                &mut edges.race
            } else {
                &mut edges.hard
            };
            edge.push(by);
        }
        (found.is_some() == done).then_some(())
    }
}
