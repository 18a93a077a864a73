//! The mirror of `tokio::time`: virtual inside an execution.

mod clock;
pub mod error;
mod instant;
mod interval;
mod sleep;
mod timeout;

pub use self::clock::{advance, pause, resume};
use self::error::Elapsed;
pub use self::instant::Instant;
pub use self::interval::{Interval, interval, interval_at};
pub use self::sleep::{Sleep, sleep, sleep_until};
pub(crate) use self::timeout::timeout_from;
pub use self::timeout::{Timeout, timeout, timeout_at};
pub use ::tokio::time::MissedTickBehavior;
pub use std::time::Duration;
