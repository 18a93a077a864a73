//! The mirror of `std::sync`.

pub mod atomic;
mod condvar;
mod lock;
mod mutex;
mod rwlock;

pub use self::condvar::{Condvar, WaitTimeoutResult};
pub use self::mutex::{Mutex, MutexGuard};
pub use self::rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
