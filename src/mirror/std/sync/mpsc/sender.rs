//! The sending ends.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::mpsc as real;

use real::{SendError, TrySendError};

use super::rendezvous::{Rendezvous, SendingEnd};
use crate::executor::hold::{self, Waited, is_outside};
use crate::executor::operation::{done, perform};
use crate::executor::teardown;
use crate::mirror::handle::Handle;
use crate::trace::{Effect, Operation, Site};

/// What a send came to: it fails only because the receiver is gone.
fn sent<E>(result: &Result<(), E>) -> Effect {
    match result {
        Ok(()) => Effect::Done,
        Err(_) => Effect::Closed,
    }
}

/// Announces another handle, made at a place.
fn clone_of(handle: &Handle, site: Site) -> Handle {
    let clone = || Handle::of(handle.shared(), Operation::DropSender, site);
    perform(handle.cell(), Operation::CloneSender, site, clone, done)
}

/// The sending end of a channel without a bound: `std::sync::mpsc::Sender`.
pub struct Sender<T> {
    // Dropped first: it announces the drop.
    handle: Handle,
    inner: real::Sender<T>,
}

impl<T> Sender<T> {
    pub(super) fn new(handle: Handle, inner: real::Sender<T>) -> Sender<T> {
        Sender { handle, inner }
    }

    /// Sends: `std::sync::mpsc::Sender::send`.
    ///
    /// # Errors
    ///
    /// The value, if the receiver is gone.
    #[track_caller]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        let send = || self.inner.send(value);
        let site = Site::caller();
        perform(self.handle.cell(), Operation::Send, site, send, sent)
    }
}

impl<T> Clone for Sender<T> {
    #[track_caller]
    fn clone(&self) -> Sender<T> {
        Sender {
            handle: clone_of(&self.handle, Site::caller()),
            inner: self.inner.clone(),
        }
    }
}

/// The sending end of a channel with a bound: `std::sync::mpsc::SyncSender`.
pub struct SyncSender<T> {
    // Dropped first: it announces the drop.
    handle: Handle,
    inner: End<T>,
}

enum End<T> {
    Queued(real::SyncSender<T>),
    Meeting(SendingEnd<T>),
}

impl<T> SyncSender<T> {
    pub(super) fn queued(handle: Handle, inner: real::SyncSender<T>) -> SyncSender<T> {
        let inner = End::Queued(inner);
        SyncSender { handle, inner }
    }

    pub(super) fn meeting(handle: Handle, both: Arc<Rendezvous<T>>) -> SyncSender<T> {
        let inner = End::Meeting(SendingEnd::new(both));
        SyncSender { handle, inner }
    }

    /// Sends, and blocks until there is room, or the receiver takes the value:
    /// `std::sync::mpsc::SyncSender::send`.
    ///
    /// # Errors
    ///
    /// The value, if the receiver is gone.
    #[track_caller]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        let (cell, site) = (self.handle.cell(), Site::caller());
        let outside = is_outside(cell, site);
        match &self.inner {
            End::Queued(inner) if outside => inner.send(value),
            End::Meeting(end) if outside => end.both().send_outside(value),
            End::Queued(inner) => self.wait(site, queued(inner, value)),
            End::Meeting(end) => self.wait(site, end.both().sending(value)),
        }
    }

    /// Blocks until an attempt at sending comes to something.
    fn wait(
        &self,
        site: Site,
        mut attempt: impl FnMut() -> Option<Result<(), SendError<T>>>,
    ) -> Result<(), SendError<T>> {
        let operation = (Operation::Send, site);
        match hold::wait_for(self.handle.cell(), operation, None, &mut attempt, sent) {
            Waited::Got(result) => result,
            _ => attempt().unwrap_or_else(|| {
                teardown::refuse_to_block();
                unreachable!("teardown lets nobody wait")
            }),
        }
    }

    /// Sends if there is room, or the receiver waits: `std::sync::mpsc::SyncSender::try_send`.
    ///
    /// # Errors
    ///
    /// The value, if there is no room or the receiver is gone.
    #[track_caller]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let send = || match &self.inner {
            End::Queued(inner) => inner.try_send(value),
            End::Meeting(end) => end.both().try_send(value),
        };
        let effect = |result: &Result<(), TrySendError<T>>| match result {
            Ok(()) => Effect::Done,
            Err(TrySendError::Full(_)) => Effect::Idle,
            Err(TrySendError::Disconnected(_)) => Effect::Closed,
        };
        let site = Site::caller();
        perform(self.handle.cell(), Operation::TrySend, site, send, effect)
    }
}

/// Attempts at sending a value where there is room for some.
fn queued<T>(
    inner: &real::SyncSender<T>,
    value: T,
) -> impl FnMut() -> Option<Result<(), SendError<T>>> {
    let mut value = Some(value);
    move || match inner.try_send(value.take()?) {
        Ok(()) => Some(Ok(())),
        Err(TrySendError::Disconnected(value)) => Some(Err(SendError(value))),
        Err(TrySendError::Full(back)) => {
            value = Some(back);
            None
        }
    }
}

impl<T> Clone for SyncSender<T> {
    #[track_caller]
    fn clone(&self) -> SyncSender<T> {
        SyncSender {
            handle: clone_of(&self.handle, Site::caller()),
            inner: match &self.inner {
                End::Queued(inner) => End::Queued(inner.clone()),
                End::Meeting(end) => End::Meeting(end.clone()),
            },
        }
    }
}

impl<T> UnwindSafe for Sender<T> {}
impl<T> RefUnwindSafe for Sender<T> {}
impl<T> UnwindSafe for SyncSender<T> {}
impl<T> RefUnwindSafe for SyncSender<T> {}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for SyncSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncSender").finish_non_exhaustive()
    }
}
