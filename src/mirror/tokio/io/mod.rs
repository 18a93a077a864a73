//! The mirror of `tokio::io`: in-memory pipes, and streams split in two. All else is tokio's own,
//! and its traits are those that ours have.

mod duplex;
mod end;
mod simplex;
mod split;

pub use ::tokio::io::*;

pub use self::duplex::{DuplexStream, duplex};
pub use self::simplex::{SimplexStream, simplex};
pub use self::split::{ReadHalf, WriteHalf, split};
