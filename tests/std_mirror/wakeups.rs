//! Wakeups that are lost, or not, between a look and a wait.

use std::sync::Arc;

use leak_harness::__private::std::sync::Mutex;
use leak_harness::__private::std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use leak_harness::sync::{Notify, mpsc};
use leak_harness::{Builder, Engine, FailureKind, Flavor, Operation, spawn};

use crate::HOSTS;

/// A consumer that looks for work, says that it waits, and waits; a producer that wakes only a
/// consumer that has said so. Between the look and the saying the wakeup is lost.
async fn lost_wakeup() {
    let (wake, mut wakes) = mpsc::channel::<()>(1);
    let ready = Arc::new(AtomicBool::new(false));
    let waiting = Arc::new(AtomicBool::new(false));
    let consumer = spawn({
        let (ready, waiting) = (Arc::clone(&ready), Arc::clone(&waiting));
        async move {
            if !ready.load(SeqCst) {
                waiting.store(true, SeqCst);
                wakes.recv().await;
            }
        }
    });
    ready.store(true, SeqCst);
    if waiting.load(SeqCst) {
        wake.try_send(()).expect("there is room for one wakeup");
    }
    consumer.await.expect("the consumer does not panic");
    drop(wake);
}

#[test]
fn a_wakeup_lost_between_two_atomics_is_found() {
    for engine in HOSTS {
        let failure = Builder::new().engine(engine).check(lost_wakeup);
        let failure = failure.expect_err("the wakeup can be lost");
        assert_eq!(failure.kind(), FailureKind::Deadlock);
        let consumer = failure.stuck().iter().find(|task| !task.is_body());
        let waits_on = consumer.and_then(|task| task.waits_on()).unwrap();
        assert_eq!(waits_on.operation, Operation::Recv);
    }
}

#[test]
fn the_same_wakeup_is_safe_where_tasks_share_a_thread() {
    let check = Builder::new()
        .engine(Engine::Systematic)
        .flavor(Flavor::CurrentThread)
        .exhaustive(true)
        .check(lost_wakeup);
    check.expect("no task runs between the look and the saying");
}

#[test]
fn a_flag_that_is_set_and_announced_under_one_lock_loses_no_wakeup() {
    for engine in HOSTS {
        let check = Builder::new()
            .engine(engine)
            .exhaustive(true)
            .check(|| async {
                let (wake, mut wakes) = mpsc::channel::<()>(1);
                let state = Arc::new(Mutex::new((false, false)));
                let shared = Arc::clone(&state);
                let consumer = spawn(async move {
                    let wait = {
                        let mut state = shared.lock().unwrap();
                        state.1 = true;
                        !state.0
                    };
                    if wait {
                        wakes.recv().await;
                    }
                });
                let waiting = {
                    let mut state = state.lock().unwrap();
                    state.0 = true;
                    state.1
                };
                if waiting {
                    wake.try_send(()).unwrap();
                }
                consumer.await.unwrap();
                drop(wake);
            });
        check.expect("the flag and the wait are one");
    }
}

/// Sets a flag under a lock, then notifies who waits; the waiter looks, then waits.
async fn flag_and_notify(wait: impl AsyncFn(&Mutex<bool>, &Notify)) {
    let shared = Arc::new((Mutex::new(false), Notify::new()));
    let setter = Arc::clone(&shared);
    spawn(async move {
        *setter.0.lock().unwrap() = true;
        setter.1.notify_waiters();
    });
    wait(&shared.0, &shared.1).await;
}

#[test]
fn a_notification_between_the_look_at_a_flag_and_the_wait_is_lost_and_found() {
    for engine in HOSTS {
        let check = Builder::new().engine(engine).check(|| {
            flag_and_notify(async |flag, notify| {
                let set = *flag.lock().unwrap();
                if !set {
                    notify.notified().await;
                }
            })
        });
        let failure = check.expect_err("nobody waits yet when it is notified");
        assert_eq!(failure.kind(), FailureKind::Deadlock);
        let waits_on = failure.stuck()[0].waits_on().unwrap();
        assert_eq!(waits_on.operation, Operation::Notified);
    }
}

#[test]
fn a_wait_that_begins_before_the_look_loses_no_notification() {
    for engine in HOSTS {
        let check = Builder::new().engine(engine).exhaustive(true).check(|| {
            flag_and_notify(async |flag, notify| {
                let notified = notify.notified();
                let set = *flag.lock().unwrap();
                if !set {
                    notified.await;
                }
            })
        });
        check.expect("the wait counts from where it was made");
    }
}
