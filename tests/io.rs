//! In-memory pipes and split streams: they do what tokio's do, and a task that is stuck on one says
//! on what.

#[path = "support/hosts.rs"]
mod hosts;

use std::io::ErrorKind;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use hosts::{clean, failing, only_stuck};
use leak_harness::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, SimplexStream, duplex, simplex,
    split,
};
use leak_harness::sync::mpsc;
use leak_harness::{
    Failure, FailureKind, ObjectKind, Operation, StuckTask, WaitsOn, select, spawn,
};

fn on_pipe(operation: Operation) -> Option<WaitsOn> {
    Some(WaitsOn {
        operation,
        object: Some(ObjectKind::Pipe),
    })
}

#[test]
fn a_reader_whose_writer_lives_on_is_found() {
    let line = line!() + 8;
    let look = |failure: &Failure| {
        let task = only_stuck(failure);
        assert_eq!(task.waits_on(), on_pipe(Operation::Read));
        assert_eq!(task.awaited_at().map(|site| site.line()), Some(line));
    };
    failing(FailureKind::Leak, look, || async {
        #[rustfmt::skip]
        let (mut near, mut far) = duplex(16);
        spawn(async move {
            let mut text = String::new();
            far.read_to_string(&mut text).await.unwrap();
        });
        near.write_all(b"hello").await.unwrap();
        std::mem::forget(near);
    });
}

#[test]
fn a_writer_without_room_is_found() {
    let look = |failure: &Failure| {
        let task = only_stuck(failure);
        assert_eq!(task.waits_on(), on_pipe(Operation::Write));
        assert!(
            failure.to_string().contains("`write` on a pipe"),
            "{failure}"
        );
    };
    failing(FailureKind::Leak, look, || async {
        let (mut near, mut far) = duplex(4);
        spawn(async move { near.write_all(b"hello!").await });
        far.read_u8().await.unwrap();
        std::mem::forget(far);
    });
    failing(FailureKind::Leak, look, || async {
        let (read, mut write) = simplex(4);
        // Dropping the half that reads closes nothing.
        drop(read);
        spawn(async move { write.write_all(b"hello").await });
    });
}

#[test]
fn both_sides_that_write_first_deadlock() {
    let look = |failure: &Failure| {
        let tasks = failure.stuck();
        assert!(tasks.iter().any(StuckTask::is_body), "{failure}");
        assert!(
            tasks
                .iter()
                .all(|task| task.waits_on() == on_pipe(Operation::Write)),
            "{failure}"
        );
    };
    failing(FailureKind::Deadlock, look, || async {
        let (mut near, mut far) = duplex(2);
        let peer = spawn(async move {
            far.write_all(b"hello").await.unwrap();
            far.read_u8().await.unwrap()
        });
        near.write_all(b"hello").await.unwrap();
        drop(near);
        drop(peer);
    });
}

#[test]
fn a_conversation_comes_to_its_end_in_every_order() {
    clean(|| async {
        let (mut near, mut far) = duplex(2);
        let echo = spawn(async move {
            let mut text = String::new();
            far.read_to_string(&mut text).await.unwrap();
            far.write_u8(text.len() as u8).await.unwrap();
        });
        near.write_all(b"abc").await.unwrap();
        near.shutdown().await.unwrap();
        assert_eq!(near.read_u8().await.unwrap(), 3);
        echo.await.unwrap();
    });
}

#[test]
fn a_stream_that_is_dropped_ends_the_other_in_every_order() {
    clean(|| async {
        let (mut near, mut far) = duplex(1);
        let reads = spawn(async move {
            let end = far.read_u8().await.unwrap_err();
            assert_eq!(end.kind(), ErrorKind::UnexpectedEof);
            let end = far.write_u8(1).await.unwrap_err();
            assert_eq!(end.kind(), ErrorKind::BrokenPipe);
        });
        near.flush().await.unwrap();
        drop(near);
        reads.await.unwrap();
    });
}

#[test]
fn a_branch_that_loses_reads_nothing() {
    clean(|| async {
        let (mut near, mut far) = duplex(8);
        let (tx, mut rx) = mpsc::channel::<()>(1);
        let writes = spawn(async move {
            near.write_u8(7).await.unwrap();
            near
        });
        let sends = spawn(async move { tx.send(()).await.unwrap() });
        let mut buffer = [0; 4];
        let read = select! {
            read = far.read(&mut buffer) => read.unwrap(),
            _ = rx.recv() => 0,
        };
        if read == 0 {
            assert_eq!(far.read_u8().await.unwrap(), 7);
        }
        sends.await.unwrap();
        drop(writes.await.unwrap());
    });
}

#[test]
fn halves_of_a_stream_work_side_by_side() {
    clean(|| async {
        let (near, mut far) = duplex(1);
        let (mut read, mut write) = split(near);
        let writes = spawn(async move {
            write.write_u8(1).await.unwrap();
            write
        });
        far.write_u8(2).await.unwrap();
        assert_eq!(read.read_u8().await.unwrap(), 2);
        let write = writes.await.unwrap();
        assert!(read.is_pair_of(&write));
        drop(read.unsplit(write));
        assert_eq!(far.read_u8().await.unwrap(), 1);
        assert_eq!(far.read(&mut [0]).await.unwrap(), 0);
    });
}

/// A stream that uses a channel in its polls.
struct Asks(mpsc::Sender<()>);

impl AsyncRead for Asks {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let _ = self.0.try_send(());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Asks {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let _ = self.0.try_send(());
        Poll::Ready(Ok(buffer.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn a_switch_in_the_middle_of_a_half_blocks_the_other_half_and_not_the_thread() {
    clean(|| async {
        let (tx, mut rx) = mpsc::channel(4);
        let (mut read, mut write) = split(Asks(tx));
        let reads = spawn(async move { read.read(&mut [0]).await.unwrap() });
        let writes = spawn(async move { write.write(&[1]).await.unwrap() });
        rx.recv().await.unwrap();
        rx.recv().await.unwrap();
        assert_eq!((reads.await.unwrap(), writes.await.unwrap()), (0, 1));
    });
}

#[test]
fn an_unsplit_pipe_gives_back_what_was_written() {
    clean(|| async {
        let mut pipe = SimplexStream::new_unsplit(4);
        assert!(pipe.is_write_vectored());
        pipe.write_all(b"ab").await.unwrap();
        assert!(futures::poll!(pin!(pipe.write_all(b"cde"))).is_pending());
        let mut text = [0; 4];
        pipe.read_exact(&mut text).await.unwrap();
        assert_eq!(&text, b"abcd");
        pipe.shutdown().await.unwrap();
        assert_eq!(pipe.read(&mut text).await.unwrap(), 0);
    });
}
