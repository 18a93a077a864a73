//! The shadows of what tells one thing once, or to one: oneshot and `Notify`.

use super::{Edges, Seen};
use crate::trace::dependence::{AccessKind, Key};
use crate::trace::{Effect, Operation};

#[derive(Default, Debug)]
pub(super) struct Oneshot {
    /// The send, or the drop of the sender without one.
    ended: Option<u32>,
    closed: bool,
}

impl Oneshot {
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

#[derive(Default, Debug)]
pub(super) struct Notify {
    permit: bool,
    waiters: Vec<u32>,
    /// Leaf and the event that notified it.
    notified: Vec<(u32, u32)>,
}

impl Notify {
    pub(super) fn touch(&mut self, seen: &Seen<'_>, edges: &mut Edges) -> Option<()> {
        let (key, leaf) = (Key::Object(seen.object), seen.event.leaf);
        match seen.event.operation {
            Operation::NotifyOne => {
                edges.touch(key, AccessKind::NotifyOne);
                self.notify_one(seen.index);
            }
            Operation::Notified if leaf > 0 => return self.notified(seen, edges),
            Operation::Cancel => {
                edges.touch(key, AccessKind::NotifiedCancel);
                if let Some(place) = self.waiters.iter().position(|&waiter| waiter == leaf) {
                    self.waiters.remove(place);
                } else if let Some(place) = self.notified.iter().position(|&(it, _)| it == leaf) {
                    self.notified.remove(place);
                    self.notify_one(seen.index);
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn notify_one(&mut self, event: u32) {
        if self.waiters.is_empty() {
            self.permit = true;
        } else {
            self.notified.push((self.waiters.remove(0), event));
        }
    }

    fn notified(&mut self, seen: &Seen<'_>, edges: &mut Edges) -> Option<()> {
        let (key, leaf) = (Key::Object(seen.object), seen.event.leaf);
        let done = seen.event.effect == Effect::Done;
        if seen.observed {
            edges.touch(key, AccessKind::NotifiedSeen);
        }
        if !seen.polled {
            edges.touch(key, AccessKind::Register);
            let granted = std::mem::take(&mut self.permit);
            if !granted {
                self.waiters.push(leaf);
            }
            return (granted == done).then_some(());
        }
        let found = self.notified.iter().position(|&(it, _)| it == leaf);
        if let Some(place) = found.filter(|_| done) {
            let (_, by) = self.notified.remove(place);
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
