//! The shadow of an mpsc channel: its queue, its closing, and its room.

use std::collections::VecDeque;

use super::super::fifo::Fifo;
use super::super::learned::Learned;
use super::lock::later_poll;
use super::{Edges, Seen};
use crate::trace::dependence::{AccessKind, Key};
use crate::trace::{Effect, Operation};

#[derive(Default, Debug)]
pub(super) struct Channel {
    /// None if it has no bound.
    room: Option<Fifo>,
    /// The events that pushed what is in the queue.
    queue: VecDeque<u32>,
    drops: Vec<u32>,
    closed: Option<u32>,
    closed_by_hand: bool,
}

impl Clone for Channel {
    fn clone(&self) -> Channel {
        let mut channel = Channel::default();
        channel.clone_from(self);
        channel
    }

    /// Without new buffers.
    fn clone_from(&mut self, other: &Channel) {
        let Channel {
            room,
            queue,
            drops,
            closed,
            closed_by_hand,
        } = other;
        self.room.clone_from(room);
        self.queue.clone_from(queue);
        self.drops.clone_from(drops);
        self.closed = *closed;
        self.closed_by_hand = *closed_by_hand;
    }
}

impl Channel {
    /// Makes it an open channel, with room for so many or without a bound. Its buffers are kept.
    pub(super) fn reset(&mut self, capacity: Option<u32>) {
        self.room = capacity.map(|capacity| {
            let mut room = self.room.take().unwrap_or_default();
            room.reset(capacity);
            room
        });
        self.queue.clear();
        self.drops.clear();
        self.closed = None;
        self.closed_by_hand = false;
    }

    pub(super) fn has_value(&self) -> bool {
        !self.queue.is_empty()
    }

    pub(super) fn touch(
        &mut self,
        seen: &Seen<'_>,
        learned: &mut Learned,
        edges: &mut Edges,
    ) -> Option<()> {
        let (key, event) = (Key::Object(seen.object), seen.event);
        match event.operation {
            Operation::Reserve if event.leaf == 0 || event.amount != 1 => return None,
            Operation::TryReserve | Operation::DropPermit if event.amount != 1 => return None,
            Operation::Reserve => self.send(seen, learned, edges)?,
            Operation::TryReserve => self.send_now(seen, learned, edges)?,
            Operation::SendPermit => self.push(seen, edges),
            // Permits come back from many tasks: in which order can be told.
            Operation::DropPermit => {
                edges.touch(Key::Room(seen.object), AccessKind::Cancel);
                self.room.as_mut()?.release(seen.index, 1);
            }
            Operation::Send if event.leaf > 0 => self.send(seen, learned, edges)?,
            Operation::Send | Operation::TrySend | Operation::Deliver => {
                self.send_now(seen, learned, edges)?
            }
            Operation::Recv | Operation::TryRecv | Operation::Join | Operation::TryJoin => {
                self.recv(seen, edges)?
            }
            Operation::DropSender => {
                edges.touch(key, AccessKind::SenderDrop);
                self.drops.push(seen.index);
            }
            Operation::Close | Operation::DropReceiver => {
                edges.touch(key, AccessKind::ReceiverClose);
                self.close(seen, learned, edges);
            }
            Operation::Cancel => {
                if self.room.as_mut()?.cancel(event.leaf, seen.index) {
                    edges.touch(Key::Room(seen.object), AccessKind::Cancel);
                }
            }
            // Nobody can tell how many senders there are, but by operations that are not listed.
            Operation::CloneSender => {}
            _ => return None,
        }
        Some(())
    }

    fn push(&mut self, seen: &Seen<'_>, edges: &mut Edges) {
        edges.touch(Key::Object(seen.object), AccessKind::Push);
        edges.pushed = true;
        self.queue.push_back(seen.index);
    }

    fn send(&mut self, seen: &Seen<'_>, learned: &mut Learned, edges: &mut Edges) -> Option<()> {
        let (key, room_key) = (Key::Object(seen.object), Key::Room(seen.object));
        if seen.takes_turns || learned.is_observed(seen.event) {
            learned.set_room_watched(seen.object);
        }
        let observed = seen.observed || learned.is_room_watched(seen.object);
        if observed {
            edges.touch(key, AccessKind::ClosedSeen);
        }
        let leaf = seen.event.leaf;
        let room = self.room.as_mut()?;
        if room.is_closed()
            && !(seen.polled && room.is_granted(leaf) && seen.event.effect == Effect::Pending)
        {
            edges.touch(key, AccessKind::ClosedSeen);
            if seen.polled {
                edges
                    .hard
                    .extend(self.closed.filter(|_| !room.is_granted(leaf) && !observed));
                if room.cancel(leaf, seen.index) {
                    edges.touch(room_key, AccessKind::Cancel);
                }
            }
            return (seen.event.effect == Effect::Closed).then_some(());
        }
        let granted = if seen.polled {
            let grant = room.take_grant(leaf);
            later_poll(grant, room_key, observed, edges)
        } else {
            edges.touch(room_key, AccessKind::Ticket);
            if observed {
                edges.touch(room_key, AccessKind::PermitsSeen);
            }
            let granted = room.ticket(leaf, 1);
            edges.soft.extend(granted.iter().flatten());
            granted.is_some()
        };
        match (granted, seen.event.effect) {
            // Once the receiver has closed, there is no more room to keep.
            (true, Effect::Done) if seen.event.operation == Operation::Reserve => {
                edges.touch(key, AccessKind::ClosedSeen);
            }
            (true, Effect::Done) => self.push(seen, edges),
            (false, Effect::Pending) => {}
            _ => return None,
        }
        Some(())
    }

    /// A send that does not wait.
    fn send_now(
        &mut self,
        seen: &Seen<'_>,
        learned: &mut Learned,
        edges: &mut Edges,
    ) -> Option<()> {
        let done = seen.event.effect == Effect::Done;
        if let Some(room) = self.room.as_mut() {
            learned.set_room_watched(seen.object);
            if done {
                edges.touch(Key::Room(seen.object), AccessKind::TryOk);
                edges
                    .soft
                    .extend(room.has(1).then(|| room.ticket(u32::MAX, 1)).flatten()?);
            } else {
                edges.touch(Key::Room(seen.object), AccessKind::TryFail);
            }
        }
        if done && seen.event.operation != Operation::TryReserve {
            self.push(seen, edges);
        } else {
            edges.touch(Key::Object(seen.object), AccessKind::ClosedSeen);
        }
        Some(())
    }

    fn recv(&mut self, seen: &Seen<'_>, edges: &mut Edges) -> Option<()> {
        let key = Key::Object(seen.object);
        match (self.queue.pop_front(), seen.event.effect) {
            (Some(push), Effect::Done) => {
                if seen.observed {
                    edges.touch(key, AccessKind::Taken);
                    edges.race.push(push);
                } else {
                    edges.hard.push(push);
                }
                if let Some(room) = &mut self.room {
                    room.release(seen.index, 1);
                    edges.touch(Key::Room(seen.object), AccessKind::Release);
                }
            }
            (None, _) => {
                let ended = matches!(seen.event.effect, Effect::Done | Effect::Closed);
                if seen.observed || self.closed_by_hand {
                    edges.touch(key, AccessKind::Emptiness);
                } else if ended {
                    edges.hard.extend(&self.drops);
                }
                if self.closed_by_hand && self.room.is_some() {
                    edges.touch(Key::Room(seen.object), AccessKind::IdleSeen);
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn close(&mut self, seen: &Seen<'_>, learned: &mut Learned, edges: &mut Edges) {
        let by_hand = seen.event.operation == Operation::Close;
        if by_hand {
            self.closed_by_hand = true;
            learned.set_room_watched(seen.object);
        }
        self.closed.get_or_insert(seen.index);
        if let Some(room) = &mut self.room {
            room.close();
            if !by_hand && !self.queue.is_empty() {
                room.release(seen.index, self.queue.len() as u32);
                self.queue.clear();
                edges.touch(Key::Room(seen.object), AccessKind::Release);
            }
        }
    }
}
