//! `Id`: tokio's has no public constructor.

use std::fmt;

/// Tells runtimes apart: `tokio::runtime::Id`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Id(Inner);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Inner {
    Real(::tokio::runtime::Id),
    Controlled(u64),
}

impl Id {
    pub(crate) fn controlled(id: u64) -> Id {
        Id(Inner::Controlled(id))
    }
}

impl From<::tokio::runtime::Id> for Id {
    fn from(id: ::tokio::runtime::Id) -> Id {
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
