//! What each event of an execution touches, and which events it needed.
//!
//! A shadow of every object follows the execution. Rules are those of the dependence table's
//! tests: a wait that parks at once, alone, is no access, and what completes it is a hard edge;
//! an observed one is an access, and what it found is a reversible race. Not here: clocks and
//! races (`races`), the table itself (`trace::dependence`).

mod barrier;
mod channel;
mod given_up;
mod lock;
mod register;
mod saved;
mod shutdown;
mod signal;
mod std_lock;

use self::barrier::Barrier;
use self::channel::Channel;
use self::given_up::GivenUp;
use self::lock::touch_lock;
use self::register::{touch_broadcast, touch_once, touch_register, touch_task};
use self::saved::Saved;
use self::shutdown::{Flag, Tracker};
use self::signal::{Notify, Oneshot};
use self::std_lock::StdLock;
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
    /// The event that woke its task, where what it found does not say why it could go on.
    pub(super) waker: Option<u32>,
    /// Releases behind a grant at once: before what follows, not before the ticket.
    pub(super) soft: Vec<u32>,
    /// Whether it pushed a value: then even its ticket is after the releases.
    pub(super) pushed: bool,
    /// What it would have touched, if it had not been blocked by who has a lock of std's; and
    /// since when that is taken.
    pub(super) blocked: Option<(Access, Option<u32>)>,
    /// An event before which it could have come, although there are others between.
    pub(super) before: Option<u32>,
}

impl Edges {
    pub(super) fn clear(&mut self) {
        self.accesses.clear();
        self.hard.clear();
        self.race.clear();
        self.waker = None;
        self.soft.clear();
        self.pushed = false;
        self.blocked = None;
        self.before = None;
    }

    /// Whether a value was pushed by who needed nobody to go on.
    pub(super) fn pushed_at_once(&self) -> bool {
        self.pushed && self.race.is_empty() && self.waker.is_none()
    }

    fn touch(&mut self, key: Key, kind: AccessKind) {
        self.accesses.push(Access { key, kind });
    }
}

/// The shadow of one object.
#[derive(Clone, Debug)]
enum Shadow {
    Channel(Channel),
    Oneshot(Oneshot),
    Lock {
        fifo: Fifo,
        kind: ObjectKind,
    },
    StdLock(StdLock),
    Notify(Notify),
    Barrier(Barrier),
    Flag(Flag),
    Tracker(Tracker),
    Register,
    Broadcast,
    Once,
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
    now: State,
    saved: Saved,
    /// Channels of executions before, for their buffers.
    spare: Vec<Channel>,
}

/// The shadows at one event of an execution.
#[derive(Default)]
struct State {
    objects: Vec<Option<Shadow>>,
    leaves: Vec<Leaf>,
    spawned: usize,
    given_up: GivenUp,
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
    /// Forgets the last execution.
    pub(super) fn clear(&mut self) {
        self.rewind(0);
    }

    /// Forgets what comes from this event on, or from one before it on: from which.
    pub(super) fn rewind(&mut self, event: u32) -> u32 {
        self.saved.restore(event, &mut self.now, &mut self.spare)
    }

    /// Keeps what is known so far, before this event, to come back to.
    pub(super) fn save(&mut self, event: u32) {
        self.saved.save(event, &self.now);
    }

    /// Whether a wait for this would be over at once, as far as that can be told.
    pub(super) fn is_ready(&self, object: ObjectId, operation: Operation) -> bool {
        let shadow = self
            .now
            .objects
            .get(object.index())
            .and_then(Option::as_ref);
        match (shadow, operation) {
            (Some(Shadow::Channel(channel)), _) => channel.has_value(),
            (Some(Shadow::Oneshot(oneshot)), _) => oneshot.has_ended(),
            (Some(Shadow::Flag(flag)), _) => flag.is_set(),
            (Some(Shadow::Task { ended, .. }), Operation::Join) => ended.is_some(),
            _ => false,
        }
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
        looks(index, trace, edges);
        touch_time(event, edges);
        if event.depth > 0 {
            self.nested(index, event, trace, learned);
        }
        // Where polls are not interrupted, whether a wait ends one is seen by all the others.
        let takes_turns = trace.shares_thread(event.task);
        let (polled, observed) = self.leaf(event, learned);
        if let Some(object) = event.object {
            let seen = Seen {
                index,
                event,
                object: trace.namesake(object),
                polled,
                observed: observed || takes_turns,
                takes_turns,
            };
            self.object(object, &seen, trace, learned);
            self.touch(object, &seen, trace, learned, edges);
        }
        if learned.is_abortable(event.task) {
            self.now.given_up.follow(event, &mut edges.accesses);
        }
        // What made a wait ready woke its task as well: it goes on without any other waker.
        let enabled = || {
            event.leaf > 0
                && event.effect == Effect::Done
                && !(edges.hard.is_empty() && edges.race.is_empty())
        };
        if let Some(waker) = event.woken_by
            && !edges.accesses.is_empty()
            && !enabled()
        {
            edges.waker = Some(waker);
        }
    }

    /// A value of a broadcast runs code of the user's where it is cloned or dropped: which of the
    /// receivers does that depends on their order.
    fn nested(&self, index: u32, event: &Event, trace: &Trace, learned: &mut Learned) {
        let before = trace.events[..index as usize].iter().rev();
        let mut outer =
            before.filter(|outer| outer.task == event.task && outer.depth < event.depth);
        if let Some(object) = outer.next().and_then(|outer| outer.object)
            && let Some(Some(Shadow::Broadcast)) = self.now.objects.get(object.index())
        {
            learned.set_unknown(trace.namesake(object));
        }
    }

    /// What is known of the future that polled: whether it did before, and whether it observes.
    fn leaf(&mut self, event: &Event, learned: &mut Learned) -> (bool, bool) {
        if event.leaf == 0 || event.operation == Operation::CreateNotified {
            return (false, true);
        }
        if event.effect == Effect::Pending || event.among {
            learned.wait(event);
        }
        let place = event.leaf as usize;
        if self.now.leaves.len() <= place {
            self.now.leaves.resize(place + 1, Leaf::default());
        }
        let leaf = &mut self.now.leaves[place];
        let polled = std::mem::replace(&mut leaf.polled, true);
        leaf.observed |= event.operation == Operation::EnableNotified
            || !learned.is_plain(event)
            || event.among
            || (event.effect == Effect::Pending && !event.alone);
        (polled, leaf.observed)
    }

    /// Makes the shadow of an object at its first event.
    fn object(&mut self, object: ObjectId, seen: &Seen<'_>, trace: &Trace, learned: &Learned) {
        if self.now.objects.len() <= object.index() {
            self.now.objects.resize_with(object.index() + 1, || None);
        }
        let slot = &mut self.now.objects[object.index()];
        if seen.event.operation == Operation::Spawn {
            self.now.spawned += 1;
            let task = trace
                .tasks
                .get(self.now.spawned)
                .map_or(TaskId::CLOCK, |task| task.id);
            *slot = Some(Shadow::Task { task, ended: None });
        }
        if learned.is_unknown(seen.object) {
            *slot = Some(Shadow::Unknown);
        } else if slot.is_none() {
            *slot = Some(shadow(trace, object, &mut self.spare));
        }
    }

    fn touch(
        &mut self,
        object: ObjectId,
        seen: &Seen<'_>,
        trace: &Trace,
        learned: &mut Learned,
        edges: &mut Edges,
    ) {
        let Some(shadow) = self.now.objects[object.index()].as_mut() else {
            return;
        };
        let unfinished = seen.event.effect == Effect::Pending && seen.event.leaf == 0;
        let known = matches!(
            shadow,
            Shadow::Timer | Shadow::Unknown | Shadow::Task { .. }
        );
        if unfinished && !known && !is_blocked(seen.event, trace) {
            // Its operation was interrupted in the middle: it runs user code.
            learned.set_unknown(seen.object);
            *shadow = Shadow::Unknown;
        }
        let known = match shadow {
            Shadow::Channel(channel) => channel.touch(seen, learned, edges),
            Shadow::Oneshot(oneshot) => oneshot.touch(seen, edges),
            Shadow::Lock { fifo, kind } => touch_lock(fifo, *kind, seen, learned, edges),
            Shadow::StdLock(lock) => lock.touch(seen, edges),
            Shadow::Notify(notify) => notify.touch(seen, edges),
            Shadow::Barrier(barrier) => barrier.touch(seen, edges),
            Shadow::Flag(flag) => flag.touch(seen, edges),
            Shadow::Tracker(tracker) => tracker.touch(seen, edges),
            Shadow::Register => touch_register(seen, edges),
            Shadow::Broadcast => touch_broadcast(seen, edges),
            Shadow::Once => touch_once(seen, edges),
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

/// Whether a task only tried to take a lock of std's that was taken: it is blocked until it is
/// given back, and then tries again.
pub(super) fn is_blocked(event: &Event, trace: &Trace) -> bool {
    let info = || event.object.and_then(|object| trace.object(object));
    event.effect == Effect::Pending
        && event.leaf == 0
        && matches!(
            event.operation,
            Operation::Lock | Operation::Read | Operation::Write
        )
        && info()
            .is_some_and(|info| matches!(info.kind, ObjectKind::StdMutex | ObjectKind::StdRwLock))
}

/// What an event touches of the virtual clock.
fn touch_time(event: &Event, edges: &mut Edges) {
    match event.operation {
        Operation::Now => edges.touch(Key::Time, AccessKind::Read),
        Operation::Advance | Operation::Pause => edges.touch(Key::Time, AccessKind::Write),
        _ => {}
    }
    if event.sets_timer {
        // One that waits for nothing but its time does not fire early.
        let kind = if event.alone {
            AccessKind::TimerSet
        } else {
            AccessKind::RacedTimerSet
        };
        edges.touch(Key::Time, kind);
        edges.touch(Key::Time, AccessKind::Read);
    }
}

/// What the step may have seen besides: whatever is done to these objects has an order with it.
fn looks(index: u32, trace: &Trace, edges: &mut Edges) {
    let first = trace.looks.partition_point(|look| look.event < index);
    let here = trace.looks[first..].iter();
    for look in here.take_while(|look| look.event == index) {
        let object = trace.namesake(look.object);
        edges.touch(Key::Object(object), AccessKind::Any);
        edges.touch(Key::Room(object), AccessKind::Any);
    }
}

fn shadow(trace: &Trace, object: ObjectId, spare: &mut Vec<Channel>) -> Shadow {
    let Some(info) = trace.object(object).filter(|info| !info.foreign) else {
        return Shadow::Unknown;
    };
    let mut channel = |room| {
        let mut channel = spare.pop().unwrap_or_default();
        channel.reset(room);
        Shadow::Channel(channel)
    };
    let lock = |permits| Shadow::Lock {
        fifo: Fifo::new(permits),
        kind: info.kind,
    };
    match (info.kind, info.capacity) {
        (ObjectKind::Mpsc, Some(capacity)) => channel(Some(capacity)),
        // The ends of its members are queued, and taken in their order.
        (ObjectKind::UnboundedMpsc | ObjectKind::JoinSet, _) | (ObjectKind::StdMpsc, None) => {
            channel(None)
        }
        (ObjectKind::Oneshot, _) => Shadow::Oneshot(Oneshot::default()),
        (ObjectKind::Mutex, _) => lock(1),
        (ObjectKind::RwLock, _) => lock(READERS),
        (kind @ (ObjectKind::StdMutex | ObjectKind::StdRwLock), _) => {
            Shadow::StdLock(StdLock::new(kind))
        }
        (ObjectKind::Semaphore, Some(permits)) => lock(permits),
        (ObjectKind::Notify, _) => Shadow::Notify(Notify::default()),
        (ObjectKind::Barrier, Some(size)) => Shadow::Barrier(Barrier::new(size)),
        (ObjectKind::CancellationToken | ObjectKind::SetOnce, _) => Shadow::Flag(Flag::default()),
        (ObjectKind::TaskTracker, _) => Shadow::Tracker(Tracker::default()),
        (ObjectKind::Watch | ObjectKind::Atomic | ObjectKind::Pipe | ObjectKind::LocalSet, _) => {
            Shadow::Register
        }
        (ObjectKind::Broadcast, _) => Shadow::Broadcast,
        (ObjectKind::OnceCell | ObjectKind::StdOnce, _) => Shadow::Once,
        (ObjectKind::Task, _) => Shadow::Task {
            task: TaskId::BODY,
            ended: None,
        },
        (ObjectKind::Timer, _) => Shadow::Timer,
        // How many permits there are, or how many have to come, is not known.
        (ObjectKind::Mpsc | ObjectKind::Semaphore | ObjectKind::Barrier, None) => Shadow::Unknown,
        // No order of these is known to make no difference.
        (
            ObjectKind::StdCondvar
            | ObjectKind::StdBarrier
            | ObjectKind::StdMpsc
            | ObjectKind::Split
            | ObjectKind::Thread,
            _,
        ) => Shadow::Unknown,
    }
}
