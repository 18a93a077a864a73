//! The mirror of `tokio::io::duplex`: two pipes, of which each stream has an end.

use std::fmt;
use std::io::{IoSlice, Result};
use std::iter;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use ::tokio::io::{self as real, AsyncRead, AsyncWrite, ReadBuf};

use super::end::End;
use crate::executor::object::ObjectCell;
use crate::executor::several::perform_on_all;
use crate::trace::{Effect, ObjectKind, Operation, Site};

/// Two streams, each of which reads what is written to the other: `tokio::io::duplex`.
///
/// # Panics
///
/// Panics if the buffer is 0, as tokio's does.
#[track_caller]
pub fn duplex(max_buf_size: usize) -> (DuplexStream, DuplexStream) {
    let (left, right) = real::duplex(max_buf_size);
    let one = Arc::new(ObjectCell::sized(ObjectKind::Pipe, max_buf_size));
    let two = Arc::new(ObjectCell::sized(ObjectKind::Pipe, max_buf_size));
    let site = Site::caller();
    let stream = |read, write, inner| DuplexStream {
        read: End::new(read, site),
        write: End::new(write, site),
        inner,
    };
    (stream(&one, &two, left), stream(&two, &one, right))
}

/// One of two connected streams: `tokio::io::DuplexStream`.
pub struct DuplexStream {
    read: End,
    write: End,
    inner: real::DuplexStream,
}

impl AsyncRead for DuplexStream {
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

impl AsyncWrite for DuplexStream {
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
        // There is nothing to flush, and nothing to see.
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        let inner = Pin::new(&mut this.inner);
        this.write.shut_down(|| inner.poll_shutdown(context))
    }
}

impl Drop for DuplexStream {
    fn drop(&mut self) {
        // One step: what follows at once closes both pipes.
        perform_on_all(
            self.write.cell(),
            iter::once(self.read.cell()),
            (Operation::DropWriter, Operation::DropReader),
            self.write.made_at(),
            || (),
            || Effect::Done,
        );
    }
}

impl fmt::Debug for DuplexStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
