//! The mirror of `tokio::sync`.

mod barrier;
pub mod broadcast;
pub(crate) mod by_hand;
mod convert;
mod guard;
pub mod mpsc;
mod mutex;
mod mutex_guards;
pub(crate) mod notify;
mod once_cell;
mod once_cell_init;
pub mod oneshot;
mod rwlock;
mod rwlock_guards;
mod rwlock_owned_guards;
mod semaphore;
mod semaphore_permits;
mod set_once;
pub mod watch;

pub use self::barrier::Barrier;
pub use self::mutex::Mutex;
pub use self::mutex_guards::{
    MappedMutexGuard, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard,
};
pub use self::notify::Notify;
pub use self::once_cell::OnceCell;
pub use self::rwlock::RwLock;
pub use self::rwlock_guards::{RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard};
pub use self::rwlock_owned_guards::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard,
};
pub use self::semaphore::Semaphore;
pub use self::semaphore_permits::{OwnedSemaphorePermit, SemaphorePermit};
pub use self::set_once::SetOnce;
pub use ::tokio::sync::{
    AcquireError, BarrierWaitResult, SetError, SetOnceError, TryAcquireError, TryLockError,
};

/// Named futures: `tokio::sync::futures`.
pub mod futures {
    pub use super::notify::{Notified, OwnedNotified};
}
