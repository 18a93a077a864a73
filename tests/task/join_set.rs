//! `JoinSet`: joins in the order of the ends, and no task outlives it.

use std::collections::BTreeSet;

use leak_harness::sync::{mpsc, oneshot};
use leak_harness::task::{JoinSet, yield_now};
use leak_harness::{FailureKind, spawn};

use super::{clean, fails, outcomes};

#[test]
fn every_order_in_which_tasks_can_end_is_seen() {
    let seen = outcomes(|| async {
        let mut set = JoinSet::new();
        for n in 0..3 {
            set.spawn(async move { n });
        }
        let mut order = Vec::new();
        while let Some(joined) = set.join_next().await {
            order.push(joined.unwrap());
        }
        order
    });
    for seen in seen {
        assert_eq!(seen.len(), 6, "{seen:?}");
    }
}

#[test]
fn no_order_is_seen_in_which_tasks_cannot_end() {
    let seen = outcomes(|| async {
        let mut set = JoinSet::new();
        let (tx, rx) = oneshot::channel();
        set.spawn(async move {
            rx.await.unwrap();
            2
        });
        set.spawn(async { 1 });
        let first = set.join_next().await.unwrap().unwrap();
        tx.send(()).unwrap();
        (first, set.join_next().await.unwrap().unwrap())
    });
    for seen in seen {
        assert_eq!(seen, [(1, 2)].into());
    }
}

#[test]
fn tasks_are_aborted_with_their_set() {
    clean(|| async {
        let (tx, mut rx) = mpsc::channel::<()>(1);
        let mut set = JoinSet::new();
        set.spawn(async move {
            std::future::pending::<()>().await;
            drop(tx);
        });
        drop(set);
        assert_eq!(rx.recv().await, None);
    });
}

#[test]
fn detached_tasks_outlive_their_set() {
    let failure = fails(FailureKind::Leak, || async {
        let (tx, mut rx) = mpsc::channel::<()>(1);
        let mut set = JoinSet::new();
        set.spawn(async move { rx.recv().await });
        set.detach_all();
        assert!(set.is_empty());
        drop(set);
        std::mem::forget(tx);
    });
    assert_eq!(failure.stuck().len(), 1);
}

#[test]
fn a_set_that_waits_for_a_task_without_end_is_a_deadlock_at_the_join() {
    let failure = fails(FailureKind::Deadlock, || async {
        let (tx, rx) = oneshot::channel::<()>();
        let mut set = JoinSet::new();
        set.spawn(rx);
        let _ = set.join_next().await;
        drop(tx);
    });
    let text = failure.to_string();
    assert!(text.contains("JoinSet"), "{text}");
    assert!(text.contains("join_set.rs"), "{text}");
}

#[test]
fn shutdown_waits_for_the_aborted() {
    clean(|| async {
        let (tx, mut rx) = mpsc::channel::<()>(1);
        let mut set = JoinSet::new();
        set.spawn(async move {
            let _tx = tx;
            std::future::pending::<()>().await;
        });
        set.shutdown().await;
        assert!(set.is_empty());
        assert!(
            rx.try_recv()
                .is_err_and(|error| error == mpsc::error::TryRecvError::Disconnected)
        );
    });
}

#[test]
fn a_try_finds_a_task_that_has_ended_and_no_other() {
    let seen = outcomes(|| async {
        let mut set = JoinSet::new();
        set.spawn(async { 1 });
        let first = set.try_join_next().map(Result::unwrap);
        let rest = set.join_next().await.map(Result::unwrap);
        (first, rest)
    });
    for seen in seen {
        assert_eq!(seen, [(None, Some(1)), (Some(1), None)].into());
    }
}

#[test]
fn ids_panics_and_aborts_come_out_of_a_set() {
    clean(|| async {
        let mut set = JoinSet::new();
        let good = set.spawn(async {}).id();
        let bad = set.spawn(async { panic!("bad") }).id();
        let aborted = set.spawn(std::future::pending());
        aborted.abort();
        let mut seen = Vec::new();
        while let Some(joined) = set.join_next_with_id().await {
            seen.push(match joined {
                Ok((id, ())) => (id, "good"),
                Err(error) if error.is_panic() => (error.id(), "bad"),
                Err(error) => (error.id(), "aborted"),
            });
        }
        assert_eq!(seen.len(), 3);
        assert!(seen.contains(&(good, "good")) && seen.contains(&(bad, "bad")));
        assert!(seen.contains(&(aborted.id(), "aborted")));
    });
}

#[test]
fn join_all_collects_and_hands_on_panics() {
    clean(|| async {
        let set: JoinSet<u32> = (0..2).map(|n| async move { n }).collect();
        let outputs: BTreeSet<u32> = set.join_all().await.into_iter().collect();
        assert_eq!(outputs, [0, 1].into());
        let failing = spawn(async {
            let mut set = JoinSet::new();
            set.spawn(async { panic!("inner") });
            set.join_all().await
        });
        let error = failing.await.unwrap_err();
        assert!(error.is_panic());
    });
}

#[test]
fn a_set_joins_blocking_closures_too() {
    clean(|| async {
        let mut set = JoinSet::new();
        set.spawn_blocking(|| 1);
        assert_eq!(set.len(), 1);
        yield_now().await;
        assert_eq!(set.join_next().await.unwrap().unwrap(), 1);
        assert!(set.join_next().await.is_none());
    });
}

#[test]
fn outside_of_executions_a_set_is_tokios() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut set = JoinSet::new();
        set.spawn(async { 1 });
        set.spawn_blocking(|| 2);
        let (one, two) = (set.join_next().await, set.join_next().await);
        let outputs = BTreeSet::from([one.unwrap().unwrap(), two.unwrap().unwrap()]);
        assert_eq!(outputs, [1, 2].into());
        assert!(set.join_next().await.is_none());
    });
}
