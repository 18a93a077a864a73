//! Which events of an execution are before which, and the races between them.
//!
//! The algorithm is that of Abdulla, Aronis, Jonsson, Sagonas (*Source Sets*, JACM 2017), over
//! accesses instead of whole operations. The two clocks of an event differ where a grant at once has
//! releases behind it that its ticket is not after.

use super::clocks::Clocks;
use super::history::{Edges, History};
use super::learned::Learned;
use super::touches::Touches;
use crate::trace::dependence::{Access, AccessKind, Key, depends};
use crate::trace::{Event, Operation, TaskId, Trace};

/// What is known of the events of the current execution.
#[derive(Default)]
pub(super) struct Races {
    history: History,
    edges: Edges,
    /// Entries of a clock: the clock task, the body, the other tasks by their number.
    clocks: Clocks,
    entries: Vec<Entry>,
    /// Each task's last event; [`NONE`] if it had none.
    last: Vec<u32>,
    accesses: Vec<Access>,
    touches: Touches,
    /// The event that spawned each task.
    spawns: Vec<Option<u32>>,
    spawned: usize,
    /// How many tasks there is room for.
    tasks: usize,
    wakes: usize,
    /// How many events the history of this execution has.
    shadowed: usize,
    /// The races that were found: the earlier event, and the later one; those that were found in
    /// an execution before come first.
    found: Vec<(u32, u32)>,
    seen: usize,
    /// Events that were blocked, what they would have touched, and since when it is taken.
    blocked: Vec<(u32, Access, Option<u32>)>,
    /// The races of those that were blocked to the end.
    ending: Vec<(u32, u32)>,
    // Of the event that is worked out; kept for their buffers.
    /// The clock of everything that had to be before it, if it is related to any.
    before: Vec<u32>,
    /// Earlier events of other tasks that it depends on, or found.
    related: Vec<u32>,
    /// Those of them that nothing else had to be after; the latest first.
    direct: Vec<u32>,
}

const NONE: u32 = u32::MAX;

/// What is kept of an event.
#[derive(Clone, Copy)]
struct Entry {
    /// Its task's entry in clocks.
    at: u32,
    /// How many events that task has had with it.
    count: u32,
    /// The task's event before it.
    previous: u32,
    /// The event with which its poll began. A poll in the middle of another one is a part of that.
    poll: u32,
    /// Where its accesses end.
    end: u32,
}

#[inline]
pub(super) fn entry(task: TaskId) -> usize {
    if task == TaskId::CLOCK {
        0
    } else {
        task.index() + 1
    }
}

impl Races {
    /// Forgets the last execution, but for what comes before an event: that comes again.
    pub(super) fn rewind(&mut self, event: usize) {
        let event = event.min(self.len());
        self.shadowed = self.history.rewind(event as u32) as usize;
        for entry in self.entries.drain(event..).rev() {
            self.last[entry.at as usize] = entry.previous;
        }
        self.clocks.truncate(event);
        self.accesses
            .truncate(self.entries.last().map_or(0, |entry| entry.end as usize));
        self.touches.rewind(event as u32);
        let forgotten = |spawn: &mut u32| *spawn >= event as u32;
        for spawn in &mut self.spawns {
            spawn.take_if(forgotten);
        }
        self.spawned = self.spawns.iter().flatten().count();
        self.wakes = 0;
        self.tasks = 0;
        self.seen = self
            .found
            .partition_point(|&(_, later)| later < event as u32);
        self.found.truncate(self.seen);
        self.blocked.retain(|&(blocked, ..)| blocked < event as u32);
        self.ending.clear();
    }

    /// Becomes as good as new, but for its buffers.
    pub(super) fn forget_all(&mut self) {
        self.rewind(0);
        self.clocks.clear();
        self.last.clear();
        self.spawns.clear();
        self.touches.forget_keys();
    }

    /// How many events were looked at.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What became of the objects.
    pub(super) fn history(&self) -> &History {
        &self.history
    }

    /// What an event touches.
    pub(super) fn accesses(&self, event: usize) -> &[Access] {
        self.accesses_between(event, event + 1)
    }

    /// What the events from one on touch, up to another one.
    #[inline]
    pub(super) fn accesses_between(&self, first: usize, end: usize) -> &[Access] {
        let start = match first {
            0 => 0,
            first => self.entries[first - 1].end,
        };
        &self.accesses[start as usize..self.entries[end - 1].end as usize]
    }

    /// The races that were found in this execution, and not in one that began with the same events:
    /// the earlier event, and the later one.
    pub(super) fn found(&self) -> &[(u32, u32)] {
        &self.found[self.seen..]
    }

    /// The races of those that were blocked to the end.
    pub(super) fn ending(&self) -> &[(u32, u32)] {
        &self.ending
    }

    /// Looks at the events that were added since, and notes every race between one of them and an
    /// earlier event.
    pub(super) fn follow(&mut self, trace: &Trace, learned: &mut Learned) {
        for task in &trace.tasks[self.tasks..] {
            self.widen(entry(task.id) + 1);
        }
        self.tasks = trace.tasks.len();
        if self.shadowed < self.len() {
            self.shadow(trace, learned);
        }
        while self.len() < trace.events.len() {
            self.event(trace, learned);
        }
    }

    /// Follows the events that are known already, but for the shadows of objects.
    fn shadow(&mut self, trace: &Trace, learned: &mut Learned) {
        for index in self.shadowed..self.len() {
            self.edges.clear();
            let event = &trace.events[index];
            self.history
                .follow(index as u32, event, trace, learned, &mut self.edges);
        }
        self.shadowed = self.len();
        let known = self.len() as u32;
        self.history.save(known);
        self.wakes = trace.wakes.partition_point(|wake| wake.event < known);
    }

    /// Makes room for more tasks. Names of tasks stay over executions, so this is rare.
    fn widen(&mut self, tasks: usize) {
        if tasks <= self.clocks.width() {
            return;
        }
        let new = tasks.next_power_of_two().max(4);
        self.clocks.widen(new);
        self.spawns.resize(new, None);
        self.last.resize(new, NONE);
    }

    fn event(&mut self, trace: &Trace, learned: &mut Learned) {
        let index = self.len();
        let event = &trace.events[index];
        let at = entry(event.task);
        self.shadowed = index + 1;
        self.edges.clear();
        self.history
            .follow(index as u32, event, trace, learned, &mut self.edges);
        let waker = self.edges.waker;
        if waker.is_some_and(|waker| self.is_rewoken(waker, index, trace)) {
            self.edges.waker = None;
        }
        if self.wakes < trace.wakes.len() {
            self.add_wakes(index, trace);
        }
        if event.operation == Operation::Spawn {
            self.note_spawn(index, trace);
        }
        if let Some((access, began)) = self.edges.blocked {
            self.blocked.push((index as u32, access, began));
        }
        self.relate(at);
        let (last, mut count, mut poll) = (self.last[at], 1, 0);
        if let Some(last) = self.entries.get(last as usize) {
            (count, poll) = (last.count + 1, last.poll);
        }
        if event.starts_poll {
            poll = self.poll_of_new(index, event, trace);
        }
        let tells_all = self.tells_all(event);
        self.begin_clock(last, at, event);
        if !tells_all || self.edges.before.is_some() {
            self.before.clear();
            self.before.extend_from_slice(self.clocks.last());
        }
        self.work_out(at, count);
        self.store(
            index,
            Entry {
                at: at as u32,
                count,
                previous: last,
                poll,
                end: self.accesses.len() as u32,
            },
        );
        if !self.related.is_empty() || self.edges.before.is_some() {
            self.find_races(index, at, event, tells_all);
        }
    }

    /// Whether the task of an event could go on without the one that woke it: another event, which is
    /// not after that one, woke it as well.
    fn is_rewoken(&self, waker: u32, index: usize, trace: &Trace) -> bool {
        let latest = trace.rewakes.iter().rev();
        let mut others = latest.take_while(|wake| wake.event > waker);
        others.any(|wake| {
            let other = wake.event as usize;
            wake.task == trace.events[index].task
                && other < index
                && !self.precedes(waker as usize, other)
        })
    }

    /// Where the poll began that the event is the first of.
    fn poll_of_new(&self, index: usize, event: &Event, trace: &Trace) -> u32 {
        let Some(outer) = trace.lender(event.task, index) else {
            return index as u32;
        };
        let last = self.last[entry(outer)];
        self.entries
            .get(last as usize)
            .map_or(0, |entry| entry.poll)
    }

    /// Notes every race between an event and those that it is related to.
    fn find_races(&mut self, index: usize, at: usize, event: &Event, tells_all: bool) {
        let mut related = std::mem::take(&mut self.related);
        let all = related.len();
        if !tells_all {
            related.retain(|&other| self.tells(other as usize, index, event));
        }
        if related.len() == all {
            // What `races` would find, known from working out the clock.
            let pairs = self.direct.iter().rev();
            self.found.extend(pairs.map(|&other| (other, index as u32)));
        } else {
            for &other in &related {
                if self.races(other, &related, &self.before) {
                    self.found.push((other, index as u32));
                }
            }
        }
        self.related = related;
        let open = |&other: &u32| self.is_open(other, at, &self.before);
        if let Some(other) = self.edges.before.filter(open) {
            self.found.push((other, index as u32));
        }
    }

    /// Notes the races of those who are blocked to the end: whoever has the lock could have taken
    /// it later. (Of those who take it in the end, that is the race.)
    pub(super) fn look_at_blocked(&mut self) {
        for place in 0..self.blocked.len() {
            let (event, access, began) = self.blocked[place];
            let at = self.entries[event as usize].at;
            if self.last[at as usize] != event {
                continue;
            }
            let before = self.clocks.completion(event);
            let dependent = self.touches.dependent(access, at);
            let related: Vec<u32> = dependent.filter(|&other| other < event).collect();
            for &other in &related {
                if self.races(other, &related, before) {
                    self.ending.push((other, event));
                }
            }
            if let Some(other) = began.filter(|&other| self.is_open(other, at as usize, before)) {
                self.ending.push((other, event));
            }
        }
    }

    /// The clocks of the event that comes next, from what had to be before it and what it is related
    /// to; `count` is how many events its task has had with it.
    #[inline]
    fn work_out(&mut self, at: usize, count: u32) {
        self.direct.clear();
        // The latest first: what it is after is in its clock, and need not be joined again.
        for &other in self.related.iter().rev() {
            let Entry { at, count, .. } = self.entries[other as usize];
            if self.clocks.last()[at as usize] < count {
                self.direct.push(other);
                self.clocks.join_tick(other);
            }
        }
        self.clocks.last()[at] = count;
        self.clocks.complete(&self.edges.soft, self.edges.pushed);
    }

    /// The order of wakes of a task that is in the middle of several waits can be told.
    fn add_wakes(&mut self, index: usize, trace: &Trace) {
        while let Some(wake) = trace
            .wakes
            .get(self.wakes)
            .filter(|wake| wake.event <= index as u32)
        {
            self.wakes += 1;
            let access = Access {
                key: Key::Wake(wake.task),
                kind: AccessKind::Wake,
            };
            if wake.event == index as u32 && !self.edges.accesses.contains(&access) {
                self.edges.accesses.push(access);
            }
        }
    }

    fn note_spawn(&mut self, index: usize, trace: &Trace) {
        self.spawned += 1;
        if let Some(task) = trace.tasks.get(self.spawned) {
            self.spawns[entry(task.id)] = Some(index as u32);
        }
    }

    /// Begins the next event's clock, with everything that had to be before it.
    #[inline]
    fn begin_clock(&mut self, last: u32, at: usize, event: &Event) {
        let after = match last {
            NONE => self.spawns[at],
            last => Some(last),
        };
        self.clocks.begin(after);
        if event.operation == Operation::Fire && event.alone {
            // Time passes only when nothing else can happen: after everything.
            for &last in self.last.iter().filter(|&&last| last != NONE) {
                self.clocks.join_completion(last);
            }
        }
        for &hard in &self.edges.hard {
            self.clocks.join_completion(hard);
        }
    }

    /// Earlier events of other tasks that this one depends on, or found. Of the events of one task
    /// with one kind of access only the last one: those before it are before it.
    #[inline]
    fn relate(&mut self, at: usize) {
        self.related.clear();
        for &access in &self.edges.accesses {
            for other in self.touches.dependent(access, at as u32) {
                self.related.push(other);
            }
        }
        for &event in self.edges.race.iter().chain(&self.edges.waker) {
            if self.entries[event as usize].at as usize != at {
                self.related.push(event);
            }
        }
        if self.related.len() > 1 {
            self.related.sort_unstable();
            self.related.dedup();
        }
    }

    #[inline]
    fn store(&mut self, index: usize, mut entry: Entry) {
        self.touches
            .add(index as u32, entry.at, &self.edges.accesses);
        self.accesses.extend_from_slice(&self.edges.accesses);
        entry.end = self.accesses.len() as u32;
        self.last[entry.at as usize] = index as u32;
        self.entries.push(entry);
    }

    /// Whether event `one` is before the event with this number.
    pub(super) fn precedes(&self, one: usize, other: usize) -> bool {
        self.is_before(one, self.clocks.tick(other))
    }

    /// Where the poll of an event began.
    pub(super) fn poll_of(&self, event: usize) -> usize {
        self.entries[event].poll as usize
    }

    /// The event that spawned a task, if it was spawned in this execution so far.
    pub(super) fn spawn_of(&self, task: TaskId) -> Option<u32> {
        self.spawns.get(entry(task)).copied().flatten()
    }

    /// Whether event `one` is before the event with this tick.
    fn is_before(&self, one: usize, tick: &[u32]) -> bool {
        let Entry { at, count, .. } = self.entries[one];
        tick[at as usize] >= count
    }

    /// Whether it is plain that its order with every related event can be told.
    fn tells_all(&self, event: &Event) -> bool {
        match self.edges.pushed_at_once() {
            true => self.edges.soft.is_empty(),
            false => event.woken_by.is_none(),
        }
    }

    /// Whether the order of a related event and this one can be told at all.
    #[inline]
    fn tells(&self, one: usize, index: usize, event: &Event) -> bool {
        let (theirs, own) = (self.accesses(one), self.accesses(index));
        let pairs = |tell: &dyn Fn(Access) -> bool| {
            let mut own = own.iter().copied().filter(|&own| tell(own));
            own.any(|own| theirs.iter().any(|&theirs| depends(own, theirs)))
        };
        let edges = &self.edges;
        if edges.pushed_at_once() {
            // What is granted at once is pushed after the releases behind it, whenever the ticket
            // was taken: only the ticket can have come before what they are after.
            let behind = |&release: &u32| {
                one == release as usize || self.is_before(one, self.clocks.completion(release))
            };
            let waits = edges.soft.iter().any(behind);
            return !waits || pairs(&|own| own.kind != AccessKind::Push);
        }
        // A task that was woken twice is as well woken by the second alone.
        let woken = event.woken_by == Some(one as u32);
        let found = edges.race.iter().chain(&edges.waker);
        let found = found.filter(|&&race| race == one as u32);
        !woken || found.count() > 1 || pairs(&|_| true)
    }

    /// Whether an event of another task need not be before one of this task.
    fn is_open(&self, other: u32, at: usize, before: &[u32]) -> bool {
        let other = other as usize;
        self.entries[other].at as usize != at && !self.is_before(other, before)
    }

    /// Whether a related event is not before this one anyway, by necessity or through another
    /// related event.
    fn races(&self, one: u32, related: &[u32], before: &[u32]) -> bool {
        let after = |&other: &u32| other != one && self.precedes(one as usize, other as usize);
        !self.is_before(one as usize, before) && !related.iter().any(after)
    }
}
