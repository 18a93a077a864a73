//! The one future under every mirrored async method: a real tokio future, announced at each poll.
//!
//! Not here: futures that are polled by hand through a handle (`poll`), and calls that block
//! (`executor::hold`).

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::executor::object::ObjectCell;
use crate::executor::operation::{self, Manner, Scope, Waits};
use crate::trace::{Effect, Operation, Site};

/// What belongs to an object of the execution: its cell, or what owns that.
pub(crate) trait Located {
    /// The object.
    fn cell(&self) -> &ObjectCell;
}

impl Located for ObjectCell {
    fn cell(&self) -> &ObjectCell {
        self
    }
}

impl<C: Located + ?Sized> Located for &C {
    fn cell(&self) -> &ObjectCell {
        (**self).cell()
    }
}

impl<C: Located + ?Sized> Located for Arc<C> {
    fn cell(&self) -> &ObjectCell {
        (**self).cell()
    }
}

pin_project! {
    /// A real future that belongs to an object of the execution.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub(crate) struct Leaf<C: Located, F, M> {
        // The map may own a handle of what the inner future owns. It is dropped before, and so
        // announces the drop before.
        map: Option<M>,
        #[pin]
        inner: F,
        cell: C,
        operation: Operation,
        site: Site,
        waits: Option<Waits>,
        traits: Traits,
        // Whether the inner future was polled and is not done.
        started: bool,
    }

    impl<C: Located, F, M> PinnedDrop for Leaf<C, F, M> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if this.traits.queued && *this.started {
                operation::announce_drop(this.cell.cell(), Operation::Cancel, *this.site);
            }
            this.waits.take();
        }
    }
}

/// What kind of wait a leaf is.
#[derive(Clone, Copy, Debug)]
struct Traits {
    /// Giving up the wait is seen by others: a place in a queue is left.
    queued: bool,
    /// It takes part in tokio's cooperative budget.
    budgeted: bool,
    /// Its polls run user code while they hold a read lock of the object.
    reading: bool,
}

/// A leaf whose output is passed through `map`; `map` also sees the operation in progress.
pub(crate) fn leaf<C, F, M, R>(
    cell: C,
    operation: Operation,
    site: Site,
    inner: F,
    map: M,
) -> Leaf<C, F, M>
where
    C: Located,
    F: Future,
    M: FnOnce(F::Output, Option<&Scope>) -> R,
{
    let queued = matches!(
        operation,
        Operation::Send
            | Operation::Reserve
            | Operation::Acquire
            | Operation::Lock
            | Operation::Read
            | Operation::Write
            | Operation::Notified
    );
    Leaf {
        inner,
        map: Some(map),
        cell,
        operation,
        site,
        waits: None,
        traits: Traits {
            queued,
            budgeted: true,
            reading: false,
        },
        started: false,
    }
}

/// The map of a leaf that hands its output on as it is.
pub(crate) fn same<T>(output: T, _: Option<&Scope>) -> T {
    output
}

/// The type of a map without captures, for leaves that have a name.
pub(crate) type Map<T> = fn(T, Option<&Scope>) -> T;

impl<C: Located, F, M> Leaf<C, F, M> {
    /// For a wait that tokio leaves out of its cooperative budget.
    pub(crate) fn unbudgeted(mut self) -> Self {
        self.traits.budgeted = false;
        self
    }

    /// For a wait whose polls run user code while they hold a read lock of the object.
    pub(crate) fn reading(mut self) -> Self {
        self.traits.reading = true;
        self
    }

    /// The future inside.
    pub(crate) fn inner_mut(self: Pin<&mut Self>) -> Pin<&mut F> {
        self.project().inner
    }

    /// The future inside was polled by other means: whether it now waits.
    pub(crate) fn set_started(self: Pin<&mut Self>, started: bool) {
        *self.project().started = started;
    }

    pub(crate) fn located(&self) -> &C {
        &self.cell
    }
}

impl<C, F, M, R> Future for Leaf<C, F, M>
where
    C: Located,
    F: Future,
    M: FnOnce(F::Output, Option<&Scope>) -> R,
{
    type Output = R;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        const FINISHED: &str = "a leaf is not polled after it is done";
        let this = self.project();
        let cell = this.cell.cell();
        let scope = operation::enter(cell, *this.operation, *this.site, Manner::Poll);
        let Some(scope) = scope else {
            let output = ready!(this.inner.poll(context));
            *this.started = false;
            let map = this.map.take().expect(FINISHED);
            return Poll::Ready(map(output, None));
        };
        if this.traits.budgeted && scope.poll_budget(context).is_pending() {
            scope.still_pending();
            return Poll::Pending;
        }
        let reading = this.traits.reading.then(|| scope.read());
        match this.inner.poll(context) {
            Poll::Ready(output) => {
                *this.started = false;
                this.waits.take();
                let map = this.map.take().expect(FINISHED);
                let output = map(output, Some(&scope));
                drop(reading);
                scope.leave(Effect::Done);
                Poll::Ready(output)
            }
            Poll::Pending => {
                *this.started = true;
                drop(reading);
                if this.traits.budgeted {
                    scope.refund_budget();
                }
                match this.waits {
                    Some(_) => scope.still_pending(),
                    None => *this.waits = Some(scope.pend(None)),
                }
                Poll::Pending
            }
        }
    }
}

impl<C: Located, F, M> fmt::Debug for Leaf<C, F, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.operation, self.site)
    }
}

/// A poll by hand, through a handle (`poll_recv` and the like). `waits` is what the handle keeps
/// from one such poll to the next.
pub(crate) fn poll_by_hand<R>(
    cell: &ObjectCell,
    operation: Operation,
    site: Site,
    waits: &mut Option<Waits>,
    context: &mut Context<'_>,
    poll: impl FnOnce(&mut Context<'_>) -> Poll<R>,
) -> Poll<R> {
    waits.take();
    let Some(scope) = operation::enter(cell, operation, site, Manner::Poll) else {
        return poll(context);
    };
    if scope.poll_budget(context).is_pending() {
        scope.still_pending();
        return Poll::Pending;
    }
    let polled = poll(context);
    if polled.is_pending() {
        scope.refund_budget();
        *waits = Some(scope.pend_by_hand(context.waker()));
    } else {
        scope.leave(Effect::Done);
    }
    polled
}
