//! The mirror of `tokio_util::sync::CancellationToken`.
//!
//! A token is an object of its own: what cancels its parent is, in the same step, an operation on
//! it.

use std::fmt;
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, ready};

use ::tokio_util::sync as real;
use leak_harness::__private::seam::{AnnouncedDrop, Object, Wait};
use leak_harness::{Effect, ObjectKind, Operation, Site};
use pin_project_lite::pin_project;

use super::{DropGuard, DropGuardRef, RunUntilCancelled, RunUntilCancelledOwned};

/// What the handles of one token share.
struct Node {
    object: Object,
    parent: Option<Arc<Node>>,
    /// All that are cancelled with it, however far down.
    descendants: Mutex<Vec<Descendant>>,
}

struct Descendant {
    node: Weak<Node>,
    object: Object,
}

impl Descendant {
    /// Also one whose handles are gone: had the parent been cancelled before, they would have seen
    /// it, so its cancel has to be known to be about them.
    fn matters(&self) -> bool {
        self.node.strong_count() > 0 || self.object.is_controlled()
    }
}

impl Node {
    fn new(object: Object, parent: Option<Arc<Node>>) -> Arc<Node> {
        let descendants = Mutex::default();
        let node = Arc::new(Node {
            object,
            parent,
            descendants,
        });
        let mut ancestor = node.parent.as_ref();
        while let Some(above) = ancestor {
            let mut descendants = above.lock();
            descendants.retain(Descendant::matters);
            descendants.push(Descendant {
                node: Arc::downgrade(&node),
                object: node.object.clone(),
            });
            drop(descendants);
            ancestor = above.parent.as_ref();
        }
        node
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Descendant>> {
        self.descendants
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn descendants(&self) -> Vec<Object> {
        let all = self.lock();
        let all = all.iter().filter(|descendant| descendant.matters());
        all.map(|descendant| descendant.object.clone()).collect()
    }
}

/// Tells tasks to end: `tokio_util::sync::CancellationToken`.
pub struct CancellationToken {
    _drop: AnnouncedDrop,
    node: Arc<Node>,
    inner: real::CancellationToken,
}

impl CancellationToken {
    /// Not cancelled yet: `tokio_util::sync::CancellationToken::new`.
    #[track_caller]
    pub fn new() -> CancellationToken {
        let node = Node::new(Object::new(ObjectKind::CancellationToken), None);
        CancellationToken::of(node, Site::caller(), real::CancellationToken::new())
    }

    fn of(node: Arc<Node>, site: Site, inner: real::CancellationToken) -> CancellationToken {
        CancellationToken {
            _drop: node.object.note_drop(Operation::DropToken, site),
            node,
            inner,
        }
    }

    /// A token that is cancelled with this one: `tokio_util::sync::CancellationToken::child_token`.
    #[track_caller]
    pub fn child_token(&self) -> CancellationToken {
        let object = Object::new(ObjectKind::CancellationToken);
        let child = || {
            let node = Node::new(object, Some(Arc::clone(&self.node)));
            (node, self.inner.child_token())
        };
        let site = Site::caller();
        let parent = &self.node.object;
        let (node, inner) = parent.perform(Operation::ChildToken, site, child, |_| Effect::Done);
        CancellationToken::of(node, site, inner)
    }

    /// Tells all that hold it, or a child of it: `tokio_util::sync::CancellationToken::cancel`.
    #[track_caller]
    pub fn cancel(&self) {
        self.cancel_at(Site::caller());
    }

    pub(super) fn cancel_at(&self, site: Site) {
        self.node.object.perform_on_all(
            &self.node.descendants(),
            (Operation::CancelToken, Operation::CancelWithParent),
            site,
            || self.inner.cancel(),
            || {
                if self.inner.is_cancelled() {
                    Effect::Idle
                } else {
                    Effect::Done
                }
            },
        );
    }

    /// Whether it was cancelled: `tokio_util::sync::CancellationToken::is_cancelled`.
    #[track_caller]
    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled_at(Site::caller())
    }

    pub(crate) fn is_cancelled_at(&self, site: Site) -> bool {
        let look = || self.inner.is_cancelled();
        let object = &self.node.object;
        object.perform(Operation::IsCancelled, site, look, |_| Effect::Idle)
    }

    /// Waits until it is cancelled: `tokio_util::sync::CancellationToken::cancelled`.
    #[track_caller]
    pub fn cancelled(&self) -> WaitForCancellationFuture<'_> {
        self.cancelled_at(Site::caller())
    }

    pub(crate) fn cancelled_at(&self, site: Site) -> WaitForCancellationFuture<'_> {
        let cancelled = self.inner.cancelled();
        WaitForCancellationFuture {
            wait: self.node.object.wait(Operation::Cancelled, site, cancelled),
            is_done: false,
        }
    }

    /// As [`cancelled`](CancellationToken::cancelled), without a borrow:
    /// `tokio_util::sync::CancellationToken::cancelled_owned`.
    #[track_caller]
    pub fn cancelled_owned(self) -> WaitForCancellationFutureOwned {
        self.cancelled_owned_at(Site::caller())
    }

    pub(crate) fn cancelled_owned_at(self, site: Site) -> WaitForCancellationFutureOwned {
        let cancelled = self.inner.clone().cancelled_owned();
        WaitForCancellationFutureOwned {
            wait: self.node.object.wait(Operation::Cancelled, site, cancelled),
            token: self,
            is_done: false,
        }
    }

    /// Cancels it when the guard is dropped: `tokio_util::sync::CancellationToken::drop_guard`.
    #[track_caller]
    pub fn drop_guard(self) -> DropGuard {
        DropGuard::new(self, Site::caller())
    }

    /// Cancels it when the guard is dropped: `tokio_util::sync::CancellationToken::drop_guard_ref`.
    #[track_caller]
    pub fn drop_guard_ref(&self) -> DropGuardRef<'_> {
        DropGuardRef::new(self, Site::caller())
    }

    /// Runs a future until the token is cancelled:
    /// `tokio_util::sync::CancellationToken::run_until_cancelled`.
    #[track_caller]
    pub fn run_until_cancelled<F: Future>(
        &self,
        future: F,
    ) -> impl Future<Output = Option<F::Output>> {
        let site = Site::caller();
        async move {
            if self.is_cancelled_at(site) {
                return None;
            }
            RunUntilCancelled::new(self, site, future).await
        }
    }

    /// As [`run_until_cancelled`](CancellationToken::run_until_cancelled), without a borrow:
    /// `tokio_util::sync::CancellationToken::run_until_cancelled_owned`.
    #[track_caller]
    pub fn run_until_cancelled_owned<F: Future>(
        self,
        future: F,
    ) -> impl Future<Output = Option<F::Output>> {
        let site = Site::caller();
        async move {
            if self.is_cancelled_at(site) {
                return None;
            }
            RunUntilCancelledOwned::new(self, site, future).await
        }
    }
}

impl From<real::CancellationToken> for CancellationToken {
    /// What is done to the real token elsewhere is not seen: in a leak test every order is explored
    /// from then on, whether it can differ or not, and the coverage says so.
    #[track_caller]
    fn from(inner: real::CancellationToken) -> CancellationToken {
        let node = Node::new(Object::foreign(ObjectKind::CancellationToken), None);
        CancellationToken::of(node, Site::caller(), inner)
    }
}

impl From<CancellationToken> for real::CancellationToken {
    /// What is done to the real token is not seen: in a leak test every order is explored from then
    /// on, whether it can differ or not, and the coverage says so.
    #[track_caller]
    fn from(token: CancellationToken) -> real::CancellationToken {
        token.node.object.give(Site::caller());
        token.inner.clone()
    }
}

impl Default for CancellationToken {
    #[track_caller]
    fn default() -> CancellationToken {
        CancellationToken::new()
    }
}

impl Clone for CancellationToken {
    #[track_caller]
    fn clone(&self) -> CancellationToken {
        CancellationToken::of(Arc::clone(&self.node), Site::caller(), self.inner.clone())
    }
}

impl PartialEq for CancellationToken {
    fn eq(&self, other: &CancellationToken) -> bool {
        self.inner == other.inner
    }
}

impl Eq for CancellationToken {}

impl Hash for CancellationToken {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl UnwindSafe for CancellationToken {}
impl RefUnwindSafe for CancellationToken {}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

pin_project! {
    /// Waits until a token is cancelled: `tokio_util::sync::WaitForCancellationFuture`.
    #[must_use = "futures do nothing unless polled"]
    pub struct WaitForCancellationFuture<'a> {
        #[pin]
        wait: Wait<real::WaitForCancellationFuture<'a>>,
        is_done: bool,
    }
}

pin_project! {
    /// Waits until a token is cancelled: `tokio_util::sync::WaitForCancellationFutureOwned`.
    #[must_use = "futures do nothing unless polled"]
    pub struct WaitForCancellationFutureOwned {
        #[pin]
        wait: Wait<real::WaitForCancellationFutureOwned>,
        token: CancellationToken,
        is_done: bool,
    }
}

/// `Future` and `Debug`, which are the same for both.
macro_rules! wait {
    ($future:ty, $name:literal) => {
        impl Future for $future {
            type Output = ();

            fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
                let this = self.project();
                // tokio-util's may be polled after it is done.
                if !*this.is_done {
                    ready!(this.wait.poll(context));
                    *this.is_done = true;
                }
                Poll::Ready(())
            }
        }

        impl fmt::Debug for $future {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct($name).finish()
            }
        }
    };
}

wait!(WaitForCancellationFuture<'_>, "WaitForCancellationFuture");
wait!(
    WaitForCancellationFutureOwned,
    "WaitForCancellationFutureOwned"
);
