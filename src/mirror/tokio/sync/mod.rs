//! The mirror of `tokio::sync`.

pub mod mpsc;
