//! Waits that the mirror does not know: another crate's channel, a hand-made future. What wakes them
//! cannot be told to commute with anything, so then nothing does.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use futures::channel::oneshot;
use futures::{FutureExt, StreamExt};
use futures_test::future::FutureTestExt;
use leak_harness::sync::mpsc;
use leak_harness::{Builder, Coverage, Engine, FailureKind, spawn};

/// Every result that executions of a body had. All are run.
pub fn results<F>(
    engine: Engine,
    body: impl Fn(Box<dyn Fn(String) + Send>) -> F + Send + Sync + 'static,
) -> (BTreeSet<String>, Coverage)
where
    F: Future<Output = ()> + 'static,
{
    let (results, coverage) = results_within(10_000, engine, body);
    assert!(coverage.exhaustive(), "{coverage}");
    (results, coverage)
}

/// Every result that so many executions of a body had.
pub fn results_within<F>(
    schedules: usize,
    engine: Engine,
    body: impl Fn(Box<dyn Fn(String) + Send>) -> F + Send + Sync + 'static,
) -> (BTreeSet<String>, Coverage)
where
    F: Future<Output = ()> + 'static,
{
    let seen: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let all = Arc::clone(&seen);
    let coverage = Builder::new()
        .engine(engine)
        .schedules(schedules)
        .check(move || {
            let seen = Arc::clone(&seen);
            body(Box::new(move |result| {
                seen.lock().unwrap().insert(result);
            }))
        });
    let coverage = coverage.unwrap_or_else(|failure| panic!("{failure}"));
    (std::mem::take(&mut *all.lock().unwrap()), coverage)
}

/// Two tasks write, in an order that a channel of another crate decides.
async fn ordered_by_a_foreign_channel(done: Box<dyn Fn(String) + Send>) {
    let (go, went) = oneshot::channel::<()>();
    let (tx, mut rx) = mpsc::channel::<&str>(4);
    let second = tx.clone();
    spawn(async move {
        went.await.unwrap();
        second.send("second").await.unwrap();
    });
    spawn(async move {
        tx.send("first").await.unwrap();
        go.send(()).unwrap();
        tx.send("third").await.unwrap();
    });
    let mut order = Vec::new();
    while let Some(word) = rx.recv().await {
        order.push(word);
    }
    done(order.join(" "));
}

#[test]
fn a_foreign_channel_hides_no_order() {
    let (seen, coverage) = results(Engine::Systematic, ordered_by_a_foreign_channel);
    assert!(coverage.opaque_task().is_some());
    assert!(
        coverage.to_string().contains("reduction is off"),
        "{coverage}"
    );
    let (all, _) = results(Engine::BruteForce, ordered_by_a_foreign_channel);
    assert_eq!(seen, all);
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        ["first second third", "first third second"]
    );
}

#[test]
fn a_future_that_is_pending_once_is_only_polled_again() {
    let body = |done: Box<dyn Fn(String) + Send>| async move {
        let (tx, mut rx) = mpsc::channel::<u32>(1);
        spawn(async move { tx.send(1).pending_once().await.unwrap() });
        done(format!("{:?}", rx.recv().interleave_pending().await));
    };
    let (seen, _) = results(Engine::Systematic, body);
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["Some(1)"]);
}

#[test]
fn several_waits_in_one_task_are_told_apart() {
    let body = |done: Box<dyn Fn(String) + Send>| async move {
        let (one, mut ones) = mpsc::channel::<u32>(1);
        let (two, mut twos) = mpsc::channel::<u32>(1);
        spawn(async move { one.send(1).await });
        spawn(async move { two.send(2).await });
        let mut both = futures::stream::FuturesUnordered::new();
        both.push(async { ones.recv().await }.boxed());
        both.push(async { twos.recv().await }.boxed());
        let mut order = String::new();
        while let Some(got) = both.next().await {
            order.push_str(&format!("{got:?} "));
        }
        done(order);
    };
    let (seen, coverage) = results(Engine::Systematic, body);
    assert_eq!(coverage.opaque_task(), None);
    let (all, _) = results(Engine::BruteForce, body);
    assert_eq!(seen, all);
    assert_eq!(seen.len(), 2);
}

#[test]
fn a_task_that_waits_on_a_foreign_channel_for_ever_is_a_leak() {
    let failure = Builder::new().check(|| async {
        let (keep, never) = oneshot::channel::<()>();
        spawn(async move { never.await.ok() });
        std::mem::forget(keep);
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Leak);
    assert_eq!(failure.stuck()[0].waits_on(), None);
}
