//! The receiving end.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::mpsc as real;
use std::time::Duration;

use real::{RecvError, RecvTimeoutError, TryRecvError};

use super::rendezvous::{ReceivingEnd, Rendezvous};
use crate::executor::hold::{self, Waited, is_outside};
use crate::executor::operation::perform;
use crate::executor::teardown;
use crate::mirror::handle::Handle;
use crate::trace::{Effect, Operation, Site};

/// The receiving end of a channel: `std::sync::mpsc::Receiver`.
pub struct Receiver<T> {
    // Dropped first: it announces the drop.
    handle: Handle,
    inner: End<T>,
}

enum End<T> {
    Queued(real::Receiver<T>),
    Meeting(ReceivingEnd<T>),
}

impl<T> End<T> {
    fn try_recv(&self) -> Result<T, TryRecvError> {
        match self {
            End::Queued(inner) => inner.try_recv(),
            End::Meeting(end) => end.try_recv(),
        }
    }

    /// A value, or that none will come any more; or nothing yet.
    fn attempt(&self) -> Option<Result<T, RecvError>> {
        match self.try_recv() {
            Ok(value) => Some(Ok(value)),
            Err(TryRecvError::Disconnected) => Some(Err(RecvError)),
            Err(TryRecvError::Empty) => None,
        }
    }
}

impl<T> Receiver<T> {
    pub(super) fn queued(handle: Handle, inner: real::Receiver<T>) -> Receiver<T> {
        let inner = End::Queued(inner);
        Receiver { handle, inner }
    }

    pub(super) fn meeting(handle: Handle, both: Arc<Rendezvous<T>>) -> Receiver<T> {
        let inner = End::Meeting(ReceivingEnd::new(both));
        Receiver { handle, inner }
    }

    /// Takes a value if there is one: `std::sync::mpsc::Receiver::try_recv`.
    ///
    /// # Errors
    ///
    /// Whether there is none now, or there never will be.
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.try_recv_at(Site::caller())
    }

    fn try_recv_at(&self, site: Site) -> Result<T, TryRecvError> {
        let effect = |result: &Result<T, TryRecvError>| match result {
            Ok(_) => Effect::Done,
            Err(TryRecvError::Empty) => Effect::Idle,
            Err(TryRecvError::Disconnected) => Effect::Closed,
        };
        let recv = || self.inner.try_recv();
        perform(self.handle.cell(), Operation::TryRecv, site, recv, effect)
    }

    /// Blocks until there is a value: `std::sync::mpsc::Receiver::recv`.
    ///
    /// # Errors
    ///
    /// That there is none, and no sender.
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.recv_at(Site::caller())
    }

    fn recv_at(&self, site: Site) -> Result<T, RecvError> {
        if is_outside(self.handle.cell(), site) {
            return match &self.inner {
                End::Queued(inner) => inner.recv(),
                End::Meeting(end) => end.recv_outside(None).map_err(|_| RecvError),
            };
        }
        let waited = self.wait((Operation::Recv, site), None);
        waited.unwrap_or_else(|| {
            teardown::refuse_to_block();
            unreachable!("teardown lets nobody wait")
        })
    }

    /// Blocks until there is a value, but only so long: `std::sync::mpsc::Receiver::recv_timeout`.
    ///
    /// # Errors
    ///
    /// That there is none, and whether that is because there is no sender.
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        let site = Site::caller();
        if is_outside(self.handle.cell(), site) {
            return match &self.inner {
                End::Queued(inner) => inner.recv_timeout(timeout),
                End::Meeting(end) => end.recv_outside(Some(timeout)),
            };
        }
        match self.wait((Operation::RecvTimeout, site), Some(timeout)) {
            Some(Ok(value)) => Ok(value),
            Some(Err(RecvError)) => Err(RecvTimeoutError::Disconnected),
            None => Err(RecvTimeoutError::Timeout),
        }
    }

    /// Blocks until there is a value or no sender; none if neither came in time, or in teardown.
    fn wait(
        &self,
        operation: (Operation, Site),
        timeout: Option<Duration>,
    ) -> Option<Result<T, RecvError>> {
        let effect = |result: &Result<T, RecvError>| match result {
            Ok(_) => Effect::Done,
            Err(RecvError) => Effect::Closed,
        };
        let waiting = match &self.inner {
            End::Queued(_) => None,
            End::Meeting(end) => Some(end.waiting()),
        };
        let attempt = || {
            let result = self.inner.attempt();
            if let (None, Some(waiting)) = (&result, &waiting) {
                // From here on a sender need not wait.
                waiting.begin();
            }
            result
        };
        match hold::wait_for(self.handle.cell(), operation, timeout, attempt, effect) {
            Waited::Got(result) => Some(result),
            Waited::TimedOut => None,
            Waited::Refused => self.inner.attempt(),
        }
    }

    /// Values as they come, until no sender is left: `std::sync::mpsc::Receiver::iter`.
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter {
            receiver: self,
            site: Site::caller(),
        }
    }

    /// The values that there are: `std::sync::mpsc::Receiver::try_iter`.
    #[track_caller]
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter {
            receiver: self,
            site: Site::caller(),
        }
    }
}

/// Values as they come: `std::sync::mpsc::Iter`.
#[derive(Debug)]
pub struct Iter<'a, T: 'a> {
    receiver: &'a Receiver<T>,
    site: Site,
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv_at(self.site).ok()
    }
}

/// The values that there are: `std::sync::mpsc::TryIter`.
#[derive(Debug)]
pub struct TryIter<'a, T: 'a> {
    receiver: &'a Receiver<T>,
    site: Site,
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv_at(self.site).ok()
    }
}

/// Values as they come: `std::sync::mpsc::IntoIter`.
#[derive(Debug)]
pub struct IntoIter<T> {
    receiver: Receiver<T>,
    site: Site,
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv_at(self.site).ok()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    #[track_caller]
    fn into_iter(self) -> IntoIter<T> {
        IntoIter {
            receiver: self,
            site: Site::caller(),
        }
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}
