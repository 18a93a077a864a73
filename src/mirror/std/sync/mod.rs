//! The mirror of `std::sync`.

pub mod atomic;
mod lock;
mod mutex;
mod rwlock;

pub use self::mutex::{Mutex, MutexGuard};
pub use self::rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
