//! Streams of intervals.

use std::pin::Pin;
use std::task::{Context, Poll};

use ::tokio_stream::Stream;
use leak_harness::__private::seam::poll_tick;
use leak_harness::Site;
use leak_harness::time::{Instant, Interval};

/// The ticks of an interval: `tokio_stream::wrappers::IntervalStream`.
#[derive(Debug)]
pub struct IntervalStream {
    inner: Interval,
    made_at: Site,
}

impl IntervalStream {
    /// A stream of this interval: `tokio_stream::wrappers::IntervalStream::new`.
    #[track_caller]
    pub fn new(inner: Interval) -> IntervalStream {
        let made_at = Site::caller();
        IntervalStream { inner, made_at }
    }

    /// The interval: `tokio_stream::wrappers::IntervalStream::into_inner`.
    pub fn into_inner(self) -> Interval {
        self.inner
    }
}

impl Stream for IntervalStream {
    type Item = Instant;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Instant>> {
        let this = self.get_mut();
        poll_tick(&mut this.inner, this.made_at, context).map(Some)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}

impl AsRef<Interval> for IntervalStream {
    fn as_ref(&self) -> &Interval {
        &self.inner
    }
}

impl AsMut<Interval> for IntervalStream {
    fn as_mut(&mut self) -> &mut Interval {
        &mut self.inner
    }
}

impl From<IntervalStream> for ::tokio_stream::wrappers::IntervalStream {
    /// For a crate whose signatures want tokio-stream's own type. In a leak test, that crate's timers
    /// have a paused runtime of real tokio.
    fn from(stream: IntervalStream) -> ::tokio_stream::wrappers::IntervalStream {
        ::tokio_stream::wrappers::IntervalStream::new(stream.inner.into())
    }
}

impl From<::tokio_stream::wrappers::IntervalStream> for IntervalStream {
    /// For what another crate made. In a leak test, that crate's timers have a paused runtime of real
    /// tokio.
    #[track_caller]
    fn from(stream: ::tokio_stream::wrappers::IntervalStream) -> IntervalStream {
        IntervalStream::new(stream.into_inner().into())
    }
}
