//! Streams of broadcast receivers.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::tokio_stream::Stream;
use ::tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use leak_harness::__private::seam::broadcast_recv;
use leak_harness::Site;
use leak_harness::sync::broadcast::Receiver;
use leak_harness::sync::broadcast::error::RecvError;
use tokio_util::sync::ReusableBoxFuture;

/// The values of a broadcast channel: `tokio_stream::wrappers::BroadcastStream`.
pub struct BroadcastStream<T> {
    recv: ReusableBoxFuture<'static, (Result<T, RecvError>, Receiver<T>)>,
    made_at: Site,
}

async fn recv<T: Clone>(
    mut receiver: Receiver<T>,
    site: Site,
) -> (Result<T, RecvError>, Receiver<T>) {
    let result = broadcast_recv(&mut receiver, site).await;
    (result, receiver)
}

impl<T: Clone + Send + 'static> BroadcastStream<T> {
    /// A stream of this receiver: `tokio_stream::wrappers::BroadcastStream::new`.
    #[track_caller]
    pub fn new(receiver: Receiver<T>) -> BroadcastStream<T> {
        let made_at = Site::caller();
        BroadcastStream {
            recv: ReusableBoxFuture::new(recv(receiver, made_at)),
            made_at,
        }
    }
}

impl<T: Clone + Send + 'static> Stream for BroadcastStream<T> {
    type Item = Result<T, BroadcastStreamRecvError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let (result, receiver) = ready!(self.recv.poll(context));
        let made_at = self.made_at;
        self.recv.set(recv(receiver, made_at));
        Poll::Ready(match result {
            Ok(value) => Some(Ok(value)),
            Err(RecvError::Closed) => None,
            Err(RecvError::Lagged(missed)) => Some(Err(BroadcastStreamRecvError::Lagged(missed))),
        })
    }
}

impl<T: Clone + Send + 'static> From<Receiver<T>> for BroadcastStream<T> {
    #[track_caller]
    fn from(receiver: Receiver<T>) -> BroadcastStream<T> {
        BroadcastStream::new(receiver)
    }
}

impl<T> fmt::Debug for BroadcastStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BroadcastStream").finish()
    }
}
