//! A future that runs until a token is cancelled.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use leak_harness::Site;
use pin_project_lite::pin_project;

use super::{CancellationToken, WaitForCancellationFuture, WaitForCancellationFutureOwned};

pin_project! {
    pub(crate) struct RunUntilCancelled<'a, F> {
        #[pin]
        cancelled: WaitForCancellationFuture<'a>,
        #[pin]
        future: F,
    }
}

pin_project! {
    pub(crate) struct RunUntilCancelledOwned<F> {
        #[pin]
        cancelled: WaitForCancellationFutureOwned,
        #[pin]
        future: F,
    }
}

impl<'a, F> RunUntilCancelled<'a, F> {
    pub(crate) fn new(token: &'a CancellationToken, site: Site, future: F) -> Self {
        let cancelled = token.cancelled_at(site);
        RunUntilCancelled { cancelled, future }
    }
}

impl<F> RunUntilCancelledOwned<F> {
    pub(crate) fn new(token: CancellationToken, site: Site, future: F) -> Self {
        let cancelled = token.cancelled_owned_at(site);
        RunUntilCancelledOwned { cancelled, future }
    }
}

/// The future goes first: if both are ready, it wins.
fn poll<F: Future>(
    future: Pin<&mut F>,
    cancelled: Pin<&mut impl Future<Output = ()>>,
    context: &mut Context<'_>,
) -> Poll<Option<F::Output>> {
    match future.poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => cancelled.poll(context).map(|()| None),
    }
}

impl<F: Future> Future for RunUntilCancelled<'_, F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        poll(this.future, this.cancelled, context)
    }
}

impl<F: Future> Future for RunUntilCancelledOwned<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        poll(this.future, this.cancelled, context)
    }
}
