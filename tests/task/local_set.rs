//! `LocalSet`: tasks of one thread, which run only while the set is run.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leak_harness::sync::{mpsc, oneshot};
use leak_harness::task::{self, LocalSet, spawn_local, yield_now};
use leak_harness::{FailureKind, spawn};

use super::{clean, fails, outcomes};

#[test]
fn local_tasks_need_not_be_send() {
    clean(|| async {
        let count = Rc::new(Cell::new(0));
        let set = LocalSet::new();
        for _ in 0..2 {
            let count = Rc::clone(&count);
            set.spawn_local(async move { count.set(count.get() + 1) });
        }
        set.await;
        assert_eq!(count.get(), 2);
    });
}

#[test]
fn tasks_of_one_set_never_interleave_inside_a_poll() {
    clean(|| async {
        let set = LocalSet::new();
        let (tx, mut rx) = mpsc::channel(8);
        let busy = Rc::new(RefCell::new(()));
        set.run_until(async move {
            let tasks: Vec<_> = (0..2)
                .map(|n| {
                    let (tx, busy) = (tx.clone(), Rc::clone(&busy));
                    spawn_local(async move {
                        let guard = busy.borrow_mut();
                        tx.try_send(n).unwrap();
                        tx.try_send(n).unwrap();
                        drop(guard);
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
            let mut got = Vec::new();
            while let Ok(n) = rx.try_recv() {
                got.push(n);
            }
            assert!(got[0] == got[1] && got[2] == got[3], "{got:?}");
        })
        .await;
    });
}

#[test]
fn local_tasks_do_not_run_while_nobody_runs_the_set() {
    clean(|| async {
        let ran = Rc::new(Cell::new(false));
        let set = LocalSet::new();
        let note = Rc::clone(&ran);
        set.spawn_local(async move { note.set(true) });
        spawn(async {}).await.unwrap();
        assert!(!ran.get());
        set.await;
        assert!(ran.get());
    });
}

#[test]
fn local_tasks_are_dropped_at_once_with_their_set() {
    clean(|| async {
        let alive = Rc::new(());
        let set = LocalSet::new();
        let held = Rc::clone(&alive);
        let handle = set.spawn_local(async move {
            let _held = held;
            std::future::pending::<()>().await;
        });
        set.run_until(yield_now()).await;
        drop(set);
        assert_eq!(Rc::strong_count(&alive), 1);
        assert!(handle.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_local_task_that_never_ends_keeps_its_set_waiting() {
    let failure = fails(FailureKind::Deadlock, || async {
        let (tx, rx) = oneshot::channel::<()>();
        let set = LocalSet::new();
        set.spawn_local(rx);
        set.await;
        drop(tx);
    });
    let text = failure.to_string();
    assert!(text.contains("LocalSet"), "{text}");
}

#[test]
fn local_tasks_run_in_both_orders() {
    let seen = outcomes(|| async {
        let set = LocalSet::new();
        let (tx, mut rx) = mpsc::channel(2);
        for n in 0..2 {
            let tx = tx.clone();
            set.spawn_local(async move { tx.send(n).await.unwrap() });
        }
        set.await;
        (rx.try_recv().unwrap(), rx.try_recv().unwrap())
    });
    for seen in seen {
        assert_eq!(seen, [(0, 1), (1, 0)].into());
    }
}

#[test]
fn spawn_local_needs_a_set() {
    let failure = fails(FailureKind::Panic, || async {
        spawn_local(async {});
    });
    let text = failure.to_string();
    assert!(text.contains("`spawn_local` called from outside"), "{text}");
}

#[test]
fn an_entered_set_takes_local_tasks() {
    clean(|| async {
        let set = LocalSet::new();
        let handle = {
            let _guard = set.enter();
            spawn_local(async { 1 })
        };
        assert_eq!(set.run_until(handle).await.unwrap(), 1);
    });
}

#[test]
fn a_set_is_run_inside_a_blocking_closure() {
    clean(|| async {
        let handle = leak_harness::runtime::Handle::current();
        let blocking = task::spawn_blocking(move || {
            let set = LocalSet::new();
            let inner = async { spawn_local(async { 4 }).await.unwrap() };
            handle.block_on(set.run_until(inner))
        });
        assert_eq!(blocking.await.unwrap(), 4);
    });
}
