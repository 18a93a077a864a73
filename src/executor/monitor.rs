//! What the thread that waits for a check can see of it: that it moves, and where it may hang.
//!
//! Not here: what to do about a stall; that is `check`'s.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

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

/// Shared between a check's thread and the thread that waits for it.
#[derive(Default)]
pub(crate) struct Monitor {
    beat: AtomicU64,
    /// Whether an execution is on: in between, the search thinks about what it saw.
    inside: AtomicBool,
    suspended: Mutex<Vec<Suspension>>,
    /// Why the check fails, should teardown never end.
    verdict: Mutex<Option<(Ending, Trace)>>,
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

    pub(super) fn suspend(&self, suspension: Suspension) {
        self.lock().push(suspension);
    }

    pub(super) fn resume(&self, task: TaskId) {
        self.lock().retain(|suspension| suspension.task != task);
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
        self.lock().clear();
        take(&self.verdict);
    }

    /// The check fails, whatever comes after.
    pub(crate) fn note_found(&self, ending: &Ending, trace: &Trace) {
        let found = Some((ending.clone(), trace.clone()));
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }

    /// The tasks that stand in the middle of a poll right now.
    pub(crate) fn suspensions(&self) -> Vec<Suspension> {
        self.lock().clone()
    }

    pub(super) fn note_verdict(&self, ending: &Ending, trace: &Trace) {
        let verdict = Some((ending.clone(), trace.clone()));
        *self.verdict.lock().unwrap_or_else(PoisonError::into_inner) = verdict;
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

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Suspension>> {
        self.suspended
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn take<T>(place: &Mutex<Option<T>>) -> Option<T> {
    let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
    // It is large, and nearly always empty.
    if place.is_some() { place.take() } else { None }
}
