//! The mirror of `std::time::Instant`: the virtual clock inside an execution, the real one outside.

use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::time::{Duration, Instant as Real};

use crate::mirror::tokio::time;

/// A moment: `std::time::Instant`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(Real);

impl Instant {
    /// Now, on the virtual clock inside an execution: `std::time::Instant::now`.
    #[must_use]
    pub fn now() -> Instant {
        time::Instant::now().into()
    }

    /// The time since an earlier moment, or zero if that is later:
    /// `std::time::Instant::duration_since`.
    #[must_use]
    pub fn duration_since(&self, earlier: Instant) -> Duration {
        self.0.duration_since(earlier.0)
    }

    /// The time since an earlier moment, if it is not later:
    /// `std::time::Instant::checked_duration_since`.
    #[must_use]
    pub fn checked_duration_since(&self, earlier: Instant) -> Option<Duration> {
        self.0.checked_duration_since(earlier.0)
    }

    /// The time since an earlier moment, or zero if that is later:
    /// `std::time::Instant::saturating_duration_since`.
    #[must_use]
    pub fn saturating_duration_since(&self, earlier: Instant) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }

    /// The time since this moment: `std::time::Instant::elapsed`.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Instant::now() - *self
    }

    /// The moment that much later, if it can be told: `std::time::Instant::checked_add`.
    #[must_use]
    pub fn checked_add(&self, duration: Duration) -> Option<Instant> {
        self.0.checked_add(duration).map(Instant)
    }

    /// The moment that much earlier, if it can be told: `std::time::Instant::checked_sub`.
    #[must_use]
    pub fn checked_sub(&self, duration: Duration) -> Option<Instant> {
        self.0.checked_sub(duration).map(Instant)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Real> for Instant {
    fn from(real: Real) -> Instant {
        Instant(real)
    }
}

impl From<Instant> for Real {
    fn from(instant: Instant) -> Real {
        instant.0
    }
}

impl From<time::Instant> for Instant {
    fn from(instant: time::Instant) -> Instant {
        Instant(instant.into_std())
    }
}

impl From<Instant> for time::Instant {
    fn from(instant: Instant) -> time::Instant {
        time::Instant::from(instant.0)
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;
    fn add(self, duration: Duration) -> Instant {
        Instant(self.0 + duration)
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        self.0 += duration;
    }
}

impl Sub<Duration> for Instant {
    type Output = Instant;
    fn sub(self, duration: Duration) -> Instant {
        Instant(self.0 - duration)
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, duration: Duration) {
        self.0 -= duration;
    }
}

impl Sub for Instant {
    type Output = Duration;
    fn sub(self, earlier: Instant) -> Duration {
        self.0 - earlier.0
    }
}
