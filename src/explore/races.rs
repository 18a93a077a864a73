//! Vector clocks over the events of an execution, and the races between them.
//!
//! The algorithm is that of Abdulla, Aronis, Jonsson, Sagonas (*Source Sets*, JACM 2017), over
//! accesses instead of whole operations. An event has two clocks: its *tick*,
//! for what it depends on, and its *completion*, for what its task does next; they differ where a
//! grant at once has releases behind it that its ticket is not after.

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
    width: usize,
    ticks: Vec<u32>,
    completions: Vec<u32>,
    /// Each task's clock, and how many events it had.
    now: Vec<u32>,
    counts: Vec<u32>,
    /// For each event: its task's entry, and how many events that task has had with it.
    entries: Vec<(u32, u32)>,
    accesses: Vec<Access>,
    touches: Touches,
    /// Where each event's accesses end.
    ends: Vec<u32>,
    /// Where each task's current poll began, by event; and for each event, where its poll began. A
    /// poll in the middle of another one is a part of that.
    polls: Vec<u32>,
    poll_of: Vec<u32>,
    /// The event that spawned each task.
    spawns: Vec<Option<u32>>,
    spawned: usize,
    /// How many tasks there is room for.
    tasks: usize,
    wakes: usize,
    /// How many events the history of this execution has.
    shadowed: usize,
    /// Each task's last event; kept for its buffer.
    last: Vec<u32>,
    /// The races that were found: the earlier event, and the later one; those that were found in
    /// an execution before come first.
    found: Vec<(u32, u32)>,
    seen: usize,
    /// Events that were blocked, what they would have touched, and since when it is taken.
    blocked: Vec<(u32, Access, Option<u32>)>,
    /// The races of those that were blocked to the end.
    ending: Vec<(u32, u32)>,
    buffers: Buffers,
}

/// What is worked out for one event; kept from one to the next.
#[derive(Default)]
struct Buffers {
    /// The clock of everything that had to be before it.
    before: Vec<u32>,
    /// Earlier events of other tasks that it depends on, or found.
    related: Vec<usize>,
    /// Those of them that nothing else had to be after; the latest first.
    direct: Vec<usize>,
}

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
        self.history.clear();
        self.shadowed = 0;
        self.now.fill(0);
        self.counts.fill(0);
        self.polls.fill(0);
        for index in 0..event {
            let (at, count) = self.entries[index];
            let at = at as usize;
            self.last[at] = index as u32;
            self.counts[at] = count;
            self.polls[at] = self.poll_of[index];
        }
        for at in (0..self.width).filter(|&at| self.counts[at] > 0) {
            let from = self.last[at] as usize * self.width;
            let row = &self.completions[from..from + self.width];
            self.now[at * self.width..(at + 1) * self.width].copy_from_slice(row);
        }
        self.ticks.truncate(event * self.width);
        self.completions.truncate(event * self.width);
        self.entries.truncate(event);
        self.ends.truncate(event);
        self.accesses
            .truncate(self.ends.last().map_or(0, |&end| end as usize));
        self.touches.rewind(event as u32);
        self.poll_of.truncate(event);
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
    pub(super) fn accesses_between(&self, first: usize, end: usize) -> &[Access] {
        let start = if first == 0 { 0 } else { self.ends[first - 1] };
        &self.accesses[start as usize..self.ends[end - 1] as usize]
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

    /// Follows the events that are known already: of them, only the objects' shadows are missing.
    fn shadow(&mut self, trace: &Trace, learned: &mut Learned) {
        for index in self.shadowed..self.len() {
            self.edges.clear();
            let event = &trace.events[index];
            self.history
                .follow(index as u32, event, trace, learned, &mut self.edges);
        }
        self.shadowed = self.len();
        let known = self.len() as u32;
        self.wakes = trace.wakes.partition_point(|wake| wake.event < known);
    }

    /// Makes room for more tasks. Names of tasks stay over executions, so this is rare.
    fn widen(&mut self, tasks: usize) {
        if tasks <= self.width {
            return;
        }
        let (old, new) = (self.width, tasks.next_power_of_two().max(4));
        for clocks in [&mut self.ticks, &mut self.completions, &mut self.now] {
            let rows = clocks.len().checked_div(old).unwrap_or(0);
            let mut wider = vec![0; rows * new];
            for row in 0..rows {
                wider[row * new..row * new + old]
                    .copy_from_slice(&clocks[row * old..(row + 1) * old]);
            }
            *clocks = wider;
        }
        self.width = new;
        self.now.resize(new * new, 0);
        self.counts.resize(new, 0);
        self.polls.resize(new, 0);
        self.spawns.resize(new, None);
        self.last.resize(new, 0);
    }

    fn event(&mut self, trace: &Trace, learned: &mut Learned) {
        let index = self.len();
        let event = &trace.events[index];
        let at = entry(event.task);
        self.shadowed = index + 1;
        self.edges.clear();
        self.history
            .follow(index as u32, event, trace, learned, &mut self.edges);
        self.add_wakes(index, trace);
        self.note_spawn(index, event, trace);
        let blocked = self.edges.blocked;
        self.blocked
            .extend(blocked.map(|(access, began)| (index as u32, access, began)));
        let mut buffers = std::mem::take(&mut self.buffers);
        self.work_out(at, event, &mut buffers);
        if event.starts_poll {
            let outer = trace.lender(event.task, index);
            self.polls[at] = outer.map_or(index as u32, |outer| self.polls[entry(outer)]);
        }
        self.store(index, at);
        let Buffers {
            before,
            related,
            direct,
        } = &mut buffers;
        let all = related.len();
        related.retain(|&other| self.tells(other, index, event));
        if related.len() == all {
            // What `races` would find, known from working out the clock.
            let pairs = direct.iter().rev();
            self.found
                .extend(pairs.map(|&other| (other as u32, index as u32)));
        } else {
            for &other in related.iter() {
                if self.races(other, related, before) {
                    self.found.push((other as u32, index as u32));
                }
            }
        }
        if let Some(other) = self
            .edges
            .before
            .filter(|&other| self.is_open(other, at, before))
        {
            self.found.push((other, index as u32));
        }
        self.buffers = buffers;
    }

    /// Notes the races of those who are blocked to the end: whoever has the lock could have taken
    /// it later. (Of those who take it in the end, that is the race.)
    pub(super) fn look_at_blocked(&mut self) {
        for place in 0..self.blocked.len() {
            let (event, access, began) = self.blocked[place];
            let (at, count) = self.entries[event as usize];
            if self.counts[at as usize] != count {
                continue;
            }
            let before = &self.now[at as usize * self.width..][..self.width];
            let dependent = self.touches.dependent(access, at);
            let related: Vec<usize> = dependent
                .filter(|&other| other < event)
                .map(|other| other as usize)
                .collect();
            for &other in &related {
                if self.races(other, &related, before) {
                    self.ending.push((other as u32, event));
                }
            }
            if let Some(other) = began.filter(|&other| self.is_open(other, at as usize, before)) {
                self.ending.push((other, event));
            }
        }
    }

    /// The clocks of the event that comes next, of the task with this entry, and what it is related
    /// to.
    fn work_out(&mut self, at: usize, event: &Event, buffers: &mut Buffers) {
        let Buffers {
            before,
            related,
            direct,
        } = buffers;
        self.before(at, event, before);
        self.related(at, related);
        let width = self.width;
        let start = self.ticks.len();
        self.ticks.extend_from_slice(before);
        let (ticks, tick) = self.ticks.split_at_mut(start);
        direct.clear();
        // The latest first: what it is after is in its clock, and need not be joined again.
        for &other in related.iter().rev() {
            let (by, count) = self.entries[other];
            if tick[by as usize] < count {
                direct.push(other);
                join(tick, &ticks[other * width..(other + 1) * width]);
            }
        }
        self.counts[at] += 1;
        tick[at] = self.counts[at];
        self.completions.extend_from_slice(tick);
        let (completions, completion) = self.completions.split_at_mut(start);
        for &release in &self.edges.soft {
            let release = release as usize * width;
            join(completion, &completions[release..release + width]);
        }
        if self.edges.pushed && !self.edges.soft.is_empty() {
            tick.copy_from_slice(completion);
        }
        self.now[at * width..(at + 1) * width].copy_from_slice(completion);
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

    fn note_spawn(&mut self, index: usize, event: &Event, trace: &Trace) {
        if event.operation == Operation::Spawn {
            self.spawned += 1;
            if let Some(task) = trace.tasks.get(self.spawned) {
                self.spawns[entry(task.id)] = Some(index as u32);
            }
        }
    }

    /// The clock of everything that had to be before an event.
    fn before(&self, at: usize, event: &Event, clock: &mut Vec<u32>) {
        clock.clear();
        clock.extend_from_slice(&self.now[at * self.width..(at + 1) * self.width]);
        if self.counts[at] == 0
            && let Some(spawn) = self.spawns[at]
        {
            join(clock, self.row(&self.completions, spawn as usize));
        }
        if event.operation == Operation::Fire && event.alone {
            // Time passes only when nothing else can happen: after everything.
            for other in 0..self.width {
                join(
                    clock,
                    &self.now[other * self.width..(other + 1) * self.width],
                );
            }
        }
        for &hard in &self.edges.hard {
            join(clock, self.row(&self.completions, hard as usize));
        }
    }

    fn row<'a>(&self, clocks: &'a [u32], event: usize) -> &'a [u32] {
        &clocks[event * self.width..(event + 1) * self.width]
    }

    /// Earlier events of other tasks that this one depends on, or found. Of the events of one task
    /// with one kind of access only the last one: those before it are before it.
    fn related(&self, at: usize, related: &mut Vec<usize>) {
        related.clear();
        for &access in &self.edges.accesses {
            let dependent = self.touches.dependent(access, at as u32);
            related.extend(dependent.map(|event| event as usize));
        }
        let found = self.edges.race.iter().map(|&event| event as usize);
        related.extend(found.filter(|&event| self.entries[event].0 as usize != at));
        if related.len() > 1 {
            related.sort_unstable();
            related.dedup();
        }
    }

    fn store(&mut self, index: usize, at: usize) {
        self.poll_of.push(self.polls[at]);
        self.entries.push((at as u32, self.counts[at]));
        self.touches
            .add(index as u32, at as u32, &self.edges.accesses);
        self.accesses.append(&mut self.edges.accesses);
        self.ends.push(self.accesses.len() as u32);
    }

    /// Whether an event is before another one.
    pub(super) fn precedes(&self, one: usize, other: usize) -> bool {
        self.is_before(one, self.row(&self.ticks, other))
    }

    /// Where the poll of an event began.
    pub(super) fn poll_of(&self, event: usize) -> usize {
        self.poll_of[event] as usize
    }

    /// The event that spawned a task, if it was spawned in this execution so far.
    pub(super) fn spawn_of(&self, task: TaskId) -> Option<u32> {
        self.spawns.get(entry(task)).copied().flatten()
    }

    /// Whether event `one` is before the event with this tick.
    fn is_before(&self, one: usize, tick: &[u32]) -> bool {
        let (at, count) = self.entries[one];
        tick[at as usize] >= count
    }

    /// Whether the order of a related event and this one can be told at all.
    fn tells(&self, one: usize, index: usize, event: &Event) -> bool {
        let (theirs, own) = (self.accesses(one), self.accesses(index));
        let pairs = |tell: &dyn Fn(Access) -> bool| {
            let mut own = own.iter().copied().filter(|&own| tell(own));
            own.any(|own| theirs.iter().any(|&theirs| depends(own, theirs)))
        };
        let edges = &self.edges;
        if edges.pushed && edges.race.is_empty() {
            // What is granted at once is pushed after the releases behind it, whenever the ticket
            // was taken: only the ticket can have come before what they are after.
            let behind = |&release: &u32| {
                let release = release as usize;
                one == release || self.is_before(one, self.row(&self.completions, release))
            };
            let waits = edges.soft.iter().any(behind);
            return !waits || pairs(&|own| own.kind != AccessKind::Push);
        }
        // A task that was woken twice is as well woken by the second alone.
        let woken = event.woken_by == Some(one as u32);
        let found = edges.race.iter().filter(|&&race| race == one as u32);
        !woken || found.count() > 1 || pairs(&|_| true)
    }

    /// Whether an event of another task need not be before one of this task.
    fn is_open(&self, other: u32, at: usize, before: &[u32]) -> bool {
        let other = other as usize;
        self.entries[other].0 as usize != at && !self.is_before(other, before)
    }

    /// Whether a related event is not before this one anyway, by necessity or through another
    /// related event.
    fn races(&self, one: usize, related: &[usize], before: &[u32]) -> bool {
        !self.is_before(one, before)
            && !related
                .iter()
                .any(|&other| other != one && self.is_before(one, self.row(&self.ticks, other)))
    }
}

/// The later of two clocks, entry by entry. Without iterators: tests run without optimisation, and
/// there each of them would be a few calls an entry.
fn join(clock: &mut [u32], other: &[u32]) {
    let mut at = 0;
    while at < clock.len() {
        if clock[at] < other[at] {
            clock[at] = other[at];
        }
        at += 1;
    }
}
