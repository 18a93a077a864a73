//! The one future under every mirrored async method: a real tokio future, announced at each poll.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::executor::object::ObjectCell;
use crate::executor::operation::{self, Manner, Scope};
use crate::executor::waits::Polls;
use crate::trace::{Effect, Operation, Site};

/// Where a leaf finds its object: borrowed for as long as the method borrows the handle, or shared.
pub(crate) enum CellRef<'a> {
    Borrowed(&'a ObjectCell),
    Shared(Arc<ObjectCell>),
}

impl CellRef<'_> {
    fn get(&self) -> &ObjectCell {
        match self {
            CellRef::Borrowed(cell) => cell,
            CellRef::Shared(cell) => cell,
        }
    }
}

impl<'a> From<&'a ObjectCell> for CellRef<'a> {
    fn from(cell: &'a ObjectCell) -> CellRef<'a> {
        CellRef::Borrowed(cell)
    }
}

impl From<Arc<ObjectCell>> for CellRef<'_> {
    fn from(cell: Arc<ObjectCell>) -> Self {
        CellRef::Shared(cell)
    }
}

pin_project! {
    /// A real future that belongs to an object of the execution.
    pub(crate) struct Leaf<'a, F, M> {
        // Dropped last: what the inner future does when it is dropped is announced before.
        #[pin]
        inner: F,
        map: Option<M>,
        cell: CellRef<'a>,
        operation: Operation,
        site: Site,
        polls: Polls,
        // Whether giving up the wait is seen by others: a place in a queue is left.
        queued: bool,
        // Whether the inner future was polled and is not done.
        started: bool,
    }

    impl<F, M> PinnedDrop for Leaf<'_, F, M> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if *this.queued && *this.started {
                this.polls.cancel(this.cell.get(), *this.site);
            }
            this.polls.end();
        }
    }
}

/// A leaf whose output is passed through `map`; `map` also sees the operation in progress.
pub(crate) fn leaf<'a, F, M, R>(
    cell: impl Into<CellRef<'a>>,
    operation: Operation,
    site: Site,
    inner: F,
    map: M,
) -> Leaf<'a, F, M>
where
    F: Future,
    M: FnOnce(F::Output, Option<&Scope>) -> R,
{
    let queued = operation.keeps_a_place();
    let cell = cell.into();
    Leaf {
        inner,
        map: Some(map),
        cell,
        operation,
        site,
        polls: Polls::default(),
        queued,
        started: false,
    }
}

/// The map of a leaf that hands its output on as it is.
pub(crate) fn same<T>(output: T, _: Option<&Scope>) -> T {
    output
}

/// The map of a leaf whose output is `None` once the other side is gone.
pub(crate) fn some_or_closed<T>(output: Option<T>, scope: Option<&Scope>) -> Option<T> {
    if output.is_none() {
        scope.into_iter().for_each(Scope::note_closed);
    }
    output
}

/// The map of a leaf whose output is an error once the other side is gone, or has closed.
pub(crate) fn ok_or_closed<T, E>(output: Result<T, E>, scope: Option<&Scope>) -> Result<T, E> {
    if output.is_err() {
        scope.into_iter().for_each(Scope::note_closed);
    }
    output
}

impl<F, M> Leaf<'_, F, M> {
    /// The future inside.
    pub(crate) fn inner_mut(self: Pin<&mut Self>) -> Pin<&mut F> {
        self.project().inner
    }
}

impl<F, M, R> Future for Leaf<'_, F, M>
where
    F: Future,
    M: FnOnce(F::Output, Option<&Scope>) -> R,
{
    type Output = R;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        let this = self.project();
        let scope = operation::enter(this.cell.get(), *this.operation, *this.site, Manner::Poll);
        let Some(scope) = scope else {
            let output = ready!(this.inner.poll(context));
            *this.started = false;
            let map = this
                .map
                .take()
                .expect("a leaf is not polled after it is done");
            return Poll::Ready(map(output, None));
        };
        let Some(scope) = this.polls.begin(scope, context) else {
            *this.started = true;
            return Poll::Pending;
        };
        match this.inner.poll(context) {
            Poll::Ready(output) => {
                *this.started = false;
                this.polls.end();
                let map = this
                    .map
                    .take()
                    .expect("a leaf is not polled after it is done");
                let output = map(output, Some(&scope));
                scope.leave(Effect::Done);
                Poll::Ready(output)
            }
            Poll::Pending => {
                *this.started = true;
                this.polls.pend(scope);
                Poll::Pending
            }
        }
    }
}

impl<F, M> fmt::Debug for Leaf<'_, F, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.operation, self.site)
    }
}
