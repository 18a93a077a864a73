//! The mirror of `tokio::time`: virtual inside an execution.

pub mod error;
mod instant;
mod sleep;
mod timeout;

use self::error::Elapsed;
pub use self::instant::Instant;
pub use self::sleep::{Sleep, sleep, sleep_until};
pub(crate) use self::timeout::timeout_from;
pub use self::timeout::{Timeout, timeout, timeout_at};
pub use std::time::Duration;
