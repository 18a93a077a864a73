//! What the thread that waits for a check can see of it: that it moves, and where it may hang.
//!
//! Not here: what to do about a stall; that is `check`'s.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::trace::{Ending, Site, TaskId, Trace};

/// A task that was switched out in the middle of a poll.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Suspension {
    pub(crate) task: TaskId,
    /// The operation that it stands before.
    pub(crate) site: Site,
    /// Whether that operation is synchronous: there a lock that the mirror cannot see may be held.
    pub(crate) synchronous: bool,
}

/// How many places share one allocation.
const CHUNK: usize = 64;

/// Whether tasks stand at places. Only the check's own thread says so: often, and so without a lock.
type Flags = [AtomicBool; CHUNK];

/// Where tasks were switched out in the middle of a poll, so far.
#[derive(Default)]
struct Shown {
    places: Vec<Suspension>,
    /// For each of them, whether its task stands there now.
    flags: Vec<Arc<Flags>>,
}

/// A place that a runtime has shown.
#[derive(Clone, Copy)]
struct Known {
    place: Suspension,
    /// Its number at the monitor.
    number: usize,
    /// The one of the same task that was known before it.
    before: Option<usize>,
}

/// Where a task stands.
#[derive(Clone, Copy, Default)]
struct Stands {
    /// The last of its places that is known.
    last_known: Option<usize>,
    /// The number of the place where it is, if it is switched out.
    at: Option<usize>,
}

/// The places that one runtime has shown to its monitor.
#[derive(Default)]
pub(super) struct Places {
    known: Vec<Known>,
    tasks: Vec<Stands>,
    flags: Vec<Arc<Flags>>,
    /// How many tasks stand somewhere.
    standing: usize,
}

/// Shared between a check's thread and the thread that waits for it.
#[derive(Default)]
pub(crate) struct Monitor {
    beat: AtomicU64,
    /// Whether an execution is on: in between, the search thinks about what it saw.
    inside: AtomicBool,
    shown: Mutex<Shown>,
    /// Why the check fails, should teardown never end.
    verdict: Mutex<Option<(Ending, Trace)>>,
    has_verdict: AtomicBool,
    /// Why the check fails, should what follows the failing execution never end.
    found: Mutex<Option<(Ending, Trace)>>,
    /// Nobody waits for the check any more.
    retired: AtomicBool,
}

impl Monitor {
    /// Says that the check moved on.
    pub(super) fn beat(&self) {
        // Only this thread writes: no read-modify-write is needed.
        self.beat
            .store(self.beat.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// A number that changes while the check moves.
    pub(crate) fn beats(&self) -> u64 {
        self.beat.load(Ordering::Relaxed)
    }

    /// An execution begins.
    pub(super) fn enter(&self) {
        self.inside.store(true, Ordering::Relaxed);
    }

    /// Whether an execution is on, so that something of the user's can hang.
    pub(crate) fn is_inside(&self) -> bool {
        self.inside.load(Ordering::Relaxed)
    }

    /// An execution is over, its teardown included.
    pub(super) fn clear(&self) {
        self.inside.store(false, Ordering::Relaxed);
        if self.has_verdict.load(Ordering::Relaxed) {
            self.has_verdict.store(false, Ordering::Relaxed);
            take(&self.verdict);
        }
    }

    /// The check fails, whatever comes after.
    pub(crate) fn note_found(&self, ending: &Ending, trace: &Trace) {
        let found = Some((ending.clone(), trace.clone()));
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }

    /// The tasks that stand in the middle of a poll right now.
    pub(crate) fn suspensions(&self) -> Vec<Suspension> {
        let shown = self.shown();
        let flags = shown.flags.iter().flat_map(|flags| flags.iter());
        let places = shown.places.iter().zip(flags);
        let standing = places.filter(|(_, stands)| stands.load(Ordering::Acquire));
        standing.map(|(&place, _)| place).collect()
    }

    pub(super) fn note_verdict(&self, ending: &Ending, trace: &Trace) {
        let verdict = Some((ending.clone(), trace.clone()));
        *self.verdict.lock().unwrap_or_else(PoisonError::into_inner) = verdict;
        self.has_verdict.store(true, Ordering::Relaxed);
    }

    /// The verdict that was known before teardown began.
    pub(crate) fn take_verdict(&self) -> Option<(Ending, Trace)> {
        take(&self.found).or_else(|| take(&self.verdict))
    }

    /// Nobody waits any more: should the check's thread ever move again, it ends.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Relaxed)
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    /// A task was switched out.
    pub(super) fn suspend(&mut self, monitor: &Monitor, at: Suspension) {
        let task = at.task.index();
        if self.tasks.len() <= task {
            self.tasks.resize(task + 1, Stands::default());
        }
        let number = self.find(at).unwrap_or_else(|| self.show(monitor, at));
        self.tasks[task].at = Some(number);
        self.standing += 1;
        self.set(number, true);
    }

    /// The number of a place that is known.
    fn find(&self, at: Suspension) -> Option<usize> {
        let mut next = self.tasks[at.task.index()].last_known;
        while let Some(known) = next.map(|next| self.known[next]) {
            let place = known.place;
            if place.site.is_same(at.site) && place.synchronous == at.synchronous {
                return Some(known.number);
            }
            next = known.before;
        }
        None
    }

    /// Shows a place that is new; its number.
    fn show(&mut self, monitor: &Monitor, at: Suspension) -> usize {
        let mut shown = monitor.shown();
        let number = shown.places.len();
        shown.places.push(at);
        if shown.flags.len() * CHUNK <= number {
            let flags = [const { AtomicBool::new(false) }; CHUNK];
            shown.flags.push(Arc::new(flags));
        }
        let new = shown.flags[self.flags.len()..].iter().cloned();
        self.flags.extend(new);
        let last_known = &mut self.tasks[at.task.index()].last_known;
        let before = last_known.replace(self.known.len());
        self.known.push(Known {
            place: at,
            number,
            before,
        });
        number
    }

    fn set(&self, number: usize, stands: bool) {
        self.flags[number / CHUNK][number % CHUNK].store(stands, Ordering::Release);
    }

    /// A task goes on.
    pub(super) fn resume(&mut self, task: TaskId) {
        let stands = self.tasks.get_mut(task.index());
        if let Some(number) = stands.and_then(|stands| stands.at.take()) {
            self.standing -= 1;
            self.set(number, false);
        }
    }

    /// An execution is over: who was left where they were does not count any more.
    pub(super) fn clear(&mut self) {
        for task in 0..self.tasks.len() {
            if self.standing == 0 {
                return;
            }
            self.resume(TaskId(task as u32));
        }
    }
}

fn take<T>(place: &Mutex<Option<T>>) -> Option<T> {
    let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
    // It is large, and nearly always empty.
    if place.is_some() { place.take() } else { None }
}
