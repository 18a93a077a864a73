//! The permits of the mirrored `Semaphore`.

use std::ops::Deref;
use std::sync::Arc;

use super::Semaphore;
use crate::executor::operation::{Manner, enter};
use crate::mirror::leaf::Located;
use crate::trace::{Effect, Operation, Site};

/// Permits of a semaphore, given back when they are dropped.
#[derive(Debug)]
struct Permits<S: Deref<Target = Semaphore>> {
    semaphore: S,
    permits: usize,
    taken_at: Site,
}

impl<S: Deref<Target = Semaphore>> Permits<S> {
    /// The permits are never given back. No other task sees that at once.
    fn forget(&mut self, site: Site) {
        let cell = self.semaphore.cell();
        let scope = enter(cell, Operation::Forget, site, Manner::Private);
        self.permits = 0;
        if let Some(scope) = scope {
            scope.leave(Effect::Done);
        }
    }

    #[track_caller]
    fn merge(&mut self, other: &mut Self) {
        assert!(
            std::ptr::eq(&*self.semaphore, &*other.semaphore),
            "merging permits from different semaphore instances"
        );
        let sum = self.permits.checked_add(other.permits);
        self.permits = sum.expect("number of permits overflowed");
        other.permits = 0;
    }

    fn split(&mut self, n: usize) -> Option<Self>
    where
        S: Clone,
    {
        self.permits = self.permits.checked_sub(n)?;
        Some(Permits {
            semaphore: self.semaphore.clone(),
            permits: n,
            taken_at: self.taken_at,
        })
    }
}

impl<S: Deref<Target = Semaphore>> Drop for Permits<S> {
    fn drop(&mut self) {
        if self.permits > 0 {
            self.semaphore.give_back(self.permits, self.taken_at);
        }
    }
}

/// Permits that borrow their semaphore: `tokio::sync::SemaphorePermit`.
#[must_use]
#[derive(Debug)]
pub struct SemaphorePermit<'a>(Permits<&'a Semaphore>);

impl<'a> SemaphorePermit<'a> {
    pub(super) fn new(semaphore: &'a Semaphore, permits: u32, taken_at: Site) -> Self {
        SemaphorePermit(Permits {
            semaphore,
            permits: permits as usize,
            taken_at,
        })
    }

    /// Never gives the permits back: `tokio::sync::SemaphorePermit::forget`.
    #[track_caller]
    pub fn forget(mut self) {
        self.0.forget(Site::caller());
    }

    /// Takes over another's permits: `tokio::sync::SemaphorePermit::merge`.
    ///
    /// # Panics
    ///
    /// Panics if they are of another semaphore.
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        self.0.merge(&mut other.0);
    }

    /// Gives up some of the permits to another: `tokio::sync::SemaphorePermit::split`.
    pub fn split(&mut self, n: usize) -> Option<Self> {
        self.0.split(n).map(SemaphorePermit)
    }

    /// Whose permits they are: `tokio::sync::SemaphorePermit::semaphore`.
    pub fn semaphore(&self) -> &Semaphore {
        self.0.semaphore
    }

    /// How many permits it is: `tokio::sync::SemaphorePermit::num_permits`.
    pub fn num_permits(&self) -> usize {
        self.0.permits
    }
}

/// Permits that share in owning their semaphore: `tokio::sync::OwnedSemaphorePermit`.
#[must_use]
#[derive(Debug)]
pub struct OwnedSemaphorePermit(Permits<Arc<Semaphore>>);

impl OwnedSemaphorePermit {
    pub(super) fn new(semaphore: Arc<Semaphore>, permits: u32, taken_at: Site) -> Self {
        OwnedSemaphorePermit(Permits {
            semaphore,
            permits: permits as usize,
            taken_at,
        })
    }

    /// Never gives the permits back: `tokio::sync::OwnedSemaphorePermit::forget`.
    #[track_caller]
    pub fn forget(mut self) {
        self.0.forget(Site::caller());
    }

    /// Takes over another's permits: `tokio::sync::OwnedSemaphorePermit::merge`.
    ///
    /// # Panics
    ///
    /// Panics if they are of another semaphore.
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        self.0.merge(&mut other.0);
    }

    /// Gives up some of the permits to another: `tokio::sync::OwnedSemaphorePermit::split`.
    pub fn split(&mut self, n: usize) -> Option<Self> {
        self.0.split(n).map(OwnedSemaphorePermit)
    }

    /// Whose permits they are: `tokio::sync::OwnedSemaphorePermit::semaphore`.
    pub fn semaphore(&self) -> &Arc<Semaphore> {
        &self.0.semaphore
    }

    /// How many permits it is: `tokio::sync::OwnedSemaphorePermit::num_permits`.
    pub fn num_permits(&self) -> usize {
        self.0.permits
    }
}
