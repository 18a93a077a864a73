//! The mirror of `std::sync::Barrier`.
//!
//! Inside an execution those who came are counted here, for a real one would block the only thread.

use std::fmt;
use std::sync::{self as real, Mutex, MutexGuard, PoisonError};

use crate::executor::hold::{block_until, is_outside};
use crate::executor::object::ObjectCell;
use crate::executor::operation::{self, Manner};
use crate::executor::teardown;
use crate::trace::{Effect, ObjectKind, Operation, Site};

/// Lets threads go on once so many have come: `std::sync::Barrier`.
pub struct Barrier {
    cell: ObjectCell,
    inner: real::Barrier,
    n: usize,
    arrived: Mutex<Arrived>,
}

/// Who came, in executions.
struct Arrived {
    count: usize,
    /// How often it was left.
    round: u64,
}

/// Whether it was this thread that let the others go on: `std::sync::BarrierWaitResult`.
pub struct BarrierWaitResult(bool);

impl BarrierWaitResult {
    /// Whether it was: `std::sync::BarrierWaitResult::is_leader`.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl Barrier {
    /// A barrier for so many threads: `std::sync::Barrier::new`.
    #[track_caller]
    #[must_use]
    pub const fn new(n: usize) -> Barrier {
        Barrier {
            cell: ObjectCell::lazy(ObjectKind::StdBarrier).with_capacity(n),
            inner: real::Barrier::new(n),
            n,
            arrived: Mutex::new(Arrived { count: 0, round: 0 }),
        }
    }

    fn arrived(&self) -> MutexGuard<'_, Arrived> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Comes, and blocks until enough have: `std::sync::Barrier::wait`.
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        let site = Site::caller();
        if is_outside(&self.cell, site) {
            return BarrierWaitResult(self.inner.wait().is_leader());
        }
        let scope = operation::enter(&self.cell, Operation::Wait, site, Manner::Call);
        let coming = self.come();
        if let Some(scope) = scope {
            scope.leave(Effect::Done);
        }
        let Some(coming) = coming else {
            return BarrierWaitResult(true);
        };
        let left = || self.arrived().round != coming.round;
        if block_until(&self.cell, (Operation::Wait, site), None, left).is_none() {
            teardown::refuse_to_block();
        }
        BarrierWaitResult(false)
    }

    /// Comes; none if this was the last of a round.
    fn come(&self) -> Option<Coming<'_>> {
        let mut arrived = self.arrived();
        arrived.count += 1;
        if arrived.count >= self.n {
            arrived.count = 0;
            arrived.round += 1;
            return None;
        }
        Some(Coming {
            barrier: self,
            round: arrived.round,
        })
    }
}

/// One that came; dropped when it goes on, or is torn down.
struct Coming<'a> {
    barrier: &'a Barrier,
    round: u64,
}

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        let mut arrived = self.barrier.arrived();
        if arrived.round == self.round {
            arrived.count = arrived.count.saturating_sub(1);
        }
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier").finish_non_exhaustive()
    }
}

impl fmt::Debug for BarrierWaitResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BarrierWaitResult")
            .field("is_leader", &self.is_leader())
            .finish()
    }
}
