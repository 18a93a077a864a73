//! `pause`, `resume` and `advance`: an execution's clock always stands still while tasks can run.

use std::future::Future;

use super::Duration;
use crate::executor::{current, drive};
use crate::mirror::tokio::task::yield_now;
use crate::trace::Site;

/// Stops the clock: `tokio::time::pause`. Inside an execution it stands already.
///
/// # Panics
///
/// As tokio's, outside of executions.
#[track_caller]
pub fn pause() {
    if current::in_task().is_none() {
        ::tokio::time::pause();
    }
}

/// Lets the clock go on: `tokio::time::resume`. Inside an execution it stays virtual.
///
/// # Panics
///
/// As tokio's, outside of executions.
#[track_caller]
pub fn resume() {
    if current::in_task().is_none() {
        ::tokio::time::resume();
    }
}

/// Moves the clock, and lets others see it: `tokio::time::advance`.
#[track_caller]
pub fn advance(duration: Duration) -> impl Future<Output = ()> {
    let site = Site::caller();
    async move {
        if current::in_task().is_none() {
            return ::tokio::time::advance(duration).await;
        }
        drive::advance(duration, site);
        yield_now().await;
    }
}
