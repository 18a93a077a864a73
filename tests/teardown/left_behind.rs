//! Tasks that will not end by themselves.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};

use leak_harness::sync::mpsc::{self, Receiver, Sender};
use leak_harness::task::yield_now;
use leak_harness::{Builder, Engine, FailureKind, spawn};

use crate::support::everywhere;
use crate::{Count, OnDrop, assert_leak, assert_unhurt};

/// Goes on for ever, whatever its operations throw.
async fn catches_everything(tx: Sender<u32>, mut rx: Receiver<u32>) {
    yield_now().await;
    loop {
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let _ = rx.try_recv();
            tx.is_closed()
        }));
    }
}

#[test]
fn a_task_that_catches_unwinds_in_a_loop_is_left_behind() {
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let (tx, rx) = mpsc::channel::<u32>(1);
            spawn(catches_everything(tx, rx));
        });
        assert_eq!(failure.unwrap_err().kind(), FailureKind::Loop);
    });
    assert_unhurt();
}

#[test]
fn a_task_that_spins_inside_a_poll_is_unwound_and_drops_what_it_holds() {
    static VALUES: Count = Count::new();
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            spawn(async move {
                let _value = VALUES.value();
                while rx.try_recv().is_err() {}
            });
            std::mem::forget(tx);
        });
        assert_eq!(failure.unwrap_err().kind(), FailureKind::Loop);
    });
    VALUES.assert_even();
    assert_unhurt();
}

#[test]
fn drops_may_run_on_until_they_run_out_of_fuel() {
    static VALUES: Count = Count::new();
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            spawn(async move {
                let _value = VALUES.value();
                // Spins until an answer comes: in teardown, never.
                let _on_drop = OnDrop(move || while rx.try_recv().is_err() {});
                pending::<()>().await;
            });
            std::mem::forget(tx);
        });
        assert_leak(&failure.unwrap_err());
    });
    VALUES.assert_even();
    assert_unhurt();
}

#[test]
fn a_drop_that_spins_during_an_unwinding_is_left_behind() {
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            let (hold, mut held) = mpsc::channel::<u32>(1);
            spawn(async move {
                let _on_drop = OnDrop(move || while rx.try_recv().is_err() {});
                // Unwound here, so that the drop runs while the thread is panicking.
                while held.try_recv().is_err() {}
            });
            std::mem::forget((tx, hold));
        });
        assert_eq!(failure.unwrap_err().kind(), FailureKind::Loop);
    });
    assert_unhurt();
}

#[test]
fn an_allowed_task_that_cannot_be_unwound_ends_the_exploration() {
    // On one thread nothing else could go on while it spins.
    for engine in [Engine::Systematic, Engine::Loom] {
        let coverage = Builder::new()
            .engine(engine)
            .allow("spins")
            .check(|| async {
                spawn(spins());
                let (tx, mut rx) = mpsc::channel::<u32>(1);
                spawn(async move { tx.send(1).await });
                rx.recv().await;
            });
        coverage.unwrap();
    }
    assert_unhurt();
}

async fn spins() {
    let (tx, mut rx) = mpsc::channel::<u32>(1);
    let (hold, mut held) = mpsc::channel::<u32>(1);
    let _on_drop = OnDrop(move || while rx.try_recv().is_err() {});
    while held.try_recv().is_err() {}
    drop((tx, hold));
}
