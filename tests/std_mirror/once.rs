//! `Once`, `OnceLock` and `LazyLock`: done once, while others wait.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use leak_harness::{Builder, Engine, FailureKind, ObjectKind, Operation};
use leak_harness_std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use leak_harness_std::sync::{LazyLock, Once, OnceLock};
use leak_harness_std::thread;

use crate::everywhere::everywhere;
use crate::hosts::failing;
use crate::orders::in_all_orders;
use crate::{says, waits};

#[test]
fn only_one_of_those_who_come_at_once_does_it_and_the_others_wait() {
    everywhere(|builder| {
        let check = builder.exhaustive(true).check(|| async {
            let (once, lock) = (Once::new(), OnceLock::new());
            let (begun, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
            thread::scope(|scope| {
                for name in 0..2 {
                    let (once, lock, begun, done) = (&once, &lock, &begun, &done);
                    scope.spawn(move || {
                        once.call_once(|| {
                            begun.fetch_add(1, SeqCst);
                            done.fetch_add(1, SeqCst);
                        });
                        assert_eq!(done.load(SeqCst), 1);
                        lock.get_or_init(|| name);
                    });
                }
            });
            assert!(once.is_completed());
            assert_eq!(begun.load(SeqCst), 1);
            assert_eq!(lock.set(5), Err(5));
        });
        check.expect("nobody waits for ever");
    });
}

#[test]
fn whoever_comes_first_makes_the_value() {
    let seen = in_all_orders(|| async {
        let lock = OnceLock::new();
        let looked = thread::scope(|scope| {
            scope.spawn(|| lock.set(1));
            scope.spawn(|| *lock.get_or_init(|| 2));
            lock.get().copied()
        });
        (looked, lock.into_inner())
    });
    let expected = [
        (None, Some(1)),
        (None, Some(2)),
        (Some(1), Some(1)),
        (Some(2), Some(2)),
    ];
    assert_eq!(seen, BTreeSet::from(expected));
}

#[test]
fn a_look_at_a_value_that_is_there_costs_no_schedules() {
    let schedules = |look: fn(&OnceLock<u8>)| {
        let builder = Builder::new().engine(Engine::Systematic).exhaustive(true);
        let check = builder.check(move || async move {
            let lock = OnceLock::from(7);
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| look(&lock));
                }
            });
        });
        check.expect("they only look").schedules()
    };
    let looks = schedules(|lock| {
        assert_eq!(lock.get_or_init(|| 8), lock.get().unwrap());
        assert_eq!(*lock.wait(), 7);
        assert_eq!(lock.set(9), Err(9));
    });
    assert_eq!(looks, schedules(|_| ()));
}

#[test]
fn an_initialization_that_uses_itself_is_a_deadlock() {
    failing(
        FailureKind::Deadlock,
        |failure| {
            waits(failure, Operation::GetOrInit, ObjectKind::StdOnce);
            says(failure, "its own initialization");
        },
        || async {
            let lock = OnceLock::new();
            lock.get_or_init(|| *lock.get_or_init(|| 1) + 1);
        },
    );
}

#[test]
fn an_initialization_that_waits_for_who_waits_for_it_is_a_deadlock() {
    failing(
        FailureKind::Deadlock,
        |failure| says(failure, "initializes it since"),
        || async {
            let once = Arc::new(Once::new());
            let other = Arc::clone(&once);
            let thread = thread::spawn(move || {
                thread::park();
                other.call_once(|| ());
            });
            once.call_once(|| {
                thread.thread().unpark();
                thread.join().unwrap();
            });
        },
    );
}

#[test]
fn a_wait_that_nobody_ends_is_a_leak() {
    failing(
        FailureKind::Leak,
        |failure| waits(failure, Operation::Wait, ObjectKind::StdOnce),
        || async {
            let lock = Arc::new(OnceLock::<u8>::new());
            let waits = Arc::clone(&lock);
            thread::spawn(move || *waits.wait());
        },
    );
    everywhere(|builder| {
        let check = builder.exhaustive(true).check(|| async {
            let (lock, once) = (OnceLock::new(), Once::new());
            thread::scope(|scope| {
                scope.spawn(|| assert_eq!(*lock.wait(), 3));
                scope.spawn(|| once.wait());
                lock.set(3).unwrap();
                once.call_once(|| ());
            });
            once.wait_force();
        });
        check.expect("both are woken");
    });
}

/// A panic in an initialization, and what the next one finds.
fn poisons() {
    let once = Once::new();
    let attempt = || once.call_once(|| std::panic::resume_unwind(Box::new(1)));
    catch_unwind(AssertUnwindSafe(attempt)).unwrap_err();
    let again = catch_unwind(AssertUnwindSafe(|| once.call_once(|| ())));
    let message = "Once instance has previously been poisoned";
    assert_eq!(message_of(again), message);
    assert!(catch_unwind(AssertUnwindSafe(|| once.wait())).is_err());
    once.call_once_force(|state| assert!(state.is_poisoned()));
    once.call_once(|| unreachable!("it was done"));
    once.wait();

    let lock = OnceLock::new();
    let attempt = || lock.get_or_init(|| std::panic::resume_unwind(Box::new(1)));
    catch_unwind(AssertUnwindSafe(attempt)).unwrap_err();
    assert_eq!(*lock.get_or_init(|| 2), 2);

    let lazy = LazyLock::new(|| -> u8 { std::panic::resume_unwind(Box::new(1)) });
    catch_unwind(AssertUnwindSafe(|| *lazy)).unwrap_err();
    assert!(LazyLock::get(&lazy).is_none());
    let again = catch_unwind(AssertUnwindSafe(|| *lazy));
    let message = "LazyLock instance has previously been poisoned";
    assert_eq!(message_of(again), message);
}

/// What a panic said.
fn message_of<T>(result: std::thread::Result<T>) -> String {
    let payload = result.err().expect("it panics");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().expect("it is a text")).to_owned(),
    }
}

#[test]
fn a_panic_poisons_as_it_does_in_std() {
    everywhere(|builder| {
        let check = builder.check(|| async { thread::spawn(poisons).join().unwrap() });
        check.expect("every panic was looked at");
    });
}

static STUCK: Once = Once::new();
static LAZY: LazyLock<Vec<u8>> = LazyLock::new(|| vec![1]);

#[test]
fn what_teardown_unwinds_poisons_no_static() {
    failing(
        FailureKind::Deadlock,
        |failure| assert_eq!(failure.stuck().len(), 1),
        || async { STUCK.call_once(thread::park) },
    );
    assert!(!STUCK.is_completed());
    STUCK.call_once(|| ());
    assert!(STUCK.is_completed());
}

#[test]
fn a_static_that_was_made_before_is_no_object_of_the_execution() {
    everywhere(|builder| {
        let check = builder.exhaustive(true).check(|| async {
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| assert_eq!(LAZY.len(), 1));
                }
            });
        });
        check.expect("whoever comes first makes it");
    });
    let builder = Builder::new().engine(Engine::Systematic);
    let check = builder.check(|| async {
        assert_eq!(LAZY.len(), 1);
        std::future::pending::<()>().await;
    });
    let failure = check.unwrap_err();
    assert!(failure.trace().events.is_empty(), "{failure}");
}

#[test]
fn they_are_what_stds_are() {
    let mut lock = OnceLock::new();
    assert_eq!(
        format!("{lock:?}"),
        format!("{:?}", std::sync::OnceLock::<u8>::new())
    );
    assert_eq!(lock.get_mut(), None);
    lock.set(1).unwrap();
    assert_eq!(lock.clone(), OnceLock::from(1));
    assert_ne!(lock, OnceLock::default());
    assert_eq!(
        format!("{lock:?}"),
        format!("{:?}", std::sync::OnceLock::from(1))
    );
    assert_eq!(lock.take(), Some(1));
    let mut lazy = LazyLock::<u8>::default();
    let real = std::sync::LazyLock::<u8>::default();
    assert_eq!(format!("{lazy:?}"), format!("{real:?}"));
    assert_eq!(LazyLock::get(&lazy), None);
    assert_eq!(LazyLock::get_mut(&mut lazy), None);
    assert_eq!(*LazyLock::force(&lazy), *real);
    assert_eq!(format!("{lazy:?}"), format!("{real:?}"));
    *LazyLock::get_mut(&mut lazy).unwrap() += 1;
    assert_eq!(LazyLock::get(&lazy), Some(&1));
    let mut lazy = LazyLock::new(|| 3);
    *lazy += 1;
    assert_eq!(*LazyLock::force_mut(&mut lazy), 4);
    assert_eq!(
        format!("{:?}", Once::new()),
        format!("{:?}", std::sync::Once::new())
    );
    fn is_shared<T: Send + Sync + std::panic::RefUnwindSafe + std::panic::UnwindSafe>() {}
    is_shared::<Once>();
    is_shared::<OnceLock<u8>>();
    is_shared::<LazyLock<u8>>();
}
