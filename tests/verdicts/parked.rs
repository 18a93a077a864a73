//! Clean, leak and deadlock.

use std::future::pending;

use leak_harness::sync::mpsc;
use leak_harness::task::yield_now;
use leak_harness::time::{Duration, sleep};
use leak_harness::{FailureKind, ObjectKind, Operation, StuckState, spawn};

use crate::support::everywhere;

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
            // The one that the others wait for comes first.
            [
                (false, Operation::Recv),
                (true, Operation::Join),
                (false, Operation::Recv)
            ]
        );
    });
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
