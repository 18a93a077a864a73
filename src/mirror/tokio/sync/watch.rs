//! The mirror of `tokio::sync::watch`.
//!
//! tokio keeps the value in a `std::sync::RwLock`. A `Ref` is a read guard of it, so it is a reader
//! of the object, and sends are exclusive operations: in the model they block each other as their
//! threads would. `wait_for` runs its closure as a reader. What a send replaces is dropped outside
//! of the lock, and outside of the operation.

use std::fmt;
use std::future::Future;
use std::ops::Deref;

use ::tokio::sync::watch as real;
pub use real::error;

use self::error::{RecvError, SendError};
use super::convert::converts;
use crate::executor::operation::perform_exclusive;
use crate::executor::operation::{Manner, Scope, done, done_if_ok, enter, idle, perform};
use crate::mirror::handle::{Handle, Reader};
use crate::mirror::leaf::{leaf, same};
use crate::trace::{Effect, ObjectKind, Operation, Site};

/// A channel that keeps the latest value: `tokio::sync::watch::channel`.
#[track_caller]
pub fn channel<T>(init: T) -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = real::channel(init);
    let handle = Handle::new(ObjectKind::Watch, Operation::DropSender);
    let receiver = handle.another(Operation::DropReceiver);
    let receiver = Receiver {
        handle: receiver,
        inner: rx,
    };
    (Sender { handle, inner: tx }, receiver)
}

/// A look at the value, which cannot change meanwhile: `tokio::sync::watch::Ref`.
pub struct Ref<'a, T> {
    #[expect(dead_code, reason = "its drop is announced before the real one's")]
    note: Reader<'a>,
    inner: real::Ref<'a, T>,
}

impl<T> Ref<'_, T> {
    /// Whether the receiver had not seen the value before: `tokio::sync::watch::Ref::has_changed`.
    pub fn has_changed(&self) -> bool {
        self.inner.has_changed()
    }
}

impl<T> Deref for Ref<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T: fmt::Debug> fmt::Debug for Ref<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// Begins a look at the value.
fn look<'a, T>(
    handle: &'a Handle,
    operation: Operation,
    site: Site,
    take: impl FnOnce() -> real::Ref<'a, T>,
) -> Ref<'a, T> {
    let scope = enter(handle.cell(), operation, site, Manner::Call);
    let inner = take();
    let note = Reader::new(handle.cell(), site, scope.as_ref());
    if let Some(scope) = scope {
        scope.leave(Effect::Idle);
    }
    Ref { note, inner }
}

/// Changes the value: `tokio::sync::watch::Sender`.
pub struct Sender<T> {
    handle: Handle,
    inner: real::Sender<T>,
}

impl<T> Sender<T> {
    /// A channel without a receiver yet: `tokio::sync::watch::Sender::new`.
    #[track_caller]
    pub fn new(init: T) -> Sender<T> {
        Sender {
            handle: Handle::new(ObjectKind::Watch, Operation::DropSender),
            inner: real::Sender::new(init),
        }
    }

    /// Sends a new value if there is a receiver: `tokio::sync::watch::Sender::send`.
    ///
    /// # Errors
    ///
    /// The value, if there is none.
    #[track_caller]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        let send = || match self.inner.receiver_count() {
            0 => Err(SendError(value)),
            _ => Ok(self.inner.send_replace(value)),
        };
        let site = Site::caller();
        let replaced =
            perform_exclusive(self.handle.cell(), Operation::Send, site, send, done_if_ok)?;
        drop(replaced);
        Ok(())
    }

    /// Changes the value in place: `tokio::sync::watch::Sender::send_modify`.
    #[track_caller]
    pub fn send_modify<F>(&self, modify: F)
    where
        F: FnOnce(&mut T),
    {
        let site = Site::caller();
        let send = || self.inner.send_modify(modify);
        perform_exclusive(self.handle.cell(), Operation::SendModify, site, send, done);
    }

    /// Changes the value in place, perhaps: `tokio::sync::watch::Sender::send_if_modified`.
    #[track_caller]
    pub fn send_if_modified<F>(&self, modify: F) -> bool
    where
        F: FnOnce(&mut T) -> bool,
    {
        let site = Site::caller();
        let send = || self.inner.send_if_modified(modify);
        let effect = |&modified: &bool| {
            if modified { Effect::Done } else { Effect::Idle }
        };
        let operation = Operation::SendIfModified;
        perform_exclusive(self.handle.cell(), operation, site, send, effect)
    }

    /// Sends a new value, and gives back the old one: `tokio::sync::watch::Sender::send_replace`.
    #[track_caller]
    pub fn send_replace(&self, value: T) -> T {
        let site = Site::caller();
        let send = || self.inner.send_replace(value);
        perform_exclusive(self.handle.cell(), Operation::SendReplace, site, send, done)
    }

    /// Looks at the value: `tokio::sync::watch::Sender::borrow`.
    #[track_caller]
    pub fn borrow(&self) -> Ref<'_, T> {
        let site = Site::caller();
        look(&self.handle, Operation::Borrow, site, || {
            self.inner.borrow()
        })
    }

    /// Waits until no receiver is left: `tokio::sync::watch::Sender::closed`.
    #[track_caller]
    pub fn closed(&self) -> impl Future<Output = ()> {
        let closed = self.inner.closed();
        leaf(
            self.handle.cell(),
            Operation::Closed,
            Site::caller(),
            closed,
            same,
        )
    }

    /// A new receiver: `tokio::sync::watch::Sender::subscribe`.
    #[track_caller]
    pub fn subscribe(&self) -> Receiver<T> {
        let handle = self.handle.another(Operation::DropReceiver);
        let subscribe = || self.inner.subscribe();
        let site = handle.made_at();
        let inner = perform(handle.cell(), Operation::Subscribe, site, subscribe, done);
        Receiver { handle, inner }
    }

    fn look<R>(&self, site: Site, look: impl FnOnce(&real::Sender<T>) -> R) -> R {
        let look = || look(&self.inner);
        perform(self.handle.cell(), Operation::Inspect, site, look, idle)
    }

    /// Whether no receiver is left: `tokio::sync::watch::Sender::is_closed`.
    #[track_caller]
    pub fn is_closed(&self) -> bool {
        self.look(Site::caller(), |inner| inner.is_closed())
    }

    /// How many receivers there are: `tokio::sync::watch::Sender::receiver_count`.
    #[track_caller]
    pub fn receiver_count(&self) -> usize {
        self.look(Site::caller(), |inner| inner.receiver_count())
    }

    /// How many senders there are: `tokio::sync::watch::Sender::sender_count`.
    #[track_caller]
    pub fn sender_count(&self) -> usize {
        self.look(Site::caller(), |inner| inner.sender_count())
    }

    /// Whether both are of one channel: `tokio::sync::watch::Sender::same_channel`.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }
}

impl<T> Clone for Sender<T> {
    #[track_caller]
    fn clone(&self) -> Sender<T> {
        let handle = self.handle.another(Operation::DropSender);
        let clone = || self.inner.clone();
        let site = handle.made_at();
        let inner = perform(handle.cell(), Operation::CloneSender, site, clone, done);
        Sender { handle, inner }
    }
}

impl<T: Default> Default for Sender<T> {
    #[track_caller]
    fn default() -> Sender<T> {
        Sender::new(T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// Sees the latest value: `tokio::sync::watch::Receiver`.
pub struct Receiver<T> {
    handle: Handle,
    inner: real::Receiver<T>,
}

impl<T> Receiver<T> {
    /// Looks at the value: `tokio::sync::watch::Receiver::borrow`.
    #[track_caller]
    pub fn borrow(&self) -> Ref<'_, T> {
        let site = Site::caller();
        look(&self.handle, Operation::Borrow, site, || {
            self.inner.borrow()
        })
    }

    /// Looks at the value, which is seen then:
    /// `tokio::sync::watch::Receiver::borrow_and_update`.
    #[track_caller]
    pub fn borrow_and_update(&mut self) -> Ref<'_, T> {
        let site = Site::caller();
        let Receiver { handle, inner } = self;
        look(handle, Operation::BorrowAndUpdate, site, || {
            inner.borrow_and_update()
        })
    }

    /// Whether there is a value that was not seen: `tokio::sync::watch::Receiver::has_changed`.
    ///
    /// # Errors
    ///
    /// If no sender is left.
    #[track_caller]
    pub fn has_changed(&self) -> Result<bool, RecvError> {
        self.look(Site::caller(), |inner| inner.has_changed())
    }

    /// Whether no sender is left: `tokio::sync::watch::Receiver::is_closed`.
    #[track_caller]
    pub fn is_closed(&self) -> bool {
        self.look(Site::caller(), |inner| inner.is_closed())
    }

    fn look<R>(&self, site: Site, look: impl FnOnce(&real::Receiver<T>) -> R) -> R {
        let look = || look(&self.inner);
        perform(self.handle.cell(), Operation::Inspect, site, look, idle)
    }

    /// Counts the value as not seen: `tokio::sync::watch::Receiver::mark_changed`.
    pub fn mark_changed(&mut self) {
        self.inner.mark_changed();
    }

    /// Counts the value as seen: `tokio::sync::watch::Receiver::mark_unchanged`.
    #[track_caller]
    pub fn mark_unchanged(&mut self) {
        let mark = || self.inner.mark_unchanged();
        perform(
            self.handle.cell(),
            Operation::Inspect,
            Site::caller(),
            mark,
            idle,
        );
    }

    /// Waits for a value that was not seen: `tokio::sync::watch::Receiver::changed`.
    #[track_caller]
    pub fn changed(&mut self) -> impl Future<Output = Result<(), RecvError>> {
        self.changed_at(Site::caller())
    }

    pub(crate) fn changed_at(&mut self, site: Site) -> impl Future<Output = Result<(), RecvError>> {
        leaf(
            self.handle.cell(),
            Operation::Changed,
            site,
            self.inner.changed(),
            same,
        )
    }

    /// Waits for a value that is as wanted: `tokio::sync::watch::Receiver::wait_for`.
    #[track_caller]
    pub fn wait_for<'a>(
        &'a mut self,
        wanted: impl FnMut(&T) -> bool,
    ) -> impl Future<Output = Result<Ref<'a, T>, RecvError>> {
        let (cell, site) = (self.handle.cell(), Site::caller());
        let found = move |found: Result<real::Ref<'a, T>, _>, scope: Option<&Scope>| {
            found.map(|inner| Ref {
                note: Reader::new(cell, site, scope),
                inner,
            })
        };
        let wait = self.inner.wait_for(wanted);
        leaf(cell, Operation::WaitFor, site, wait, found).reading()
    }

    /// Whether both are of one channel: `tokio::sync::watch::Receiver::same_channel`.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }
}

impl<T> Clone for Receiver<T> {
    #[track_caller]
    fn clone(&self) -> Receiver<T> {
        let handle = self.handle.another(Operation::DropReceiver);
        let clone = || self.inner.clone();
        let site = handle.made_at();
        let inner = perform(handle.cell(), Operation::CloneReceiver, site, clone, done);
        Receiver { handle, inner }
    }
}

impl<T: fmt::Debug> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

converts!(Sender<T>:
    mut sender => {
        sender.handle.give();
        sender.inner
    },
    inner => Sender {
        handle: Handle::foreign(ObjectKind::Watch, Operation::DropSender, None),
        inner,
    }
);

converts!(Receiver<T>:
    mut receiver => {
        receiver.handle.give();
        receiver.inner
    },
    inner => Receiver {
        handle: Handle::foreign(ObjectKind::Watch, Operation::DropReceiver, None),
        inner,
    }
);
