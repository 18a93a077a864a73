//! Handles that abort their task when they are dropped.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use ::tokio_util::task as real;
use leak_harness::task::{AbortHandle, JoinError, JoinHandle};

const PRESENT: &str = "the handle is there until it is detached";

/// Aborts its task when it is dropped: `tokio_util::task::AbortOnDropHandle`.
#[must_use = "Dropping the handle aborts the task immediately"]
pub struct AbortOnDropHandle<T>(Option<JoinHandle<T>>);

impl<T> AbortOnDropHandle<T> {
    /// Aborts this task: `tokio_util::task::AbortOnDropHandle::new`.
    pub fn new(handle: JoinHandle<T>) -> AbortOnDropHandle<T> {
        AbortOnDropHandle(Some(handle))
    }

    /// A handle that can abort the task: `tokio_util::task::AbortOnDropHandle::abort_handle`.
    pub fn abort_handle(&self) -> AbortHandle {
        self.as_ref().abort_handle()
    }

    /// Asks the task to end at its next await: `tokio_util::task::AbortOnDropHandle::abort`.
    #[track_caller]
    pub fn abort(&self) {
        self.as_ref().abort();
    }

    /// Whether the task has ended: `tokio_util::task::AbortOnDropHandle::is_finished`.
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        self.as_ref().is_finished()
    }

    /// The handle, which aborts no more: `tokio_util::task::AbortOnDropHandle::detach`.
    pub fn detach(mut self) -> JoinHandle<T> {
        self.0.take().expect(PRESENT)
    }
}

impl<T: 'static> From<AbortOnDropHandle<T>> for real::AbortOnDropHandle<T> {
    /// For a crate whose signatures want tokio-util's own type. In a leak test every order is explored
    /// from then on, whether it can differ or not, and the coverage says so.
    #[track_caller]
    fn from(handle: AbortOnDropHandle<T>) -> real::AbortOnDropHandle<T> {
        real::AbortOnDropHandle::new(handle.detach().into())
    }
}

impl<T> From<real::AbortOnDropHandle<T>> for AbortOnDropHandle<T> {
    /// For a task that another crate spawned. In a leak test every order is explored from then on,
    /// whether it can differ or not, and the coverage says so.
    #[track_caller]
    fn from(handle: real::AbortOnDropHandle<T>) -> AbortOnDropHandle<T> {
        AbortOnDropHandle::new(handle.detach().into())
    }
}

impl<T> Drop for AbortOnDropHandle<T> {
    fn drop(&mut self) {
        if let Some(handle) = &self.0 {
            handle.abort();
        }
    }
}

impl<T> Future for AbortOnDropHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(self.0.as_mut().expect(PRESENT)).poll(context)
    }
}

impl<T> AsRef<JoinHandle<T>> for AbortOnDropHandle<T> {
    fn as_ref(&self) -> &JoinHandle<T> {
        self.0.as_ref().expect(PRESENT)
    }
}

impl<T> fmt::Debug for AbortOnDropHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortOnDropHandle")
            .field("id", &self.as_ref().id())
            .finish()
    }
}

/// Aborts its task when it is dropped: `tokio_util::task::AbortOnDrop`.
#[must_use = "Dropping the handle aborts the task immediately"]
pub struct AbortOnDrop(Option<AbortHandle>);

impl AbortOnDrop {
    /// Aborts this task: `tokio_util::task::AbortOnDrop::new`.
    pub fn new(handle: AbortHandle) -> AbortOnDrop {
        AbortOnDrop(Some(handle))
    }

    fn handle(&self) -> &AbortHandle {
        self.0.as_ref().expect(PRESENT)
    }

    /// Asks the task to end at its next await: `tokio_util::task::AbortOnDrop::abort`.
    #[track_caller]
    pub fn abort(&self) {
        self.handle().abort();
    }

    /// Whether the task has ended: `tokio_util::task::AbortOnDrop::is_finished`.
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        self.handle().is_finished()
    }

    /// The handle, which aborts no more: `tokio_util::task::AbortOnDrop::detach`.
    pub fn detach(mut self) -> AbortHandle {
        self.0.take().expect(PRESENT)
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(handle) = &self.0 {
            handle.abort();
        }
    }
}

impl fmt::Debug for AbortOnDrop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortOnDrop")
            .field("id", &self.handle().id())
            .finish()
    }
}
