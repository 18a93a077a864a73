//! Streams of the tasks of a set.

use std::pin::Pin;
use std::task::{Context, Poll};

use ::tokio_stream::Stream;
use leak_harness::__private::seam::poll_join_next_with_id;
use leak_harness::Site;
use leak_harness::task::{JoinError, JoinSet};

/// The outputs of tasks, as they end: `tokio_stream::wrappers::JoinSetStream`.
#[derive(Debug)]
pub struct JoinSetStream<T> {
    inner: JoinSet<T>,
    made_at: Site,
}

impl<T> JoinSetStream<T> {
    /// A stream of these tasks: `tokio_stream::wrappers::JoinSetStream::new`.
    #[track_caller]
    pub fn new(inner: JoinSet<T>) -> JoinSetStream<T> {
        let made_at = Site::caller();
        JoinSetStream { inner, made_at }
    }

    /// The tasks: `tokio_stream::wrappers::JoinSetStream::into_inner`.
    pub fn into_inner(self) -> JoinSet<T> {
        self.inner
    }
}

impl<T: 'static> Stream for JoinSetStream<T> {
    type Item = Result<T, JoinError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let joined = poll_join_next_with_id(&mut this.inner, this.made_at, context);
        joined.map(|joined| joined.map(|result| result.map(|(_, output)| output)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.inner.len(), Some(self.inner.len()))
    }
}

impl<T> AsRef<JoinSet<T>> for JoinSetStream<T> {
    fn as_ref(&self) -> &JoinSet<T> {
        &self.inner
    }
}

impl<T> AsMut<JoinSet<T>> for JoinSetStream<T> {
    fn as_mut(&mut self) -> &mut JoinSet<T> {
        &mut self.inner
    }
}

impl<T> From<JoinSet<T>> for JoinSetStream<T> {
    #[track_caller]
    fn from(tasks: JoinSet<T>) -> JoinSetStream<T> {
        JoinSetStream::new(tasks)
    }
}

impl<T: 'static> From<JoinSetStream<T>> for ::tokio_stream::wrappers::JoinSetStream<T> {
    /// For a crate whose signatures want tokio-stream's own type. In a leak test every order is
    /// explored from then on, whether it can differ or not, and the coverage says so.
    #[track_caller]
    fn from(stream: JoinSetStream<T>) -> ::tokio_stream::wrappers::JoinSetStream<T> {
        ::tokio_stream::wrappers::JoinSetStream::new(stream.inner.into())
    }
}

impl<T: 'static> From<::tokio_stream::wrappers::JoinSetStream<T>> for JoinSetStream<T> {
    /// For what another crate made. In a leak test every order is explored from then on, whether it
    /// can differ or not, and the coverage says so.
    #[track_caller]
    fn from(stream: ::tokio_stream::wrappers::JoinSetStream<T>) -> JoinSetStream<T> {
        JoinSetStream::new(stream.into_inner().into())
    }
}
