//! `timeout`: a future raced against a timer.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{Duration, Elapsed, Instant, Sleep};
use crate::trace::{Operation, Site};

pin_project! {
    /// A future with a deadline: `tokio::time::Timeout`.
    #[derive(Debug)]
    pub struct Timeout<T> {
        #[pin]
        value: T,
        #[pin]
        delay: Sleep,
    }
}

/// Gives a future that long to be ready: `tokio::time::timeout`.
#[track_caller]
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    timeout_from(Site::caller(), duration, future)
}

/// As [`timeout`], for a method of another primitive that was called at a known place.
pub(crate) fn timeout_from<F: IntoFuture>(
    site: Site,
    duration: Duration,
    future: F,
) -> Timeout<F::IntoFuture> {
    let deadline = Instant::now()
        .checked_add(duration)
        .unwrap_or_else(Instant::far_future);
    Timeout {
        value: future.into_future(),
        delay: Sleep::made_at(site, deadline, Operation::Timeout),
    }
}

/// Gives a future until that moment to be ready: `tokio::time::timeout_at`.
#[track_caller]
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    Timeout {
        value: future.into_future(),
        delay: Sleep::new(deadline, Operation::Timeout),
    }
}

impl<T> Timeout<T> {
    /// The future inside: `tokio::time::Timeout::get_ref`.
    pub fn get_ref(&self) -> &T {
        &self.value
    }

    /// The future inside: `tokio::time::Timeout::get_mut`.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// The future inside, without its deadline: `tokio::time::Timeout::into_inner`.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T: Future> Future for Timeout<T> {
    type Output = Result<T::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(output) = this.value.poll(context) {
            return Poll::Ready(Ok(output));
        }
        this.delay.poll(context).map(|()| Err(Elapsed::new()))
    }
}
