//! `tokio_stream::wrappers`, controlled.

mod broadcast;
mod mpsc;
mod watch;

pub use ::tokio_stream::wrappers::*;

pub use self::broadcast::BroadcastStream;
pub use self::mpsc::{ReceiverStream, UnboundedReceiverStream};
pub use self::watch::WatchStream;
