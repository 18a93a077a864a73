//! Locks that the harness cannot see, and code that never gives the thread back.
//!
//! Not here: what is stuck in the model (`verdicts`).
#![expect(clippy::disallowed_methods, reason = "bodies that block real threads")]

use std::cell::RefCell;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use leak_harness::sync::mpsc;
use leak_harness::task::yield_now;
use leak_harness::{Builder, Coverage, Engine, Failure, FailureKind, spawn};

const HOSTS: [Engine; 2] = [Engine::Systematic, Engine::Loom];

#[track_caller]
fn assert_atomic(coverage: &Coverage, line: u32) {
    let known = coverage.atomic_sites();
    let here = known
        .iter()
        .any(|site| site.file() == file!() && site.line() == line);
    assert!(here, "line {line} is not among {known:?}");
}

#[test]
fn a_real_mutex_that_is_held_across_a_send_is_no_stall() {
    for engine in HOSTS {
        let coverage = Builder::new().engine(engine).check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(8);
            let lock = Arc::new(Mutex::new(0));
            for _ in 0..2 {
                let (tx, lock) = (tx.clone(), Arc::clone(&lock));
                spawn(async move {
                    let mut sent = lock.lock().unwrap();
                    tx.try_send(*sent).unwrap();
                    tx.try_send(*sent + 1).unwrap();
                    *sent += 2;
                });
            }
            drop(tx);
            for n in 0..4 {
                assert_eq!(rx.recv().await, Some(n));
            }
        });
        let line = line!() - 9;
        assert_atomic(&coverage.unwrap(), line);
    }
}

#[test]
fn a_once_lock_whose_initialiser_sends_is_no_stall() {
    for engine in HOSTS {
        let coverage = Builder::new().engine(engine).check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(8);
            let cell = Arc::new(OnceLock::new());
            for _ in 0..2 {
                let (tx, cell) = (tx.clone(), Arc::clone(&cell));
                spawn(async move {
                    tx.try_send(0).unwrap();
                    cell.get_or_init(|| tx.try_send(1).unwrap());
                });
            }
            drop(tx);
            let mut sum = 0;
            while let Some(n) = rx.recv().await {
                sum += n;
            }
            assert_eq!(sum, 1);
        });
        let line = line!() - 10;
        assert_atomic(&coverage.unwrap(), line);
    }
}

thread_local! {
    static SENT: RefCell<u32> = const { RefCell::new(0) };
}

#[test]
fn a_thread_local_that_is_borrowed_across_a_send_is_no_panic() {
    for engine in HOSTS {
        let coverage = Builder::new().engine(engine).check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(8);
            for _ in 0..2 {
                let tx = tx.clone();
                spawn(async move {
                    SENT.with_borrow_mut(|sent| {
                        tx.try_send(*sent).unwrap();
                        tx.try_send(*sent + 1).unwrap();
                        *sent += 1;
                    });
                });
            }
            drop(tx);
            while rx.recv().await.is_some() {}
        });
        let line = line!() - 8;
        assert_atomic(&coverage.unwrap(), line);
    }
}

#[test]
#[expect(
    clippy::await_holding_refcell_ref,
    reason = "the mistake that is found"
)]
fn a_borrow_that_is_wrong_by_itself_is_a_panic() {
    for engine in HOSTS {
        let failure = Builder::new().engine(engine).check(|| async {
            let cell = RefCell::new(0);
            let _first = cell.borrow_mut();
            yield_now().await;
            let _second = cell.borrow_mut();
        });
        let failure = failure.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Panic);
        assert!(failure.panic().unwrap().message.contains("already"));
    }
}

/// A clean check and a failing one, as called from anywhere.
fn check_both() {
    Builder::new()
        .check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            spawn(async move { tx.send(1).await });
            assert_eq!(rx.recv().await, Some(1));
        })
        .unwrap();
    let failure = Builder::new().check(|| async {
        let (tx, mut rx) = mpsc::channel::<u32>(1);
        spawn(async move { rx.recv().await });
        std::mem::forget(tx);
    });
    assert_eq!(failure.unwrap_err().kind(), FailureKind::Leak);
}

#[test]
fn a_check_inside_a_real_runtime_works() {
    let many = ::tokio::runtime::Builder::new_multi_thread()
        .build()
        .unwrap();
    many.block_on(async {
        check_both();
        ::tokio::spawn(async { check_both() }).await.unwrap();
    });
    let one = ::tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    one.block_on(async { check_both() });
}

#[test]
fn checks_that_run_side_by_side_do_not_disturb_each_other() {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(check_both);
        }
    });
}

#[test]
fn a_check_inside_a_check_works() {
    Builder::new()
        .engine(Engine::Systematic)
        .check(|| async { check_both() })
        .unwrap();
}

#[test]
fn code_that_never_gives_the_thread_back_is_a_stall_and_others_go_on() {
    static OVER: AtomicBool = AtomicBool::new(false);
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    for engine in HOSTS {
        OVER.store(false, Ordering::Relaxed);
        let check = std::thread::spawn(move || {
            let limit = Duration::from_millis(500);
            Builder::new().engine(engine).stall(limit).check(|| async {
                RUNS.fetch_add(1, Ordering::Relaxed);
                spawn(async {
                    yield_now().await;
                    while !OVER.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                });
            })
        });
        while !check.is_finished() {
            check_both();
        }
        let failure = check.join().unwrap().unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Stall);
        assert!(failure.to_string().contains("500ms"), "{failure}");
        let runs = RUNS.load(Ordering::Relaxed);
        OVER.store(true, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(200));
        // The thread that was left behind ends, and explores nothing more.
        assert_eq!(RUNS.load(Ordering::Relaxed), runs);
        check_both();
    }
}

#[test]
fn a_real_mutex_that_is_never_released_is_a_stall() {
    for engine in HOSTS {
        let failure = Builder::new()
            .engine(engine)
            .stall(Duration::from_millis(400))
            .check(|| async {
                let (tx, mut rx) = mpsc::channel::<u32>(8);
                let lock = Arc::new(Mutex::new(0));
                for _ in 0..2 {
                    let (tx, lock) = (tx.clone(), Arc::clone(&lock));
                    spawn(async move {
                        tx.try_send(1).unwrap();
                        std::mem::forget(lock.lock().unwrap());
                        tx.try_send(2).unwrap();
                    });
                }
                drop(tx);
                while rx.recv().await.is_some() {}
            });
        assert_eq!(failure.unwrap_err().kind(), FailureKind::Stall);
    }
}

/// Fails where the second task is first; real locks make the sends atomic.
fn check_locked_sends(builder: &Builder) -> Failure {
    let checked = builder.check(|| async {
        let (tx, mut rx) = mpsc::channel::<u32>(8);
        let lock = Arc::new(Mutex::new(()));
        for n in 0..2 {
            let (tx, lock) = (tx.clone(), Arc::clone(&lock));
            spawn(async move {
                let _guard = lock.lock().unwrap();
                tx.try_send(n).unwrap();
                tx.try_send(n).unwrap();
            });
        }
        drop(tx);
        let first = rx.recv().await;
        while rx.recv().await.is_some() {}
        if first == Some(1) {
            std::future::pending().await
        }
    });
    checked.unwrap_err()
}

/// The process that runs a token again has not found out yet which sites are atomic.
#[test]
fn a_token_says_which_sites_were_atomic() {
    const AGAIN: &str = "LEAK_TEST_REPLAY";
    let builder = Builder::new().engine(Engine::Systematic);
    let failure = check_locked_sends(&builder);
    assert_eq!(failure.kind(), FailureKind::Deadlock, "{failure}");
    if std::env::var_os(AGAIN).is_some() {
        return;
    }
    let again = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_token_says_which_sites_were_atomic"])
        .env(AGAIN, failure.token().unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&again.stdout);
    assert!(again.status.success(), "{said}");
}
