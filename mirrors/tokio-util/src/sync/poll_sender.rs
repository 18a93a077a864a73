//! The mirror of `tokio_util::sync::PollSender`.

use std::error::Error;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_sink::Sink;
use leak_harness::__private::seam::reserve_owned;
use leak_harness::Site;
use leak_harness::sync::mpsc::error::SendError;
use leak_harness::sync::mpsc::{OwnedPermit, Sender};

use super::ReusableBoxFuture;

/// The channel is closed: `tokio_util::sync::PollSendError`.
#[derive(Debug)]
pub struct PollSendError<T>(Option<T>);

impl<T> PollSendError<T> {
    /// The value that was not sent: `tokio_util::sync::PollSendError::into_inner`.
    pub fn into_inner(self) -> Option<T> {
        self.0
    }
}

impl<T> fmt::Display for PollSendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("channel closed")
    }
}

impl<T: fmt::Debug> Error for PollSendError<T> {}

type Reserve<T> = ReusableBoxFuture<'static, Result<OwnedPermit<T>, SendError<()>>>;

/// What becomes of the next value, in the order of its life.
enum State<T> {
    Idle(Sender<T>),
    Reserving(Reserve<T>),
    Reserved(OwnedPermit<T>),
    Closed,
}

/// A sender that is polled: `tokio_util::sync::PollSender`.
pub struct PollSender<T> {
    /// None once it was closed by hand.
    sender: Option<Sender<T>>,
    state: State<T>,
    made_at: Site,
}

impl<T: Send + 'static> PollSender<T> {
    /// Polls this sender: `tokio_util::sync::PollSender::new`.
    #[track_caller]
    pub fn new(sender: Sender<T>) -> PollSender<T> {
        PollSender {
            sender: Some(sender.clone()),
            state: State::Idle(sender),
            made_at: Site::caller(),
        }
    }

    /// Waits for room, and keeps it: `tokio_util::sync::PollSender::poll_reserve`.
    #[track_caller]
    pub fn poll_reserve(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), PollSendError<T>>> {
        self.poll_reserve_at(Site::caller(), context)
    }

    fn poll_reserve_at(
        &mut self,
        site: Site,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), PollSendError<T>>> {
        let mut reserve: Reserve<T> = match self.take_state() {
            State::Idle(sender) => Reserve::new(reserve_owned(sender, site)),
            State::Reserving(reserve) => reserve,
            State::Reserved(permit) => {
                self.state = State::Reserved(permit);
                return Poll::Ready(Ok(()));
            }
            State::Closed => return Poll::Ready(Err(PollSendError(None))),
        };
        match reserve.poll(context) {
            Poll::Ready(Ok(permit)) => {
                self.state = State::Reserved(permit);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(_)) => Poll::Ready(Err(PollSendError(None))),
            Poll::Pending => {
                self.state = State::Reserving(reserve);
                Poll::Pending
            }
        }
    }

    fn take_state(&mut self) -> State<T> {
        mem::replace(&mut self.state, State::Closed)
    }

    /// Sends with the room that was reserved: `tokio_util::sync::PollSender::send_item`.
    ///
    /// # Errors
    ///
    /// The value, if the channel is closed.
    ///
    /// # Panics
    ///
    /// Panics if no room was reserved, as tokio-util's does.
    #[track_caller]
    pub fn send_item(&mut self, value: T) -> Result<(), PollSendError<T>> {
        let sent = match self.take_state() {
            State::Idle(_) | State::Reserving(_) => {
                panic!("`send_item` called without first calling `poll_reserve`")
            }
            State::Reserved(permit) => permit.send(value),
            State::Closed => return Err(PollSendError(Some(value))),
        };
        if self.sender.is_some() {
            self.state = State::Idle(sent);
        }
        Ok(())
    }

    /// Whether it was closed by hand, or found the channel closed:
    /// `tokio_util::sync::PollSender::is_closed`.
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed) || self.sender.is_none()
    }

    /// The sender: `tokio_util::sync::PollSender::get_ref`.
    pub fn get_ref(&self) -> Option<&Sender<T>> {
        self.sender.as_ref()
    }

    /// Sends no more but what room is reserved for: `tokio_util::sync::PollSender::close`.
    pub fn close(&mut self) {
        drop(self.sender.take());
        if !matches!(self.state, State::Reserved(_)) {
            drop(self.take_state());
        }
    }

    /// Gives up the room that was reserved, or the wait for it; whether there was either:
    /// `tokio_util::sync::PollSender::abort_send`.
    #[track_caller]
    pub fn abort_send(&mut self) -> bool {
        let sender = match self.take_state() {
            State::Reserving(reserve) => {
                drop(reserve);
                self.sender.clone()
            }
            State::Reserved(permit) => {
                let sender = permit.release();
                self.sender.is_some().then_some(sender)
            }
            state => {
                self.state = state;
                return false;
            }
        };
        self.state = sender.map_or(State::Closed, State::Idle);
        true
    }
}

impl<T> Clone for PollSender<T> {
    #[track_caller]
    fn clone(&self) -> PollSender<T> {
        let sender = self.sender.clone();
        PollSender {
            state: sender.clone().map_or(State::Closed, State::Idle),
            sender,
            made_at: Site::caller(),
        }
    }
}

impl<T: Send + 'static> Sink<T> for PollSender<T> {
    type Error = PollSendError<T>;

    fn poll_ready(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        let this = self.get_mut();
        // Called by a combinator, of which no user's place is known.
        this.poll_reserve_at(this.made_at, context)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, value: T) -> Result<(), Self::Error> {
        self.get_mut().send_item(value)
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.get_mut().close();
        Poll::Ready(Ok(()))
    }
}

impl<T> fmt::Debug for PollSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Idle(_) => "Idle",
            State::Reserving(_) => "Acquiring",
            State::Reserved(_) => "ReadyToSend",
            State::Closed => "Closed",
        };
        f.debug_struct("PollSender")
            .field("sender", &self.sender)
            .field("state", &state)
            .finish()
    }
}
