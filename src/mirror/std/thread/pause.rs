//! What a thread does with itself: it parks, sleeps, or gives up its turn.

#![expect(
    clippy::disallowed_methods,
    reason = "outside of executions threads are real"
)]

use std::thread as real;
use std::time::Duration;

use super::handle;
use crate::executor::{current, hold};
use crate::trace::{Operation, Site};

/// Blocks the thread until somebody unparks it: `std::thread::park`. Inside an execution it does not
/// return without a reason, as std's may.
#[track_caller]
pub fn park() {
    match handle::controlled() {
        Some(thread) => thread.park(Operation::Park, Site::caller(), None),
        None => real::park(),
    }
}

/// As [`park`], for so long at most: `std::thread::park_timeout`.
#[track_caller]
pub fn park_timeout(duration: Duration) {
    match handle::controlled() {
        Some(thread) => thread.park(Operation::ParkTimeout, Site::caller(), Some(duration)),
        None => real::park_timeout(duration),
    }
}

/// As [`park_timeout`], in milliseconds: `std::thread::park_timeout_ms`.
#[deprecated = "replaced by `std::thread::park_timeout`"]
#[track_caller]
pub fn park_timeout_ms(milliseconds: u32) {
    park_timeout(Duration::from_millis(u64::from(milliseconds)));
}

/// Blocks the thread for so long: `std::thread::sleep`. Inside an execution time is virtual, and
/// passes once nothing else can happen.
#[track_caller]
pub fn sleep(duration: Duration) {
    match current::in_task() {
        Some(runtime) if duration.is_zero() => runtime.yield_thread(Site::caller()),
        Some(_) => hold::sleep(Site::caller(), duration),
        None => real::sleep(duration),
    }
}

/// As [`sleep`], in milliseconds: `std::thread::sleep_ms`.
#[deprecated = "replaced by `std::thread::sleep`"]
#[track_caller]
pub fn sleep_ms(milliseconds: u32) {
    sleep(Duration::from_millis(u64::from(milliseconds)));
}

/// Lets other threads go first: `std::thread::yield_now`.
#[track_caller]
pub fn yield_now() {
    match current::in_task() {
        Some(runtime) => runtime.yield_thread(Site::caller()),
        None => real::yield_now(),
    }
}
