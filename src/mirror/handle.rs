//! What stands beside the real primitive in every mirrored handle and guard.
//!
//! It is declared before the real one, so that it is dropped first: the drop is announced, others
//! may go first, and then the real thing happens.

use std::sync::Arc;

use crate::executor::object::ObjectCell;
use crate::executor::operation::{self, Manner};
use crate::trace::{Effect, ObjectKind, Operation, Site};

/// One of several handles to an object: a sender, a receiver, a permit.
#[derive(Debug)]
pub(crate) struct Handle {
    cell: Arc<ObjectCell>,
    drop: Operation,
    made_at: Site,
}

impl Handle {
    /// The first handle of a new object. `drop` is what dropping it means.
    #[track_caller]
    pub(crate) fn new(kind: ObjectKind, drop: Operation) -> Handle {
        Handle {
            cell: Arc::new(ObjectCell::new(kind)),
            drop,
            made_at: Site::caller(),
        }
    }

    /// The first handle of a new object with room for so many values.
    #[track_caller]
    pub(crate) fn sized(kind: ObjectKind, drop: Operation, capacity: usize) -> Handle {
        let cell = Arc::new(ObjectCell::sized(kind, capacity));
        Handle {
            cell,
            drop,
            made_at: Site::caller(),
        }
    }

    /// Another handle of the same object.
    #[track_caller]
    pub(crate) fn another(&self, drop: Operation) -> Handle {
        Handle {
            cell: Arc::clone(&self.cell),
            drop,
            made_at: Site::caller(),
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
}

impl Drop for Handle {
    fn drop(&mut self) {
        operation::announce_drop(&self.cell, self.drop, self.made_at);
    }
}

/// A guard of a lock that lives in the object's owner.
#[derive(Debug)]
pub(crate) struct Guard<'a> {
    cell: &'a ObjectCell,
    drop: Operation,
    taken_at: Site,
}

impl<'a> Guard<'a> {
    /// The note of a guard just taken; dropping it announces `drop`.
    pub(crate) fn new(cell: &'a ObjectCell, drop: Operation, taken_at: Site) -> Guard<'a> {
        Guard {
            cell,
            drop,
            taken_at,
        }
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some(scope) = operation::enter(self.cell, self.drop, self.taken_at, Manner::Call) {
            scope.set_held(false);
            scope.leave(Effect::Done);
        }
    }
}
