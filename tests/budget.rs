//! One budget for all cases of a property: what it costs, and how it is spread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use leak_harness::sync::{Mutex, mpsc, oneshot};
use leak_harness::{Builder, Engine, FailureKind, spawn};
use proptest::prelude::*;
use proptest::test_runner::Config;

fn config(cases: u32) -> Config {
    Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    }
}

/// Workers that share a queue and answer requests.
async fn pool((workers, requests): (usize, Vec<u8>)) {
    let (jobs, queue) = mpsc::channel::<(u8, oneshot::Sender<u8>)>(1);
    let queue = Arc::new(Mutex::new(queue));
    for _ in 0..workers {
        let queue = Arc::clone(&queue);
        spawn(async move {
            loop {
                let job = queue.lock().await.recv().await;
                let Some((request, reply)) = job else { break };
                let _ = reply.send(request.wrapping_add(1));
            }
        });
    }
    for request in requests {
        let (reply, answer) = oneshot::channel();
        jobs.send((request, reply)).await.unwrap();
        assert_eq!(answer.await, Ok(request.wrapping_add(1)));
    }
}

/// Two workers and the body, three requests at the most: 256 cases, in debug, on two cores.
#[test]
fn many_cases_of_a_small_protocol_end_in_seconds() {
    let inputs = (Just(2_usize), prop::collection::vec(any::<u8>(), 0..4));
    #[expect(clippy::disallowed_methods, reason = "it is about time")]
    let began = Instant::now();
    let coverage = Builder::new().check_all(config(256), inputs, pool).unwrap();
    let took = began.elapsed();
    assert_eq!(coverage.exhaustive_cases(), 256, "{coverage}");
    assert!(coverage.schedules() < 10_000, "{coverage}");
    assert!(took < Duration::from_secs(30), "{coverage} in {took:?}");
}

/// So many senders of two messages each: 90 orders for three of them.
async fn senders(number: usize) {
    let (tx, mut rx) = mpsc::channel(8);
    for sender in 0..number {
        let tx = tx.clone();
        spawn(async move {
            tx.send(sender).await.unwrap();
            tx.send(sender).await.unwrap();
        });
    }
    drop(tx);
    while rx.recv().await.is_some() {}
}

#[test]
fn what_small_cases_leave_over_a_large_one_uses() {
    // Fewer than the large ones need, if each had the same.
    let builder = Builder::new().schedules(64 * 40);
    let mostly_small = prop_oneof![15 => Just(1_usize), 1 => Just(3)];
    let coverage = builder
        .check_all(config(64), mostly_small, senders)
        .unwrap();
    assert_eq!(coverage.exhaustive_cases(), 64, "{coverage}");
    let alone = Builder::new().schedules(40).check(|| senders(3)).unwrap();
    assert!(!alone.exhaustive(), "{alone}");
}

#[test]
fn a_large_case_among_small_ones_may_come_first() {
    // The body sees which input is the first one.
    let first = Arc::new(std::sync::Mutex::new(None));
    let body = move |input: u64| {
        let first = *first.lock().unwrap().get_or_insert(input);
        senders(if input == first { 3 } else { 1 })
    };
    let coverage = Builder::new().schedules(64 * 40);
    let coverage = coverage.check_all(config(64), any::<u64>(), body).unwrap();
    assert_eq!(coverage.exhaustive_cases(), 64, "{coverage}");
}

#[test]
fn large_cases_stay_within_the_budget() {
    let builder = Builder::new().schedules(1_000).engine(Engine::Systematic);
    let coverage = builder
        .check_all(config(20), Just(4_usize), senders)
        .unwrap();
    assert_eq!((coverage.cases(), coverage.exhaustive_cases()), (20, 0));
    let text = coverage.to_string();
    assert!(text.starts_with("20 cases, none exhaustive, "), "{text}");
    // But for the execution that teaches, in each case.
    let own = coverage.schedules() + coverage.redundant();
    assert!((900..=1_000 + 20).contains(&own), "{text}");
}

#[test]
fn every_case_has_a_few_schedules_whatever_the_budget() {
    let builder = Builder::new().schedules(1);
    let coverage = builder
        .check_all(config(8), Just(4_usize), senders)
        .unwrap();
    assert!(
        coverage.schedules() + coverage.redundant() >= 8 * 16,
        "{coverage}"
    );
}

#[test]
fn the_safety_net_is_over_all_cases() {
    let builder = Builder::new().max_duration(Duration::from_millis(1));
    let coverage = builder.check_all(config(256), Just(4_usize), senders);
    let coverage = coverage.unwrap();
    assert!(coverage.cases() < 256, "{coverage}");
    assert!(
        coverage.to_string().contains("cut by max_duration"),
        "{coverage}"
    );
}

#[test]
fn exhaustive_is_asked_of_every_case() {
    let builder = Builder::new().schedules(1_000).exhaustive(true);
    let coverage = builder.check_all(config(20), 0..3_usize, senders).unwrap();
    assert!(coverage.exhaustive(), "{coverage}");
    let found = builder
        .check_all(config(20), 4..5_usize, senders)
        .unwrap_err();
    assert_eq!(found.failure().kind(), FailureKind::NotExhaustive);
    assert_eq!(found.input(), Some(&4));
}

#[test]
fn a_bug_in_one_of_many_cases_is_found() {
    let found = Builder::new().check_all(config(256), 0..256_u32, |input| async move {
        let (tx, mut rx) = mpsc::channel::<u32>(1);
        let keep = (input >= 200).then(|| tx.clone());
        spawn(async move { while rx.recv().await.is_some() {} });
        drop(tx);
        std::mem::forget(keep);
    });
    let found = found.unwrap_err();
    assert_eq!(found.input(), Some(&200));
}
