//! The mirror of `tokio::io::simplex`: one pipe, of which both ends are one stream.

use std::fmt;
use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use ::tokio::io::{self as real, AsyncRead, AsyncWrite, ReadBuf};

use super::end::End;
use super::{ReadHalf, WriteHalf, split};
use crate::executor::object::ObjectCell;
use crate::trace::{ObjectKind, Operation, Site};

/// The two ends of a pipe: `tokio::io::simplex`.
///
/// # Panics
///
/// Panics if the buffer is 0, as tokio's does.
#[track_caller]
pub fn simplex(max_buf_size: usize) -> (ReadHalf<SimplexStream>, WriteHalf<SimplexStream>) {
    split(SimplexStream::new_unsplit(max_buf_size))
}

/// A pipe: `tokio::io::SimplexStream`.
pub struct SimplexStream {
    read: End,
    write: End,
    inner: real::SimplexStream,
}

impl SimplexStream {
    /// Both ends in one: `tokio::io::SimplexStream::new_unsplit`.
    ///
    /// # Panics
    ///
    /// Panics if the buffer is 0, as tokio's does.
    #[track_caller]
    pub fn new_unsplit(max_buf_size: usize) -> SimplexStream {
        let inner = real::SimplexStream::new_unsplit(max_buf_size);
        let cell = Arc::new(ObjectCell::sized(ObjectKind::Pipe, max_buf_size));
        let site = Site::caller();
        SimplexStream {
            read: End::new(&cell, site),
            write: End::new(&cell, site),
            inner,
        }
    }
}

impl AsyncRead for SimplexStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let this = self.get_mut();
        let inner = Pin::new(&mut this.inner);
        let poll = |context: &mut Context<'_>| inner.poll_read(context, buffer);
        this.read.poll(Operation::Read, context, poll)
    }
}

impl AsyncWrite for SimplexStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let inner = Pin::new(&mut this.inner);
        let poll = |context: &mut Context<'_>| inner.poll_write(context, buffer);
        this.write.poll(Operation::Write, context, poll)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let inner = Pin::new(&mut this.inner);
        let poll = |context: &mut Context<'_>| inner.poll_write_vectored(context, buffers);
        this.write.poll(Operation::Write, context, poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        let inner = Pin::new(&mut this.inner);
        this.write.shut_down(|| inner.poll_shutdown(context))
    }
}

impl fmt::Debug for SimplexStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
