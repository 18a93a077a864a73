//! The mirror of `std::sync`.

pub mod atomic;
mod mutex;

pub use self::mutex::{Mutex, MutexGuard};
