//! `timeout`: a future raced against a timer.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{Duration, Elapsed, Instant, Sleep};
use crate::executor::current;
use crate::mirror::tokio::task::coop;
use crate::trace::{Operation, Site};

pin_project! {
    /// A future with a deadline: `tokio::time::Timeout`.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    #[derive(Debug)]
    pub struct Timeout<T> {
        #[pin]
        kind: Kind<T>,
    }
}

pin_project! {
    #[project = Projected]
    #[derive(Debug)]
    enum Kind<T> {
        // Outside of executions.
        Real {
            #[pin]
            real: ::tokio::time::Timeout<T>,
        },
        Controlled {
            #[pin]
            value: T,
            #[pin]
            delay: Sleep,
        },
    }
}

/// Gives a future that long to be ready: `tokio::time::timeout`.
#[track_caller]
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    if current::in_task().is_none() {
        return Timeout::real(::tokio::time::timeout(duration, future));
    }
    timeout_from(Site::caller(), duration, future)
}

/// As [`timeout`], for a method of another primitive that was called at a known place.
#[track_caller]
pub(crate) fn timeout_from<F: IntoFuture>(
    site: Site,
    duration: Duration,
    future: F,
) -> Timeout<F::IntoFuture> {
    let deadline = Instant::now()
        .checked_add(duration)
        .unwrap_or_else(Instant::far_future);
    let delay = Sleep::made_at(site, deadline, Operation::Timeout);
    Timeout::controlled(future.into_future(), delay)
}

/// Gives a future until that moment to be ready: `tokio::time::timeout_at`.
#[track_caller]
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    if current::in_task().is_none() {
        return Timeout::real(::tokio::time::timeout_at(deadline.into(), future));
    }
    let delay = Sleep::new(deadline, Operation::Timeout);
    Timeout::controlled(future.into_future(), delay)
}

impl<T> Timeout<T> {
    fn real(real: ::tokio::time::Timeout<T>) -> Timeout<T> {
        Timeout {
            kind: Kind::Real { real },
        }
    }

    fn controlled(value: T, delay: Sleep) -> Timeout<T> {
        Timeout {
            kind: Kind::Controlled { value, delay },
        }
    }

    /// The future inside: `tokio::time::Timeout::get_ref`.
    pub fn get_ref(&self) -> &T {
        match &self.kind {
            Kind::Real { real } => real.get_ref(),
            Kind::Controlled { value, .. } => value,
        }
    }

    /// The future inside: `tokio::time::Timeout::get_mut`.
    pub fn get_mut(&mut self) -> &mut T {
        match &mut self.kind {
            Kind::Real { real } => real.get_mut(),
            Kind::Controlled { value, .. } => value,
        }
    }

    /// The future inside, without its deadline: `tokio::time::Timeout::into_inner`.
    pub fn into_inner(self) -> T {
        match self.kind {
            Kind::Real { real } => real.into_inner(),
            Kind::Controlled { value, .. } => value,
        }
    }
}

impl<T: Future> Future for Timeout<T> {
    type Output = Result<T::Output, Elapsed>;

    // Whoever awaits this awaits what is inside.
    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (value, delay) = match self.project().kind.project() {
            Projected::Real { real } => {
                return real
                    .poll(context)
                    .map(|result| result.map_err(Elapsed::from));
            }
            Projected::Controlled { value, delay } => (value, delay),
        };
        let had_budget = coop::has_budget_remaining();
        if let Poll::Ready(output) = value.poll(context) {
            return Poll::Ready(Ok(output));
        }
        // A future that uses up the budget in every poll must not keep the deadline from passing.
        let delay = if had_budget && !coop::has_budget_remaining() {
            Pin::new(&mut coop::unconstrained(delay)).poll(context)
        } else {
            delay.poll(context)
        };
        delay.map(|()| Err(Elapsed::new()))
    }
}
