//! tokio-stream's wrappers over mirrored receivers: values come as from tokio's, and a task whose
//! stream never ends says on what it waits.

extern crate leak_harness as tokio;
extern crate leak_harness_tokio_stream as tokio_stream;

#[path = "../../../tests/support/hosts.rs"]
mod hosts;

use std::future::Future;

use hosts::{clean, failing, only_stuck};
use leak_harness::{Builder, Failure, FailureKind, ObjectKind, Operation, WaitsOn};
use tokio::spawn;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use tokio_stream::wrappers::{
    BroadcastStream, IntervalStream, JoinSetStream, ReceiverStream, UnboundedReceiverStream,
    WatchStream,
};

/// The body must leave one task behind, whose wait is known by the place where the stream was made.
#[track_caller]
fn never_ends<F, Fut>(operation: Operation, object: ObjectKind, made: &str, body: F)
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + 'static,
{
    let look = |failure: &Failure| {
        let task = only_stuck(failure);
        let expected = WaitsOn {
            operation,
            object: Some(object),
        };
        assert_eq!(task.waits_on(), Some(expected), "{failure}");
        let place = task.awaited_at().expect("it waits somewhere");
        let line = include_str!("streams.rs")
            .lines()
            .nth(place.line() as usize - 1)
            .unwrap();
        assert!(place.file().ends_with("streams.rs"), "{place}");
        assert!(line.contains(made), "{place}: {line}");
    };
    failing(FailureKind::Leak, look, body);
}

#[test]
fn a_stream_of_a_channel_that_stays_open_is_found() {
    let made = "ReceiverStream::new(";
    never_ends(Operation::Recv, ObjectKind::Mpsc, made, || async {
        let (tx, rx) = mpsc::channel::<u32>(1);
        let mut stream = ReceiverStream::new(rx).map(|value| value + 1);
        spawn(async move { while stream.next().await.is_some() {} });
        tx.send(1).await.unwrap();
        std::mem::forget(tx);
    });
}

#[test]
fn a_stream_of_an_unbounded_channel_that_stays_open_is_found() {
    let made = "UnboundedReceiverStream::from(";
    never_ends(Operation::Recv, ObjectKind::UnboundedMpsc, made, || async {
        let (tx, rx) = mpsc::unbounded_channel::<u32>();
        let stream = UnboundedReceiverStream::from(rx);
        spawn(stream.collect::<Vec<u32>>());
        std::mem::forget(tx);
    });
}

#[test]
fn a_stream_of_a_broadcast_that_stays_open_is_found() {
    let made = "BroadcastStream::new(";
    never_ends(Operation::Recv, ObjectKind::Broadcast, made, || async {
        let (tx, rx) = broadcast::channel::<u32>(1);
        let mut stream = BroadcastStream::new(rx);
        spawn(async move { while stream.next().await.is_some() {} });
        std::mem::forget(tx);
    });
}

#[test]
fn a_stream_of_a_watch_that_stays_open_is_found() {
    let made = "WatchStream::new(";
    never_ends(Operation::Changed, ObjectKind::Watch, made, || async {
        let (tx, rx) = watch::channel(0);
        let mut stream = WatchStream::new(rx);
        spawn(async move { while stream.next().await.is_some() {} });
        std::mem::forget(tx);
    });
}

#[test]
fn all_values_come_and_then_the_end_in_every_order() {
    clean(|| async {
        let (tx, rx) = mpsc::channel::<u32>(1);
        let (other, unbounded) = mpsc::unbounded_channel();
        let both = ReceiverStream::new(rx).merge(UnboundedReceiverStream::new(unbounded));
        let sends = spawn(async move { tx.send(1).await.unwrap() });
        other.send(2).unwrap();
        drop(other);
        let mut values: Vec<u32> = both.collect().await;
        values.sort_unstable();
        assert_eq!(values, [1, 2]);
        sends.await.unwrap();
    });
}

#[test]
fn a_stream_that_is_closed_gives_what_is_left() {
    clean(|| async {
        let (tx, rx) = mpsc::channel::<u32>(2);
        tx.send(1).await.unwrap();
        let mut stream = ReceiverStream::new(rx);
        assert_eq!(tokio_stream::Stream::size_hint(&stream), (1, None));
        stream.close();
        assert_eq!(tokio_stream::Stream::size_hint(&stream), (1, Some(1)));
        assert_eq!(stream.next().await, Some(1));
        assert!(stream.as_ref().is_empty());
        assert_eq!(stream.into_inner().recv().await, None);
        assert!(tx.is_closed());
    });
}

#[test]
fn a_broadcast_says_what_was_missed() {
    clean(|| async {
        let (tx, rx) = broadcast::channel::<u32>(1);
        let mut stream = BroadcastStream::from(rx);
        tx.send(1).unwrap();
        tx.send(2).unwrap();
        let missed = BroadcastStreamRecvError::Lagged(1);
        assert_eq!(stream.next().await, Some(Err(missed)));
        assert_eq!(stream.next().await, Some(Ok(2)));
        drop(tx);
        assert_eq!(stream.next().await, None);
    });
}

#[test]
fn a_watch_gives_its_value_and_what_follows() {
    clean(|| async {
        let (tx, rx) = watch::channel(0);
        let mut changes = WatchStream::from_changes(rx.clone());
        let mut stream = WatchStream::new(rx);
        assert_eq!(stream.next().await, Some(0));
        tx.send(1).unwrap();
        assert_eq!(stream.next().await, Some(1));
        assert_eq!(changes.next().await, Some(1));
        drop(tx);
        assert_eq!(stream.next().await, None);
        assert_eq!(changes.next().await, None);
    });
}

#[test]
fn an_interval_ticks_on_and_a_set_gives_its_outputs() {
    clean(|| async {
        let start = tokio::time::Instant::now();
        let period = std::time::Duration::from_millis(10);
        let ticks = IntervalStream::new(tokio::time::interval(period));
        let ticks: Vec<_> = ticks.take(3).collect().await;
        assert_eq!(ticks[2] - start, 2 * period);
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async { 1 });
        tasks.spawn(async { 2 });
        let outputs = JoinSetStream::new(tasks).map(Result::unwrap);
        let mut outputs: Vec<u32> = outputs.collect().await;
        outputs.sort_unstable();
        assert_eq!(outputs, [1, 2]);
    });
}

#[test]
fn a_set_whose_task_never_ends_keeps_its_stream_waiting() {
    let failure = Builder::new()
        .check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            let mut tasks = tokio::task::JoinSet::new();
            tasks.spawn(async move { rx.recv().await });
            let mut stream = JoinSetStream::new(tasks);
            stream.next().await;
            drop(tx);
        })
        .unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Deadlock, "{failure}");
    let body = &failure.stuck()[0];
    assert_eq!(
        body.waits_on().map(|it| it.operation),
        Some(Operation::Join)
    );
}
