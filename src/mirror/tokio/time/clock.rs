//! `pause`, `resume` and `advance`: an execution's clock always stands still while tasks can run.

use std::future::Future;

use super::Duration;
use crate::config::Flavor;
use crate::executor::{current, drive};
use crate::mirror::tokio::task::yield_now;
use crate::trace::Site;

/// Stops the clock: `tokio::time::pause`. Inside an execution it is virtual already; but from now on
/// raced timers, too, fire only once things have settled.
///
/// # Panics
///
/// As tokio's, outside of executions; inside of one, in a `#[tokio::test]` with several threads.
#[track_caller]
pub fn pause() {
    let Some(executor) = current::in_task() else {
        return ::tokio::time::pause();
    };
    let settings = &executor.settings;
    assert!(
        !(settings.runtime.strict && settings.flavor == Flavor::MultiThread),
        "`time::pause()` requires the `current_thread` Tokio runtime. This is the default Runtime \
         used by `#[tokio::test]`."
    );
    drive::pause(Site::caller());
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

/// Moves the clock, and lets others see it: `tokio::time::advance`. From then on raced timers, too,
/// fire only once things have settled.
#[track_caller]
pub fn advance(duration: Duration) -> impl Future<Output = ()> {
    let site = Site::caller();
    async move {
        if current::in_task().is_none() {
            return ::tokio::time::advance(duration).await;
        }
        let held = drive::advance(duration, site);
        yield_now().await;
        drop(held);
    }
}
