//! What each event of an execution touches, and which events it needed.
//!
//! A shadow of every object follows the execution. Rules are those of the dependence table's
//! tests: a wait that parks at once, alone, is no access, and what completes it is a hard edge;
//! an observed one is an access, and what it found is a reversible race. Not here: clocks and
//! races (`races`), the table itself (`trace::dependence`).

use std::collections::VecDeque;

use super::fifo::Fifo;
use super::learned::Learned;
use crate::trace::dependence::{Access, AccessKind, Key};
use crate::trace::{Effect, Event, ObjectId, ObjectKind, Operation, TaskId, Trace};

/// Permits of a lock that any number can read.
const READERS: u32 = 1 << 20;

/// What one event touches and needed.
#[derive(Default, Debug)]
pub(super) struct Edges {
    pub(super) accesses: Vec<Access>,
    /// Events without which it could not have happened: never races.
    pub(super) hard: Vec<u32>,
    /// Events that it found done, and could have found not done.
    pub(super) race: Vec<u32>,
    /// Releases behind a grant at once: before what follows, not before the ticket.
    pub(super) soft: Vec<u32>,
    /// Whether it pushed a value: then even its ticket is after the releases.
    pub(super) pushed: bool,
}

impl Edges {
    pub(super) fn clear(&mut self) {
        self.accesses.clear();
        self.hard.clear();
        self.race.clear();
        self.soft.clear();
        self.pushed = false;
    }

    fn touch(&mut self, key: Key, kind: AccessKind) {
        self.accesses.push(Access { key, kind });
    }
}

/// The shadow of one object.
#[derive(Debug)]
enum Shadow {
    Channel(Channel),
    Oneshot(Oneshot),
    Lock {
        fifo: Fifo,
        kind: ObjectKind,
    },
    Notify(Notify),
    Register,
    Task {
        task: TaskId,
        ended: Option<u32>,
    },
    Timer,
    /// The table does not know it.
    Unknown,
}

#[derive(Debug)]
struct Channel {
    room: Option<Fifo>,
    /// The events that pushed what is in the queue.
    queue: VecDeque<u32>,
    drops: Vec<u32>,
    closed: Option<u32>,
    closed_by_hand: bool,
}

#[derive(Default, Debug)]
struct Oneshot {
    /// The send, or the drop of the sender without one.
    ended: Option<u32>,
    closed: bool,
}

#[derive(Default, Debug)]
struct Notify {
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

/// What is kept of a future over its polls.
#[derive(Clone, Copy, Default)]
struct Leaf {
    polled: bool,
    observed: bool,
}

/// The shadows of one execution.
#[derive(Default)]
pub(super) struct History {
    objects: Vec<Option<Shadow>>,
    leaves: Vec<Leaf>,
    spawned: usize,
}

/// An event, as the rules see it.
struct Seen<'a> {
    index: u32,
    event: &'a Event,
    object: ObjectId,
    /// Whether its future was polled before.
    polled: bool,
    /// Whether it observes that it is, or is not, ready.
    observed: bool,
}

impl History {
    pub(super) fn clear(&mut self) {
        self.objects.clear();
        self.leaves.clear();
        self.spawned = 0;
    }

    /// Follows one event. `edges` is empty before.
    pub(super) fn follow(
        &mut self,
        index: u32,
        event: &Event,
        trace: &Trace,
        learned: &mut Learned,
        edges: &mut Edges,
    ) {
        if learned.is_opaque() {
            edges.touch(Key::All, AccessKind::Any);
        }
        if learned.is_abortable(event.task) {
            edges.touch(Key::Abort(event.task), AccessKind::AbortCheck);
        }
        if event.operation == Operation::Now {
            edges.touch(Key::Time, AccessKind::Read);
        }
        let (polled, observed) = self.leaf(event, learned);
        if let Some(object) = event.object {
            self.object(index, object, event, trace, learned);
            let seen = Seen {
                index,
                event,
                object,
                polled,
                observed,
            };
            self.touch(&seen, learned, edges);
        }
        edges
            .race
            .extend(event.woken_by.filter(|_| !edges.accesses.is_empty()));
    }

    /// What is known of the future that polled: whether it did before, and whether it observes.
    fn leaf(&mut self, event: &Event, learned: &mut Learned) -> (bool, bool) {
        if event.leaf == 0 || event.operation == Operation::CreateNotified {
            return (false, true);
        }
        if event.effect == Effect::Pending {
            learned.wait(event);
        }
        let place = event.leaf as usize;
        if self.leaves.len() <= place {
            self.leaves.resize(place + 1, Leaf::default());
        }
        let leaf = &mut self.leaves[place];
        let polled = std::mem::replace(&mut leaf.polled, true);
        leaf.observed |= event.operation == Operation::EnableNotified
            || !learned.is_plain(event)
            || (event.effect == Effect::Pending && !event.alone);
        (polled, leaf.observed)
    }

    /// Makes the shadow of an object at its first event.
    fn object(
        &mut self,
        index: u32,
        object: ObjectId,
        event: &Event,
        trace: &Trace,
        learned: &Learned,
    ) {
        if self.objects.len() <= object.index() {
            self.objects.resize_with(object.index() + 1, || None);
        }
        if event.operation == Operation::Spawn {
            self.spawned += 1;
            let task = trace
                .tasks
                .get(self.spawned)
                .map_or(TaskId::CLOCK, |task| task.id);
            self.objects[object.index()] = Some(Shadow::Task { task, ended: None });
        }
        let _ = index;
        let slot = &mut self.objects[object.index()];
        if learned.is_unknown(object) {
            *slot = Some(Shadow::Unknown);
        } else if slot.is_none() {
            *slot = Some(shadow(trace, object));
        }
    }

    fn touch(&mut self, seen: &Seen<'_>, learned: &mut Learned, edges: &mut Edges) {
        let Some(shadow) = self.objects[seen.object.index()].as_mut() else {
            return;
        };
        let unfinished = seen.event.effect == Effect::Pending && seen.event.leaf == 0;
        if unfinished && !matches!(shadow, Shadow::Timer | Shadow::Unknown) {
            // Its operation was interrupted in the middle: it runs user code.
            learned.set_unknown(seen.object);
            *shadow = Shadow::Unknown;
        }
        let known = match shadow {
            Shadow::Channel(channel) => channel.touch(seen, learned, edges),
            Shadow::Oneshot(oneshot) => oneshot.touch(seen, edges),
            Shadow::Lock { fifo, kind } => touch_lock(fifo, *kind, seen, edges),
            Shadow::Notify(notify) => notify.touch(seen, edges),
            Shadow::Register => touch_register(seen, edges),
            Shadow::Task { task, ended } => touch_task(*task, ended, seen, learned, edges),
            Shadow::Timer => {
                let fires = matches!(seen.event.operation, Operation::Fire | Operation::FireEarly);
                let time = if fires {
                    AccessKind::Write
                } else {
                    AccessKind::Read
                };
                edges.touch(Key::Time, time);
                edges.touch(Key::Object(seen.object), AccessKind::Any);
                Some(())
            }
            Shadow::Unknown => {
                edges.touch(Key::Object(seen.object), AccessKind::Any);
                Some(())
            }
        };
        if known.is_none() {
            learned.set_unknown(seen.object);
            edges.touch(Key::Object(seen.object), AccessKind::Any);
            *shadow = Shadow::Unknown;
        }
    }
}

fn shadow(trace: &Trace, object: ObjectId) -> Shadow {
    let Some(info) = trace.object(object) else {
        return Shadow::Unknown;
    };
    let channel = |room| {
        Shadow::Channel(Channel {
            room,
            queue: VecDeque::new(),
            drops: Vec::new(),
            closed: None,
            closed_by_hand: false,
        })
    };
    let lock = |permits| Shadow::Lock {
        fifo: Fifo::new(permits),
        kind: info.kind,
    };
    match (info.kind, info.capacity) {
        (ObjectKind::Mpsc, Some(capacity)) => channel(Some(Fifo::new(capacity))),
        (ObjectKind::UnboundedMpsc, _) => channel(None),
        (ObjectKind::Oneshot, _) => Shadow::Oneshot(Oneshot::default()),
        (ObjectKind::Mutex, _) => lock(1),
        (ObjectKind::RwLock, _) => lock(READERS),
        (ObjectKind::Semaphore, Some(permits)) => lock(permits),
        (ObjectKind::Notify, _) => Shadow::Notify(Notify::default()),
        (ObjectKind::Watch | ObjectKind::Atomic, _) => Shadow::Register,
        (ObjectKind::Task, _) => Shadow::Task {
            task: TaskId::BODY,
            ended: None,
        },
        (ObjectKind::Timer, _) => Shadow::Timer,
        _ => Shadow::Unknown,
    }
}

impl Channel {
    fn touch(&mut self, seen: &Seen<'_>, learned: &mut Learned, edges: &mut Edges) -> Option<()> {
        let (key, event) = (Key::Object(seen.object), seen.event);
        match event.operation {
            Operation::Send if event.leaf > 0 => self.send(seen, learned, edges)?,
            Operation::Send | Operation::TrySend => self.send_now(seen, learned, edges)?,
            Operation::Recv | Operation::TryRecv => self.recv(seen, edges)?,
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
        if learned.is_observed(seen.event) {
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
        if done {
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

/// A later poll of a wait for permits; whether it found them granted.
fn later_poll(
    grant: Option<super::fifo::Grant>,
    key: Key,
    observed: bool,
    edges: &mut Edges,
) -> bool {
    if observed {
        edges.touch(key, AccessKind::PermitsSeen);
    }
    let Some(grant) = grant else { return false };
    if observed {
        edges.soft.extend(grant.behind);
        edges.race.push(grant.by);
    } else {
        edges.hard.extend(grant.behind);
    }
    true
}

impl Oneshot {
    fn touch(&mut self, seen: &Seen<'_>, edges: &mut Edges) -> Option<()> {
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

fn touch_lock(fifo: &mut Fifo, kind: ObjectKind, seen: &Seen<'_>, edges: &mut Edges) -> Option<()> {
    let (key, event) = (Key::Object(seen.object), seen.event);
    let amount = match (event.operation, kind) {
        (Operation::Write | Operation::TryWrite, _) => READERS,
        (Operation::Unlock, ObjectKind::RwLock) if event.amount > 1 => READERS,
        _ => event.amount,
    };
    let shared = matches!(event.operation, Operation::Read | Operation::TryRead);
    match event.operation {
        Operation::Lock | Operation::Read | Operation::Write | Operation::Acquire
            if event.leaf > 0 =>
        {
            let granted = if seen.polled {
                later_poll(fifo.take_grant(event.leaf), key, seen.observed, edges)
            } else {
                let ticket = if shared {
                    AccessKind::TicketShared
                } else {
                    AccessKind::Ticket
                };
                edges.touch(key, ticket);
                if seen.observed {
                    edges.touch(key, AccessKind::PermitsSeen);
                }
                let granted = fifo.ticket(event.leaf, amount);
                edges.soft.extend(granted.iter().flatten());
                granted.is_some()
            };
            let done = event.effect == Effect::Done;
            (granted == done && event.effect != Effect::Closed).then_some(())
        }
        Operation::TryLock | Operation::TryRead | Operation::TryWrite | Operation::TryAcquire => {
            if event.effect != Effect::Done {
                edges.touch(key, AccessKind::TryFail);
                return (!fifo.has(amount)).then_some(());
            }
            let ok = if shared {
                AccessKind::TryOkShared
            } else {
                AccessKind::TryOk
            };
            edges.touch(key, ok);
            edges.soft.extend(
                fifo.has(amount)
                    .then(|| fifo.ticket(u32::MAX, amount))
                    .flatten()?,
            );
            Some(())
        }
        Operation::Unlock | Operation::Release | Operation::AddPermits => {
            let counted = kind == ObjectKind::Semaphore;
            let release = if counted {
                AccessKind::ReleaseCounted
            } else {
                AccessKind::Release
            };
            edges.touch(key, release);
            fifo.release(seen.index, amount);
            Some(())
        }
        Operation::Downgrade => {
            if event.effect == Effect::Done {
                edges.touch(key, AccessKind::Release);
                fifo.release(seen.index, READERS - 1);
            }
            Some(())
        }
        Operation::Cancel => {
            if fifo.cancel(event.leaf, seen.index) {
                let mutex = kind == ObjectKind::Mutex;
                edges.touch(
                    key,
                    if mutex {
                        AccessKind::CancelMutex
                    } else {
                        AccessKind::Cancel
                    },
                );
            }
            Some(())
        }
        _ => None,
    }
}

impl Notify {
    fn touch(&mut self, seen: &Seen<'_>, edges: &mut Edges) -> Option<()> {
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

/// A value that is read and written; for a watch, together with its version and its senders.
fn touch_register(seen: &Seen<'_>, edges: &mut Edges) -> Option<()> {
    let (value, receivers) = (Key::Object(seen.object), Key::Room(seen.object));
    match seen.event.operation {
        Operation::Load
        | Operation::Borrow
        | Operation::BorrowAndUpdate
        | Operation::DropBorrow
        | Operation::Changed
        | Operation::WaitFor => edges.touch(value, AccessKind::Read),
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
            edges.touch(receivers, AccessKind::Read);
        }
        Operation::DropSender | Operation::CloneSender => edges.touch(value, AccessKind::Count),
        Operation::DropReceiver | Operation::CloneReceiver => {
            edges.touch(receivers, AccessKind::Count);
        }
        // The new receiver has seen what was sent before.
        Operation::Subscribe => {
            edges.touch(value, AccessKind::Read);
            edges.touch(receivers, AccessKind::Count);
        }
        _ => return None,
    }
    Some(())
}

fn touch_task(
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
        Operation::IsFinished => edges.touch(key, AccessKind::CompletionSeen),
        Operation::Abort => {
            learned.set_abortable(task);
            edges.touch(Key::Abort(task), AccessKind::Abort);
        }
        _ => return None,
    }
    Some(())
}
