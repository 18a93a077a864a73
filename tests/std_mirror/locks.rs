//! Locks that block their task like a thread: who is stuck on whom, and what poisons them.

use std::sync::Arc;

#[cfg(std_has_downgrade)]
use leak_harness::__private::std::sync::RwLockWriteGuard;
use leak_harness::__private::std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use leak_harness::__private::std::sync::{Mutex, MutexGuard, RwLock};
#[cfg(std_has_downgrade)]
use leak_harness::Cause;
use leak_harness::sync::mpsc;
use leak_harness::{
    Builder, Engine, Failure, FailureKind, ObjectKind, Operation, StuckState, TaskId, spawn,
};

use crate::HOSTS;
use crate::orders::in_all_orders;

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
    let failed = in_all_orders(|| async {
        let lock = Arc::new(Mutex::new(0));
        let other = Arc::clone(&lock);
        let task = spawn(async move {
            let mut guard = other.lock().unwrap();
            *guard += 1;
        });
        let failed = lock.try_lock().is_err();
        task.await.unwrap();
        assert_eq!(*lock.try_lock().unwrap(), 1);
        failed
    });
    assert!(failed.contains(&true), "no schedule met the lock taken");
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
    let both = in_all_orders(|| async {
        let lock = Arc::new(RwLock::new(0));
        let reading = Arc::new(AtomicUsize::new(0));
        let tasks = [(); 2].map(|()| {
            let (lock, reading) = (Arc::clone(&lock), Arc::clone(&reading));
            spawn(async move {
                let value = lock.read().unwrap();
                let beside_another = reading.fetch_add(1, SeqCst) > 0;
                let before = *value;
                reading.fetch_sub(1, SeqCst);
                assert_eq!(*value, before);
                beside_another
            })
        });
        {
            let mut value = lock.write().unwrap();
            assert_eq!(reading.load(SeqCst), 0);
            *value += 1;
        }
        let mut both = false;
        for task in tasks {
            both |= task.await.unwrap();
        }
        both
    });
    assert!(both.contains(&true), "no schedule had two readers at once");
}

#[cfg(std_has_downgrade)]
#[test]
fn a_writer_that_reads_on_lets_readers_in_and_no_writer_before_them() {
    let seen = in_all_orders(|| async {
        let lock = Arc::new(RwLock::new(0));
        let reading = Arc::new(AtomicUsize::new(0));
        let (writer, beside) = (Arc::clone(&lock), Arc::clone(&reading));
        let reader = (Arc::clone(&lock), Arc::clone(&reading));
        let reads = spawn(async move {
            let value = reader.0.read().unwrap();
            (*value, reader.1.load(SeqCst))
        });
        let writes = spawn(async move { *writer.write().unwrap() = 9 });
        {
            let mut value = lock.write().unwrap();
            *value = 1;
            let value = RwLockWriteGuard::downgrade(value);
            beside.store(1, SeqCst);
            assert_eq!(*value, 1, "somebody wrote in between");
            beside.store(0, SeqCst);
        }
        writes.await.unwrap();
        reads.await.unwrap()
    });
    assert!(seen.contains(&(1, 1)), "nobody read beside it: {seen:?}");
    assert!(
        seen.iter()
            .all(|&(value, beside)| beside == 0 || value == 1)
    );
}

#[cfg(std_has_downgrade)]
#[test]
fn who_reads_on_and_waits_for_a_writer_is_stuck_and_told_where_it_took_the_lock() {
    for engine in HOSTS {
        let check = Builder::new().engine(engine).check(|| async {
            let lock = Arc::new(RwLock::new(0));
            let (tx, mut rx) = mpsc::channel::<()>(1);
            let writer = Arc::clone(&lock);
            let _value = RwLockWriteGuard::downgrade(lock.write().unwrap());
            spawn(async move {
                *writer.write().unwrap() += 1;
                tx.try_send(()).unwrap();
            });
            rx.recv().await;
        });
        let line = line!() - 7;
        let failure = check.expect_err("each waits for the other");
        assert_eq!(failure.kind(), FailureKind::Deadlock);
        let writer = failure.stuck().iter().find(|task| !task.is_body()).unwrap();
        let held = writer.waits()[0].held_by.clone().unwrap();
        assert_eq!(held.taken_at.line(), line);
        assert!(matches!(writer.cause(), Some(Cause::LockHeld { .. })));
    }
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
