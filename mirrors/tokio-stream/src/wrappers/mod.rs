//! `tokio_stream::wrappers`, controlled.

mod broadcast;
mod interval;
mod join_set;
mod mpsc;
mod watch;

pub use ::tokio_stream::wrappers::*;

pub use self::broadcast::BroadcastStream;
pub use self::interval::IntervalStream;
pub use self::join_set::JoinSetStream;
pub use self::mpsc::{ReceiverStream, UnboundedReceiverStream};
pub use self::watch::WatchStream;
