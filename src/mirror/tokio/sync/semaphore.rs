//! The mirror of `tokio::sync::Semaphore`.
//!
//! Not here: its permits (`semaphore_permits`).

use std::fmt;
use std::future::Future;
use std::sync::{Arc, OnceLock};

use ::tokio::sync as real;
use real::{AcquireError, TryAcquireError};

use super::convert::{converts, converts_shared};
use super::semaphore_permits::{OwnedSemaphorePermit, SemaphorePermit};
use crate::executor::foreign;
use crate::executor::hold::{block_on, is_outside, perform_on};
use crate::executor::object::ObjectCell;
use crate::executor::operation::{Scope, done, done_if_ok, idle, perform};
use crate::mirror::leaf::{Located, leaf, ok_or_closed, same};
use crate::trace::{ObjectKind, Operation, Site};

/// Gives out permits: `tokio::sync::Semaphore`.
pub struct Semaphore {
    cell: ObjectCell,
    /// How many permits it has at first.
    permits: usize,
    /// In an `Arc`, for owned permits; made at the first use, for `const_new`.
    inner: OnceLock<Arc<real::Semaphore>>,
}

impl Located for Semaphore {
    fn cell(&self) -> &ObjectCell {
        &self.cell
    }
}

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
        Semaphore::of(Arc::new(real::Semaphore::new(permits)))
    }

    /// A semaphore for a static: `tokio::sync::Semaphore::const_new`.
    #[track_caller]
    pub const fn const_new(permits: usize) -> Semaphore {
        assert!(
            permits <= Semaphore::MAX_PERMITS,
            "a semaphore may not have more than MAX_PERMITS permits"
        );
        Semaphore {
            cell: ObjectCell::lazy(ObjectKind::Semaphore).with_capacity(permits),
            permits,
            inner: OnceLock::new(),
        }
    }

    /// All of a semaphore of tokio's, which nobody else has.
    #[track_caller]
    fn of(inner: Arc<real::Semaphore>) -> Semaphore {
        let permits = inner.available_permits();
        Semaphore {
            cell: ObjectCell::sized(ObjectKind::Semaphore, permits),
            permits,
            inner: OnceLock::from(inner),
        }
    }

    /// A semaphore of tokio's, which others may use as well.
    #[track_caller]
    pub(super) fn foreign(inner: Arc<real::Semaphore>) -> Semaphore {
        Semaphore {
            cell: ObjectCell::shared(ObjectKind::Semaphore, None),
            permits: inner.available_permits(),
            inner: OnceLock::from(inner),
        }
    }

    pub(super) fn inner(&self) -> &Arc<real::Semaphore> {
        let make = || Arc::new(real::Semaphore::new(self.permits));
        self.inner.get_or_init(make)
    }

    /// How many permits are free: `tokio::sync::Semaphore::available_permits`.
    #[track_caller]
    pub fn available_permits(&self) -> usize {
        let look = || self.inner().available_permits();
        perform(&self.cell, Operation::Inspect, Site::caller(), look, idle)
    }

    /// Adds permits: `tokio::sync::Semaphore::add_permits`.
    ///
    /// # Panics
    ///
    /// Panics if there are more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS) then.
    #[track_caller]
    pub fn add_permits(&self, n: usize) {
        let add = || self.inner().add_permits(n);
        perform(&self.cell, Operation::AddPermits, Site::caller(), add, done);
    }

    /// Takes free permits away: `tokio::sync::Semaphore::forget_permits`.
    #[track_caller]
    pub fn forget_permits(&self, n: usize) -> usize {
        let forget = || self.inner().forget_permits(n);
        perform(
            &self.cell,
            Operation::ForgetPermits,
            Site::caller(),
            forget,
            done,
        )
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
        let granted = move |acquired: Result<_, _>, scope: Option<&Scope>| {
            ok_or_closed(acquired, scope).map(|permit| SemaphorePermit::new(self, permit, site))
        };
        let wait = self.inner().acquire_many(n);
        leaf(self, Operation::Acquire, site, wait, granted).amount(n as usize)
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
        let permit = self.try_take(n, site, || self.inner().try_acquire_many(n))?;
        Ok(SemaphorePermit::new(self, permit, site))
    }

    fn try_take<P>(
        &self,
        n: u32,
        site: Site,
        take: impl FnOnce() -> Result<P, TryAcquireError>,
    ) -> Result<P, TryAcquireError> {
        let operation = (Operation::TryAcquire, n as usize);
        perform_on(&self.cell, operation, site, take, done_if_ok)
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
        let permit = if is_outside(&self.cell, site) {
            self.inner().blocking_acquire_many(n)?
        } else {
            let wait = self.inner().acquire_many(n);
            block_on(&self.cell, Operation::Acquire, site, wait, same)?
        };
        Ok(SemaphorePermit::new(self, permit, site))
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
        let acquired = Arc::clone(self.inner()).acquire_many_owned(n);
        let wait = async move { Ok(OwnedSemaphorePermit::new(semaphore, acquired.await?, site)) };
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
        let take = || Arc::clone(self.inner()).try_acquire_many_owned(n);
        let permit = self.try_take(n, site, take)?;
        Ok(OwnedSemaphorePermit::new(self, permit, site))
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
        let inner = Arc::clone(self.inner());
        let permit = if is_outside(&self.cell, site) {
            inner.blocking_acquire_many_owned(n)?
        } else {
            let wait = inner.acquire_many_owned(n);
            block_on(&self.cell, Operation::Acquire, site, wait, same)?
        };
        Ok(OwnedSemaphorePermit::new(self, permit, site))
    }

    /// Gives out no more permits: `tokio::sync::Semaphore::close`.
    #[track_caller]
    pub fn close(&self) {
        let close = || self.inner().close();
        perform(&self.cell, Operation::Close, Site::caller(), close, done);
    }

    /// Whether it is closed: `tokio::sync::Semaphore::is_closed`.
    #[track_caller]
    pub fn is_closed(&self) -> bool {
        let look = || self.inner().is_closed();
        perform(&self.cell, Operation::Inspect, Site::caller(), look, idle)
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner().fmt(f)
    }
}

converts!(Semaphore:
    semaphore => {
        foreign::give_here(&semaphore.cell);
        let inner = Arc::clone(semaphore.inner());
        drop(semaphore);
        Arc::into_inner(inner).expect("what waits for a semaphore keeps it, and so do its permits")
    },
    inner => Semaphore::of(Arc::new(inner))
);
converts_shared!(Semaphore);
