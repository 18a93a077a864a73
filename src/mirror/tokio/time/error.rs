//! The mirror of `tokio::time::error`. `Elapsed` is ours: tokio's has no public constructor.

use std::fmt;

pub use ::tokio::time::error::Error;

/// A timeout ran out before its future was ready: `tokio::time::error::Elapsed`.
#[derive(Debug, PartialEq, Eq)]
pub struct Elapsed(());

impl Elapsed {
    pub(super) fn new() -> Elapsed {
        Elapsed(())
    }
}

impl From<::tokio::time::error::Elapsed> for Elapsed {
    fn from(_: ::tokio::time::error::Elapsed) -> Elapsed {
        Elapsed(())
    }
}

impl From<Elapsed> for std::io::Error {
    fn from(_: Elapsed) -> std::io::Error {
        std::io::ErrorKind::TimedOut.into()
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deadline has elapsed")
    }
}

impl std::error::Error for Elapsed {}
