//! The mirror of `tokio::task::coop`: the cooperative budget, which an execution keeps per task.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::tokio::task::coop as real;
use pin_project_lite::pin_project;

use crate::executor::{current, drive};

/// Whether the task may go on in this poll: `tokio::task::coop::has_budget_remaining`.
pub fn has_budget_remaining() -> bool {
    match current::in_task() {
        Some(_) => drive::budget() != Some(0),
        None => real::has_budget_remaining(),
    }
}

/// Uses up one unit of budget, and yields if there is none:
/// `tokio::task::coop::consume_budget`.
pub fn consume_budget() -> impl Future<Output = ()> {
    let mut done = false;
    ::std::future::poll_fn(move |context| {
        if !done {
            ready!(poll_proceed(context)).made_progress();
            done = true;
        }
        Poll::Ready(())
    })
}

/// Takes one unit of budget, if there is one: `tokio::task::coop::poll_proceed`.
pub fn poll_proceed(context: &mut Context<'_>) -> Poll<RestoreOnPending> {
    let Some(runtime) = current::in_task() else {
        return real::poll_proceed(context).map(|real| RestoreOnPending(Restore::Real(real)));
    };
    ready!(runtime.poll_budget(context));
    let before = drive::budget();
    drive::set_budget(before.map(|left| left.saturating_sub(1)));
    let restore = Restore::Controlled(Cell::new(before), PhantomData);
    Poll::Ready(RestoreOnPending(restore))
}

/// Gives back a unit of budget unless progress was made:
/// `tokio::task::coop::RestoreOnPending`.
#[must_use]
pub struct RestoreOnPending(Restore);

enum Restore {
    Real(real::RestoreOnPending),
    Controlled(Cell<Option<u8>>, PhantomData<*mut ()>),
}

impl RestoreOnPending {
    /// The unit is spent: `tokio::task::coop::RestoreOnPending::made_progress`.
    pub fn made_progress(&self) {
        match &self.0 {
            Restore::Real(real) => real.made_progress(),
            Restore::Controlled(before, _) => before.set(None),
        }
    }
}

impl Drop for RestoreOnPending {
    fn drop(&mut self) {
        if let Restore::Controlled(before, _) = &self.0
            && let Some(before) = before.get()
        {
            drive::set_budget(Some(before));
        }
    }
}

impl fmt::Debug for RestoreOnPending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestoreOnPending").finish_non_exhaustive()
    }
}

pin_project! {
    /// A future that takes part in the budget: `tokio::task::coop::Coop`.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Coop<F: Future> {
        #[pin]
        future: F,
    }
}

/// Makes a future take part in the budget: `tokio::task::coop::cooperative`.
pub fn cooperative<F: Future>(future: F) -> Coop<F> {
    Coop { future }
}

impl<F: Future> Future for Coop<F> {
    type Output = F::Output;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let coop = ready!(poll_proceed(context));
        let output = ready!(self.project().future.poll(context));
        coop.made_progress();
        Poll::Ready(output)
    }
}

pin_project! {
    /// A future without a budget: `tokio::task::coop::Unconstrained`.
    #[must_use = "Unconstrained does nothing unless polled"]
    pub struct Unconstrained<F> {
        #[pin]
        future: F,
    }
}

/// Frees a future of the budget: `tokio::task::coop::unconstrained`.
pub fn unconstrained<F>(future: F) -> Unconstrained<F> {
    Unconstrained { future }
}

impl<F: Future> Future for Unconstrained<F> {
    type Output = F::Output;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut future = self.project().future;
        if current::in_task().is_none() {
            return Pin::new(&mut real::unconstrained(future.as_mut())).poll(context);
        }
        let _restore = Restored(drive::budget());
        drive::set_budget(None);
        future.poll(context)
    }
}

/// Restores the budget, also of a poll that panics.
struct Restored(Option<u8>);

impl Drop for Restored {
    fn drop(&mut self) {
        drive::set_budget(self.0);
    }
}
