//! The mirror of `tokio_util::sync::PollSemaphore`.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use leak_harness::__private::seam::acquire_many_owned;
use leak_harness::Site;
use leak_harness::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, TryAcquireError};

use super::ReusableBoxFuture;

type Acquire = ReusableBoxFuture<'static, Result<OwnedSemaphorePermit, AcquireError>>;

/// A semaphore that is polled: `tokio_util::sync::PollSemaphore`.
pub struct PollSemaphore {
    semaphore: Arc<Semaphore>,
    /// The wait that was begun, and for how many permits.
    waiting: Option<(u32, Acquire)>,
    made_at: Site,
}

impl PollSemaphore {
    /// Polls this semaphore: `tokio_util::sync::PollSemaphore::new`.
    #[track_caller]
    pub fn new(semaphore: Arc<Semaphore>) -> PollSemaphore {
        PollSemaphore {
            semaphore,
            waiting: None,
            made_at: Site::caller(),
        }
    }

    /// Gives out no more permits: `tokio_util::sync::PollSemaphore::close`.
    #[track_caller]
    pub fn close(&self) {
        self.semaphore.close();
    }

    /// The semaphore: `tokio_util::sync::PollSemaphore::clone_inner`.
    pub fn clone_inner(&self) -> Arc<Semaphore> {
        Arc::clone(&self.semaphore)
    }

    /// The semaphore: `tokio_util::sync::PollSemaphore::into_inner`.
    pub fn into_inner(self) -> Arc<Semaphore> {
        self.semaphore
    }

    /// Waits for a permit: `tokio_util::sync::PollSemaphore::poll_acquire`.
    #[track_caller]
    pub fn poll_acquire(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<OwnedSemaphorePermit>> {
        self.poll_acquire_at(Site::caller(), context, 1)
    }

    /// Waits for permits: `tokio_util::sync::PollSemaphore::poll_acquire_many`.
    #[track_caller]
    pub fn poll_acquire_many(
        &mut self,
        context: &mut Context<'_>,
        permits: u32,
    ) -> Poll<Option<OwnedSemaphorePermit>> {
        self.poll_acquire_at(Site::caller(), context, permits)
    }

    fn poll_acquire_at(
        &mut self,
        site: Site,
        context: &mut Context<'_>,
        permits: u32,
    ) -> Poll<Option<OwnedSemaphorePermit>> {
        // A wait for another number of permits loses its place.
        let kept = self.waiting.take().filter(|(wanted, _)| *wanted == permits);
        let mut wait = match kept {
            Some((_, wait)) => wait,
            None => match Arc::clone(&self.semaphore).try_acquire_many_owned(permits) {
                Ok(permit) => return Poll::Ready(Some(permit)),
                Err(TryAcquireError::Closed) => return Poll::Ready(None),
                Err(TryAcquireError::NoPermits) => {
                    let semaphore = Arc::clone(&self.semaphore);
                    Acquire::new(acquire_many_owned(semaphore, permits, site))
                }
            },
        };
        if let Poll::Ready(result) = wait.poll(context) {
            return Poll::Ready(result.ok());
        }
        self.waiting = Some((permits, wait));
        Poll::Pending
    }

    /// How many permits are free: `tokio_util::sync::PollSemaphore::available_permits`.
    #[track_caller]
    pub fn available_permits(&self) -> usize {
        self.semaphore.available_permits()
    }

    /// Adds permits: `tokio_util::sync::PollSemaphore::add_permits`.
    #[track_caller]
    pub fn add_permits(&self, n: usize) {
        self.semaphore.add_permits(n);
    }
}

impl Stream for PollSemaphore {
    type Item = OwnedSemaphorePermit;

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<OwnedSemaphorePermit>> {
        let this = self.get_mut();
        // Called by a combinator, of which no user's place is known.
        let permit = ready!(this.poll_acquire_at(this.made_at, context, 1));
        Poll::Ready(permit)
    }
}

impl Clone for PollSemaphore {
    #[track_caller]
    fn clone(&self) -> PollSemaphore {
        PollSemaphore::new(self.clone_inner())
    }
}

impl AsRef<Semaphore> for PollSemaphore {
    fn as_ref(&self) -> &Semaphore {
        &self.semaphore
    }
}

impl fmt::Debug for PollSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollSemaphore")
            .field("semaphore", &self.semaphore)
            .finish()
    }
}
