//! What the mirror crates build on, as a small interface of its own: an object of the execution,
//! what is done to it, and waits for it. No part of what users see.
//!
//! Not here: any primitive.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::leaf::{Leaf, Map, leaf, same};
use super::tokio::task::{Id, JoinError, JoinSet};
use super::tokio::time::{Instant, Interval};
use crate::executor::object::ObjectCell;
use crate::executor::operation::{Manner, enter};
use crate::executor::{current, foreign, operation, several};
use crate::trace::{Effect, ObjectKind, Operation, Site};

pub use super::tokio::sync::by_hand::{
    acquire_many_owned, broadcast_recv, poll_recv, poll_unbounded_recv, reserve_owned,
    watch_changed,
};

/// `Interval::poll_tick`, for a place that is known.
pub fn poll_tick(interval: &mut Interval, site: Site, context: &mut Context<'_>) -> Poll<Instant> {
    interval.poll_at(site, context)
}

/// `JoinSet::join_next_with_id`, for a place that is known.
pub fn join_next_with_id<T: 'static>(
    tasks: &mut JoinSet<T>,
    site: Site,
) -> impl Future<Output = Option<Result<(Id, T), JoinError>>> {
    tasks.next(site)
}

/// `JoinSet::poll_join_next_with_id`, for a place that is known.
pub fn poll_join_next_with_id<T: 'static>(
    tasks: &mut JoinSet<T>,
    site: Site,
    context: &mut Context<'_>,
) -> Poll<Option<Result<(Id, T), JoinError>>> {
    tasks.poll_at(site, context)
}

/// An object of the execution; clones are the same object.
#[derive(Clone, Debug)]
pub struct Object(Arc<ObjectCell>);

impl Object {
    /// A new object, made at the caller's place.
    #[track_caller]
    pub fn new(kind: ObjectKind) -> Object {
        Object(Arc::new(ObjectCell::new(kind)))
    }

    /// The object of something that came from code which the mirror does not know, and may act on it.
    #[track_caller]
    pub fn foreign(kind: ObjectKind) -> Object {
        Object(Arc::new(ObjectCell::shared(kind, None)))
    }

    /// Whether it takes part in the execution that is on.
    pub fn is_controlled(&self) -> bool {
        current::in_task().is_some() && self.0.takes_part()
    }

    /// From now on code that the mirror does not know acts on it, or may.
    pub fn give(&self, site: Site) {
        foreign::give(&self.0, site.or(self.0.created_at()));
    }

    /// Performs a synchronous operation: others may go first.
    pub fn perform<R>(
        &self,
        operation: Operation,
        site: Site,
        action: impl FnOnce() -> R,
        effect: impl FnOnce(&R) -> Effect,
    ) -> R {
        operation::perform(&self.0, operation, site, action, effect)
    }

    /// Performs an operation that is `nested` on each of the others, in one step. Its effect is
    /// asked for before it is done.
    pub fn perform_on_all<R>(
        &self,
        others: &[Object],
        (operation, nested): (Operation, Operation),
        site: Site,
        action: impl FnOnce() -> R,
        effect: impl FnOnce() -> Effect,
    ) -> R {
        let others = others.iter().map(|other| &*other.0);
        several::perform_on_all(&self.0, others, (operation, nested), site, action, effect)
    }

    /// What announces `drop` when it is dropped.
    pub fn announce_drop(&self, drop: Operation, site: Site) -> AnnouncedDrop {
        AnnouncedDrop {
            object: self.clone(),
            drop,
            site,
            manner: Manner::Call,
        }
    }

    /// What notes `drop` when it is dropped, which no other task can see: a handle whose end does
    /// nothing but say that it is held no more.
    pub fn note_drop(&self, drop: Operation, site: Site) -> AnnouncedDrop {
        let mut note = self.announce_drop(drop, site);
        note.manner = Manner::Private;
        note
    }

    /// A wait for the object that tokio leaves out of its cooperative budget.
    pub fn wait<F: Future>(&self, operation: Operation, site: Site, future: F) -> Wait<F> {
        let map: Map<F::Output> = same;
        Wait {
            leaf: leaf(Arc::clone(&self.0), operation, site, future, map).unbudgeted(),
        }
    }
}

/// Stands beside a handle of a real primitive, before it, so that its drop is announced first.
#[derive(Debug)]
pub struct AnnouncedDrop {
    object: Object,
    drop: Operation,
    site: Site,
    manner: Manner,
}

impl Drop for AnnouncedDrop {
    fn drop(&mut self) {
        if let Some(scope) = enter(&self.object.0, self.drop, self.site, self.manner) {
            scope.leave(Effect::Done);
        }
    }
}

pin_project! {
    /// A future of a real primitive, announced at each of its polls.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Wait<F: Future> {
        #[pin]
        leaf: Leaf<Arc<ObjectCell>, F, Map<F::Output>>,
    }
}

impl<F: Future> Future for Wait<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.project().leaf.poll(context)
    }
}

impl<F: Future> fmt::Debug for Wait<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.leaf.fmt(f)
    }
}
