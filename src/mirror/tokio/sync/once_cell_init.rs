//! How a task becomes the one that initialises a `OnceCell`, and does.
//!
//! tokio's future waits for its turn, and then runs the user's own future inside its own polls. The
//! user's operations are no part of an operation on the cell; so the two are told apart: as soon
//! as its turn has come, the future stops once, and from then on its polls are the user's.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use ::tokio::sync as real;
use pin_project_lite::pin_project;

use crate::executor::hold::take;
use crate::executor::object::ObjectCell;
use crate::executor::operation::{Manner, enter};
use crate::executor::waits::Polls;
use crate::mirror::handle::announce_unlock;
use crate::trace::{Effect, Operation, Site};

/// How far it is, in order.
#[derive(Default)]
struct Progress(AtomicU8);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
enum Phase {
    /// Others may be before it.
    Waits = 0,
    /// Its turn has just come.
    Turn = 1,
    /// The user's future runs.
    Runs = 2,
    /// The user's future is done.
    Done = 3,
}

impl Progress {
    fn is(&self, phase: Phase) -> bool {
        self.0.load(Ordering::Relaxed) == phase as u8
    }

    fn set(&self, phase: Phase) {
        self.0.store(phase as u8, Ordering::Relaxed);
    }
}

/// The value of a cell, made by `f` if need be.
pub(super) fn initialise<'a, T, E, F, Fut>(
    cell: &'a ObjectCell,
    real: &'a real::OnceCell<T>,
    site: Site,
    f: F,
) -> impl Future<Output = Result<&'a T, E>>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let progress = Arc::new(Progress::default());
    let seen = Arc::clone(&progress);
    let make = move || async move {
        seen.set(Phase::Turn);
        poll_fn(|_| {
            if seen.is(Phase::Turn) {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
        let value = f().await;
        // What follows at once: the value is set, or the next one has its turn.
        let operation = match value {
            Ok(_) => Operation::Set,
            Err(_) => Operation::Release,
        };
        announce_unlock(cell, operation, site, 1);
        seen.set(Phase::Done);
        value
    };
    Initialise {
        inner: real.get_or_try_init(make),
        progress,
        cell,
        site,
        polls: Polls::default(),
        queued: false,
    }
}

pin_project! {
    struct Initialise<'a, F> {
        #[pin]
        inner: F,
        progress: Arc<Progress>,
        cell: &'a ObjectCell,
        site: Site,
        polls: Polls,
        // Whether it waits for its turn.
        queued: bool,
    }

    impl<F> PinnedDrop for Initialise<'_, F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if *this.queued {
                this.polls.cancel(this.cell, *this.site);
            }
            if this.progress.is(Phase::Runs) {
                announce_unlock(this.cell, Operation::Release, *this.site, 1);
            }
        }
    }
}

impl<F: Future> Future for Initialise<'_, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        if this.progress.is(Phase::Waits) {
            let scope = enter(this.cell, Operation::GetOrInit, *this.site, Manner::Poll);
            let scope = match scope {
                None => None,
                Some(scope) => match this.polls.begin(scope, context) {
                    Some(scope) => Some(scope),
                    None => return Poll::Pending,
                },
            };
            let polled = this.inner.as_mut().poll(context);
            let turn = this.progress.is(Phase::Turn);
            *this.queued = polled.is_pending() && !turn;
            if *this.queued {
                scope.into_iter().for_each(|scope| this.polls.pend(scope));
                return Poll::Pending;
            }
            this.polls.end();
            if let Some(scope) = scope {
                if turn {
                    take((), Some(&scope));
                    scope.leave(Effect::Done);
                } else {
                    scope.leave(Effect::Idle);
                }
            }
            if polled.is_ready() {
                return polled;
            }
            this.progress.set(Phase::Runs);
        }
        this.inner.poll(context)
    }
}
