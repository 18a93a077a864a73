//! The mirror of `tokio::sync::Notify`.

use std::fmt;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use ::tokio::sync as real;
use pin_project_lite::pin_project;

use super::convert::{converts, converts_shared};
use crate::executor::foreign;
use crate::executor::object::ObjectCell;
use crate::executor::operation::{Manner, done, enter, perform};
use crate::mirror::leaf::{Leaf, Located, Map, leaf, same};
use crate::trace::{Effect, ObjectKind, Operation, Site};

/// Tells tasks that something happened: `tokio::sync::Notify`.
pub struct Notify {
    cell: ObjectCell,
    /// In an `Arc`, for `notified_owned`; made at the first use, for `const_new`.
    inner: OnceLock<Arc<real::Notify>>,
}

impl Located for Notify {
    fn cell(&self) -> &ObjectCell {
        &self.cell
    }
}

impl Notify {
    /// Nobody waits yet: `tokio::sync::Notify::new`.
    #[track_caller]
    pub fn new() -> Notify {
        Notify {
            cell: ObjectCell::new(ObjectKind::Notify),
            inner: OnceLock::new(),
        }
    }

    /// For a static: `tokio::sync::Notify::const_new`.
    #[track_caller]
    pub const fn const_new() -> Notify {
        Notify {
            cell: ObjectCell::lazy(ObjectKind::Notify),
            inner: OnceLock::new(),
        }
    }

    /// One of tokio's, which others may use as well.
    #[track_caller]
    fn foreign(inner: Arc<real::Notify>) -> Notify {
        Notify {
            cell: ObjectCell::shared(ObjectKind::Notify, None),
            inner: OnceLock::from(inner),
        }
    }

    fn inner(&self) -> &Arc<real::Notify> {
        self.inner.get_or_init(Arc::default)
    }

    /// A future that waits to be notified: `tokio::sync::Notify::notified`.
    #[track_caller]
    pub fn notified(&self) -> Notified<'_> {
        let site = Site::caller();
        let scope = enter(&self.cell, Operation::CreateNotified, site, Manner::Call);
        let inner = self.inner().notified();
        let leaf = leaf(self, Operation::Notified, site, inner, same as Map<()>).unbudgeted();
        Notified {
            leaf: leaf.made_in(scope.as_ref()),
            is_done: false,
        }
    }

    /// As [`notified`](Notify::notified), without a borrow: `tokio::sync::Notify::notified_owned`.
    #[track_caller]
    pub fn notified_owned(self: Arc<Self>) -> OwnedNotified {
        let site = Site::caller();
        let scope = enter(&self.cell, Operation::CreateNotified, site, Manner::Call);
        let inner = Arc::clone(self.inner()).notified_owned();
        let leaf = leaf(self, Operation::Notified, site, inner, same as Map<()>).unbudgeted();
        OwnedNotified {
            leaf: leaf.made_in(scope.as_ref()),
            is_done: false,
        }
    }

    /// Notifies the first that waits, or the next that will: `tokio::sync::Notify::notify_one`.
    #[track_caller]
    pub fn notify_one(&self) {
        let notify = || self.inner().notify_one();
        self.perform(Operation::NotifyOne, Site::caller(), notify);
    }

    /// Notifies the last that waits, or the next that will: `tokio::sync::Notify::notify_last`.
    #[track_caller]
    pub fn notify_last(&self) {
        let notify = || self.inner().notify_last();
        self.perform(Operation::NotifyLast, Site::caller(), notify);
    }

    /// Notifies all that wait: `tokio::sync::Notify::notify_waiters`.
    #[track_caller]
    pub fn notify_waiters(&self) {
        let notify = || self.inner().notify_waiters();
        self.perform(Operation::NotifyWaiters, Site::caller(), notify);
    }

    fn perform(&self, operation: Operation, site: Site, notify: impl FnOnce()) {
        perform(&self.cell, operation, site, notify, done);
    }
}

impl Default for Notify {
    #[track_caller]
    fn default() -> Notify {
        Notify::new()
    }
}

impl UnwindSafe for Notify {}
impl RefUnwindSafe for Notify {}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner().fmt(f)
    }
}

pin_project! {
    /// Waits to be notified: `tokio::sync::futures::Notified`.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Notified<'a> {
        #[pin]
        leaf: Leaf<&'a Notify, real::futures::Notified<'a>, Map<()>>,
        is_done: bool,
    }
}

pin_project! {
    /// Waits to be notified: `tokio::sync::futures::OwnedNotified`.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct OwnedNotified {
        #[pin]
        leaf: Leaf<Arc<Notify>, real::futures::OwnedNotified, Map<()>>,
        is_done: bool,
    }
}

/// `enable`, `Future` and `Debug`, which are the same for both futures.
macro_rules! notified {
    ($future:ty, $real:ty) => {
        impl $future {
            /// Waits from now on, without being polled: `tokio::sync::futures::Notified::enable`.
            ///
            /// Whether it is notified already.
            #[track_caller]
            pub fn enable(self: Pin<&mut Self>) -> bool {
                let this = self.project();
                if *this.is_done {
                    return true;
                }
                *this.is_done = enable(this.leaf, Site::caller(), <$real>::enable);
                *this.is_done
            }
        }

        impl Future for $future {
            type Output = ();

            fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
                let this = self.project();
                // tokio's may be polled after it is done.
                if !*this.is_done {
                    ready!(this.leaf.poll(context));
                    *this.is_done = true;
                }
                Poll::Ready(())
            }
        }

        impl fmt::Debug for $future {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.leaf.fmt(f)
            }
        }
    };
}

notified!(Notified<'_>, real::futures::Notified<'_>);
notified!(OwnedNotified, real::futures::OwnedNotified);

fn enable<C: Located, F>(
    leaf: Pin<&mut Leaf<C, F, Map<()>>>,
    site: Site,
    enable: impl FnOnce(Pin<&mut F>) -> bool,
) -> bool {
    leaf.act(Operation::EnableNotified, site, |inner| {
        let is_done = enable(inner);
        (is_done, is_done.then_some(Effect::Done))
    })
}

converts!(Notify:
    notify => {
        foreign::give_here(&notify.cell);
        let inner = notify.inner.into_inner().unwrap_or_default();
        Arc::into_inner(inner).expect("what waits for a Notify keeps it")
    },
    inner => Notify {
        cell: ObjectCell::new(ObjectKind::Notify),
        inner: OnceLock::from(Arc::new(inner)),
    }
);
converts_shared!(Notify);
