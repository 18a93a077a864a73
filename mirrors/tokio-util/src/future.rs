//! `tokio_util::future`, controlled.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use leak_harness::Site;
use leak_harness::time::{Instant, Timeout, timeout, timeout_at};
use pin_project_lite::pin_project;

use crate::sync::{CancellationToken, RunUntilCancelled, RunUntilCancelledOwned};

/// What futures can do besides: `tokio_util::future::FutureExt`.
pub trait FutureExt: Future {
    /// Gives the future that long: `tokio_util::future::FutureExt::timeout`.
    #[track_caller]
    fn timeout(self, duration: Duration) -> Timeout<Self>
    where
        Self: Sized,
    {
        timeout(duration, self)
    }

    /// Gives the future until that moment: `tokio_util::future::FutureExt::timeout_at`.
    #[track_caller]
    fn timeout_at(self, deadline: Instant) -> Timeout<Self>
    where
        Self: Sized,
    {
        timeout_at(deadline, self)
    }

    /// Runs the future until the token is cancelled, unless it is already:
    /// `tokio_util::future::FutureExt::with_cancellation_token`.
    #[track_caller]
    fn with_cancellation_token(
        self,
        token: &CancellationToken,
    ) -> WithCancellationTokenFuture<'_, Self>
    where
        Self: Sized,
    {
        let site = Site::caller();
        let runs = !token.is_cancelled_at(site);
        WithCancellationTokenFuture {
            run: runs.then(|| RunUntilCancelled::new(token, site, self)),
        }
    }

    /// As `with_cancellation_token`, without a borrow:
    /// `tokio_util::future::FutureExt::with_cancellation_token_owned`.
    #[track_caller]
    fn with_cancellation_token_owned(
        self,
        token: CancellationToken,
    ) -> WithCancellationTokenFutureOwned<Self>
    where
        Self: Sized,
    {
        let site = Site::caller();
        let runs = !token.is_cancelled_at(site);
        WithCancellationTokenFutureOwned {
            run: runs.then(|| RunUntilCancelledOwned::new(token, site, self)),
        }
    }
}

impl<F: Future + ?Sized> FutureExt for F {}

pin_project! {
    /// A future until a token is cancelled.
    #[must_use = "futures do nothing unless polled"]
    pub struct WithCancellationTokenFuture<'a, F> {
        #[pin]
        run: Option<RunUntilCancelled<'a, F>>,
    }
}

pin_project! {
    /// A future until a token is cancelled.
    #[must_use = "futures do nothing unless polled"]
    pub struct WithCancellationTokenFutureOwned<F> {
        #[pin]
        run: Option<RunUntilCancelledOwned<F>>,
    }
}

impl<F: Future> Future for WithCancellationTokenFuture<'_, F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().run.as_pin_mut() {
            Some(run) => run.poll(context),
            None => Poll::Ready(None),
        }
    }
}

impl<F: Future> Future for WithCancellationTokenFutureOwned<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().run.as_pin_mut() {
            Some(run) => run.poll(context),
            None => Poll::Ready(None),
        }
    }
}
