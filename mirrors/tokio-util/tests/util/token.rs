//! `CancellationToken`: whom a cancel reaches, and who is never told.

use std::future::{pending, ready};
use std::pin::pin;

use leak_harness::{FailureKind, ObjectKind, Operation};
use tokio::spawn;
use tokio::sync::{mpsc, oneshot};
use tokio_util::future::FutureExt;
use tokio_util::sync::CancellationToken;

use crate::{assert_has, clean, failing, leaves_waiting, waits};

#[test]
fn a_worker_that_is_never_cancelled_is_found() {
    leaves_waiting(
        Operation::Cancelled,
        ObjectKind::CancellationToken,
        "token.cancelled()",
        || async {
            let token = CancellationToken::new();
            spawn(async move { token.cancelled().await });
        },
    );
}

#[test]
fn the_failure_names_the_token_and_the_places() {
    let look = |failure: &leak_harness::Failure| {
        let text = failure.to_string();
        assert!(
            text.contains("`cancelled` on a CancellationToken"),
            "{text}"
        );
        let [task] = failure.stuck() else {
            panic!("not one stuck task: {failure}")
        };
        assert_has(task.spawned_at(), "spawn(token");
        let place = task.awaited_at().unwrap();
        assert_has(place, "child_token().cancelled_owned()");
        assert!(text.contains(&place.to_string()), "{text}");
    };
    failing(FailureKind::Leak, look, || async {
        let token = CancellationToken::new();
        spawn(token.child_token().cancelled_owned());
        drop(token);
    });
}

#[test]
fn cancel_reaches_clones_and_children_in_every_order() {
    clean(|| async {
        let token = CancellationToken::new();
        let (clone, child) = (token.clone(), token.child_token());
        let first = spawn(async move { clone.cancelled().await });
        let second = spawn(child.child_token().cancelled_owned());
        drop(child);
        token.cancel();
        first.await.unwrap();
        second.await.unwrap();
        assert!(token.child_token().is_cancelled());
    });
}

#[test]
fn a_child_that_is_cancelled_leaves_its_parent_alone() {
    leaves_waiting(
        Operation::Cancelled,
        ObjectKind::CancellationToken,
        "token.cancelled()",
        || async {
            let token = CancellationToken::new();
            let child = token.child_token();
            // Waits on the parent: the child's end does not end it.
            spawn(async move {
                token.cancelled().await;
            });
            child.cancel();
            child.cancelled().await;
        },
    );
}

#[test]
fn a_parent_that_is_cancelled_before_or_after_a_look_at_its_child() {
    let look = |failure: &leak_harness::Failure| {
        waits(
            &failure.stuck()[0],
            Operation::Recv,
            ObjectKind::Oneshot,
            "rx.await",
        );
    };
    // Only if the look at the grandchild comes before the parent's end.
    failing(FailureKind::Leak, look, || async {
        let token = CancellationToken::new();
        let grandchild = token.child_token().child_token();
        let (tx, rx) = oneshot::channel::<()>();
        let looks = spawn(async move {
            if !grandchild.is_cancelled() {
                spawn(async move {
                    let _ = rx.await;
                });
            }
        });
        token.cancel();
        looks.await.unwrap();
        std::mem::forget(tx);
    });
}

#[test]
fn guards_cancel_unless_they_are_disarmed() {
    clean(|| async {
        let token = CancellationToken::new();
        drop(token.clone().drop_guard().disarm());
        assert_eq!(token.drop_guard_ref().disarm(), &token);
        assert!(!token.is_cancelled());
        let waits = spawn(token.clone().cancelled_owned());
        let guard = token.clone().drop_guard();
        assert_eq!(guard.token(), &token);
        drop(guard);
        waits.await.unwrap();
        let other = CancellationToken::default();
        drop(other.drop_guard_ref());
        assert!(other.is_cancelled() && other != token);
    });
}

#[test]
fn a_future_runs_until_its_token_is_cancelled() {
    clean(|| async {
        let token = CancellationToken::new();
        assert_eq!(token.run_until_cancelled(ready(1)).await, Some(1));
        let other = token.clone();
        let run = spawn(async move { other.run_until_cancelled(pending::<()>()).await });
        let other = token.clone();
        let with = spawn(async move { pending::<()>().with_cancellation_token(&other).await });
        token.cancel();
        assert_eq!(run.await.unwrap(), None);
        assert_eq!(with.await.unwrap(), None);
        assert_eq!(
            token.clone().run_until_cancelled_owned(ready(1)).await,
            None
        );
        assert_eq!(ready(1).with_cancellation_token_owned(token).await, None);
    });
}

#[test]
fn a_wait_may_be_polled_after_its_end() {
    clean(|| async {
        let token = CancellationToken::new();
        let mut waits = pin!(token.cancelled());
        assert!(futures::poll!(waits.as_mut()).is_pending());
        token.cancel();
        assert!(futures::poll!(waits.as_mut()).is_ready());
        assert!(futures::poll!(waits).is_ready());
    });
}

#[test]
fn a_loop_without_a_branch_for_its_token_is_found() {
    leaves_waiting(Operation::Recv, ObjectKind::Mpsc, "rx.recv()", || async {
        let token = CancellationToken::new();
        let (tx, mut rx) = mpsc::channel::<u32>(1);
        let worker = token.clone();
        spawn(async move {
            while !worker.is_cancelled() {
                // The token is looked at between two values, and there is no second.
                rx.recv().await;
            }
        });
        token.cancel();
        std::mem::forget(tx);
    });
}

#[test]
fn a_branch_for_the_token_ends_the_loop() {
    clean(|| async {
        let token = CancellationToken::new();
        let (tx, mut rx) = mpsc::channel::<u32>(1);
        let worker = token.clone();
        let task = spawn(async move {
            loop {
                tokio::select! {
                    () = worker.cancelled() => break,
                    value = rx.recv() => if value.is_none() { break },
                }
            }
        });
        let _ = tx.send(1).await;
        token.cancel();
        task.await.unwrap();
        drop(tx);
    });
}
