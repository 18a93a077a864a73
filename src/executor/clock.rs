//! Virtual time: timers, and which of them may fire.
//!
//! A timer that a task awaits alone fires only at quiescence. One that is raced against something
//! else may fire early, because real work takes time; deadlines keep their order either way.

use std::task::Waker;
use std::time::Duration;

use crate::trace::{ObjectId, Site};

/// A timer's name in its execution: how many were registered before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct TimerId(u64);

/// A registered timer that has not fired.
pub(super) struct Timer {
    id: TimerId,
    deadline: Duration,
    pub(super) object: ObjectId,
    pub(super) site: Site,
    waker: Waker,
    /// Its task waits for something else as well.
    raced: bool,
    /// It is raced whatever else its task waits for.
    always_raced: bool,
}

/// The clock of one execution.
#[derive(Default)]
pub(super) struct Clock {
    /// Virtual time since the execution began.
    pub(super) now: Duration,
    /// Pending timers, the earliest deadline first, equal ones by registration.
    timers: Vec<Timer>,
    registered: u64,
    /// How many raced timers may still fire before things have settled.
    pub(super) early_left: usize,
    /// How many tasks have moved the clock, and let others see it before it moves again.
    pub(super) held: usize,
}

impl Clock {
    pub(super) fn reset(&mut self, early: usize) {
        self.now = Duration::ZERO;
        self.timers.clear();
        self.registered = 0;
        self.early_left = early;
        self.held = 0;
    }

    pub(super) fn register(&mut self, mut timer: Timer) -> TimerId {
        timer.id = TimerId(self.registered);
        self.registered += 1;
        let id = timer.id;
        let place = self
            .timers
            .partition_point(|other| other.deadline <= timer.deadline);
        self.timers.insert(place, timer);
        id
    }

    fn find(&mut self, id: TimerId) -> Option<&mut Timer> {
        self.timers.iter_mut().find(|timer| timer.id == id)
    }

    pub(super) fn is_pending(&self, id: TimerId) -> bool {
        self.timers.iter().any(|timer| timer.id == id)
    }

    pub(super) fn set_waker(&mut self, id: TimerId, waker: &Waker) {
        if let Some(timer) = self.find(id) {
            timer.waker.clone_from(waker);
        }
    }

    pub(super) fn set_raced(&mut self, id: TimerId, raced: bool) {
        if let Some(timer) = self.find(id) {
            timer.raced = raced || timer.always_raced;
        }
    }

    pub(super) fn cancel(&mut self, id: TimerId) -> Option<Timer> {
        let place = self.timers.iter().position(|timer| timer.id == id)?;
        Some(self.timers.remove(place))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.timers.is_empty()
    }

    /// When the earliest timer is due.
    pub(super) fn earliest(&self) -> Option<Duration> {
        self.timers.first().map(|timer| timer.deadline)
    }

    /// Whether the earliest timer may fire although tasks can still run.
    pub(super) fn may_fire_early(&self) -> bool {
        let Some(first) = self.timers.first() else {
            return false;
        };
        self.early_left > 0
            && self
                .timers
                .iter()
                .take_while(|timer| timer.deadline == first.deadline)
                .any(|timer| timer.raced)
    }

    /// Fires one raced timer among the earliest.
    pub(super) fn fire_early(&mut self) -> Option<Timer> {
        let place = self.timers.iter().position(|timer| timer.raced)?;
        debug_assert!(self.may_fire_early());
        self.early_left -= 1;
        let timer = self.timers.remove(place);
        self.now = self.now.max(timer.deadline);
        Some(timer)
    }

    /// Moves to the earliest deadline and takes one of the timers that are due then.
    pub(super) fn fire_next(&mut self) -> Option<Timer> {
        let deadline = self.timers.first()?.deadline;
        self.now = self.now.max(deadline);
        self.take_due()
    }

    /// Takes a timer whose deadline has passed.
    pub(super) fn take_due(&mut self) -> Option<Timer> {
        let due = self
            .timers
            .first()
            .is_some_and(|timer| timer.deadline <= self.now);
        due.then(|| self.timers.remove(0))
    }
}

impl Timer {
    pub(super) fn new(
        deadline: Duration,
        object: ObjectId,
        site: Site,
        waker: Waker,
        always_raced: bool,
    ) -> Timer {
        Timer {
            id: TimerId(0),
            deadline,
            object,
            site,
            waker,
            raced: false,
            always_raced,
        }
    }

    /// Whether its task waits for something else as well.
    pub(super) fn is_raced(&self) -> bool {
        self.raced
    }

    pub(super) fn wake(self) {
        self.waker.wake();
    }
}
