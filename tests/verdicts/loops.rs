//! Loops, and the tasks that may live on.

use std::future::pending;

use leak_harness::sync::{mpsc, watch};
use leak_harness::task::yield_now;
use leak_harness::time::{Duration, sleep};
use leak_harness::{Builder, Engine, FailureKind, Flavor, Operation, StuckState, spawn, task};

use crate::support::everywhere;

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
fn a_body_that_spawns_one_task_after_the_other_is_no_loop() {
    let builder = Builder::new().schedules(1);
    for engine in [Engine::Systematic, Engine::Random] {
        let checked = builder.clone().engine(engine).check(|| async {
            let mut senders = Vec::new();
            for _ in 0..600 {
                let (tx, mut rx) = mpsc::channel::<()>(1);
                spawn(async move { rx.recv().await });
                senders.push(tx);
                yield_now().await;
            }
        });
        checked.unwrap_or_else(|failure| panic!("{failure}"));
    }
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
            .allow("tests/verdicts/loops.rs")
            .check(plain)
            .unwrap();
        builder.clone().allow("ticker").check(plain).unwrap();
        builder
            .clone()
            .allow("verdicts::loops::ticker")
            .check(plain)
            .unwrap();
    });
}

#[test]
fn a_ticker_that_is_not_the_allowed_one_is_a_loop() {
    everywhere(|builder| {
        for allowed in ["metrics", "icker", "loops", "rs"] {
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

/// Looks at a watch, and at a channel besides, until the watch says so: without an await.
fn spins_over_two(stop: &watch::Receiver<bool>, rx: &mut mpsc::Receiver<u32>) {
    while !*stop.borrow() {
        rx.try_recv().ok();
    }
}

#[test]
fn a_loop_over_two_objects_ends_when_another_thread_says_so() {
    for engine in [
        Engine::Systematic,
        Engine::Random,
        Engine::Pct,
        Engine::Loom,
    ] {
        let coverage = Builder::new().engine(engine).schedules(50).check(|| async {
            let (stops, stop) = watch::channel(false);
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            spawn(async move { stops.send(true).unwrap() });
            spins_over_two(&stop, &mut rx);
            drop(tx);
        });
        coverage.unwrap_or_else(|failure| panic!("{engine:?}: {failure}"));
    }
}

#[test]
fn a_loop_over_two_objects_that_never_yields_keeps_the_one_thread() {
    let builder = Builder::new().flavor(Flavor::CurrentThread);
    for engine in [Engine::Systematic, Engine::Random, Engine::Loom] {
        let failure = builder
            .clone()
            .engine(engine)
            .schedules(50)
            .check(|| async {
                let (stops, stop) = watch::channel(false);
                let (tx, mut rx) = mpsc::channel::<u32>(1);
                let spins = spawn(async move { spins_over_two(&stop, &mut rx) });
                yield_now().await;
                stops.send(true).ok();
                spins.await.unwrap();
                drop(tx);
            });
        let failure = failure.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Loop, "{engine:?}: {failure}");
    }
}

#[test]
fn a_loop_over_two_objects_that_nobody_ends_is_a_loop() {
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let (stops, stop) = watch::channel(false);
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            spawn(async move { spins_over_two(&stop, &mut rx) });
            std::mem::forget((stops, tx));
        });
        assert_eq!(failure.unwrap_err().kind(), FailureKind::Loop);
    });
}
