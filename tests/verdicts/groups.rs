//! Who may run when: thread groups, many tasks, the cooperative budget.

use std::sync::atomic::{AtomicBool, Ordering};

use leak_harness::sync::mpsc;
use leak_harness::{Builder, Engine, FailureKind, Flavor, spawn};

use crate::support::everywhere;

/// Whether, in some schedule, another task's operation comes between two `try_send`s of one poll.
fn is_interrupted_in_a_poll(engine: Engine, flavor: Flavor) -> bool {
    let check = Builder::new()
        .engine(engine)
        .flavor(flavor)
        .check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(2);
            let sender = spawn(async move {
                tx.try_send(1).unwrap();
                tx.try_send(2).unwrap();
            });
            let first = rx.try_recv();
            let second = rx.try_recv();
            assert!(first.is_err() || second.is_ok(), "interrupted");
            sender.await.unwrap();
        });
    match check {
        Ok(coverage) => {
            assert!(coverage.exhaustive());
            false
        }
        Err(failure) => {
            assert_eq!(failure.panic().unwrap().message, "interrupted");
            true
        }
    }
}

#[test]
fn only_tasks_on_other_threads_run_in_the_middle_of_a_poll() {
    for engine in [Engine::Systematic, Engine::Loom] {
        assert!(is_interrupted_in_a_poll(engine, Flavor::MultiThread));
        assert!(!is_interrupted_in_a_poll(engine, Flavor::CurrentThread));
    }
}

async fn forty_tasks() {
    let handles: Vec<_> = (0..40).map(|n| spawn(async move { n })).collect();
    let mut sum = 0;
    for handle in handles {
        sum += handle.await.unwrap();
    }
    assert_eq!(sum, 780);
}

#[test]
fn forty_tasks_run_on_the_systematic_engine() {
    let builder = Builder::new().engine(Engine::Systematic).schedules(50);
    assert!(builder.check(forty_tasks).unwrap().schedules() >= 1);
}

#[test]
fn more_than_four_tasks_are_an_error_on_loom_by_name_and_not_otherwise() {
    let builder = Builder::new().schedules(20);
    let failure = builder
        .clone()
        .engine(Engine::Loom)
        .check(forty_tasks)
        .unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Unsupported);
    let text = failure.to_string();
    assert!(text.contains("more than 4 spawned tasks"), "{text}");
    assert!(text.contains("tests/verdicts/groups.rs:"), "{text}");
    builder.check(forty_tasks).unwrap();
}

static YIELDED: AtomicBool = AtomicBool::new(false);

#[test]
fn a_loop_over_a_channel_that_is_always_ready_yields_after_128_messages() {
    everywhere(|builder| {
        let coverage = builder
            .flavor(Flavor::CurrentThread)
            .schedules(20)
            .check(|| async {
                let (tx, mut rx) = mpsc::channel::<u32>(300);
                let (mark, mut marks) = mpsc::channel::<u32>(1);
                for n in 0..300 {
                    tx.try_send(n).unwrap();
                }
                let reader = spawn(async move {
                    let mut read = 0;
                    while read < 300 && marks.try_recv().is_err() {
                        rx.recv().await.unwrap();
                        read += 1;
                    }
                    read
                });
                let marker = spawn(async move { mark.try_send(1).ok() });
                let read = reader.await.unwrap();
                marker.await.unwrap();
                // The message that was asked for when the budget was used up comes after the yield.
                let between_polls = [0, 129, 257, 300].contains(&read);
                assert!(between_polls, "interrupted after {read}");
                if read == 129 {
                    YIELDED.store(true, Ordering::Relaxed);
                }
                drop(tx);
            });
        coverage.unwrap();
        assert!(YIELDED.load(Ordering::Relaxed));
    });
}
