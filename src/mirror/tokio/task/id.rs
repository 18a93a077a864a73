//! `Id`: tokio's has no public constructor.

use std::fmt;

use crate::executor::current;
use crate::executor::locals::{self, Entered};
use crate::trace::TaskId;

/// A task's id: `tokio::task::Id`. Ids of one execution are its task numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(Inner);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Inner {
    Real(::tokio::task::Id),
    Controlled(u32),
}

impl Id {
    pub(super) fn controlled(task: TaskId) -> Id {
        Id(Inner::Controlled(task.0))
    }
}

/// Its address is the key under which a task keeps whose output it drops.
static KEY: u8 = 0;

fn key() -> usize {
    std::ptr::from_ref(&KEY).addr()
}

/// Until the guard is dropped, what runs counts as that task: it drops that task's output.
pub(super) fn stand_in(id: Id) -> Entered<Id> {
    locals::enter(key(), id)
}

/// The id of the task that runs: `tokio::task::id`.
///
/// # Panics
///
/// Panics where no task runs; the body of a test is none.
#[track_caller]
pub fn id() -> Id {
    try_id().expect("Can't get a task id when not inside a task")
}

/// The id of the task that runs, if one does: `tokio::task::try_id`.
pub fn try_id() -> Option<Id> {
    match current::in_task() {
        Some(runtime) => {
            let other = locals::slot::<Id>(key()).and_then(|slot| *slot.borrow());
            let task = runtime.running().filter(|&task| task != TaskId::BODY);
            other.or(task.map(Id::controlled))
        }
        None => ::tokio::task::try_id().map(Id::from),
    }
}

impl From<::tokio::task::Id> for Id {
    fn from(id: ::tokio::task::Id) -> Id {
        Id(Inner::Real(id))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Inner::Real(id) => id.fmt(f),
            Inner::Controlled(id) => id.fmt(f),
        }
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}
