//! Threads: joined, parked, left behind.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use leak_harness::{Builder, FailureKind, ObjectKind, Operation, StuckState, spawn, task, time};
use leak_harness_std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use leak_harness_std::thread;
use leak_harness_std::time::Instant;

use crate::everywhere::everywhere;
use crate::hosts::{failing, only_stuck};
use crate::orders::in_all_orders;
use crate::{HOSTS, says, stuck_body, waits};

#[test]
fn a_thread_runs_next_to_the_body_and_gives_back_what_it_returns() {
    everywhere(|builder| {
        let check = builder.exhaustive(true).check(|| async {
            let thread = thread::spawn(|| 7);
            assert_eq!(thread.join().unwrap(), 7);
        });
        check.expect("the thread ends");
    });
}

#[test]
fn threads_that_load_and_store_lose_something_and_all_orders_are_explored() {
    let counts = in_all_orders(|| async {
        let count = Arc::new(AtomicUsize::new(0));
        let threads = [(); 2].map(|()| {
            let count = Arc::clone(&count);
            thread::spawn(move || count.store(count.load(SeqCst) + 1, SeqCst))
        });
        for thread in threads {
            thread.join().unwrap();
        }
        count.load(SeqCst)
    });
    assert_eq!(counts, BTreeSet::from([1, 2]));
}

#[test]
fn a_panic_is_kept_for_join() {
    everywhere(|builder| {
        let check = builder.check(|| async {
            let thread = thread::spawn(|| panic!("in the thread"));
            let payload = thread.join().unwrap_err();
            assert_eq!(payload.downcast_ref(), Some(&"in the thread"));
        });
        check.expect("the panic was looked at");
    });
}

#[test]
fn a_panic_that_nobody_joins_fails_the_test() {
    failing(
        FailureKind::Panic,
        |failure| says(failure, "in the thread"),
        || async {
            drop(thread::spawn(|| panic!("in the thread")));
        },
    );
}

#[test]
fn a_thread_that_parks_for_ever_is_a_leak() {
    failing(
        FailureKind::Leak,
        |failure| {
            let task = only_stuck(failure);
            assert_eq!(task.name(), Some("parker"));
            assert_eq!(task.state(), StuckState::Blocked);
            waits(failure, Operation::Park, ObjectKind::Thread);
            says(failure, "blocks its thread in `park` at tests/");
            says(failure, "nobody unparks it");
        },
        || async {
            let parker = thread::Builder::new().name("parker".to_owned());
            let spawned = parker.spawn(|| {
                thread::park();
            });
            drop(spawned.unwrap());
        },
    );
}

#[test]
fn a_thread_that_nobody_joins_may_end_after_the_body() {
    everywhere(|builder| {
        let check = builder.exhaustive(true).check(|| async {
            thread::spawn(|| thread::sleep(Duration::from_secs(5)));
        });
        check.expect("it ends by itself");
    });
}

#[test]
fn a_thread_that_parks_twice_on_one_token_stays_parked() {
    failing(
        FailureKind::Deadlock,
        |failure| {
            let waits_on = stuck_body(failure).waits_on().unwrap();
            assert_eq!(waits_on.operation, Operation::Join);
            says(failure, "nobody unparks it any more");
        },
        || async {
            let body = thread::current();
            let thread = thread::spawn(move || {
                body.unpark();
                // One token is taken, the second never comes.
                thread::park();
                thread::park();
            });
            thread.thread().unpark();
            thread.join().unwrap();
        },
    );
}

#[test]
fn a_token_that_is_given_before_the_park_is_not_lost_and_two_are_one() {
    everywhere(|builder| {
        let check = builder.exhaustive(true).check(|| async {
            thread::current().unpark();
            thread::current().unpark();
            thread::park();
            let start = Instant::now();
            thread::park_timeout(Duration::from_secs(3));
            assert_eq!(start.elapsed(), Duration::from_secs(3));
            let thread = thread::spawn(thread::park);
            thread.thread().unpark();
            thread.join().unwrap();
        });
        check.expect("the token is kept");
    });
}

/// The flag is looked at once, before the park: the token of the one who sets it is enough, unless
/// somebody else's park takes it.
#[test]
fn a_token_that_another_park_takes_is_a_lost_wakeup() {
    failing(
        FailureKind::Deadlock,
        |failure| {
            let waits_on = stuck_body(failure).waits_on().unwrap();
            assert_eq!(waits_on.operation, Operation::Park);
        },
        || async {
            let set = Arc::new(AtomicBool::new(false));
            let (flag, body) = (Arc::clone(&set), thread::current());
            thread::spawn(move || {
                flag.store(true, SeqCst);
                body.unpark();
            });
            // A library's wait takes tokens that are not its own.
            thread::park_timeout(Duration::from_secs(1));
            if !set.load(SeqCst) {
                thread::park();
                return;
            }
            // The mistake: the token may have been taken above.
            thread::park();
        },
    );
}

#[test]
fn a_park_in_a_loop_around_its_condition_loses_nothing() {
    everywhere(|builder| {
        let check = builder.exhaustive(true).check(|| async {
            let set = Arc::new(AtomicBool::new(false));
            let (flag, body) = (Arc::clone(&set), thread::current());
            thread::spawn(move || {
                flag.store(true, SeqCst);
                body.unpark();
            });
            while !set.load(SeqCst) {
                thread::park();
            }
        });
        check.expect("the flag is looked at after each park");
    });
}

#[test]
fn sleep_lets_virtual_time_pass_and_others_run_before() {
    everywhere(|builder| {
        let check = builder.exhaustive(true).check(|| async {
            let done = Arc::new(AtomicBool::new(false));
            let worker = Arc::clone(&done);
            let (start, virtual_start) = (Instant::now(), time::Instant::now());
            let thread = thread::spawn(move || worker.store(true, SeqCst));
            thread::sleep(Duration::from_secs(3600));
            assert!(done.load(SeqCst), "time passes once things have settled");
            assert_eq!(start.elapsed(), Duration::from_secs(3600));
            assert_eq!(virtual_start.elapsed(), Duration::from_secs(3600));
            thread.join().unwrap();
        });
        check.expect("nothing is left");
    });
}

#[test]
fn a_thread_that_sleeps_for_ever_and_ever_is_a_loop() {
    failing(
        FailureKind::Loop,
        |failure| {
            waits(failure, Operation::Sleep, ObjectKind::Timer);
            says(failure, "only a timer wakes it");
        },
        || async {
            thread::spawn(|| {
                loop {
                    thread::sleep(Duration::from_secs(1));
                }
            });
        },
    );
}

#[test]
fn a_thread_that_only_yields_is_a_loop_and_one_that_waits_by_yielding_is_not() {
    failing(
        FailureKind::Loop,
        |failure| {
            let waits_on = only_stuck(failure).waits_on().unwrap();
            assert_eq!(waits_on.operation, Operation::Yield);
        },
        || async {
            thread::spawn(|| {
                loop {
                    thread::yield_now();
                }
            });
        },
    );
    everywhere(|builder| {
        let check = builder.check(|| async {
            let flag = Arc::new(AtomicBool::new(false));
            let set = Arc::clone(&flag);
            thread::spawn(move || set.store(true, SeqCst));
            while !flag.load(SeqCst) {
                thread::yield_now();
            }
        });
        check.expect("the flag is set in the end");
    });
}

#[test]
fn a_task_that_blocks_its_thread_blocks_those_that_share_it() {
    let body = || async {
        let parker = thread::current();
        let task = spawn(async move { parker.unpark() });
        // Under `current_thread` the task can only run once this returns.
        thread::park();
        task.await.unwrap();
    };
    for engine in HOSTS {
        let builder = Builder::new().engine(engine);
        let several = builder.clone().flavor(leak_harness::Flavor::MultiThread);
        several.check(body).expect("another thread runs the task");
        let one = builder.flavor(leak_harness::Flavor::CurrentThread);
        let failure = one.check(body).expect_err("nobody can run the task");
        assert_eq!(failure.kind(), FailureKind::Deadlock);
    }
}

#[test]
fn a_thread_blocks_on_async_work() {
    everywhere(|builder| {
        let check = builder.check(|| async {
            let handle = leak_harness::runtime::Handle::current();
            let (tx, rx) = leak_harness::sync::oneshot::channel();
            let thread = thread::spawn(move || handle.block_on(rx));
            task::yield_now().await;
            tx.send(5).unwrap();
            while !thread.is_finished() {
                task::yield_now().await;
            }
            assert_eq!(thread.join().unwrap(), Ok(5));
        });
        check.expect("the thread is a task of the model");
    });
}

#[test]
fn threads_know_who_they_are() {
    everywhere(|builder| {
        let check = builder.check(|| async {
            let own = thread::current().id();
            let named = thread::Builder::new().name("named".to_owned());
            let thread = named.spawn(|| {
                let name = thread::current().name().map(str::to_owned);
                (thread::current().id(), name)
            });
            let thread = thread.unwrap();
            let id = thread.thread().id();
            assert_eq!(thread.thread().name(), Some("named"));
            let (inside, name) = thread.join().unwrap();
            assert_eq!(inside, id);
            assert_eq!(name.as_deref(), Some("named"));
            assert_ne!(own, id);
            assert_eq!(own, thread::current().id());
            let other = thread::spawn(|| thread::current().id()).join().unwrap();
            assert_ne!(other, id);
        });
        check.expect("everything ends");
    });
}

#[test]
fn what_is_left_in_teardown_is_dropped_without_waiting() {
    struct Joins(Option<thread::JoinHandle<()>>);
    impl Drop for Joins {
        fn drop(&mut self) {
            let thread = self.0.take().unwrap();
            thread::sleep(Duration::from_secs(1));
            thread::yield_now();
            let _ = thread.join();
        }
    }
    failing(
        FailureKind::Deadlock,
        |failure| assert_eq!(failure.stuck().len(), 2),
        || async {
            let _joins = Joins(Some(thread::spawn(thread::park)));
            std::future::pending::<()>().await;
        },
    );
}

#[test]
fn outside_of_checks_threads_are_real() {
    let thread = thread::Builder::new().name("real".to_owned());
    let thread = thread.stack_size(1 << 20).spawn(|| {
        thread::park();
        thread::park_timeout(Duration::ZERO);
        thread::yield_now();
        thread::sleep(Duration::ZERO);
        thread::current().name().map(str::to_owned)
    });
    let thread = thread.unwrap();
    assert!(!thread.is_finished());
    assert_ne!(thread.thread().id(), thread::current().id());
    thread.thread().unpark();
    assert_eq!(thread.join().unwrap().as_deref(), Some("real"));
    let panics = thread::spawn(|| std::panic::resume_unwind(Box::new(3)));
    assert_eq!(panics.join().unwrap_err().downcast_ref(), Some(&3));
    let before = Instant::now();
    assert!(before.elapsed() < Duration::from_secs(3600));
    let std = std::time::Instant::from(before);
    assert_eq!(Instant::from(std), before);
}
