//! Values of tasks that were never polled, stand in a poll, or were forgotten.

use std::future::pending;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicUsize, Ordering};

use leak_harness::sync::mpsc::{self};
use leak_harness::task::yield_now;
use leak_harness::{Builder, Engine, FailureKind, spawn};

use crate::support::everywhere;
use crate::{Count, assert_leak, assert_unhurt};

#[test]
fn a_value_that_is_never_dropped_stays() {
    static VALUES: Count = Count::new();
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            spawn(async move {
                let _forgotten = ManuallyDrop::new((tx, VALUES.value()));
                pending::<()>().await;
            });
            spawn(async move { rx.recv().await });
        });
        let failure = failure.unwrap_err();
        assert_leak(&failure);
        assert_eq!(failure.stuck().len(), 2);
    });
    assert_eq!(VALUES.dropped.load(Ordering::SeqCst), 0);
    assert_unhurt();
}

#[test]
fn a_task_that_stands_in_the_middle_of_a_poll_goes_on_to_its_end() {
    static VALUES: Count = Count::new();
    static ENDS: AtomicUsize = AtomicUsize::new(0);
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(4);
            let sender = spawn(async move {
                let _value = VALUES.value();
                for n in 0..3 {
                    tx.try_send(n).ok();
                }
                ENDS.fetch_add(1, Ordering::SeqCst);
            });
            yield_now().await;
            // In some schedule the sender stands between two of its three operations here.
            if rx.try_recv().is_ok() && rx.try_recv().is_err() {
                panic!("interrupted");
            }
            sender.await.unwrap();
        });
        if let Err(failure) = failure {
            assert_eq!(failure.panic().unwrap().message, "interrupted");
        }
    });
    VALUES.assert_even();
    let ends = ENDS.load(Ordering::SeqCst);
    assert_eq!(ends, VALUES.made.load(Ordering::SeqCst));
    assert_unhurt();
}

#[test]
fn a_task_in_the_middle_of_a_poll_may_panic_when_it_goes_on() {
    static VALUES: Count = Count::new();
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(4);
            spawn(async move {
                let _value = VALUES.value();
                tx.try_send(0).unwrap();
                // The receiver may be gone by now.
                tx.try_send(1).unwrap();
            });
            yield_now().await;
            if rx.try_recv().is_ok() && rx.try_recv().is_err() {
                panic!("interrupted");
            }
        });
        failure.unwrap_err();
    });
    VALUES.assert_even();
    assert_unhurt();
}

#[test]
fn futures_that_were_never_polled_are_dropped() {
    static VALUES: Count = Count::new();
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let value = VALUES.value();
            spawn(async move {
                let _value = value;
            });
            panic!("before anybody ran");
            #[expect(unreachable_code, reason = "the body's type")]
            ()
        });
        assert_eq!(failure.unwrap_err().kind(), FailureKind::Panic);
    });
    VALUES.assert_even();
    assert_unhurt();
}

#[test]
fn too_many_tasks_for_loom_are_dropped_all_the_same() {
    static VALUES: Count = Count::new();
    let builder = Builder::new().engine(Engine::Loom);
    let failure = builder.check(|| async {
        for _ in 0..6 {
            let value = VALUES.value();
            spawn(async move {
                let _value = value;
                yield_now().await;
            });
        }
    });
    assert_eq!(failure.unwrap_err().kind(), FailureKind::Unsupported);
    VALUES.assert_even();
    assert_unhurt();
}
