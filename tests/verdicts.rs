//! Every verdict, on both hosts and under both flavors.
//!
//! Not here: what teardown does after a verdict (`teardown`), and stalls (`stall`).

mod support;

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};

use leak_harness::sync::mpsc;
use leak_harness::task::yield_now;
use leak_harness::time::{Duration, sleep};
use leak_harness::{
    Builder, Engine, FailureKind, Flavor, ObjectKind, Operation, StuckState, spawn, task,
};
use support::everywhere;

#[test]
fn a_body_whose_tasks_all_end_is_clean() {
    everywhere(|builder| {
        let coverage = builder.exhaustive(true).check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            let sender = spawn(async move { tx.send(1).await.is_ok() });
            assert_eq!(rx.recv().await, Some(1));
            assert_eq!(rx.recv().await, None);
            assert!(sender.await.unwrap());
        });
        assert!(coverage.unwrap().schedules() >= 1);
    });
}

#[test]
fn a_task_that_outlives_the_body_but_ends_is_clean() {
    everywhere(|builder| {
        let coverage = builder.exhaustive(true).check(|| async {
            spawn(async {
                yield_now().await;
                sleep(Duration::from_secs(3600)).await;
            });
        });
        coverage.unwrap();
    });
}

#[test]
fn a_parked_task_is_a_leak_that_names_operation_object_and_places() {
    everywhere(|builder| {
        let failure = builder
            .check(|| async {
                let (tx, mut rx) = mpsc::channel::<u32>(1);
                spawn(async move { rx.recv().await });
                std::mem::forget(tx);
            })
            .unwrap_err();
        let line = line!() - 5;
        assert_eq!(failure.kind(), FailureKind::Leak);
        let [stuck] = failure.stuck() else {
            panic!("one task is stuck, not {:?}", failure.stuck())
        };
        assert_eq!(stuck.state(), StuckState::Parked);
        let waits_on = stuck.waits_on().unwrap();
        assert_eq!(waits_on.operation, Operation::Recv);
        assert_eq!(waits_on.object, Some(ObjectKind::Mpsc));
        assert_eq!(stuck.created_at().unwrap().line(), line);
        assert_eq!(stuck.spawned_at().line(), line + 1);
        assert_eq!(stuck.awaited_at().unwrap().line(), line + 1);
        assert!(!stuck.is_body());
    });
}

#[test]
fn a_task_parked_on_what_the_mirror_does_not_know_is_a_leak() {
    everywhere(|builder| {
        let failure = builder
            .check(|| async {
                spawn(pending::<()>());
            })
            .unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Leak);
        assert_eq!(failure.stuck()[0].waits_on(), None);
    });
}

#[test]
fn a_parked_body_is_a_deadlock_that_lists_every_parked_task() {
    everywhere(|builder| {
        let failure = builder
            .check(|| async {
                let (a_tx, mut a_rx) = mpsc::channel::<u32>(1);
                let (b_tx, mut b_rx) = mpsc::channel::<u32>(1);
                let first = spawn(async move {
                    a_rx.recv().await;
                    drop(b_tx);
                });
                spawn(async move {
                    b_rx.recv().await;
                    drop(a_tx);
                });
                first.await.unwrap();
            })
            .unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Deadlock);
        let waits: Vec<_> = failure
            .stuck()
            .iter()
            .map(|stuck| (stuck.is_body(), stuck.waits_on().unwrap().operation))
            .collect();
        assert_eq!(
            waits,
            [
                (true, Operation::Join),
                (false, Operation::Recv),
                (false, Operation::Recv)
            ]
        );
    });
}

/// The verdict of a body whose only task repeats something for ever, and what it repeats.
fn repeats(builder: &Builder, body: fn()) -> Operation {
    let failure = builder.check(move || async move { body() }).unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Loop, "{failure}");
    assert_eq!(failure.stuck()[0].state(), StuckState::Looping);
    failure.stuck()[0].waits_on().unwrap().operation
}

#[test]
fn a_task_that_only_yields_is_a_loop() {
    everywhere(|builder| {
        let repeated = repeats(&builder, || {
            spawn(async {
                loop {
                    yield_now().await;
                }
            });
        });
        assert_eq!(repeated, Operation::Yield);
    });
}

#[test]
fn a_task_that_only_sleeps_is_a_loop_after_a_thousand_timers() {
    everywhere(|builder| {
        let repeated = repeats(&builder, || {
            spawn(async {
                loop {
                    sleep(Duration::from_millis(1)).await;
                }
            });
        });
        assert_eq!(repeated, Operation::Sleep);
    });
}

#[test]
fn a_task_that_only_sleeps_is_a_loop_after_a_day() {
    everywhere(|builder| {
        let repeated = repeats(&builder, || {
            spawn(async {
                loop {
                    sleep(Duration::from_secs(3600)).await;
                }
            });
        });
        assert_eq!(repeated, Operation::Sleep);
    });
}

#[test]
fn a_task_that_polls_a_quiet_channel_and_yields_is_a_loop() {
    everywhere(|builder| {
        let failure = builder
            .check(|| async {
                let (tx, mut rx) = mpsc::channel::<u32>(1);
                spawn(async move {
                    while rx.try_recv().is_err() {
                        yield_now().await;
                    }
                });
                std::mem::forget(tx);
            })
            .unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Loop);
    });
}

#[test]
fn a_task_that_spins_on_a_quiet_channel_inside_a_poll_is_a_loop() {
    everywhere(|builder| {
        let repeated = repeats(&builder, || {
            spawn(async {
                let (tx, mut rx) = mpsc::channel::<u32>(1);
                while rx.try_recv().is_err() {}
                drop(tx);
            });
        });
        assert_eq!(repeated, Operation::TryRecv);
    });
}

#[test]
fn a_body_that_spins_until_a_task_answers_is_clean_on_many_threads() {
    for engine in [Engine::Systematic, Engine::Loom] {
        let coverage = Builder::new().engine(engine).check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            spawn(async move { tx.send(1).await });
            while rx.try_recv().is_err() {}
        });
        coverage.unwrap();
    }
}

async fn yields_for_ever() {
    loop {
        yield_now().await;
    }
}

#[test]
fn a_body_that_loops_is_a_loop_and_names_the_body() {
    everywhere(|builder| {
        let failure = builder.check(yields_for_ever).unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Loop);
        assert!(failure.stuck()[0].is_body());
    });
}

async fn ticker() {
    loop {
        sleep(Duration::from_secs(60)).await;
    }
}

#[test]
fn a_ticker_that_is_allowed_is_clean() {
    let by_name = || async {
        task::Builder::new()
            .name("metrics")
            .spawn(ticker())
            .unwrap();
    };
    let by_mark = || async {
        leak_harness::daemon(spawn(ticker()));
    };
    let plain = || async {
        spawn(ticker());
    };
    everywhere(|builder| {
        builder.clone().allow("metrics").check(by_name).unwrap();
        builder.clone().check(by_mark).unwrap();
        builder
            .clone()
            .allow("tests/verdicts.rs")
            .check(plain)
            .unwrap();
        builder.clone().allow("ticker").check(plain).unwrap();
        builder
            .clone()
            .allow("verdicts::ticker")
            .check(plain)
            .unwrap();
    });
}

#[test]
fn a_ticker_that_is_not_the_allowed_one_is_a_loop() {
    everywhere(|builder| {
        for allowed in ["metrics", "icker", "verdicts", "rs"] {
            let failure = builder.clone().allow(allowed).check(|| async {
                spawn(ticker());
            });
            assert_eq!(failure.unwrap_err().kind(), FailureKind::Loop, "{allowed}");
        }
    });
}

#[test]
fn an_allowed_ticker_does_not_hide_a_leak_beside_it() {
    everywhere(|builder| {
        let failure = builder
            .allow("ticker")
            .check(|| async {
                spawn(ticker());
                spawn(pending::<()>());
            })
            .unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Leak);
        assert_eq!(failure.stuck().len(), 1);
    });
}

async fn panics() {
    yield_now().await;
    panic!("out of order");
}
const PANICS_AT: u32 = line!() - 2;

#[test]
fn a_panic_of_the_body_fails_and_names_its_place() {
    everywhere(|builder| {
        let failure = builder.check(panics).unwrap_err();
        let line = PANICS_AT;
        assert_eq!(failure.kind(), FailureKind::Panic);
        let panic = failure.panic().unwrap();
        assert_eq!(panic.message, "out of order");
        let place = format!("tests/verdicts.rs:{line}:");
        assert!(panic.site.as_ref().unwrap().starts_with(&place));
    });
}

#[test]
fn a_panic_of_a_task_that_nobody_looks_at_fails() {
    everywhere(|builder| {
        let failure = builder
            .check(|| async {
                task::Builder::new()
                    .name("worker")
                    .spawn(async { panic!("lost") })
                    .map(drop)
                    .unwrap();
            })
            .unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Panic);
        let panic = failure.panic().unwrap();
        assert_eq!(panic.message, "lost");
        assert_eq!(panic.name.as_deref(), Some("worker"));
    });
}

#[test]
fn a_panic_that_explains_a_leak_comes_before_it() {
    everywhere(|builder| {
        let failure = builder
            .check(|| async {
                let (tx, mut rx) = mpsc::channel::<u32>(1);
                let keep = tx.clone();
                spawn(async move {
                    let _tx = tx;
                    panic!("lost");
                });
                spawn(async move { rx.recv().await });
                std::mem::forget(keep);
            })
            .unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Panic);
    });
}

#[test]
fn a_panic_that_the_join_handle_returns_is_clean() {
    everywhere(|builder| {
        let coverage = builder.check(|| async {
            let error = spawn(panics()).await.unwrap_err();
            assert!(error.is_panic());
            let message = error.into_panic();
            assert_eq!(message.downcast_ref::<&str>(), Some(&"out of order"));
        });
        coverage.unwrap();
    });
}

#[test]
fn a_body_that_returns_an_error_fails_with_it() {
    everywhere(|builder| {
        let failure = builder
            .check(|| async { Err::<(), _>("no such order") })
            .unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Panic);
        assert!(failure.panic().unwrap().message.contains("no such order"));
    });
}

#[test]
fn a_body_that_returns_ok_is_clean() {
    everywhere(|builder| {
        builder.check(|| async { Ok::<(), String>(()) }).unwrap();
    });
}

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
    assert!(text.contains("tests/verdicts.rs:"), "{text}");
    builder.check(forty_tasks).unwrap();
}

#[test]
fn a_wait_in_turns_reports_the_later_wait() {
    everywhere(|builder| {
        let failure = builder
            .check(|| async {
                let (tx, mut rx) = mpsc::channel::<u32>(1);
                spawn(async move {
                    rx.recv().await;
                    sleep(Duration::from_secs(1)).await;
                    rx.recv().await
                });
                tx.send(1).await.unwrap();
                std::mem::forget(tx);
            })
            .unwrap_err();
        let line = line!() - 6;
        assert_eq!(failure.stuck()[0].awaited_at().unwrap().line(), line);
    });
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
