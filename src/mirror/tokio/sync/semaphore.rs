//! The mirror of `tokio::sync::Semaphore`.
//!
//! A permit of ours forgets the real one and gives back as many: that is all that tokio's does, and
//! it needs no `Arc` of the real semaphore.

use std::future::Future;
use std::sync::Arc;

use ::tokio::sync as real;
use real::{AcquireError, TryAcquireError};

use super::convert::converts;
use super::semaphore_permits::{OwnedSemaphorePermit, SemaphorePermit};
use crate::executor::foreign;
use crate::executor::hold::{block_on, is_outside, perform_on};
use crate::executor::object::ObjectCell;
use crate::executor::operation::{Scope, done, done_if_ok, idle, perform};
use crate::mirror::leaf::{Located, leaf, ok_or_closed, same};
use crate::trace::{ObjectKind, Operation, Site};

/// Gives out permits: `tokio::sync::Semaphore`.
#[derive(Debug)]
pub struct Semaphore {
    cell: ObjectCell,
    inner: real::Semaphore,
}

impl Located for Semaphore {
    fn cell(&self) -> &ObjectCell {
        &self.cell
    }
}

type Acquired = Result<(), AcquireError>;

impl Semaphore {
    /// The most permits that a semaphore can have: `tokio::sync::Semaphore::MAX_PERMITS`.
    pub const MAX_PERMITS: usize = real::Semaphore::MAX_PERMITS;

    /// A semaphore with so many permits: `tokio::sync::Semaphore::new`.
    ///
    /// # Panics
    ///
    /// Panics if there are more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
    #[track_caller]
    pub fn new(permits: usize) -> Semaphore {
        Semaphore {
            cell: ObjectCell::sized(ObjectKind::Semaphore, permits),
            inner: real::Semaphore::new(permits),
        }
    }

    /// A semaphore for a static: `tokio::sync::Semaphore::const_new`.
    #[track_caller]
    pub const fn const_new(permits: usize) -> Semaphore {
        Semaphore {
            cell: ObjectCell::lazy(ObjectKind::Semaphore).with_capacity(permits),
            inner: real::Semaphore::const_new(permits),
        }
    }

    /// How many permits are free: `tokio::sync::Semaphore::available_permits`.
    #[track_caller]
    pub fn available_permits(&self) -> usize {
        let look = || self.inner.available_permits();
        perform(&self.cell, Operation::Inspect, Site::caller(), look, idle)
    }

    /// Adds permits: `tokio::sync::Semaphore::add_permits`.
    ///
    /// # Panics
    ///
    /// Panics if there are more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS) then.
    #[track_caller]
    pub fn add_permits(&self, n: usize) {
        let add = || self.inner.add_permits(n);
        perform(&self.cell, Operation::AddPermits, Site::caller(), add, done);
    }

    /// Takes free permits away: `tokio::sync::Semaphore::forget_permits`.
    #[track_caller]
    pub fn forget_permits(&self, n: usize) -> usize {
        let forget = || self.inner.forget_permits(n);
        perform(
            &self.cell,
            Operation::ForgetPermits,
            Site::caller(),
            forget,
            done,
        )
    }

    async fn wait(&self, n: u32) -> Acquired {
        self.inner
            .acquire_many(n)
            .await
            .map(real::SemaphorePermit::forget)
    }

    /// Waits for a permit: `tokio::sync::Semaphore::acquire`.
    #[track_caller]
    pub fn acquire(&self) -> impl Future<Output = Result<SemaphorePermit<'_>, AcquireError>> {
        self.acquire_many(1)
    }

    /// Waits for several permits at once: `tokio::sync::Semaphore::acquire_many`.
    #[track_caller]
    pub fn acquire_many(
        &self,
        n: u32,
    ) -> impl Future<Output = Result<SemaphorePermit<'_>, AcquireError>> {
        let site = Site::caller();
        let granted = move |acquired: Acquired, scope: Option<&Scope>| {
            ok_or_closed(acquired, scope).map(|()| SemaphorePermit::new(self, n, site))
        };
        leaf(self, Operation::Acquire, site, self.wait(n), granted).amount(n as usize)
    }

    /// Takes a permit if one is free: `tokio::sync::Semaphore::try_acquire`.
    ///
    /// # Errors
    ///
    /// If none is free, or the semaphore is closed.
    #[track_caller]
    pub fn try_acquire(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.try_acquire_many(1)
    }

    /// Takes permits if so many are free: `tokio::sync::Semaphore::try_acquire_many`.
    ///
    /// # Errors
    ///
    /// If there are not so many, or the semaphore is closed.
    #[track_caller]
    pub fn try_acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        let site = Site::caller();
        self.try_take(n, site)?;
        Ok(SemaphorePermit::new(self, n, site))
    }

    fn try_take(&self, n: u32, site: Site) -> Result<(), TryAcquireError> {
        let take = || {
            let permit = self.inner.try_acquire_many(n);
            permit.map(real::SemaphorePermit::forget)
        };
        let operation = (Operation::TryAcquire, n as usize);
        perform_on(&self.cell, operation, site, take, done_if_ok)
    }

    #[track_caller]
    fn block(&self, n: u32, site: Site) -> Acquired {
        if is_outside(&self.cell, site) {
            let permit = self.inner.blocking_acquire_many(n);
            return permit.map(real::SemaphorePermit::forget);
        }
        block_on(&self.cell, Operation::Acquire, site, self.wait(n), same)
    }

    /// Blocks the thread until it has a permit: `tokio::sync::Semaphore::blocking_acquire`.
    ///
    /// # Errors
    ///
    /// If the semaphore is closed.
    #[track_caller]
    pub fn blocking_acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.blocking_acquire_many(1)
    }

    /// Blocks the thread until it has the permits:
    /// `tokio::sync::Semaphore::blocking_acquire_many`.
    ///
    /// # Errors
    ///
    /// If the semaphore is closed.
    #[track_caller]
    pub fn blocking_acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, AcquireError> {
        let site = Site::caller();
        self.block(n, site)?;
        Ok(SemaphorePermit::new(self, n, site))
    }

    /// Waits for a permit: `tokio::sync::Semaphore::acquire_owned`.
    #[track_caller]
    pub fn acquire_owned(
        self: Arc<Self>,
    ) -> impl Future<Output = Result<OwnedSemaphorePermit, AcquireError>> {
        self.acquire_many_owned(1)
    }

    /// Waits for several permits at once: `tokio::sync::Semaphore::acquire_many_owned`.
    #[track_caller]
    pub fn acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> impl Future<Output = Result<OwnedSemaphorePermit, AcquireError>> {
        self.acquire_many_owned_at(n, Site::caller())
    }

    pub(crate) fn acquire_many_owned_at(
        self: Arc<Self>,
        n: u32,
        site: Site,
    ) -> impl Future<Output = Result<OwnedSemaphorePermit, AcquireError>> {
        let semaphore = Arc::clone(&self);
        let wait = async move {
            semaphore.wait(n).await?;
            Ok(OwnedSemaphorePermit::new(semaphore, n, site))
        };
        leaf(self, Operation::Acquire, site, wait, ok_or_closed).amount(n as usize)
    }

    /// Takes a permit if one is free: `tokio::sync::Semaphore::try_acquire_owned`.
    ///
    /// # Errors
    ///
    /// If none is free, or the semaphore is closed.
    #[track_caller]
    pub fn try_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.try_acquire_many_owned(1)
    }

    /// Takes permits if so many are free: `tokio::sync::Semaphore::try_acquire_many_owned`.
    ///
    /// # Errors
    ///
    /// If there are not so many, or the semaphore is closed.
    #[track_caller]
    pub fn try_acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        let site = Site::caller();
        self.try_take(n, site)?;
        Ok(OwnedSemaphorePermit::new(self, n, site))
    }

    /// Blocks the thread until it has a permit: `tokio::sync::Semaphore::blocking_acquire_owned`.
    ///
    /// # Errors
    ///
    /// If the semaphore is closed.
    #[track_caller]
    pub fn blocking_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.blocking_acquire_many_owned(1)
    }

    /// Blocks the thread until it has the permits:
    /// `tokio::sync::Semaphore::blocking_acquire_many_owned`.
    ///
    /// # Errors
    ///
    /// If the semaphore is closed.
    #[track_caller]
    pub fn blocking_acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedSemaphorePermit, AcquireError> {
        let site = Site::caller();
        self.block(n, site)?;
        Ok(OwnedSemaphorePermit::new(self, n, site))
    }

    /// Gives out no more permits: `tokio::sync::Semaphore::close`.
    #[track_caller]
    pub fn close(&self) {
        let close = || self.inner.close();
        perform(&self.cell, Operation::Close, Site::caller(), close, done);
    }

    /// Whether it is closed: `tokio::sync::Semaphore::is_closed`.
    #[track_caller]
    pub fn is_closed(&self) -> bool {
        let look = || self.inner.is_closed();
        perform(&self.cell, Operation::Inspect, Site::caller(), look, idle)
    }

    /// Gives back the permits that were taken at a site.
    pub(super) fn give_back(&self, n: usize, taken_at: Site) {
        let give = || self.inner.add_permits(n);
        perform_on(&self.cell, (Operation::Release, n), taken_at, give, done);
    }
}

converts!(Semaphore:
    semaphore => {
        foreign::give_here(&semaphore.cell);
        semaphore.inner
    },
    inner => Semaphore {
        cell: ObjectCell::sized(ObjectKind::Semaphore, inner.available_permits()),
        inner,
    }
);
