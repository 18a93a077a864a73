//! What is rarer with locks, semaphores and `Notify`: the end of a semaphore, permits that are
//! forgotten, a writer that becomes a reader, waits that are enabled before they are polled.

use std::pin::pin;

use leak_harness::sync::{OwnedRwLockWriteGuard, OwnedSemaphorePermit};
use leak_harness::task::yield_now;

use crate::actor::{Actor, SKIPPED, Shared};
use crate::program::Kind;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    Close,
    /// What is held.
    Forget,
    /// What is there.
    ForgetPermits,
    Available,
    Downgrade,
    NotifyLast,
    /// Whether it is ready already, and then the wait.
    Enable,
    /// Whether it is ready already, or so after a while.
    EnableTwice,
}

pub fn decode(kind: Kind, how: u8) -> Option<Act> {
    let act = match kind {
        Kind::Semaphore(_) => match how % 6 {
            0 => Act::Close,
            1 => Act::Forget,
            2 => Act::ForgetPermits,
            3 => Act::Available,
            _ => return None,
        },
        Kind::RwLock => match how % 3 {
            0 | 1 => Act::Downgrade,
            _ => return None,
        },
        Kind::Notify => match how % 5 {
            0 | 1 => Act::NotifyLast,
            2 | 3 => Act::Enable,
            _ => Act::EnableTwice,
        },
        _ => return None,
    };
    Some(act)
}

impl Actor {
    pub async fn lock(&mut self, object: usize, act: Act) -> u16 {
        match (act, self.shared[object].clone()) {
            (Act::Close, Shared::Semaphore(semaphore)) => semaphore.close(),
            (Act::ForgetPermits, Shared::Semaphore(semaphore)) => {
                return semaphore.forget_permits(1) as u16;
            }
            (Act::Available, Shared::Semaphore(semaphore)) => {
                return semaphore.available_permits() as u16;
            }
            (Act::Forget, _) => {
                let Some(permit) = self.release::<OwnedSemaphorePermit>(object) else {
                    return SKIPPED;
                };
                permit.forget();
            }
            (Act::Downgrade, _) => {
                let Some(guard) = self.release::<OwnedRwLockWriteGuard<u16>>(object) else {
                    return SKIPPED;
                };
                self.held.push((object, Box::new(guard.downgrade())));
            }
            (Act::NotifyLast, Shared::Notify(notify)) => notify.notify_last(),
            (Act::Enable, Shared::Notify(notify)) => {
                let mut wait = pin!(notify.notified());
                let early = wait.as_mut().enable();
                wait.await;
                return u16::from(early);
            }
            (Act::EnableTwice, Shared::Notify(notify)) => {
                let mut wait = pin!(notify.notified());
                let early = wait.as_mut().enable();
                yield_now().await;
                return u16::from(early) * 2 + u16::from(wait.enable());
            }
            _ => return SKIPPED,
        }
        1
    }
}
