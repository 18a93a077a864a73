//! Drop code that acts, panics, goes on or blocks.

use std::future::pending;
use std::panic::panic_any;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use leak_harness::sync::mpsc::{self};
use leak_harness::task::yield_now;
use leak_harness::time::{Duration, sleep};
use leak_harness::{Builder, Engine, FailureKind, spawn};

use crate::support::everywhere;
use crate::{Count, Counted, OnDrop, assert_leak, assert_unhurt};

#[test]
fn drops_may_send_spawn_and_use_channels() {
    static VALUES: Count = Count::new();
    static ENDS: AtomicUsize = AtomicUsize::new(0);
    static STARTS: AtomicUsize = AtomicUsize::new(0);
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let (tx, mut rx) = mpsc::channel::<Counted>(1);
            let on_drop = OnDrop(move || {
                STARTS.fetch_add(1, Ordering::SeqCst);
                let _ = tx.try_send(VALUES.value());
                let _ = tx.try_send(VALUES.value());
                let value = VALUES.value();
                spawn(async move {
                    let _value = value;
                    sleep(Duration::from_secs(1)).await;
                });
                let (inner, mut outer) = mpsc::channel(1);
                inner.try_send(VALUES.value()).ok();
                drop(outer.try_recv());
                ENDS.fetch_add(1, Ordering::SeqCst);
            });
            spawn(async move {
                let _on_drop = on_drop;
                pending::<()>().await;
            });
            spawn(async move { rx.recv().await.map(drop) });
        });
        assert_leak(&failure.unwrap_err());
    });
    let ends = ENDS.load(Ordering::SeqCst);
    assert!(ends >= 4);
    assert_eq!(
        STARTS.load(Ordering::SeqCst),
        ends,
        "drop code runs to its end"
    );
    VALUES.assert_even();
    assert_unhurt();
}

#[test]
fn drops_may_panic() {
    static VALUES: Count = Count::new();
    everywhere(|builder| {
        let failure = builder.check(|| async {
            for _ in 0..2 {
                let value = VALUES.value();
                spawn(async move {
                    let _value = value;
                    let _on_drop = OnDrop(|| panic!("a drop that panics"));
                    pending::<()>().await;
                });
            }
        });
        assert_leak(&failure.unwrap_err());
    });
    VALUES.assert_even();
    assert_unhurt();
}

#[test]
fn an_output_that_nobody_takes_may_panic_when_it_is_dropped() {
    everywhere(|builder| {
        let coverage = builder.check(|| async {
            spawn(async { OnDrop(|| panic!("an output that panics")) });
            let kept = spawn(async { OnDrop(|| panic!("an output that panics")) });
            yield_now().await;
            std::mem::forget(kept);
        });
        coverage.unwrap();
    });
    assert_unhurt();
}

#[test]
fn a_payload_may_panic_when_it_is_dropped() {
    struct Payload;
    impl Drop for Payload {
        fn drop(&mut self) {
            panic!("a payload that panics");
        }
    }
    everywhere(|builder| {
        let failure = builder.check(|| async {
            spawn(async { panic_any(Payload) });
        });
        assert_eq!(failure.unwrap_err().kind(), FailureKind::Panic);
        let failure = builder.check(|| async {
            spawn(async {
                let _on_drop = OnDrop(|| panic_any(Payload));
                pending::<()>().await;
            });
        });
        assert_leak(&failure.unwrap_err());
    });
    assert_unhurt();
}

#[test]
fn drops_that_spawn_for_ever_come_to_an_end() {
    fn again() -> OnDrop<impl FnMut()> {
        OnDrop(|| {
            let next: Box<dyn Send> = Box::new(boxed());
            spawn(async move {
                let _next = next;
                pending::<()>().await;
            });
        })
    }
    fn boxed() -> Box<dyn Send> {
        Box::new(again())
    }
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let first = boxed();
            spawn(async move {
                let _first = first;
                pending::<()>().await;
            });
        });
        assert_leak(&failure.unwrap_err());
    });
    assert_unhurt();
}

#[test]
fn drop_code_has_room_on_the_stack() {
    fn deep(levels: u32) -> u64 {
        let room = std::hint::black_box([levels; 256]);
        if levels == 0 {
            0
        } else {
            deep(levels - 1) + u64::from(room[17])
        }
    }
    struct Deep;
    impl Drop for Deep {
        fn drop(&mut self) {
            // 256 KiB, at least: more than loom's stacks have.
            std::hint::black_box(deep(256));
        }
    }
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let kept = spawn(async { Deep });
            spawn(async {
                let _deep = Deep;
                pending::<()>().await;
            });
            yield_now().await;
            drop(kept);
        });
        assert_leak(&failure.unwrap_err());
    });
}

#[test]
fn a_drop_that_blocks_the_thread_for_ever_does_not_lose_the_verdict() {
    let builder = Builder::new().engine(Engine::Systematic);
    let failure = builder
        .stall(std::time::Duration::from_millis(300))
        .check(|| async {
            spawn(async {
                let _on_drop = OnDrop(|| {
                    loop {
                        #[expect(clippy::disallowed_methods, reason = "that is the test")]
                        std::thread::park();
                    }
                });
                pending::<()>().await;
            });
        });
    assert_leak(&failure.unwrap_err());
    assert_unhurt();
}

/// Set in a child process, which then runs what aborts.
const CHILD: &str = "LEAK_HARNESS_TEST_ABORTS";

/// A second panic while the first unwinds aborts the process in plain Rust; so it does in a check.
#[test]
fn a_second_panic_while_unwinding_aborts_as_in_plain_rust() {
    if std::env::var_os(CHILD).is_some() {
        let _ = Builder::new().check(|| async {
            let _on_drop = OnDrop(|| panic!("second"));
            yield_now().await;
            if true {
                panic!("first");
            }
        });
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "drops::a_second_panic_while_unwinding_aborts_as_in_plain_rust",
        ])
        .env(CHILD, "1")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("aborting"), "{stderr}");
}

#[test]
fn others_run_in_the_middle_of_the_drop_of_an_output() {
    everywhere(|builder| {
        let checked = builder.check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            let other = tx.clone();
            // Nobody asks for what the task returns: its end drops a sender.
            drop(spawn(async move { tx }));
            drop(spawn(async move { drop(other) }));
            assert_eq!(rx.recv().await, None);
        });
        if let Err(failure) = checked {
            panic!("{failure}");
        }
    });
}
