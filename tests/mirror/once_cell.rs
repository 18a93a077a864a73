//! `OnceCell`: who makes the value, and who waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use leak_harness::sync::{OnceCell, SetError, oneshot};
use leak_harness::{Failure, FailureKind, ObjectKind, Operation, TaskId, spawn};

use crate::{clean, failing, waits};

#[test]
fn the_value_is_made_once_in_every_order() {
    clean(|| async {
        let cell = Arc::new(OnceCell::new());
        let made = Arc::new(AtomicU32::new(0));
        let tasks = [1, 2].map(|value| {
            let (cell, made) = (Arc::clone(&cell), Arc::clone(&made));
            spawn(async move {
                let make = || async {
                    leak_harness::task::yield_now().await;
                    made.fetch_add(1, Ordering::Relaxed);
                    value
                };
                *cell.get_or_init(make).await
            })
        });
        let [first, second] = tasks;
        let value = first.await.unwrap();
        assert_eq!(second.await.unwrap(), value);
        assert_eq!(made.load(Ordering::Relaxed), 1);
        assert_eq!((cell.get(), cell.initialized()), (Some(&value), true));
        assert_eq!(cell.set(9), Err(SetError::AlreadyInitializedError(9)));
        assert_eq!(OnceCell::clone(&cell), OnceCell::from(value));
    });
}

#[test]
fn who_fails_or_gives_up_lets_the_next_one_try() {
    clean(|| async {
        let cell = Arc::new(OnceCell::<u32>::new());
        let (keep, never) = oneshot::channel::<u32>();
        {
            let mut given_up = Box::pin(cell.get_or_init(|| async { never.await.unwrap() }));
            assert!(futures::poll!(&mut given_up).is_pending());
            assert_eq!(cell.set(0), Err(SetError::InitializingError(0)));
            assert!(futures::poll!(&mut given_up).is_pending());
        }
        drop(keep);
        let other = Arc::clone(&cell);
        let failing = spawn(async move {
            let failed = other.get_or_try_init(|| async { Err::<u32, _>("no") });
            failed.await.copied()
        });
        let value = *cell.get_or_init(|| async { 5 }).await;
        assert!(matches!(failing.await.unwrap(), Err("no") | Ok(5)));
        assert_eq!(value, 5);
    });
}

#[test]
fn a_wait_for_another_ones_value_says_who_makes_it() {
    let line = line!() + 23;
    let look = |failure: &Failure| {
        let [maker, waiter] = failure.stuck() else {
            panic!("not two stuck tasks: {failure}")
        };
        waits(maker, Operation::Recv, ObjectKind::Oneshot, line - 5);
        waits(waiter, Operation::GetOrInit, ObjectKind::OnceCell, line);
        let held = waiter.waits()[0].held_by.clone().unwrap();
        assert_ne!(held.task, TaskId::BODY);
    };
    failing(FailureKind::Leak, look, || async {
        let cell = Arc::new(OnceCell::<u32>::new());
        let other = Arc::clone(&cell);
        let (keep, never) = oneshot::channel::<u32>();
        let (begun, begins) = oneshot::channel::<()>();
        spawn(async move {
            let make = || async {
                begun.send(()).unwrap();
                never.await.unwrap()
            };
            *other.get_or_init(make).await
        });
        begins.await.unwrap();
        spawn(async move { *cell.get_or_init(|| async { 5 }).await });
        std::mem::forget(keep);
    });
}

#[test]
fn the_rest_is_tokios() {
    clean(|| async {
        static CELL: OnceCell<u32> = OnceCell::const_new_with(7);
        assert_eq!(CELL.get_or_init(|| async { 8 }).await, &7);
        let mut cell = OnceCell::new_with(Some(1));
        *cell.get_mut().unwrap() += 1;
        assert_eq!(cell.take(), Some(2));
        assert_eq!(cell, OnceCell::const_new());
        cell.set(3).unwrap();
        assert_eq!(format!("{cell:?}"), "OnceCell { value: Some(3) }");
        assert_eq!(cell.into_inner(), Some(3));
    });
}
