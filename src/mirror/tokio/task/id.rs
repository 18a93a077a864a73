//! `Id`: tokio's has no public constructor.

use std::fmt;

/// A task's id: `tokio::task::Id`. Ids of one execution are its task numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id(Inner);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Inner {
    Real(::tokio::task::Id),
    Controlled(u32),
}

impl Id {
    pub(super) fn controlled(task: crate::trace::TaskId) -> Id {
        Id(Inner::Controlled(task.0))
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
