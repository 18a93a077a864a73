//! Streams that another crate holds as tokio-stream's own.

use std::time::Duration;

use leak_harness::sync::mpsc;
use leak_harness::task::JoinSet;
use leak_harness::time::{Instant, interval};
use leak_harness::{Builder, Coverage, FailureKind, spawn};
use leak_harness_tokio_stream::wrappers as ours;
use tokio_stream::{StreamExt, wrappers as theirs};

#[track_caller]
fn clean<F>(body: impl Fn() -> F + Send + Sync + 'static) -> Coverage
where
    F: Future<Output = ()> + 'static,
{
    let coverage = Builder::new().schedules(300).check(body);
    coverage.unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn streams_of_channels_go_there_and_come_back() {
    let coverage = clean(|| async {
        let (tx, rx) = mpsc::channel(1);
        let mut stream = theirs::ReceiverStream::from(ours::ReceiverStream::new(rx));
        spawn(async move {
            for number in 1..=2 {
                tx.send(number).await.unwrap();
            }
        });
        assert_eq!(stream.next().await, Some(1));
        let mut stream = ours::ReceiverStream::from(stream);
        assert_eq!(stream.next().await, Some(2));
        assert_eq!(stream.next().await, None);
    });
    let place = coverage.shared_with_real_tokio().unwrap();
    assert!(place.file().ends_with("convert.rs"), "{place}");

    let failure = Builder::new().check(|| async {
        let (tx, rx) = mpsc::unbounded_channel::<u32>();
        let stream = ours::UnboundedReceiverStream::new(rx);
        let stream = theirs::UnboundedReceiverStream::from(stream);
        spawn(stream.collect::<Vec<u32>>());
        std::mem::forget(tx);
    });
    assert_eq!(failure.unwrap_err().kind(), FailureKind::Leak);
}

#[test]
fn streams_of_tasks_and_ticks_go_there_and_come_back() {
    clean(|| async {
        let mut tasks = JoinSet::new();
        tasks.spawn(async { 1 });
        let mut stream = theirs::JoinSetStream::from(ours::JoinSetStream::new(tasks));
        assert_eq!(stream.next().await.unwrap().unwrap(), 1);
        let mut stream = ours::JoinSetStream::from(stream);
        assert!(stream.next().await.is_none());

        let began = Instant::now();
        let ticks = ours::IntervalStream::new(interval(Duration::from_secs(1)));
        let mut ticks = theirs::IntervalStream::from(ticks);
        assert_eq!(Instant::from(ticks.next().await.unwrap()), began);
        let mut ticks = ours::IntervalStream::from(ticks);
        let next = ticks.next().await.unwrap();
        assert_eq!(next, began + Duration::from_secs(1));
    });
}
