//! A channel without room: a sender and the receiver must meet.
//!
//! Ours, for the real one lets nobody go on before the other side's thread has come, and inside an
//! execution there is only one. Outside it blocks threads, as the real one does.

use std::collections::VecDeque;
use std::sync::mpsc::{RecvTimeoutError, SendError, TryRecvError, TrySendError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What both sides share.
pub(super) struct Rendezvous<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    /// Values that senders hold out, or that the receiver was given while it waited; each with its
    /// number.
    offers: VecDeque<(u64, T)>,
    issued: u64,
    senders: usize,
    receiver: bool,
    /// Whether the receiver waits, and was given nothing yet.
    waits: bool,
}

impl<T> Rendezvous<T> {
    pub(super) fn new() -> Rendezvous<T> {
        Rendezvous {
            state: Mutex::new(State {
                offers: VecDeque::new(),
                issued: 0,
                senders: 0,
                receiver: true,
                waits: false,
            }),
            changed: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a value to a receiver that waits.
    pub(super) fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let mut state = self.state();
        if !state.receiver {
            return Err(TrySendError::Disconnected(value));
        }
        if !std::mem::take(&mut state.waits) {
            return Err(TrySendError::Full(value));
        }
        state.offer(value);
        self.changed.notify_all();
        Ok(())
    }

    /// Holds a value out, or gives it to a receiver that waits: then there is no offer.
    fn hold_out(&self, value: T) -> Result<Option<Offer<'_, T>>, SendError<T>> {
        let mut state = self.state();
        if !state.receiver {
            return Err(SendError(value));
        }
        let given = std::mem::take(&mut state.waits);
        let number = state.offer(value);
        self.changed.notify_all();
        // A receiver that is on its way takes it: nothing keeps it from that.
        Ok((!given).then(|| Offer { both: self, number }))
    }

    /// Attempts at handing a value over: the first holds it out, later ones see whether it was
    /// taken. It is held out for as long as what is returned lives.
    pub(super) fn sending(&self, value: T) -> impl FnMut() -> Option<Result<(), SendError<T>>> {
        let (mut value, mut offer) = (Some(value), None);
        move || {
            if let Some(value) = value.take() {
                return match self.hold_out(value) {
                    Err(error) => Some(Err(error)),
                    Ok(None) => Some(Ok(())),
                    Ok(held_out) => {
                        offer = held_out;
                        None
                    }
                };
            }
            let Offer { both, number } = offer.as_ref()?;
            both.state().outcome(*number)
        }
    }

    /// Hands a value over, and blocks the thread for real.
    pub(super) fn send_outside(&self, value: T) -> Result<(), SendError<T>> {
        let Some(Offer { number, .. }) = &self.hold_out(value)? else {
            return Ok(());
        };
        let mut state = self.state();
        loop {
            if let Some(result) = state.outcome(*number) {
                return result;
            }
            let changed = self.changed.wait(state);
            state = changed.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<T> State<T> {
    /// Takes what was held out first.
    fn take(&mut self) -> Result<T, TryRecvError> {
        match self.offers.pop_front() {
            Some((_, value)) => Ok(value),
            None if self.senders == 0 => Err(TryRecvError::Disconnected),
            None => Err(TryRecvError::Empty),
        }
    }

    fn offer(&mut self, value: T) -> u64 {
        self.issued += 1;
        self.offers.push_back((self.issued, value));
        self.issued
    }

    /// Whether a value was taken, or never will be.
    fn outcome(&mut self, number: u64) -> Option<Result<(), SendError<T>>> {
        if !self.offers.iter().any(|&(it, _)| it == number) {
            return Some(Ok(()));
        }
        if self.receiver {
            return None;
        }
        let value = self.withdraw(number);
        value.map(|value| Err(SendError(value)))
    }

    fn withdraw(&mut self, number: u64) -> Option<T> {
        let place = self.offers.iter().position(|&(it, _)| it == number)?;
        self.offers.remove(place).map(|(_, value)| value)
    }
}

/// A value that a sender holds out, until it is taken or this is dropped.
struct Offer<'a, T> {
    both: &'a Rendezvous<T>,
    number: u64,
}

impl<T> Drop for Offer<'_, T> {
    fn drop(&mut self) {
        // Dropped outside of the lock: it is user code.
        let withdrawn = self.both.state().withdraw(self.number);
        drop(withdrawn);
    }
}

/// One of the senders.
pub(super) struct SendingEnd<T>(Arc<Rendezvous<T>>);

impl<T> SendingEnd<T> {
    pub(super) fn new(both: Arc<Rendezvous<T>>) -> SendingEnd<T> {
        both.state().senders += 1;
        SendingEnd(both)
    }

    pub(super) fn both(&self) -> &Rendezvous<T> {
        &self.0
    }
}

impl<T> Clone for SendingEnd<T> {
    fn clone(&self) -> SendingEnd<T> {
        SendingEnd::new(Arc::clone(&self.0))
    }
}

impl<T> Drop for SendingEnd<T> {
    fn drop(&mut self) {
        self.0.state().senders -= 1;
        self.0.changed.notify_all();
    }
}

/// The receiver. Like the real one it is not for several threads at once.
pub(super) struct ReceivingEnd<T> {
    both: Arc<Rendezvous<T>>,
    /// Never used: it keeps this from being shared.
    _alone: std::marker::PhantomData<std::cell::Cell<()>>,
}

impl<T> ReceivingEnd<T> {
    pub(super) fn new(both: Arc<Rendezvous<T>>) -> ReceivingEnd<T> {
        ReceivingEnd {
            both,
            _alone: std::marker::PhantomData,
        }
    }

    /// Takes what a sender holds out.
    pub(super) fn try_recv(&self) -> Result<T, TryRecvError> {
        let taken = self.both.state().take();
        if taken.is_ok() {
            self.both.changed.notify_all();
        }
        taken
    }

    /// A wait that can begin.
    pub(super) fn waiting(&self) -> WaitingHere<'_, T> {
        WaitingHere(&self.both)
    }

    /// Takes a value, and blocks the thread for real.
    pub(super) fn recv_outside(&self, timeout: Option<Duration>) -> Result<T, RecvTimeoutError> {
        let mut state = self.both.state();
        state.waits = state.offers.is_empty();
        let nothing = |state: &mut State<T>| state.offers.is_empty() && state.senders > 0;
        let state = match timeout {
            None => self.both.changed.wait_while(state, nothing),
            Some(timeout) => {
                let waited = self
                    .both
                    .changed
                    .wait_timeout_while(state, timeout, nothing);
                waited
                    .map(|(state, _)| state)
                    .map_err(|poisoned| PoisonError::new(poisoned.into_inner().0))
            }
        };
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        // At once: what it is given from now on it would not take.
        state.waits = false;
        let taken = state.take();
        drop(state);
        self.both.changed.notify_all();
        taken.map_err(|error| match error {
            TryRecvError::Empty => RecvTimeoutError::Timeout,
            TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
        })
    }
}

impl<T> Drop for ReceivingEnd<T> {
    fn drop(&mut self) {
        self.both.state().receiver = false;
        self.both.changed.notify_all();
    }
}

/// A receiver that may wait; it does not any more when this is dropped.
pub(super) struct WaitingHere<'a, T>(&'a Rendezvous<T>);

impl<T> WaitingHere<'_, T> {
    /// It waits now, unless it was given something.
    pub(super) fn begin(&self) {
        self.0.state().waits = true;
    }
}

impl<T> Drop for WaitingHere<'_, T> {
    fn drop(&mut self) {
        self.0.state().waits = false;
    }
}
