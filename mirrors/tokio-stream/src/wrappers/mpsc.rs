//! Streams of mpsc receivers.

use std::pin::Pin;
use std::task::{Context, Poll};

use ::tokio_stream::Stream;
use leak_harness::__private::seam::{poll_recv, poll_unbounded_recv};
use leak_harness::Site;
use leak_harness::sync::mpsc::{Receiver, UnboundedReceiver};

/// A stream of a receiver, under its name in tokio-stream.
macro_rules! stream {
    ($name:ident, $receiver:ident, $poll:ident, $path:literal, $doc:literal, $most:expr) => {
        #[doc = $doc]
        #[derive(Debug)]
        pub struct $name<T> {
            inner: $receiver<T>,
            made_at: Site,
        }

        impl<T> $name<T> {
            #[doc = concat!("A stream of this receiver: `", $path, "::new`.")]
            #[track_caller]
            pub fn new(inner: $receiver<T>) -> $name<T> {
                let made_at = Site::caller();
                $name { inner, made_at }
            }

            #[doc = concat!("The receiver: `", $path, "::into_inner`.")]
            pub fn into_inner(self) -> $receiver<T> {
                self.inner
            }

            #[doc = concat!("Lets in no more values: `", $path, "::close`.")]
            #[track_caller]
            pub fn close(&mut self) {
                self.inner.close();
            }
        }

        impl<T> Stream for $name<T> {
            type Item = T;

            fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
                let this = self.get_mut();
                $poll(&mut this.inner, this.made_at, context)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                let most: fn(&$receiver<T>) -> usize = $most;
                let most = self.inner.is_closed().then(|| most(&self.inner));
                (self.inner.len(), most)
            }
        }

        impl<T> AsRef<$receiver<T>> for $name<T> {
            fn as_ref(&self) -> &$receiver<T> {
                &self.inner
            }
        }

        impl<T> AsMut<$receiver<T>> for $name<T> {
            fn as_mut(&mut self) -> &mut $receiver<T> {
                &mut self.inner
            }
        }

        impl<T> From<$name<T>> for ::tokio_stream::wrappers::$name<T> {
            /// For a crate whose signatures want tokio-stream's own type. In a leak test every order is
            /// explored from then on, whether it can differ or not, and the coverage says so.
            #[track_caller]
            fn from(stream: $name<T>) -> ::tokio_stream::wrappers::$name<T> {
                ::tokio_stream::wrappers::$name::new(stream.inner.into())
            }
        }

        impl<T> From<::tokio_stream::wrappers::$name<T>> for $name<T> {
            /// For what another crate made. In a leak test every order is explored from then on,
            /// whether it can differ or not, and the coverage says so.
            #[track_caller]
            fn from(stream: ::tokio_stream::wrappers::$name<T>) -> $name<T> {
                $name::new(stream.into_inner().into())
            }
        }

        impl<T> From<$receiver<T>> for $name<T> {
            #[track_caller]
            fn from(receiver: $receiver<T>) -> $name<T> {
                $name::new(receiver)
            }
        }
    };
}

stream!(
    ReceiverStream,
    Receiver,
    poll_recv,
    "tokio_stream::wrappers::ReceiverStream",
    "The values of a bounded channel: `tokio_stream::wrappers::ReceiverStream`.",
    // Room that is reserved may still become values.
    |receiver| receiver.max_capacity() - receiver.capacity()
);
stream!(
    UnboundedReceiverStream,
    UnboundedReceiver,
    poll_unbounded_recv,
    "tokio_stream::wrappers::UnboundedReceiverStream",
    "The values of an unbounded channel: `tokio_stream::wrappers::UnboundedReceiverStream`.",
    |receiver| receiver.len()
);
