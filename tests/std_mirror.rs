//! The mirrored `Mutex` and atomics of std: what they find, and that they are what std's are.

use std::sync::Arc;

use leak_harness::__private::std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicUsize, Ordering::SeqCst,
};
use leak_harness::__private::std::sync::{Mutex, MutexGuard, RwLock};
use leak_harness::sync::{Notify, mpsc};
use leak_harness::{
    Builder, Coverage, Effect, Engine, Failure, FailureKind, Flavor, ObjectKind, Operation,
    StuckState, TaskId, spawn,
};

const HOSTS: [Engine; 2] = [Engine::Systematic, Engine::Loom];

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

fn opposite_orders(engine: Engine) -> Failure {
    let check = Builder::new().engine(engine).check(|| async {
        let locks = Arc::new((Mutex::new(1), Mutex::new(2)));
        let others = Arc::clone(&locks);
        spawn(async move {
            let _second = others.1.lock().unwrap();
            let _first = others.0.lock().unwrap();
        });
        let others = Arc::clone(&locks);
        spawn(async move {
            let _first = others.0.lock().unwrap();
            let _second = others.1.lock().unwrap();
        });
    });
    check.expect_err("two locks in opposite orders")
}

#[test]
fn locks_in_opposite_orders_leave_two_blocked_tasks_each_held_up_by_the_other() {
    for engine in HOSTS {
        let failure = opposite_orders(engine);
        assert_eq!(failure.kind(), FailureKind::Leak);
        let [one, other] = failure.stuck() else {
            panic!("two tasks are stuck, not {}", failure.stuck().len());
        };
        for task in [one, other] {
            assert_eq!(task.state(), StuckState::Blocked);
            let waits_on = task.waits_on().unwrap();
            assert_eq!(waits_on.operation, Operation::Lock);
            assert_eq!(waits_on.object, Some(ObjectKind::StdMutex));
        }
        let held = |index: usize| failure.stuck()[index].waits()[0].held_by.clone().unwrap();
        // Each waits for what the other one took, at the line where it took it.
        assert_ne!(held(0).task, held(1).task);
        assert_eq!(held(0).taken_at.line() + 1, one_line_after(&failure, 1));
        assert_eq!(held(1).taken_at.line() + 1, one_line_after(&failure, 0));
        assert_ne!(one.created_at(), other.created_at());
    }
}

/// The line where a task waits: each takes its second lock one line after its first.
fn one_line_after(failure: &Failure, task: usize) -> u32 {
    failure.stuck()[task].awaited_at().unwrap().line()
}

#[test]
fn a_task_that_locks_twice_is_stuck_on_itself() {
    for engine in HOSTS {
        let check = Builder::new().engine(engine).check(|| async {
            let lock = Mutex::new(());
            let _first = lock.lock().unwrap();
            let _second = lock.lock().unwrap();
        });
        let failure = check.expect_err("the second lock waits for the first");
        assert_eq!(failure.kind(), FailureKind::Deadlock);
        let held = failure.stuck()[0].waits()[0].held_by.clone().unwrap();
        assert!(failure.stuck()[0].is_body());
        assert_eq!(held.task.to_string(), TaskId::BODY.to_string());
    }
}

#[test]
fn a_guard_that_is_forgotten_blocks_the_next_task() {
    let check = Builder::new().engine(Engine::Systematic).check(|| async {
        let lock = Arc::new(Mutex::new(()));
        std::mem::forget(lock.lock().unwrap());
        spawn(async move { drop(lock.lock()) });
    });
    let failure = check.expect_err("nobody unlocks");
    assert_eq!(failure.kind(), FailureKind::Leak);
}

#[test]
fn a_guard_held_across_a_switch_point_stops_nobody_else() {
    for engine in HOSTS {
        let check = Builder::new()
            .engine(engine)
            .schedules(500)
            .check(|| async {
                let total = Arc::new(Mutex::new(0));
                let (tx, mut rx) = mpsc::channel::<u32>(2);
                for value in 1..=2 {
                    let (total, tx) = (Arc::clone(&total), tx.clone());
                    spawn(async move {
                        let mut total = total.lock().unwrap();
                        tx.try_send(value).unwrap();
                        *total += value;
                    });
                }
                drop(tx);
                while rx.recv().await.is_some() {}
                // A task drops its sender after its guard.
                assert_eq!(*total.lock().unwrap(), 3);
            });
        let coverage = check.expect("the guard is given back");
        assert!(coverage.atomic_sites().is_empty());
    }
}

#[test]
fn try_lock_fails_only_while_another_task_holds_the_lock() {
    let failed = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let seen = Arc::clone(&failed);
    let check = Builder::new()
        .engine(Engine::Systematic)
        .exhaustive(true)
        .check(move || {
            let seen = Arc::clone(&seen);
            async move {
                let lock = Arc::new(Mutex::new(0));
                let other = Arc::clone(&lock);
                let task = spawn(async move {
                    let mut guard = other.lock().unwrap();
                    *guard += 1;
                });
                if lock.try_lock().is_err() {
                    seen.store(true, SeqCst);
                }
                task.await.unwrap();
                assert_eq!(*lock.try_lock().unwrap(), 1);
            }
        });
    check.expect("nobody waits");
    assert!(failed.load(SeqCst), "no schedule met the lock taken");
}

#[test]
fn a_panic_poisons_the_lock_until_somebody_clears_it() {
    for engine in HOSTS {
        let check = Builder::new().engine(engine).check(|| async {
            let lock = Arc::new(Mutex::new(7));
            let holder = Arc::clone(&lock);
            let task = spawn(async move {
                let _guard = holder.lock().unwrap();
                panic!("while it holds the lock");
            });
            assert!(task.await.unwrap_err().is_panic());
            assert!(lock.is_poisoned());
            assert!(matches!(
                lock.try_lock(),
                Err(std::sync::TryLockError::Poisoned(_))
            ));
            let guard: MutexGuard<'_, i32> = lock
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            assert_eq!(*guard, 7);
            drop(guard);
            lock.clear_poison();
            assert!(lock.lock().is_ok());
        });
        check.expect("poisoning is std's");
    }
}

#[test]
fn readers_share_a_lock_and_keep_a_writer_out() {
    let both = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let seen = Arc::clone(&both);
    let check = Builder::new()
        .engine(Engine::Systematic)
        .exhaustive(true)
        .check(move || {
            let seen = Arc::clone(&seen);
            async move {
                let lock = Arc::new(RwLock::new(0));
                let reading = Arc::new(AtomicUsize::new(0));
                let tasks = [(); 2].map(|()| {
                    let (lock, reading) = (Arc::clone(&lock), Arc::clone(&reading));
                    let seen = Arc::clone(&seen);
                    spawn(async move {
                        let value = lock.read().unwrap();
                        if reading.fetch_add(1, SeqCst) > 0 {
                            seen.store(true, SeqCst);
                        }
                        let before = *value;
                        reading.fetch_sub(1, SeqCst);
                        assert_eq!(*value, before);
                    })
                });
                {
                    let mut value = lock.write().unwrap();
                    assert_eq!(reading.load(SeqCst), 0);
                    *value += 1;
                }
                for task in tasks {
                    task.await.unwrap();
                }
            }
        });
    check.expect("nobody is left waiting");
    assert!(both.load(SeqCst), "no schedule had two readers at once");
}

#[test]
fn a_writer_that_waits_for_a_reader_that_waits_for_it_is_stuck_on_that_reader() {
    for engine in HOSTS {
        let check = Builder::new().engine(engine).check(|| async {
            let lock = Arc::new(RwLock::new(0));
            let (tx, mut rx) = mpsc::channel::<()>(1);
            let writer = Arc::clone(&lock);
            spawn(async move {
                *writer.write().unwrap() += 1;
                tx.try_send(()).unwrap();
            });
            // The mistake: a lock held over an await.
            let _value = lock.read().unwrap();
            rx.recv().await;
        });
        let failure = check.expect_err("each waits for the other");
        assert_eq!(failure.kind(), FailureKind::Deadlock);
        let writer = failure.stuck().iter().find(|task| !task.is_body()).unwrap();
        let waits_on = writer.waits_on().unwrap();
        assert_eq!(waits_on.object, Some(ObjectKind::StdRwLock));
        assert_eq!(waits_on.operation, Operation::Write);
        let held = writer.waits()[0].held_by.clone().unwrap();
        assert_eq!(held.task.to_string(), TaskId::BODY.to_string());
    }
}

#[test]
fn a_writer_that_panics_poisons_the_lock_and_a_reader_does_not() {
    let check = Builder::new().engine(Engine::Systematic).check(|| async {
        let lock = Arc::new(RwLock::new(7));
        let reader = Arc::clone(&lock);
        let reads = spawn(async move {
            let _value = reader.read().unwrap();
            panic!("while it reads");
        });
        assert!(reads.await.is_err());
        assert_eq!(*lock.read().unwrap(), 7);
        let writer = Arc::clone(&lock);
        let writes = spawn(async move {
            let _value = writer.write().unwrap();
            panic!("while it writes");
        });
        assert!(writes.await.is_err());
        assert!(lock.is_poisoned() && lock.read().is_err() && lock.write().is_err());
        lock.clear_poison();
        assert_eq!(*lock.try_write().unwrap(), 7);
        let _read = lock.try_read().unwrap();
        assert!(lock.try_write().is_err());
    });
    check.expect("poisoning is std's");
}

static SHARED: Mutex<Vec<u32>> = Mutex::new(Vec::new());

#[test]
fn what_teardown_unwinds_poisons_no_static() {
    struct Locks;
    impl Drop for Locks {
        fn drop(&mut self) {
            let lock = Mutex::new(());
            let _first = lock.lock();
            let _shared = SHARED.lock();
            // Would wait for ever: teardown unwinds it.
            let _second = lock.lock();
        }
    }
    let check = Builder::new().engine(Engine::Systematic).check(|| async {
        let _locks = Locks;
        std::future::pending::<()>().await;
    });
    assert_eq!(check.unwrap_err().kind(), FailureKind::Deadlock);
    assert!(!SHARED.is_poisoned());
    assert!(SHARED.try_lock().is_ok());
}

static HELD_ELSEWHERE: Mutex<u32> = Mutex::new(0);

#[test]
fn a_static_that_another_thread_holds_for_a_while_is_waited_for() {
    let (locked_tx, locked) = std::sync::mpsc::channel();
    let holder = std::thread::Builder::new();
    #[expect(clippy::disallowed_methods, reason = "a thread outside of the check")]
    let holder = holder.spawn(move || {
        let mut guard = HELD_ELSEWHERE.lock().unwrap();
        locked_tx.send(()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(50));
        *guard = 1;
    });
    locked.recv().unwrap();
    let check = Builder::new().engine(Engine::Systematic).check(|| async {
        assert_eq!(*HELD_ELSEWHERE.lock().unwrap(), 1);
    });
    check.expect("the other thread gives the lock back");
    holder.unwrap().join().unwrap();
}

/// So many tasks, each adding one to a count that is right at the end.
fn add(tasks: usize, one: fn(&AtomicUsize)) -> Result<Coverage, Failure> {
    let check = Builder::new().engine(Engine::Systematic).exhaustive(true);
    check.check(move || async move {
        let count = Arc::new(AtomicUsize::new(0));
        let tasks = (0..tasks).map(|_| {
            let count = Arc::clone(&count);
            spawn(async move { one(&count) })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        assert_eq!(count.load(SeqCst), 3);
    })
}

#[test]
fn three_tasks_that_add_at_once_lose_nothing() {
    let added = add(3, |count| {
        count.fetch_add(1, SeqCst);
    });
    added.expect("an addition is one step");
}

#[test]
fn an_update_begins_again_where_another_one_came_between() {
    let added = add(2, |count| {
        count.update(
            SeqCst,
            SeqCst,
            |count| if count == 0 { 2 } else { count + 1 },
        );
    });
    added.expect("the closure sees the latest count");
}

#[test]
fn three_tasks_that_load_and_store_lose_something() {
    let added = add(3, |count| count.store(count.load(SeqCst) + 1, SeqCst));
    assert_eq!(added.unwrap_err().kind(), FailureKind::Panic);
}

#[test]
fn a_task_that_stores_without_end_is_a_loop() {
    let failure = Builder::new().engine(Engine::Systematic).check(|| async {
        let count = AtomicUsize::new(0);
        spawn(async move {
            loop {
                count.fetch_add(1, SeqCst);
            }
        });
    });
    assert_eq!(failure.unwrap_err().kind(), FailureKind::Loop);
}

#[test]
fn only_what_changes_an_atomic_counts_as_done() {
    let failure = Builder::new().engine(Engine::Systematic).check(|| async {
        let value = AtomicU8::new(1);
        value.load(SeqCst);
        value.store(2, SeqCst);
        value.fetch_or(4, SeqCst);
        let _ = value.compare_exchange(0, 9, SeqCst, SeqCst);
        let _ = value.compare_exchange_weak(6, 9, SeqCst, SeqCst);
        std::future::pending::<()>().await;
    });
    let trace = failure.unwrap_err().trace().clone();
    let effects: Vec<_> = trace
        .events
        .iter()
        .filter(|event| event.operation != Operation::Complete)
        .map(|event| (event.operation, event.effect))
        .collect();
    assert_eq!(
        effects,
        [
            (Operation::Load, Effect::Idle),
            (Operation::Store, Effect::Done),
            (Operation::ReadModifyWrite, Effect::Done),
            (Operation::ReadModifyWrite, Effect::Idle),
            (Operation::ReadModifyWrite, Effect::Done),
        ]
    );
}

#[test]
fn a_task_that_spins_on_a_flag_nobody_sets_is_a_loop() {
    let failure = Builder::new().engine(Engine::Systematic).check(|| async {
        let flag = Arc::new(AtomicBool::new(false));
        spawn(async move {
            while !flag.load(SeqCst) {
                std::hint::spin_loop();
            }
        });
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Loop);
    let waits_on = failure.stuck()[0].waits_on().unwrap();
    assert_eq!(waits_on.object, Some(ObjectKind::Atomic));
}

#[test]
fn outside_of_checks_they_are_what_stds_are() {
    let mut lock = Mutex::from(vec![1]);
    lock.lock().unwrap().push(2);
    lock.get_mut().unwrap().push(3);
    let guard = lock.lock().unwrap();
    assert!(matches!(
        lock.try_lock(),
        Err(std::sync::TryLockError::WouldBlock)
    ));
    assert_eq!(format!("{guard:?}"), "[1, 2, 3]");
    drop(guard);
    let std = std::sync::Mutex::new(vec![1, 2, 3]);
    assert_eq!(format!("{lock:?}"), format!("{std:?}"));
    assert_eq!(lock.into_inner().unwrap(), [1, 2, 3]);
    assert_eq!(*Mutex::<u8>::default().lock().unwrap(), 0);

    let unsized_lock: Arc<Mutex<dyn Fn() -> u32 + Send>> = Arc::new(Mutex::new(|| 7));
    assert_eq!(unsized_lock.lock().unwrap()(), 7);

    let flag = AtomicBool::new(true);
    assert!(flag.fetch_not(SeqCst));
    assert!(!flag.into_inner());
    let mut value = 5;
    let pointer = AtomicPtr::new(&raw mut value);
    assert_eq!(pointer.load(SeqCst), &raw mut value);
    assert_eq!(format!("{pointer:p}"), format!("{:p}", &raw mut value));
    assert_eq!(AtomicU8::from(3).fetch_max(9, SeqCst), 3);
    assert_eq!(format!("{:?}", AtomicU8::default()), "0");
    let odd = |value: u8| (value % 2 == 1).then_some(value + 1);
    let atomic = AtomicU8::new(3);
    assert_eq!(atomic.fetch_update(SeqCst, SeqCst, odd), Ok(3));
    assert_eq!(atomic.fetch_update(SeqCst, SeqCst, odd), Err(4));
}

#[test]
fn they_cross_threads_and_panics_as_stds_do() {
    fn is_shared<T: Send + Sync + std::panic::RefUnwindSafe + std::panic::UnwindSafe>() {}
    fn is_sync<T: Sync>() {}
    is_shared::<Mutex<std::cell::Cell<u8>>>();
    is_shared::<AtomicBool>();
    is_shared::<AtomicPtr<u8>>();
    is_sync::<MutexGuard<'_, u8>>();
}
