//! The permits of the mirrored `Semaphore`.

use std::sync::Arc;

use ::tokio::sync as real;

use super::Semaphore;
use crate::executor::foreign;
use crate::executor::hold::perform_on;
use crate::executor::operation::{Manner, done, enter};
use crate::mirror::leaf::Located;
use crate::trace::{Effect, Operation, Site};

const PRESENT: &str = "a permit has its real one until it is used up";

/// A permit and what it can do, which is the same for both.
macro_rules! permit {
    ($(#[$docs:meta])* $name:ident$(<$lifetime:lifetime>)?, $semaphore:ty, $path:literal) => {
        $(#[$docs])*
        #[must_use]
        #[derive(Debug)]
        pub struct $name$(<$lifetime>)? {
            /// Taken when it is used up.
            inner: Option<real::$name$(<$lifetime>)?>,
            semaphore: $semaphore,
            taken_at: Site,
        }

        impl$(<$lifetime>)? $name$(<$lifetime>)? {
            pub(super) fn new(
                semaphore: $semaphore,
                inner: real::$name$(<$lifetime>)?,
                taken_at: Site,
            ) -> Self {
                $name {
                    inner: Some(inner),
                    semaphore,
                    taken_at,
                }
            }

            #[doc = concat!("Never gives the permits back: `", $path, "::forget`.")]
            #[track_caller]
            pub fn forget(mut self) {
                // No other task sees that at once.
                let cell = self.semaphore.cell();
                let scope = enter(cell, Operation::Forget, Site::caller(), Manner::Private);
                self.take().forget();
                if let Some(scope) = scope {
                    scope.leave(Effect::Done);
                }
            }

            #[doc = concat!("Takes over another's permits: `", $path, "::merge`.")]
            ///
            /// # Panics
            ///
            /// Panics if they are of another semaphore.
            #[track_caller]
            pub fn merge(&mut self, mut other: Self) {
                assert!(
                    Arc::ptr_eq(self.semaphore.inner(), other.semaphore.inner()),
                    "merging permits from different semaphore instances"
                );
                let other = other.take();
                self.inner.as_mut().expect(PRESENT).merge(other);
            }

            #[doc = concat!("Gives up some of the permits to another: `", $path, "::split`.")]
            pub fn split(&mut self, n: usize) -> Option<Self> {
                let inner = self.inner.as_mut().expect(PRESENT).split(n)?;
                Some($name {
                    inner: Some(inner),
                    semaphore: self.semaphore.clone(),
                    taken_at: self.taken_at,
                })
            }

            #[doc = concat!("How many permits it is: `", $path, "::num_permits`.")]
            pub fn num_permits(&self) -> usize {
                self.inner.as_ref().expect(PRESENT).num_permits()
            }

            fn take(&mut self) -> real::$name$(<$lifetime>)? {
                self.inner.take().expect(PRESENT)
            }
        }

        impl$(<$lifetime>)? Drop for $name$(<$lifetime>)? {
            fn drop(&mut self) {
                let Some(inner) = self.inner.take() else {
                    return;
                };
                let permits = inner.num_permits();
                if permits > 0 {
                    let release = (Operation::Release, permits);
                    let give_back = || drop(inner);
                    let cell = self.semaphore.cell();
                    perform_on(cell, release, self.taken_at, give_back, done);
                }
            }
        }

        impl$(<$lifetime>)? From<$name$(<$lifetime>)?> for real::$name$(<$lifetime>)? {
            /// For a crate whose signatures want tokio's own type. When the permits are given back
            /// there is not seen: in a leak test every order is explored from then on, whether it can
            /// differ or not, and the coverage says so.
            #[track_caller]
            fn from(mut permit: $name$(<$lifetime>)?) -> real::$name$(<$lifetime>)? {
                let site = Site::caller().or(permit.taken_at);
                foreign::give(permit.semaphore.cell(), site);
                permit.take()
            }
        }
    };
}

permit! {
    /// Permits that borrow their semaphore: `tokio::sync::SemaphorePermit`.
    SemaphorePermit<'a>, &'a Semaphore, "tokio::sync::SemaphorePermit"
}
permit! {
    /// Permits that share in owning their semaphore: `tokio::sync::OwnedSemaphorePermit`.
    OwnedSemaphorePermit, Arc<Semaphore>, "tokio::sync::OwnedSemaphorePermit"
}

impl SemaphorePermit<'_> {
    /// Whose permits they are: `tokio::sync::SemaphorePermit::semaphore`.
    pub fn semaphore(&self) -> &Semaphore {
        self.semaphore
    }
}

impl OwnedSemaphorePermit {
    /// Whose permits they are: `tokio::sync::OwnedSemaphorePermit::semaphore`.
    pub fn semaphore(&self) -> &Arc<Semaphore> {
        &self.semaphore
    }
}

impl From<real::OwnedSemaphorePermit> for OwnedSemaphorePermit {
    /// For permits of a semaphore that another crate has. What it does to that is not seen: in a leak
    /// test every order is explored from then on, whether it can differ or not, and the coverage says
    /// so.
    #[track_caller]
    fn from(inner: real::OwnedSemaphorePermit) -> OwnedSemaphorePermit {
        let semaphore = Semaphore::foreign(Arc::clone(inner.semaphore()));
        OwnedSemaphorePermit::new(Arc::new(semaphore), inner, Site::caller())
    }
}
