//! What stands beside the real primitive in every mirrored handle and guard.
//!
//! It is declared before the real one, so that it is dropped first: the drop is announced, others
//! may go first, and then the real thing happens.

use std::sync::Arc;

use crate::executor::foreign;
use crate::executor::hold;
use crate::executor::object::ObjectCell;
use crate::executor::operation::{self, Manner};
use crate::executor::release::Emptied;
use crate::trace::{Effect, ObjectKind, Operation, Site};

/// One of several handles to an object: a sender, a receiver, a permit.
#[derive(Debug)]
pub(crate) struct Handle {
    cell: Arc<ObjectCell>,
    /// What dropping it means; none once its end was an operation of its own.
    drop: Option<Operation>,
    made_at: Site,
}

impl Handle {
    /// The first handle of a new object. `drop` is what dropping it means.
    #[track_caller]
    pub(crate) fn new(kind: ObjectKind, drop: Operation) -> Handle {
        Handle {
            cell: Arc::new(ObjectCell::new(kind)),
            drop: Some(drop),
            made_at: Site::caller(),
        }
    }

    /// The first handle of a new object with room for so many values.
    #[track_caller]
    pub(crate) fn sized(kind: ObjectKind, drop: Operation, capacity: usize) -> Handle {
        let cell = Arc::new(ObjectCell::sized(kind, capacity));
        Handle {
            cell,
            drop: Some(drop),
            made_at: Site::caller(),
        }
    }

    /// Another handle of the same object.
    #[track_caller]
    pub(crate) fn another(&self, drop: Operation) -> Handle {
        Handle {
            cell: Arc::clone(&self.cell),
            drop: Some(drop),
            made_at: Site::caller(),
        }
    }

    /// A handle of one end of something that came from real tokio, which may have other ends.
    #[track_caller]
    pub(crate) fn foreign(kind: ObjectKind, drop: Operation, capacity: Option<usize>) -> Handle {
        Handle {
            cell: Arc::new(ObjectCell::shared(kind, capacity)),
            drop: Some(drop),
            made_at: Site::caller(),
        }
    }

    /// Its end is given to real tokio: what is done to it there is not seen, not even its drop.
    #[track_caller]
    pub(crate) fn give(&mut self) {
        self.drop = None;
        foreign::give(&self.cell, Site::caller().or(self.made_at));
    }

    /// A handle of an object that is known otherwise.
    pub(crate) fn of(cell: Arc<ObjectCell>, drop: Operation, made_at: Site) -> Handle {
        Handle {
            cell,
            drop: Some(drop),
            made_at,
        }
    }

    /// The object.
    pub(crate) fn cell(&self) -> &ObjectCell {
        &self.cell
    }

    /// The object, for a future that outlives the handle's borrow.
    pub(crate) fn shared(&self) -> Arc<ObjectCell> {
        Arc::clone(&self.cell)
    }

    /// What a receiver keeps as its last field: with it the messages that nobody received are gone.
    pub(crate) fn emptied(&self) -> Emptied {
        Emptied::of(&self.cell)
    }

    /// Where it was made.
    pub(crate) fn made_at(&self) -> Site {
        self.made_at
    }

    /// It is of no use any more, and everybody could see that: its drop means nothing.
    pub(crate) fn silence(&mut self) {
        self.drop = None;
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Some(drop) = self.drop {
            operation::announce_drop(&self.cell, drop, self.made_at);
        }
    }
}

/// A guard of a lock that lives in the object's owner, or a permit of a borrowed handle.
#[derive(Debug)]
pub(crate) struct Guard<'a> {
    cell: &'a ObjectCell,
    drop: Option<Operation>,
    taken_at: Site,
    /// How much it gives back: 1 for readers and for locks without any, more for writers.
    amount: usize,
}

/// What a writer gives back: more than a reader.
pub(crate) const WRITER: usize = 2;

impl<'a> Guard<'a> {
    /// The note of a guard just taken; dropping it announces `drop`.
    pub(crate) fn new(cell: &'a ObjectCell, drop: Operation, taken_at: Site) -> Guard<'a> {
        Guard {
            cell,
            drop: Some(drop),
            taken_at,
            amount: 1,
        }
    }

    /// It gives back so much.
    pub(crate) fn amount(mut self, amount: usize) -> Guard<'a> {
        self.amount = amount;
        self
    }

    /// The object.
    pub(crate) fn cell(&self) -> &'a ObjectCell {
        self.cell
    }

    /// Where it was taken.
    #[cfg(std_has_downgrade)]
    pub(crate) fn taken_at(&self) -> Site {
        self.taken_at
    }

    /// It is given to real tokio: when it ends is not seen.
    #[track_caller]
    pub(crate) fn give(self) {
        foreign::give(self.cell, Site::caller().or(self.taken_at));
        self.silence();
    }

    /// Its end was an operation of its own: its drop means nothing.
    pub(crate) fn silence(mut self) {
        self.drop = None;
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some(drop) = self.drop {
            announce_unlock(self.cell, drop, self.taken_at, self.amount);
        }
    }
}

/// Announces that what was taken at a site is given back, which follows at once.
pub(crate) fn announce_unlock(
    cell: &ObjectCell,
    operation: Operation,
    taken_at: Site,
    amount: usize,
) {
    if let Some(scope) = operation::enter(cell, operation, taken_at, Manner::Call) {
        scope.note_amount(amount);
        scope.set_held(false);
        scope.leave(Effect::Done);
    }
}

/// A read guard under which writers of the object block, although it is no lock of its own: a
/// watch's `Ref`.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    cell: &'a ObjectCell,
    taken_at: Site,
    /// Whether the execution counts it.
    counted: bool,
}

impl<'a> Reader<'a> {
    /// The note of a read guard taken in `scope`.
    pub(crate) fn new(
        cell: &'a ObjectCell,
        taken_at: Site,
        scope: Option<&operation::Scope>,
    ) -> Reader<'a> {
        if let Some(scope) = scope {
            scope.add_reader();
        }
        Reader {
            cell,
            taken_at,
            counted: scope.is_some(),
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if self.counted {
            hold::announce_reader_drop(self.cell, Operation::DropBorrow, self.taken_at);
        }
    }
}
