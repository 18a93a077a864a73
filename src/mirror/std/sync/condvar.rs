//! The mirror of `std::sync::Condvar`.
//!
//! Inside an execution the waiters are ours, for a real one would block the only thread; which of
//! them `notify_one` wakes is explored. Not here: spurious wakeups, which std allows.

use std::fmt;
use std::sync::{self as real, LockResult, PoisonError};
use std::time::Duration;

use super::MutexGuard;
use crate::executor::hold::{block_until, choose};
use crate::executor::object::ObjectCell;
use crate::executor::operation::{self, Manner};
use crate::executor::{current, teardown};
use crate::trace::{Effect, ObjectKind, Operation, Site};

/// Blocks tasks until another one says so: `std::sync::Condvar`.
pub struct Condvar {
    cell: ObjectCell,
    inner: real::Condvar,
    waiters: real::Mutex<Waiters>,
}

/// Who waits, in executions.
struct Waiters {
    /// In the order in which they began to.
    tickets: Vec<u64>,
    issued: u64,
}

/// Whether a wait ended by its timeout: `std::sync::WaitTimeoutResult`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// Whether it did.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    /// One that nobody waits for: `std::sync::Condvar::new`.
    #[track_caller]
    pub const fn new() -> Condvar {
        Condvar {
            cell: ObjectCell::lazy(ObjectKind::StdCondvar),
            inner: real::Condvar::new(),
            waiters: real::Mutex::new(Waiters {
                tickets: Vec::new(),
                issued: 0,
            }),
        }
    }

    /// Gives the lock back, and blocks the task like a thread until it is notified:
    /// `std::sync::Condvar::wait`.
    ///
    /// # Errors
    ///
    /// The guard as well, if the lock is poisoned.
    #[track_caller]
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        map(self.wait_at(guard, None, Site::caller()), |(guard, _)| {
            guard
        })
    }

    /// Waits for as long as the condition holds: `std::sync::Condvar::wait_while`.
    ///
    /// # Errors
    ///
    /// The guard as well, if the lock is poisoned.
    #[track_caller]
    pub fn wait_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: F,
    ) -> LockResult<MutexGuard<'a, T>>
    where
        F: FnMut(&mut T) -> bool,
    {
        while condition(&mut guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// Waits, but only so long: `std::sync::Condvar::wait_timeout`.
    ///
    /// # Errors
    ///
    /// The guard as well, if the lock is poisoned.
    #[track_caller]
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        duration: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        self.wait_at(guard, Some(duration), Site::caller())
    }

    /// Waits, but only so many milliseconds: `std::sync::Condvar::wait_timeout_ms`. Whether it was
    /// notified.
    ///
    /// # Errors
    ///
    /// The guard as well, if the lock is poisoned.
    #[deprecated = "use `wait_timeout`"]
    #[track_caller]
    pub fn wait_timeout_ms<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        ms: u32,
    ) -> LockResult<(MutexGuard<'a, T>, bool)> {
        let duration = Duration::from_millis(ms.into());
        let waited = self.wait_at(guard, Some(duration), Site::caller());
        map(waited, |(guard, timeout)| (guard, !timeout.timed_out()))
    }

    /// Waits for as long as the condition holds, but only so long:
    /// `std::sync::Condvar::wait_timeout_while`. The time begins anew with each notification.
    ///
    /// # Errors
    ///
    /// The guard as well, if the lock is poisoned.
    #[track_caller]
    pub fn wait_timeout_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        duration: Duration,
        mut condition: F,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)>
    where
        F: FnMut(&mut T) -> bool,
    {
        let mut timeout = WaitTimeoutResult(false);
        while condition(&mut guard) {
            if timeout.timed_out() {
                return Ok((guard, timeout));
            }
            (guard, timeout) = self.wait_timeout(guard, duration)?;
        }
        Ok((guard, WaitTimeoutResult(false)))
    }

    /// Wakes one that waits, if there is one: `std::sync::Condvar::notify_one`.
    #[track_caller]
    pub fn notify_one(&self) {
        self.notify(Operation::NotifyOne, Site::caller(), |tickets| {
            if tickets.len() > 1 {
                let chosen = choose(tickets.len());
                tickets.remove(chosen);
            } else {
                tickets.clear();
            }
        });
        self.inner.notify_one();
    }

    /// Wakes all that wait: `std::sync::Condvar::notify_all`.
    #[track_caller]
    pub fn notify_all(&self) {
        self.notify(Operation::NotifyAll, Site::caller(), Vec::clear);
        self.inner.notify_all();
    }

    fn notify(&self, operation: Operation, site: Site, wake: impl FnOnce(&mut Vec<u64>)) {
        let Some(scope) = operation::enter(&self.cell, operation, site, Manner::Call) else {
            return;
        };
        let mut tickets = std::mem::take(&mut self.waiters().tickets);
        let waiting = tickets.len();
        wake(&mut tickets);
        let woken = tickets.len() < waiting;
        self.waiters().tickets = tickets;
        scope.leave(if woken { Effect::Done } else { Effect::Idle });
    }

    fn waiters(&self) -> real::MutexGuard<'_, Waiters> {
        self.waiters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_at<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        duration: Option<Duration>,
        site: Site,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        if current::in_task().is_none() {
            return self.wait_outside(guard, duration);
        }
        let Some(scope) = operation::enter(&self.cell, Operation::Wait, site, Manner::Call) else {
            teardown::refuse_to_block();
            unreachable!("teardown lets nobody wait")
        };
        let ticket = self.begin_wait();
        scope.leave(Effect::Done);
        let lock = guard.lock();
        drop(guard);
        let notified = || !ticket.is_waiting();
        let waited = block_until(&self.cell, (Operation::Wait, site), duration, notified);
        drop(ticket);
        let Some(notified) = waited else {
            teardown::refuse_to_block();
            unreachable!("teardown lets nobody wait")
        };
        let result = WaitTimeoutResult(!notified);
        map(lock.lock_at(site), |guard| (guard, result))
    }

    fn begin_wait(&self) -> Ticket<'_> {
        let mut waiters = self.waiters();
        waiters.issued += 1;
        let number = waiters.issued;
        waiters.tickets.push(number);
        Ticket {
            condvar: self,
            number,
        }
    }

    fn wait_outside<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        duration: Option<Duration>,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        guard.lend(|real| match duration {
            None => map(self.inner.wait(real), |real| {
                (real, WaitTimeoutResult(false))
            }),
            Some(duration) => map(self.inner.wait_timeout(real, duration), |(real, result)| {
                (real, WaitTimeoutResult(result.timed_out()))
            }),
        })
    }
}

/// One that waits; given up when it is dropped.
struct Ticket<'a> {
    condvar: &'a Condvar,
    number: u64,
}

impl Ticket<'_> {
    fn is_waiting(&self) -> bool {
        self.condvar.waiters().tickets.contains(&self.number)
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut waiters = self.condvar.waiters();
        waiters.tickets.retain(|&ticket| ticket != self.number);
    }
}

/// The same result about something else.
fn map<T, U>(result: LockResult<T>, map: impl FnOnce(T) -> U) -> LockResult<U> {
    match result {
        Ok(value) => Ok(map(value)),
        Err(poisoned) => Err(PoisonError::new(map(poisoned.into_inner()))),
    }
}

impl Default for Condvar {
    #[track_caller]
    fn default() -> Condvar {
        Condvar {
            cell: ObjectCell::new(ObjectKind::StdCondvar),
            ..Condvar::new()
        }
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
