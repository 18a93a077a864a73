//! `yield_now`.

use std::future::{Future, poll_fn};
use std::task::Poll;

use crate::executor::current;
use crate::trace::Site;

/// Lets other tasks run: `tokio::task::yield_now`.
#[track_caller]
pub fn yield_now() -> impl Future<Output = ()> {
    let site = Site::caller();
    async move {
        if current::in_task().is_none() {
            return ::tokio::task::yield_now().await;
        }
        let mut yielded = false;
        poll_fn(|context| {
            if yielded {
                return Poll::Ready(());
            }
            yielded = true;
            if let Some(runtime) = current::in_task() {
                runtime.yield_task(site);
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}
