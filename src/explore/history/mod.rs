//! What each event of an execution touches, and which events it needed.
//!
//! A shadow of every object follows the execution. Rules are those of the dependence table's
//! tests: a wait that parks at once, alone, is no access, and what completes it is a hard edge;
//! an observed one is an access, and what it found is a reversible race. Not here: clocks and
//! races (`races`), the table itself (`trace::dependence`).

mod channel;
mod lock;
mod register;
mod shutdown;
mod signal;

use self::channel::Channel;
use self::lock::touch_lock;
use self::register::{touch_register, touch_task};
use self::shutdown::{Token, Tracker};
use self::signal::{Notify, Oneshot};
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
    Token(Token),
    Tracker(Tracker),
    Register,
    Task {
        task: TaskId,
        ended: Option<u32>,
    },
    Timer,
    /// The table does not know it.
    Unknown,
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
    /// What it counts as.
    object: ObjectId,
    /// Whether its future was polled before.
    polled: bool,
    /// Whether it observes that it is, or is not, ready.
    observed: bool,
    /// Whether its task shares its thread with others.
    takes_turns: bool,
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
        match event.operation {
            Operation::Now => edges.touch(Key::Time, AccessKind::Read),
            Operation::Advance | Operation::Pause => edges.touch(Key::Time, AccessKind::Write),
            _ => {}
        }
        // Where polls are not interrupted, whether a wait ends one is seen by all the others.
        let takes_turns = trace.shares_thread(event.task);
        let (polled, observed) = self.leaf(event, learned);
        let observed = observed || takes_turns;
        if let Some(object) = event.object {
            self.object(index, object, event, trace, learned);
            let seen = Seen {
                index,
                event,
                object: trace.namesake(object),
                polled,
                observed,
                takes_turns,
            };
            self.touch(object, &seen, learned, edges);
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
        if learned.is_unknown(trace.namesake(object)) {
            *slot = Some(Shadow::Unknown);
        } else if slot.is_none() {
            *slot = Some(shadow(trace, object));
        }
    }

    fn touch(
        &mut self,
        object: ObjectId,
        seen: &Seen<'_>,
        learned: &mut Learned,
        edges: &mut Edges,
    ) {
        let Some(shadow) = self.objects[object.index()].as_mut() else {
            return;
        };
        let unfinished = seen.event.effect == Effect::Pending && seen.event.leaf == 0;
        let known = matches!(
            shadow,
            Shadow::Timer | Shadow::Unknown | Shadow::Task { .. }
        );
        if unfinished && !known {
            // Its operation was interrupted in the middle: it runs user code.
            learned.set_unknown(seen.object);
            *shadow = Shadow::Unknown;
        }
        let known = match shadow {
            Shadow::Channel(channel) => channel.touch(seen, learned, edges),
            Shadow::Oneshot(oneshot) => oneshot.touch(seen, edges),
            Shadow::Lock { fifo, kind } => touch_lock(fifo, *kind, seen, learned, edges),
            Shadow::Notify(notify) => notify.touch(seen, edges),
            Shadow::Token(token) => token.touch(seen, edges),
            Shadow::Tracker(tracker) => tracker.touch(seen, edges),
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
    let Some(info) = trace.object(object).filter(|info| !info.foreign) else {
        return Shadow::Unknown;
    };
    let channel = |room| Shadow::Channel(Channel::new(room));
    let lock = |permits| Shadow::Lock {
        fifo: Fifo::new(permits),
        kind: info.kind,
    };
    match (info.kind, info.capacity) {
        (ObjectKind::Mpsc, Some(capacity)) => channel(Some(Fifo::new(capacity))),
        // The ends of its members are queued, and taken in their order.
        (ObjectKind::UnboundedMpsc | ObjectKind::JoinSet, _) | (ObjectKind::StdMpsc, None) => {
            channel(None)
        }
        (ObjectKind::Oneshot, _) => Shadow::Oneshot(Oneshot::default()),
        (ObjectKind::Mutex, _) => lock(1),
        (ObjectKind::RwLock, _) => lock(READERS),
        (ObjectKind::Semaphore, Some(permits)) => lock(permits),
        (ObjectKind::Notify, _) => Shadow::Notify(Notify::default()),
        (ObjectKind::CancellationToken, _) => Shadow::Token(Token::default()),
        (ObjectKind::TaskTracker, _) => Shadow::Tracker(Tracker::default()),
        (
            ObjectKind::Watch
            | ObjectKind::Atomic
            | ObjectKind::Pipe
            | ObjectKind::LocalSet
            | ObjectKind::StdOnce,
            _,
        ) => Shadow::Register,
        (ObjectKind::Task, _) => Shadow::Task {
            task: TaskId::BODY,
            ended: None,
        },
        (ObjectKind::Timer, _) => Shadow::Timer,
        _ => Shadow::Unknown,
    }
}
