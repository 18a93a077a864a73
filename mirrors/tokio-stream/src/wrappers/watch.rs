//! Streams of watch receivers.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::tokio_stream::Stream;
use leak_harness::__private::seam::watch_changed;
use leak_harness::Site;
use leak_harness::sync::watch::Receiver;
use leak_harness::sync::watch::error::RecvError;
use tokio_util::sync::ReusableBoxFuture;

/// The values of a watch channel: `tokio_stream::wrappers::WatchStream`.
pub struct WatchStream<T> {
    changed: ReusableBoxFuture<'static, (Result<(), RecvError>, Receiver<T>)>,
    made_at: Site,
}

async fn changed<T>(mut receiver: Receiver<T>, site: Site) -> (Result<(), RecvError>, Receiver<T>) {
    let result = watch_changed(&mut receiver, site).await;
    (result, receiver)
}

impl<T: Clone + Send + Sync + 'static> WatchStream<T> {
    /// The value as it is, then those that follow: `tokio_stream::wrappers::WatchStream::new`.
    #[track_caller]
    pub fn new(receiver: Receiver<T>) -> WatchStream<T> {
        WatchStream {
            changed: ReusableBoxFuture::new(async move { (Ok(()), receiver) }),
            made_at: Site::caller(),
        }
    }

    /// The values that follow: `tokio_stream::wrappers::WatchStream::from_changes`.
    #[track_caller]
    pub fn from_changes(receiver: Receiver<T>) -> WatchStream<T> {
        let made_at = Site::caller();
        WatchStream {
            changed: ReusableBoxFuture::new(changed(receiver, made_at)),
            made_at,
        }
    }
}

impl<T: Clone + Send + Sync + 'static> Stream for WatchStream<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let (result, mut receiver) = ready!(self.changed.poll(context));
        let value = result.ok().map(|()| receiver.borrow_and_update().clone());
        let made_at = self.made_at;
        self.changed.set(changed(receiver, made_at));
        Poll::Ready(value)
    }
}

impl<T> Unpin for WatchStream<T> {}

impl<T: Clone + Send + Sync + 'static> From<Receiver<T>> for WatchStream<T> {
    #[track_caller]
    fn from(receiver: Receiver<T>) -> WatchStream<T> {
        WatchStream::new(receiver)
    }
}

impl<T> fmt::Debug for WatchStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchStream").finish()
    }
}
