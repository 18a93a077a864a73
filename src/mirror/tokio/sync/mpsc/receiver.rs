//! The receiving ends of both channels, which do the same.

use std::fmt;
use std::future::Future;
use std::task::{Context, Poll};

use ::tokio::sync::mpsc as real;

use super::super::convert::converts;
use super::error::TryRecvError;
use crate::executor::hold::{block_on, is_outside};
use crate::executor::operation::{done, done_if_ok, idle, perform};
use crate::executor::release::Emptied;
use crate::executor::waits::Polls;
use crate::mirror::handle::Handle;
use crate::mirror::leaf::{leaf, poll_by_hand, same, some_or_closed};
use crate::trace::{ObjectKind, Operation, Site};

/// A receiver, under its name in tokio.
macro_rules! receiver {
    ($name:ident, $path:literal, $doc:literal) => {
        #[doc = $doc]
        pub struct $name<T> {
            handle: Handle,
            polls: Polls,
            inner: real::$name<T>,
            _emptied: Emptied,
        }

        impl<T> $name<T> {
            pub(super) fn new(handle: Handle, inner: real::$name<T>) -> $name<T> {
                let emptied = handle.emptied();
                $name {
                    handle,
                    polls: Polls::default(),
                    inner,
                    _emptied: emptied,
                }
            }

            #[doc = concat!("Waits for a value: `", $path, "::recv`.")]
            #[track_caller]
            pub fn recv(&mut self) -> impl Future<Output = Option<T>> {
                self.polls.end_by_hand();
                leaf(
                    self.handle.cell(),
                    Operation::Recv,
                    Site::caller(),
                    self.inner.recv(),
                    some_or_closed,
                )
            }

            #[doc = concat!("Waits for values, and takes up to `limit`: `", $path, "::recv_many`.")]
            #[track_caller]
            pub fn recv_many(
                &mut self,
                buffer: &mut Vec<T>,
                limit: usize,
            ) -> impl Future<Output = usize> {
                self.polls.end_by_hand();
                leaf(
                    self.handle.cell(),
                    Operation::RecvMany,
                    Site::caller(),
                    self.inner.recv_many(buffer, limit),
                    same,
                )
            }

            #[doc = concat!("Takes a value if there is one: `", $path, "::try_recv`.")]
            ///
            /// # Errors
            ///
            /// Whether there is none now, or there never will be.
            #[track_caller]
            pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
                let site = Site::caller();
                let recv = || self.inner.try_recv();
                perform(self.handle.cell(), Operation::TryRecv, site, recv, done_if_ok)
            }

            #[doc = concat!("Blocks the thread until there is a value: `", $path, "::blocking_recv`.")]
            #[track_caller]
            pub fn blocking_recv(&mut self) -> Option<T> {
                let (cell, site) = (self.handle.cell(), Site::caller());
                if is_outside(cell, site) {
                    return self.inner.blocking_recv();
                }
                block_on(cell, Operation::Recv, site, self.inner.recv(), some_or_closed)
            }

            #[doc = concat!("Blocks the thread until there are values: `", $path, "::blocking_recv_many`.")]
            #[track_caller]
            pub fn blocking_recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
                let (cell, site) = (self.handle.cell(), Site::caller());
                if is_outside(cell, site) {
                    return self.inner.blocking_recv_many(buffer, limit);
                }
                let recv = self.inner.recv_many(buffer, limit);
                block_on(cell, Operation::RecvMany, site, recv, same)
            }

            #[doc = concat!("Lets in no more values: `", $path, "::close`.")]
            #[track_caller]
            pub fn close(&mut self) {
                let site = Site::caller();
                let close = || self.inner.close();
                perform(self.handle.cell(), Operation::Close, site, close, done);
            }

            #[doc = concat!("As `recv`, by hand: `", $path, "::poll_recv`.")]
            #[track_caller]
            pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
                self.poll_recv_at(Site::caller(), context)
            }

            pub(crate) fn poll_recv_at(
                &mut self,
                site: Site,
                context: &mut Context<'_>,
            ) -> Poll<Option<T>> {
                poll_by_hand(
                    self.handle.cell(),
                    (Operation::Recv, site),
                    &mut self.polls,
                    context,
                    |context| self.inner.poll_recv(context),
                    some_or_closed,
                )
            }

            #[doc = concat!("As `recv_many`, by hand: `", $path, "::poll_recv_many`.")]
            #[track_caller]
            pub fn poll_recv_many(
                &mut self,
                context: &mut Context<'_>,
                buffer: &mut Vec<T>,
                limit: usize,
            ) -> Poll<usize> {
                poll_by_hand(
                    self.handle.cell(),
                    (Operation::RecvMany, Site::caller()),
                    &mut self.polls,
                    context,
                    |context| self.inner.poll_recv_many(context, buffer, limit),
                    same,
                )
            }

            fn look<R>(&self, site: Site, look: impl FnOnce(&real::$name<T>) -> R) -> R {
                let look = || look(&self.inner);
                perform(self.handle.cell(), Operation::Inspect, site, look, idle)
            }

            #[doc = concat!("Whether no values come any more: `", $path, "::is_closed`.")]
            #[track_caller]
            pub fn is_closed(&self) -> bool {
                self.look(Site::caller(), |inner| inner.is_closed())
            }

            #[doc = concat!("Whether there is no value now: `", $path, "::is_empty`.")]
            #[track_caller]
            pub fn is_empty(&self) -> bool {
                self.look(Site::caller(), |inner| inner.is_empty())
            }

            #[doc = concat!("How many values there are: `", $path, "::len`.")]
            #[track_caller]
            pub fn len(&self) -> usize {
                self.look(Site::caller(), |inner| inner.len())
            }

            #[doc = concat!("How many senders there are: `", $path, "::sender_strong_count`.")]
            #[track_caller]
            pub fn sender_strong_count(&self) -> usize {
                self.look(Site::caller(), |inner| inner.sender_strong_count())
            }

            #[doc = concat!("How many weak senders there are: `", $path, "::sender_weak_count`.")]
            #[track_caller]
            pub fn sender_weak_count(&self) -> usize {
                self.look(Site::caller(), |inner| inner.sender_weak_count())
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.inner.fmt(f)
            }
        }
    };
}

receiver!(
    Receiver,
    "tokio::sync::mpsc::Receiver",
    "The receiving end of a bounded channel: `tokio::sync::mpsc::Receiver`."
);
receiver!(
    UnboundedReceiver,
    "tokio::sync::mpsc::UnboundedReceiver",
    "The receiving end of an unbounded channel: `tokio::sync::mpsc::UnboundedReceiver`."
);

impl<T> Receiver<T> {
    /// How many values there is room for now: `tokio::sync::mpsc::Receiver::capacity`.
    #[track_caller]
    pub fn capacity(&self) -> usize {
        self.look(Site::caller(), |inner| inner.capacity())
    }

    /// How many values there is room for at most: `tokio::sync::mpsc::Receiver::max_capacity`.
    pub fn max_capacity(&self) -> usize {
        self.inner.max_capacity()
    }
}

converts!(Receiver<T>:
    mut receiver => {
        receiver.handle.give();
        receiver.inner
    },
    inner => {
        let room = Some(inner.max_capacity());
        Receiver::new(Handle::foreign(ObjectKind::Mpsc, Operation::DropReceiver, room), inner)
    }
);
converts!(UnboundedReceiver<T>:
    mut receiver => {
        receiver.handle.give();
        receiver.inner
    },
    inner => {
        let (kind, drop) = (ObjectKind::UnboundedMpsc, Operation::DropReceiver);
        UnboundedReceiver::new(Handle::foreign(kind, drop, None), inner)
    }
);
