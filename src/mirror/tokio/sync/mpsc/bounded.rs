//! The sending end of bounded channels.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use ::tokio::sync::mpsc as real;

use super::super::convert::converts;
use super::error::{SendError, SendTimeoutError, TrySendError};
use super::weak::{sender, weak_converts};
use super::{OwnedPermit, Permit, PermitIterator, Receiver};
use crate::executor::hold::{block_on, is_outside, perform_on};
use crate::executor::object::ObjectCell;
use crate::executor::operation::{Scope, done, done_if_ok, done_if_some, idle, perform};
use crate::mirror::handle::Handle;
use crate::mirror::leaf::{Located, leaf, ok_or_closed, same};
use crate::mirror::tokio::time::timeout_from;
use crate::trace::{ObjectKind, Operation, Site};

/// A bounded channel: `tokio::sync::mpsc::channel`.
///
/// # Panics
///
/// Panics if the buffer is 0, as tokio's does.
#[track_caller]
pub fn channel<T>(buffer: usize) -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = real::channel(buffer);
    let handle = Handle::sized(ObjectKind::Mpsc, Operation::DropSender, buffer);
    let receiver = handle.another(Operation::DropReceiver);
    (Sender::new(handle, tx), Receiver::new(receiver, rx))
}

/// The sending end of a bounded channel: `tokio::sync::mpsc::Sender`.
pub struct Sender<T> {
    handle: Handle,
    inner: real::Sender<T>,
}

impl<T> Located for Sender<T> {
    fn cell(&self) -> &ObjectCell {
        self.handle.cell()
    }
}

impl<T> Sender<T> {
    pub(super) fn new(handle: Handle, inner: real::Sender<T>) -> Sender<T> {
        Sender { handle, inner }
    }

    pub(super) fn real(&self) -> &real::Sender<T> {
        &self.inner
    }

    /// Waits for room, then sends: `tokio::sync::mpsc::Sender::send`.
    #[track_caller]
    pub fn send(&self, value: T) -> impl Future<Output = Result<(), SendError<T>>> {
        leaf(
            self.handle.cell(),
            Operation::Send,
            Site::caller(),
            self.inner.send(value),
            ok_or_closed,
        )
    }

    /// Sends if there is room: `tokio::sync::mpsc::Sender::try_send`.
    ///
    /// # Errors
    ///
    /// The value, if there is no room or the receiver is gone or closed.
    #[track_caller]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let site = Site::caller();
        let send = || self.inner.try_send(value);
        perform(
            self.handle.cell(),
            Operation::TrySend,
            site,
            send,
            done_if_ok,
        )
    }

    /// Waits that long for room, then sends: `tokio::sync::mpsc::Sender::send_timeout`.
    #[track_caller]
    pub fn send_timeout(
        &self,
        value: T,
        duration: Duration,
    ) -> impl Future<Output = Result<(), SendTimeoutError<T>>> {
        let site = Site::caller();
        // Room, then the send, at one go: in tokio too nothing can come between them.
        let room = leaf(
            self.handle.cell(),
            Operation::Send,
            site,
            self.inner.reserve(),
            ok_or_closed,
        );
        async move {
            // The time begins with the first poll, as in tokio.
            let room = pin!(timeout_from(site, duration, room));
            match room.await {
                Err(_) => Err(SendTimeoutError::Timeout(value)),
                Ok(Err(_)) => Err(SendTimeoutError::Closed(value)),
                Ok(Ok(permit)) => {
                    permit.send(value);
                    Ok(())
                }
            }
        }
    }

    /// Blocks the thread until there is room, then sends:
    /// `tokio::sync::mpsc::Sender::blocking_send`.
    ///
    /// # Errors
    ///
    /// The value, if the receiver is gone or closed.
    #[track_caller]
    pub fn blocking_send(&self, value: T) -> Result<(), SendError<T>> {
        let (cell, site) = (self.handle.cell(), Site::caller());
        if is_outside(cell, site) {
            return self.inner.blocking_send(value);
        }
        block_on(
            cell,
            Operation::Send,
            site,
            self.inner.send(value),
            ok_or_closed,
        )
    }

    /// Waits for room, and keeps it: `tokio::sync::mpsc::Sender::reserve`.
    #[track_caller]
    pub fn reserve<'a>(&'a self) -> impl Future<Output = Result<Permit<'a, T>, SendError<()>>> {
        let site = Site::caller();
        let granted = move |granted: Result<real::Permit<'a, T>, _>, scope: Option<&Scope>| {
            ok_or_closed(granted, scope).map(|inner| Permit::new(self, site, inner))
        };
        leaf(
            self,
            Operation::Reserve,
            site,
            self.inner.reserve(),
            granted,
        )
    }

    /// Waits for room for several values, and keeps it:
    /// `tokio::sync::mpsc::Sender::reserve_many`.
    #[track_caller]
    pub fn reserve_many<'a>(
        &'a self,
        n: usize,
    ) -> impl Future<Output = Result<PermitIterator<'a, T>, SendError<()>>> {
        let site = Site::caller();
        let granted = move |granted: Result<real::PermitIterator<'a, T>, _>,
                            scope: Option<&Scope>| {
            ok_or_closed(granted, scope).map(|inner| PermitIterator::new(self, site, inner))
        };
        leaf(
            self,
            Operation::Reserve,
            site,
            self.inner.reserve_many(n),
            granted,
        )
        .amount(n)
    }

    /// Waits for room, and keeps it together with the sender:
    /// `tokio::sync::mpsc::Sender::reserve_owned`.
    #[track_caller]
    pub fn reserve_owned(self) -> impl Future<Output = Result<OwnedPermit<T>, SendError<()>>> {
        self.reserve_owned_at(Site::caller())
    }

    pub(crate) fn reserve_owned_at(
        self,
        site: Site,
    ) -> impl Future<Output = Result<OwnedPermit<T>, SendError<()>>> {
        let Sender { handle, inner } = self;
        let cell = handle.shared();
        let granted = move |granted: Result<real::OwnedPermit<T>, _>, scope: Option<&Scope>| {
            ok_or_closed(granted, scope).map(|inner| OwnedPermit::new(handle, site, inner))
        };
        leaf(
            cell,
            Operation::Reserve,
            site,
            inner.reserve_owned(),
            granted,
        )
    }

    /// Keeps room if there is some: `tokio::sync::mpsc::Sender::try_reserve`.
    ///
    /// # Errors
    ///
    /// If there is none, or the receiver is gone or closed.
    #[track_caller]
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        let site = Site::caller();
        let reserve = || self.inner.try_reserve();
        let inner = perform(
            self.handle.cell(),
            Operation::TryReserve,
            site,
            reserve,
            done_if_ok,
        )?;
        Ok(Permit::new(self, site, inner))
    }

    /// Keeps room for several values if there is so much:
    /// `tokio::sync::mpsc::Sender::try_reserve_many`.
    ///
    /// # Errors
    ///
    /// If there is not so much, or the receiver is gone or closed.
    #[track_caller]
    pub fn try_reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, TrySendError<()>> {
        let site = Site::caller();
        let reserve = || self.inner.try_reserve_many(n);
        let inner = perform_on(
            self.handle.cell(),
            (Operation::TryReserve, n),
            site,
            reserve,
            done_if_ok,
        )?;
        Ok(PermitIterator::new(self, site, inner))
    }

    /// Keeps room together with the sender, if there is some:
    /// `tokio::sync::mpsc::Sender::try_reserve_owned`.
    ///
    /// # Errors
    ///
    /// The sender, if there is none, or the receiver is gone or closed.
    #[track_caller]
    pub fn try_reserve_owned(self) -> Result<OwnedPermit<T>, TrySendError<Self>> {
        let site = Site::caller();
        let Sender { handle, inner } = self;
        let reserve = || inner.try_reserve_owned();
        let reserved = perform(
            handle.cell(),
            Operation::TryReserve,
            site,
            reserve,
            done_if_ok,
        );
        match reserved {
            Ok(inner) => Ok(OwnedPermit::new(handle, site, inner)),
            Err(TrySendError::Full(inner)) => Err(TrySendError::Full(Sender { handle, inner })),
            Err(TrySendError::Closed(inner)) => Err(TrySendError::Closed(Sender { handle, inner })),
        }
    }

    /// How many values there is room for now: `tokio::sync::mpsc::Sender::capacity`.
    #[track_caller]
    pub fn capacity(&self) -> usize {
        self.look(Site::caller(), |inner| inner.capacity())
    }

    /// How many values there is room for at most: `tokio::sync::mpsc::Sender::max_capacity`.
    pub fn max_capacity(&self) -> usize {
        self.inner.max_capacity()
    }
}

sender!(
    Sender,
    WeakSender,
    "tokio::sync::mpsc::Sender",
    "tokio::sync::mpsc::WeakSender"
);

converts!(Sender<T>:
    mut sender => {
        sender.handle.give();
        sender.inner
    },
    inner => {
        let room = Some(inner.max_capacity());
        Sender::new(Handle::foreign(ObjectKind::Mpsc, Operation::DropSender, room), inner)
    }
);
weak_converts!(WeakSender<T>: Mpsc);
