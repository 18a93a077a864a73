//! Room in a bounded channel that is kept for a value to come.

use std::fmt;
use std::iter::FusedIterator;

use ::tokio::sync::mpsc as real;

use super::super::convert::{converts, converts_guard};
use super::Sender;
use crate::executor::operation::{done, perform};
use crate::mirror::handle::{Guard, Handle};
use crate::mirror::leaf::Located;
use crate::trace::{ObjectKind, Operation, Site};

/// Room for one value: `tokio::sync::mpsc::Permit`.
pub struct Permit<'a, T> {
    note: Guard<'a>,
    inner: real::Permit<'a, T>,
}

impl<'a, T> Permit<'a, T> {
    pub(super) fn new(
        sender: &'a Sender<T>,
        taken_at: Site,
        inner: real::Permit<'a, T>,
    ) -> Permit<'a, T> {
        Permit {
            note: Guard::new(sender.cell(), Operation::DropPermit, taken_at),
            inner,
        }
    }

    /// Sends: `tokio::sync::mpsc::Permit::send`.
    #[track_caller]
    pub fn send(self, value: T) {
        let Permit { note, inner } = self;
        let send = || inner.send(value);
        perform(
            note.cell(),
            Operation::SendPermit,
            Site::caller(),
            send,
            done,
        );
        note.silence();
    }
}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// Room for several values: `tokio::sync::mpsc::PermitIterator`.
pub struct PermitIterator<'a, T> {
    /// None once there are no more permits to give back.
    note: Option<Guard<'a>>,
    sender: &'a Sender<T>,
    taken_at: Site,
    inner: real::PermitIterator<'a, T>,
}

impl<'a, T> PermitIterator<'a, T> {
    pub(super) fn new(
        sender: &'a Sender<T>,
        taken_at: Site,
        inner: real::PermitIterator<'a, T>,
    ) -> PermitIterator<'a, T> {
        let note = Guard::new(sender.cell(), Operation::DropPermit, taken_at);
        let mut iterator = PermitIterator {
            note: Some(note),
            sender,
            taken_at,
            inner,
        };
        iterator.settle();
        iterator
    }

    fn settle(&mut self) {
        if self.inner.len() == 0 {
            self.note.take().into_iter().for_each(Guard::silence);
        }
    }
}

impl<'a, T> Iterator for PermitIterator<'a, T> {
    type Item = Permit<'a, T>;

    fn next(&mut self) -> Option<Permit<'a, T>> {
        let permit = self.inner.next()?;
        self.settle();
        Some(Permit::new(self.sender, self.taken_at, permit))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<T> ExactSizeIterator for PermitIterator<'_, T> {}
impl<T> FusedIterator for PermitIterator<'_, T> {}

impl<T> fmt::Debug for PermitIterator<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// Room for one value, and a sender: `tokio::sync::mpsc::OwnedPermit`.
pub struct OwnedPermit<T> {
    /// The sender's handle, and the permit; taken when the sender comes out again.
    parts: Option<(Handle, real::OwnedPermit<T>)>,
    taken_at: Site,
}

impl<T> OwnedPermit<T> {
    pub(super) fn new(
        handle: Handle,
        taken_at: Site,
        inner: real::OwnedPermit<T>,
    ) -> OwnedPermit<T> {
        OwnedPermit {
            parts: Some((handle, inner)),
            taken_at,
        }
    }

    fn take(
        &mut self,
        operation: Operation,
        site: Site,
        act: impl FnOnce(real::OwnedPermit<T>) -> real::Sender<T>,
    ) -> Option<Sender<T>> {
        let (handle, permit) = self.parts.take()?;
        let inner = perform(handle.cell(), operation, site, || act(permit), done);
        Some(Sender::new(handle, inner))
    }

    /// Sends: `tokio::sync::mpsc::OwnedPermit::send`.
    #[track_caller]
    pub fn send(mut self, value: T) -> Sender<T> {
        let send = |permit: real::OwnedPermit<T>| permit.send(value);
        self.take(Operation::SendPermit, Site::caller(), send)
            .expect(PRESENT)
    }

    /// Gives the room back: `tokio::sync::mpsc::OwnedPermit::release`.
    #[track_caller]
    pub fn release(mut self) -> Sender<T> {
        let release = real::OwnedPermit::release;
        self.take(Operation::DropPermit, Site::caller(), release)
            .expect(PRESENT)
    }

    fn inner(&self) -> &real::OwnedPermit<T> {
        &self.parts.as_ref().expect(PRESENT).1
    }

    /// Whether both are of one channel: `tokio::sync::mpsc::OwnedPermit::same_channel`.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner().same_channel(other.inner())
    }

    /// Whether both are of one channel: `tokio::sync::mpsc::OwnedPermit::same_channel_as_sender`.
    pub fn same_channel_as_sender(&self, sender: &Sender<T>) -> bool {
        self.inner().same_channel_as_sender(sender.real())
    }
}

const PRESENT: &str = "an owned permit has its parts until it is used up";

impl<T> Drop for OwnedPermit<T> {
    fn drop(&mut self) {
        // Two operations, as the room is free before the sender is gone.
        let release = real::OwnedPermit::release;
        drop(self.take(Operation::DropPermit, self.taken_at, release));
    }
}

impl<T> fmt::Debug for OwnedPermit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner().fmt(f)
    }
}

converts!(OwnedPermit<T>:
    mut permit => {
        let (mut handle, inner) = permit.parts.take().expect(PRESENT);
        handle.give();
        inner
    },
    inner => {
        let handle = Handle::foreign(ObjectKind::Mpsc, Operation::DropSender, None);
        OwnedPermit::new(handle, Site::caller(), inner)
    }
);
converts_guard!(Permit<'a, T>);
