//! The mirror of `tokio::io::split`.
//!
//! tokio polls the stream under a lock that both halves share. Here that lock is one of the model's:
//! a task that wants the stream while another one is in the middle of a poll parks.

use std::fmt;
use std::io::{IoSlice, Result};
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Context, Poll};

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::executor::object::ObjectCell;
use crate::executor::operation::{Manner, enter};
use crate::executor::teardown;
use crate::trace::{Effect, ObjectKind, Operation, Site};

/// Splits a stream into a half that reads and a half that writes: `tokio::io::split`.
#[track_caller]
pub fn split<T: AsyncRead + AsyncWrite>(stream: T) -> (ReadHalf<T>, WriteHalf<T>) {
    let inner = Arc::new(Inner {
        cell: ObjectCell::new(ObjectKind::Split),
        made_at: Site::caller(),
        is_write_vectored: stream.is_write_vectored(),
        stream: Mutex::new(Box::pin(stream)),
    });
    let read = ReadHalf {
        inner: Arc::clone(&inner),
        stream: PhantomData,
    };
    let write = WriteHalf {
        inner,
        stream: PhantomData,
    };
    (read, write)
}

struct Inner<T> {
    cell: ObjectCell,
    made_at: Site,
    is_write_vectored: bool,
    /// Boxed, so that it stays where it is.
    stream: Mutex<Pin<Box<T>>>,
}

impl<T> Inner<T> {
    fn poll<R>(&self, operation: Operation, poll: impl FnOnce(Pin<&mut T>) -> Poll<R>) -> Poll<R> {
        let scope = enter(&self.cell, operation, self.made_at, Manner::PollExclusive);
        let polled = poll(self.lock().as_mut());
        if let Some(scope) = scope {
            let ready = polled.is_ready();
            scope.leave(if ready { Effect::Done } else { Effect::Idle });
        }
        polled
    }

    fn lock(&self) -> MutexGuard<'_, Pin<Box<T>>> {
        match self.stream.try_lock() {
            Ok(stream) => stream,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                teardown::refuse_to_block();
                self.stream.lock().unwrap_or_else(PoisonError::into_inner)
            }
        }
    }
}

/// The half that reads: `tokio::io::ReadHalf`.
pub struct ReadHalf<T> {
    inner: Arc<Inner<T>>,
    /// `Sync` only with the stream, as tokio's is.
    stream: PhantomData<Box<T>>,
}

/// The half that writes: `tokio::io::WriteHalf`.
pub struct WriteHalf<T> {
    inner: Arc<Inner<T>>,
    /// `Sync` only with the stream, as tokio's is.
    stream: PhantomData<Box<T>>,
}

impl<T> UnwindSafe for ReadHalf<T> {}
impl<T> RefUnwindSafe for ReadHalf<T> {}
impl<T> UnwindSafe for WriteHalf<T> {}
impl<T> RefUnwindSafe for WriteHalf<T> {}

impl<T> ReadHalf<T> {
    /// Whether both are halves of one stream: `tokio::io::ReadHalf::is_pair_of`.
    pub fn is_pair_of(&self, other: &WriteHalf<T>) -> bool {
        other.is_pair_of(self)
    }

    /// The stream: `tokio::io::ReadHalf::unsplit`.
    ///
    /// # Panics
    ///
    /// Panics if the other half is of another stream.
    #[track_caller]
    pub fn unsplit(self, other: WriteHalf<T>) -> T
    where
        T: Unpin,
    {
        assert!(
            self.is_pair_of(&other),
            "Unrelated `split::Write` passed to `split::Read::unsplit`."
        );
        drop(other);
        let Ok(inner) = Arc::try_unwrap(self.inner) else {
            panic!("`Arc::try_unwrap` failed");
        };
        let stream = inner.stream.into_inner();
        let stream = stream.unwrap_or_else(PoisonError::into_inner);
        *Pin::into_inner(stream)
    }
}

impl<T> WriteHalf<T> {
    /// Whether both are halves of one stream: `tokio::io::WriteHalf::is_pair_of`.
    pub fn is_pair_of(&self, other: &ReadHalf<T>) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }
}

impl<T: AsyncRead> AsyncRead for ReadHalf<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let poll = |stream: Pin<&mut T>| stream.poll_read(context, buffer);
        self.inner.poll(Operation::Read, poll)
    }
}

impl<T: AsyncWrite> AsyncWrite for WriteHalf<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<Result<usize>> {
        let poll = |stream: Pin<&mut T>| stream.poll_write(context, buffer);
        self.inner.poll(Operation::Write, poll)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let poll = |stream: Pin<&mut T>| stream.poll_write_vectored(context, buffers);
        self.inner.poll(Operation::Write, poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let poll = |stream: Pin<&mut T>| stream.poll_flush(context);
        self.inner.poll(Operation::Flush, poll)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let poll = |stream: Pin<&mut T>| stream.poll_shutdown(context);
        self.inner.poll(Operation::Shutdown, poll)
    }
}

impl<T> fmt::Debug for ReadHalf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("split::ReadHalf").finish()
    }
}

impl<T> fmt::Debug for WriteHalf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("split::WriteHalf").finish()
    }
}
