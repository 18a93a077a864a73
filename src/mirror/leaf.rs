//! The one future under every mirrored async method: a real tokio future, announced at each poll.
//!
//! Not here: calls that block (`executor::hold`).

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
        polls: Polls,
        // How many permits it is about.
        amount: usize,
        // Whether giving up the wait is seen by others: a place in a queue is left.
        queued: bool,
        // Whether its polls run user code while they hold a read lock of the object.
        reading: bool,
        manner: Manner,
        // Whether the inner future was polled and is not done.
        started: bool,
    }

    impl<C: Located, F, M> PinnedDrop for Leaf<C, F, M> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if *this.queued && *this.started {
                this.polls.cancel(this.cell.cell(), *this.site);
            }
            this.polls.end();
        }
    }
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
    Leaf {
        inner,
        map: Some(map),
        cell,
        operation,
        site,
        polls: Polls::default(),
        amount: 1,
        queued: operation.keeps_a_place(),
        reading: false,
        manner: Manner::Poll,
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

/// The type of a map without captures, for leaves that have a name.
pub(crate) type Map<T> = fn(T, Option<&Scope>) -> T;

impl<C: Located, F, M> Leaf<C, F, M> {
    /// For a wait that tokio leaves out of its cooperative budget.
    pub(crate) fn unbudgeted(mut self) -> Self {
        self.polls = Polls::unbudgeted();
        self
    }

    /// For a wait for so many permits.
    pub(crate) fn amount(mut self, amount: usize) -> Self {
        self.amount = amount;
        self
    }

    /// For a wait whose polls run user code while they hold a read lock of the object.
    pub(crate) fn reading(mut self) -> Self {
        self.reading = true;
        self
    }

    /// For a wait whose polls run user code while they hold a lock of the object.
    pub(crate) fn exclusive(mut self) -> Self {
        self.manner = Manner::PollExclusive;
        self
    }

    /// A part of the wait that is no poll. `act` gives its result and what it came to, or none if
    /// the inner future waits now.
    pub(crate) fn act<R>(
        self: Pin<&mut Self>,
        operation: Operation,
        site: Site,
        act: impl FnOnce(Pin<&mut F>) -> (R, Option<Effect>),
    ) -> R {
        let this = self.project();
        let scope = operation::enter(this.cell.cell(), operation, site, Manner::Call);
        if let Some(scope) = &scope {
            this.polls.take_part(scope);
        }
        let (result, effect) = act(this.inner);
        *this.started = effect.is_none();
        if let Some(scope) = scope {
            scope.leave(effect.unwrap_or(Effect::Idle));
        }
        result
    }

    /// The future's making was part of an operation.
    pub(crate) fn made_in(mut self, scope: Option<&Scope>) -> Self {
        scope
            .into_iter()
            .for_each(|scope| self.polls.take_part(scope));
        self
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
        let scope = operation::enter(cell, *this.operation, *this.site, *this.manner);
        let Some(scope) = scope else {
            let output = ready!(this.inner.poll(context));
            *this.started = false;
            let map = this.map.take().expect(FINISHED);
            return Poll::Ready(map(output, None));
        };
        if *this.amount != 1 {
            scope.note_amount(*this.amount);
        }
        let Some(scope) = this.polls.begin(scope, context) else {
            *this.started = true;
            return Poll::Pending;
        };
        let reading = this.reading.then(|| scope.read());
        match this.inner.poll(context) {
            Poll::Ready(output) => {
                *this.started = false;
                this.polls.end();
                let map = this.map.take().expect(FINISHED);
                let output = map(output, Some(&scope));
                drop(reading);
                scope.leave(Effect::Done);
                Poll::Ready(output)
            }
            Poll::Pending => {
                *this.started = true;
                drop(reading);
                this.polls.pend(scope);
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

/// A poll by hand, through a handle (`poll_recv` and the like). `polls` is what the handle keeps
/// from one such poll to the next. `map` as in [`leaf`].
pub(crate) fn poll_by_hand<T, R>(
    cell: &ObjectCell,
    (operation, site): (Operation, Site),
    polls: &mut Polls,
    context: &mut Context<'_>,
    poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    map: impl FnOnce(T, Option<&Scope>) -> R,
) -> Poll<R> {
    let Some(scope) = operation::enter(cell, operation, site, Manner::Poll) else {
        return poll(context).map(|output| map(output, None));
    };
    let Some(scope) = polls.begin_by_hand(scope, context) else {
        return Poll::Pending;
    };
    match poll(context) {
        Poll::Ready(output) => {
            polls.end_by_hand();
            let output = map(output, Some(&scope));
            scope.leave(Effect::Done);
            Poll::Ready(output)
        }
        Poll::Pending => {
            polls.pend_by_hand(scope);
            Poll::Pending
        }
    }
}
