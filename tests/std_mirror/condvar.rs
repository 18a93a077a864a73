//! `Condvar`: a missed notification is found, a guarded one is not missed.

use std::sync::Arc;
use std::sync::Mutex as Real;
use std::time::Duration;

use leak_harness::__private::std::sync::{Condvar, Mutex};
use leak_harness::{Builder, Engine, FailureKind, ObjectKind, Operation, StuckState, spawn};

use crate::hosts::{clean, failing, only_stuck};
use crate::orders::in_all_orders;
use crate::{HOSTS, waits};

#[test]
fn a_wait_that_looks_at_its_condition_under_the_lock_misses_nothing() {
    clean(|| async {
        let shared = Arc::new((Mutex::new(false), Condvar::new()));
        let setter = Arc::clone(&shared);
        let task = spawn(async move {
            *setter.0.lock().unwrap() = true;
            setter.1.notify_one();
        });
        let ready = shared.0.lock().unwrap();
        let ready = shared.1.wait_while(ready, |ready| !*ready).unwrap();
        assert!(*ready);
        drop(ready);
        task.await.unwrap();
    });
}

#[test]
fn a_notification_before_the_wait_is_missed_by_who_does_not_look() {
    failing(
        FailureKind::Deadlock,
        |failure| {
            assert_eq!(only_stuck(failure).state(), StuckState::Blocked);
            waits(failure, Operation::Wait, ObjectKind::StdCondvar);
        },
        || async {
            let shared = Arc::new((Mutex::new(()), Condvar::new()));
            let notifier = Arc::clone(&shared);
            spawn(async move { notifier.1.notify_all() });
            let guard = shared.0.lock().unwrap();
            drop(shared.1.wait(guard));
        },
    );
}

#[test]
fn one_notification_wakes_any_one_of_those_who_wait() {
    let woken = Arc::new(Real::new(std::collections::BTreeSet::new()));
    let seen = Arc::clone(&woken);
    let check = Builder::new()
        .engine(Engine::Systematic)
        .schedules(500)
        .check(move || {
            let seen = Arc::clone(&seen);
            async move {
                let shared = Arc::new((Mutex::new((0, Vec::new())), Condvar::new()));
                let tasks = [1, 2].map(|name| {
                    let shared = Arc::clone(&shared);
                    spawn(async move {
                        let mut state = shared.0.lock().unwrap();
                        state.0 += 1;
                        state = shared.1.wait(state).unwrap();
                        state.1.push(name);
                    })
                });
                while shared.0.lock().unwrap().0 < 2 {
                    leak_harness::task::yield_now().await;
                }
                shared.1.notify_one();
                while shared.0.lock().unwrap().1.is_empty() {
                    leak_harness::task::yield_now().await;
                }
                let first = shared.0.lock().unwrap().1.clone();
                assert_eq!(first.len(), 1, "one notification woke both");
                seen.lock().unwrap().insert(first[0]);
                shared.1.notify_all();
                for task in tasks {
                    task.await.unwrap();
                }
            }
        });
    check.expect("both are woken in the end");
    assert_eq!(woken.lock().unwrap().len(), 2, "either may be the one");
}

#[test]
fn a_wait_that_nobody_ends_ends_by_its_timeout() {
    for engine in HOSTS {
        let check = Builder::new().engine(engine).check(|| async {
            let (lock, condvar) = (Mutex::new(7), Condvar::new());
            let guard = lock.lock().unwrap();
            let (guard, result) = condvar
                .wait_timeout(guard, Duration::from_secs(60))
                .unwrap();
            assert!(result.timed_out());
            assert_eq!(*guard, 7);
            let hour = Duration::from_secs(3600);
            let (_, result) = condvar.wait_timeout_while(guard, hour, |_| true).unwrap();
            assert!(result.timed_out());
        });
        check.expect("time passes once nothing else can happen");
    }
}

#[test]
fn a_wait_with_a_timeout_may_be_notified_or_not() {
    let timed_out = in_all_orders(|| async {
        let shared = Arc::new((Mutex::new(()), Condvar::new()));
        let notifier = Arc::clone(&shared);
        spawn(async move { notifier.1.notify_one() });
        let guard = shared.0.lock().unwrap();
        let waited = shared.1.wait_timeout(guard, Duration::from_secs(1));
        waited.unwrap().1.timed_out()
    });
    assert_eq!(timed_out.len(), 2);
}

#[test]
fn a_waiter_that_is_torn_down_waits_no_more() {
    struct Waits;
    impl Drop for Waits {
        fn drop(&mut self) {
            let (lock, condvar) = (Mutex::new(()), Condvar::new());
            drop(condvar.wait(lock.lock().unwrap()));
            unreachable!("nobody notifies it");
        }
    }
    let check = Builder::new().engine(Engine::Systematic).check(|| async {
        let _waits = Waits;
        std::future::pending::<()>().await;
    });
    assert_eq!(check.unwrap_err().kind(), FailureKind::Deadlock);
}

#[test]
fn outside_of_checks_it_is_what_stds_is() {
    let shared = Arc::new((Mutex::new(0), Condvar::default()));
    let setter = Arc::clone(&shared);
    #[expect(clippy::disallowed_methods, reason = "a thread outside of any check")]
    let thread = std::thread::spawn(move || {
        *setter.0.lock().unwrap() = 1;
        setter.1.notify_all();
    });
    let guard = shared.0.lock().unwrap();
    let guard = shared.1.wait_while(guard, |value| *value == 0).unwrap();
    assert_eq!(*guard, 1);
    let (guard, result) = shared.1.wait_timeout(guard, Duration::ZERO).unwrap();
    assert!(result.timed_out());
    drop(guard);
    assert!(shared.0.try_lock().is_ok());
    thread.join().unwrap();
}

#[test]
#[expect(deprecated, reason = "std has it")]
fn a_wait_of_so_many_milliseconds_says_whether_it_was_notified() {
    let answers = in_all_orders(|| async {
        let shared = Arc::new((Mutex::new(()), Condvar::new()));
        let notifier = Arc::clone(&shared);
        spawn(async move { notifier.1.notify_one() });
        let guard = shared.0.lock().unwrap();
        let (_guard, notified) = shared.1.wait_timeout_ms(guard, 5).unwrap();
        notified
    });
    assert_eq!(answers.into_iter().collect::<Vec<_>>(), [false, true]);
}
