//! `Interval`: a timer that is set anew at every tick.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::{Duration, Instant, MissedTickBehavior, Sleep};
use crate::executor::current;
use crate::trace::{Operation, Site};

/// A tick this late counts as missed.
const LATE: Duration = Duration::from_millis(5);
/// The longest period: that of an interval whose next tick never comes.
const LONGEST: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// Ticks at a fixed period: `tokio::time::Interval`.
#[derive(Debug)]
pub struct Interval(Kind);

#[derive(Debug)]
enum Kind {
    Real(::tokio::time::Interval),
    Controlled(Ticks),
}

/// An interval of an execution.
#[derive(Debug)]
struct Ticks {
    delay: Pin<Box<Sleep>>,
    period: Duration,
    behavior: MissedTickBehavior,
}

/// An interval whose first tick is now: `tokio::time::interval`.
///
/// # Panics
///
/// Panics if the period is zero.
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    interval_at(Instant::now(), period)
}

/// An interval whose first tick is at `start`: `tokio::time::interval_at`.
///
/// # Panics
///
/// Panics if the period is zero.
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    assert!(period > Duration::ZERO, "`period` must be non-zero.");
    if current::in_task().is_none() {
        return Interval(Kind::Real(::tokio::time::interval_at(start.into(), period)));
    }
    Interval(Kind::Controlled(Ticks {
        delay: Box::pin(Sleep::new(start, Operation::Tick)),
        period: period.min(LONGEST),
        behavior: MissedTickBehavior::default(),
    }))
}

impl Interval {
    /// Waits for the next tick: `tokio::time::Interval::tick`.
    #[track_caller]
    pub fn tick(&mut self) -> impl Future<Output = Instant> {
        let site = Site::caller();
        // Not `Unpin`, as tokio's.
        async move { poll_fn(|context| self.poll_at(site, context)).await }
    }

    /// As `tick`, by hand: `tokio::time::Interval::poll_tick`.
    #[track_caller]
    pub fn poll_tick(&mut self, context: &mut Context<'_>) -> Poll<Instant> {
        self.poll_at(Site::caller(), context)
    }

    pub(crate) fn poll_at(&mut self, site: Site, context: &mut Context<'_>) -> Poll<Instant> {
        match &mut self.0 {
            Kind::Real(real) => real.poll_tick(context).map(Instant::from),
            Kind::Controlled(ticks) => ticks.poll_at(site, context),
        }
    }

    /// The next tick is a period from now: `tokio::time::Interval::reset`.
    pub fn reset(&mut self) {
        match &mut self.0 {
            Kind::Real(real) => real.reset(),
            Kind::Controlled(ticks) => ticks.reset_at(Instant::now() + ticks.period),
        }
    }

    /// The next tick is now: `tokio::time::Interval::reset_immediately`.
    pub fn reset_immediately(&mut self) {
        match &mut self.0 {
            Kind::Real(real) => real.reset_immediately(),
            Kind::Controlled(ticks) => ticks.reset_at(Instant::now()),
        }
    }

    /// The next tick is so long from now: `tokio::time::Interval::reset_after`.
    pub fn reset_after(&mut self, after: Duration) {
        match &mut self.0 {
            Kind::Real(real) => real.reset_after(after),
            Kind::Controlled(ticks) => ticks.reset_at(Instant::now() + after.min(LONGEST)),
        }
    }

    /// The next tick is then: `tokio::time::Interval::reset_at`.
    pub fn reset_at(&mut self, deadline: Instant) {
        match &mut self.0 {
            Kind::Real(real) => real.reset_at(deadline.into()),
            Kind::Controlled(ticks) => ticks.reset_at(deadline),
        }
    }

    /// What happens to ticks that were missed: `tokio::time::Interval::missed_tick_behavior`.
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        match &self.0 {
            Kind::Real(real) => real.missed_tick_behavior(),
            Kind::Controlled(ticks) => ticks.behavior,
        }
    }

    /// Says what happens to ticks that are missed:
    /// `tokio::time::Interval::set_missed_tick_behavior`.
    pub fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        match &mut self.0 {
            Kind::Real(real) => real.set_missed_tick_behavior(behavior),
            Kind::Controlled(ticks) => ticks.behavior = behavior,
        }
    }

    /// The time between ticks: `tokio::time::Interval::period`.
    pub fn period(&self) -> Duration {
        match &self.0 {
            Kind::Real(real) => real.period(),
            Kind::Controlled(ticks) => ticks.period,
        }
    }
}

impl From<Interval> for ::tokio::time::Interval {
    /// For a crate whose signatures want tokio's own type. In a leak test, that crate's timers have a
    /// paused runtime of real tokio.
    fn from(interval: Interval) -> ::tokio::time::Interval {
        let ticks = match interval.0 {
            Kind::Real(real) => return real,
            Kind::Controlled(ticks) => ticks,
        };
        let next = ticks.delay.deadline().into();
        let mut real = ::tokio::time::interval_at(next, ticks.period);
        real.set_missed_tick_behavior(ticks.behavior);
        real
    }
}

impl From<::tokio::time::Interval> for Interval {
    /// For what another crate made. In a leak test, that crate's timers have a paused runtime of real
    /// tokio.
    fn from(interval: ::tokio::time::Interval) -> Interval {
        Interval(Kind::Real(interval))
    }
}

impl Ticks {
    fn poll_at(&mut self, site: Site, context: &mut Context<'_>) -> Poll<Instant> {
        self.delay.as_mut().awaited_at(site);
        ready!(self.delay.as_mut().poll(context));
        let due = self.delay.deadline();
        let next = self.next_after(due, Instant::now());
        self.delay.as_mut().reset(next);
        Poll::Ready(due)
    }

    /// When it ticks after a tick that was due then and came now.
    fn next_after(&self, due: Instant, now: Instant) -> Instant {
        if now <= due + LATE {
            return due + self.period;
        }
        match self.behavior {
            MissedTickBehavior::Burst => due + self.period,
            MissedTickBehavior::Delay => now + self.period,
            MissedTickBehavior::Skip => {
                let late = (now - due).as_nanos() % self.period.as_nanos();
                let late = u64::try_from(late).expect("a rest is less than a period");
                now + (self.period - Duration::from_nanos(late))
            }
        }
    }

    fn reset_at(&mut self, deadline: Instant) {
        self.delay.as_mut().reset(deadline);
    }
}
