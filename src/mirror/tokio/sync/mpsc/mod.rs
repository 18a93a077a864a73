//! The mirror of `tokio::sync::mpsc`.
//!
//! Weak senders are no handles of the object: what making or dropping one changes, only their count
//! shows.

mod bounded;
mod permits;
mod receiver;
mod unbounded;
mod weak;

pub use ::tokio::sync::mpsc::error;

pub use self::bounded::{Sender, WeakSender, channel};
pub use self::permits::{OwnedPermit, Permit, PermitIterator};
pub use self::receiver::{Receiver, UnboundedReceiver};
pub use self::unbounded::{UnboundedSender, WeakUnboundedSender, unbounded_channel};
