//! `Sleep`: a timer on the virtual clock.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{Duration, Instant};
use crate::executor::current;
use crate::executor::object::ObjectCell;
use crate::executor::operation::{self, Alarm, Manner, Waits};
use crate::trace::{Effect, ObjectKind, Operation, Site};

pin_project! {
    /// Done when its deadline has passed: `tokio::time::Sleep`.
    pub struct Sleep {
        // Outside of executions.
        #[pin]
        real: Option<::tokio::time::Sleep>,
        deadline: Instant,
        cell: ObjectCell,
        operation: Operation,
        site: Site,
        alarm: Option<Alarm>,
        waits: Option<Waits>,
        elapsed: bool,
    }
}

/// Waits for a duration: `tokio::time::sleep`.
#[track_caller]
pub fn sleep(duration: Duration) -> Sleep {
    let deadline = Instant::now()
        .checked_add(duration)
        .unwrap_or_else(Instant::far_future);
    Sleep::new(deadline, Operation::Sleep)
}

/// Waits until a moment: `tokio::time::sleep_until`.
#[track_caller]
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep::new(deadline, Operation::Sleep)
}

impl Sleep {
    #[track_caller]
    pub(super) fn new(deadline: Instant, operation: Operation) -> Sleep {
        Sleep::made_at(Site::caller(), deadline, operation)
    }

    /// Made for a caller whose place is known.
    pub(super) fn made_at(site: Site, deadline: Instant, operation: Operation) -> Sleep {
        let controlled = current::in_task().is_some();
        Sleep {
            real: (!controlled).then(|| ::tokio::time::sleep_until(deadline.into())),
            deadline,
            cell: ObjectCell::made_at(site, ObjectKind::Timer),
            operation,
            site,
            alarm: None,
            waits: None,
            elapsed: false,
        }
    }

    /// Who waits for it now, and how that is called.
    pub(super) fn awaited_at(self: Pin<&mut Self>, site: Site) {
        *self.project().site = site;
    }

    /// When it is done: `tokio::time::Sleep::deadline`.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether its deadline has passed: `tokio::time::Sleep::is_elapsed`.
    pub fn is_elapsed(&self) -> bool {
        match &self.real {
            Some(real) => real.is_elapsed(),
            None => self.elapsed || self.alarm.as_ref().is_some_and(Alarm::has_fired),
        }
    }

    /// Gives it another deadline: `tokio::time::Sleep::reset`.
    pub fn reset(self: Pin<&mut Self>, deadline: Instant) {
        let this = self.project();
        *this.deadline = deadline;
        *this.elapsed = false;
        match this.real.as_pin_mut() {
            Some(real) => real.reset(deadline.into()),
            // The next poll sets it anew.
            None => *this.alarm = None,
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if let Some(real) = this.real.as_pin_mut() {
            return real.poll(context);
        }
        let Some(scope) = operation::enter(this.cell, *this.operation, *this.site, Manner::Private)
        else {
            return Poll::Pending;
        };
        if scope.poll_budget(context).is_pending() {
            scope.leave(Effect::Idle);
            return Poll::Pending;
        }
        let at = this.deadline.virtual_time();
        let pending = match this.alarm {
            Some(alarm) => scope.poll_alarm(alarm, context.waker()),
            None if *this.elapsed || at <= scope.now() => false,
            None => {
                // A timeout is always raced against its future.
                let raced = *this.operation == Operation::Timeout;
                *this.alarm = Some(scope.set_alarm(at, context.waker().clone(), raced));
                this.waits.take();
                true
            }
        };
        if pending {
            scope.refund_budget();
            match this.waits {
                Some(_) => scope.still_pending(),
                None => *this.waits = Some(scope.pend(this.alarm.as_ref())),
            }
            return Poll::Pending;
        }
        *this.elapsed = true;
        if this.alarm.take().is_some() {
            scope.note_progress();
        }
        this.waits.take();
        scope.leave(Effect::Idle);
        Poll::Ready(())
    }
}

impl From<Sleep> for ::tokio::time::Sleep {
    /// For a crate whose signatures want tokio's own type. In a leak test, that crate's timers have a
    /// paused runtime of real tokio.
    fn from(sleep: Sleep) -> ::tokio::time::Sleep {
        ::tokio::time::sleep_until(sleep.deadline.into())
    }
}

impl From<::tokio::time::Sleep> for Sleep {
    /// For what another crate made.
    #[track_caller]
    fn from(sleep: ::tokio::time::Sleep) -> Sleep {
        Sleep::new(sleep.deadline().into(), Operation::Sleep)
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep")
            .field("deadline", &self.deadline)
            .finish()
    }
}
