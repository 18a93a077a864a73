//! `Instant`: the virtual clock inside an execution, the real one outside.

use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::sync::OnceLock;
use std::time::Duration;

use crate::executor::current;

/// A moment: `tokio::time::Instant`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Instant(std::time::Instant);

/// Where virtual time starts in this process. Only differences to it are ever seen.
fn origin() -> std::time::Instant {
    static ORIGIN: OnceLock<std::time::Instant> = OnceLock::new();
    #[expect(
        clippy::disallowed_methods,
        reason = "an origin; nothing depends on its value"
    )]
    *ORIGIN.get_or_init(std::time::Instant::now)
}

impl Instant {
    /// Now, on the virtual clock inside an execution.
    #[must_use]
    pub fn now() -> Instant {
        match current::in_task() {
            Some(runtime) => Instant(origin() + runtime.now()),
            None => ::tokio::time::Instant::now().into(),
        }
    }

    /// The moment of an instant of std's, or of the mirror of that.
    pub fn from_std(std: impl Into<Instant>) -> Instant {
        std.into()
    }

    /// As an instant of std's.
    pub fn into_std(self) -> std::time::Instant {
        self.0
    }

    /// The time since an earlier moment; zero if that is later.
    pub fn duration_since(&self, earlier: Instant) -> Duration {
        self.0.duration_since(earlier.0)
    }

    /// The time since an earlier moment, if it is not later.
    pub fn checked_duration_since(&self, earlier: Instant) -> Option<Duration> {
        self.0.checked_duration_since(earlier.0)
    }

    /// The time since an earlier moment; zero if that is later.
    pub fn saturating_duration_since(&self, earlier: Instant) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }

    /// The time since this moment.
    pub fn elapsed(&self) -> Duration {
        Instant::now() - *self
    }

    /// The moment that much later, if it can be told.
    pub fn checked_add(&self, duration: Duration) -> Option<Instant> {
        self.0.checked_add(duration).map(Instant)
    }

    /// The moment that much earlier, if it can be told.
    pub fn checked_sub(&self, duration: Duration) -> Option<Instant> {
        self.0.checked_sub(duration).map(Instant)
    }

    /// A moment so late that it never comes, as tokio's `sleep` takes it for a duration that
    /// overflows.
    pub(super) fn far_future() -> Instant {
        Instant(origin() + Duration::from_secs(30 * 365 * 24 * 60 * 60))
    }

    /// As far from this moment as `to` is from `from`.
    fn moved(self, from: std::time::Instant, to: std::time::Instant) -> Instant {
        match to.checked_duration_since(from) {
            Some(later) => self + later,
            None => self - (from - to),
        }
    }

    /// Its virtual time.
    pub(super) fn virtual_time(self) -> Duration {
        self.0.saturating_duration_since(origin())
    }
}

impl From<std::time::Instant> for Instant {
    fn from(std: std::time::Instant) -> Instant {
        Instant(std)
    }
}

impl From<Instant> for std::time::Instant {
    fn from(instant: Instant) -> std::time::Instant {
        instant.0
    }
}

impl From<::tokio::time::Instant> for Instant {
    /// In a leak test, the same moment of its virtual time.
    fn from(instant: ::tokio::time::Instant) -> Instant {
        match clocks() {
            Some((real, ours)) => ours.moved(real.into_std(), instant.into_std()),
            None => Instant(instant.into_std()),
        }
    }
}

impl From<Instant> for ::tokio::time::Instant {
    /// In a leak test, the same moment on the clock that a dependency has there.
    fn from(instant: Instant) -> ::tokio::time::Instant {
        let instant = match clocks() {
            Some((real, ours)) => Instant(real.into_std()).moved(ours.0, instant.0),
            None => instant,
        };
        ::tokio::time::Instant::from_std(instant.0)
    }
}

/// The same moment on both clocks of an execution, if real tokio has one there.
fn clocks() -> Option<(::tokio::time::Instant, Instant)> {
    let passed = current::in_task()?.guest_now()?;
    Some((::tokio::time::Instant::now(), Instant(origin() + passed)))
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

impl Sub for Instant {
    type Output = Duration;
    fn sub(self, earlier: Instant) -> Duration {
        self.0.saturating_duration_since(earlier.0)
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
