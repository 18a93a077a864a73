//! After the verdict: every unfinished task is dropped, its own drop code runs to its end, and
//! neither the process nor the next check is hurt.
//!
//! Not here: the verdicts themselves (`verdicts`).

mod support;

use std::future::pending;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use leak_harness::sync::mpsc::{self, Receiver, Sender};
use leak_harness::task::yield_now;
use leak_harness::time::{Duration, sleep};
use leak_harness::{Builder, Engine, Failure, FailureKind, spawn};
use support::everywhere;

/// Runs its closure when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Counts values made and values dropped.
#[derive(Default)]
struct Count {
    made: AtomicUsize,
    dropped: AtomicUsize,
}

impl Count {
    const fn new() -> Count {
        Count {
            made: AtomicUsize::new(0),
            dropped: AtomicUsize::new(0),
        }
    }

    fn value(&'static self) -> Counted {
        self.made.fetch_add(1, Ordering::SeqCst);
        Counted(self)
    }

    #[track_caller]
    fn assert_even(&self) {
        let (made, dropped) = (
            self.made.load(Ordering::SeqCst),
            self.dropped.load(Ordering::SeqCst),
        );
        assert!(made > 0, "the test made no value");
        assert_eq!(made, dropped, "values made, and values dropped");
    }
}

struct Counted(&'static Count);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

/// The same process goes on checking, and finds what it should.
#[track_caller]
fn assert_unhurt() {
    everywhere(|builder| {
        let clean = builder.clone().exhaustive(true).check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            spawn(async move { tx.send(7).await });
            assert_eq!(rx.recv().await, Some(7));
        });
        clean.unwrap();
        let leak = builder.check(|| async {
            spawn(pending::<()>());
        });
        assert_eq!(leak.unwrap_err().kind(), FailureKind::Leak);
    });
}

#[track_caller]
fn assert_leak(failure: &Failure) {
    assert_eq!(failure.kind(), FailureKind::Leak, "{failure}");
}

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

/// Goes on for ever, whatever its operations throw.
async fn catches_everything(tx: Sender<u32>, mut rx: Receiver<u32>) {
    yield_now().await;
    loop {
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let _ = rx.try_recv();
            tx.is_closed()
        }));
    }
}

#[test]
fn a_task_that_catches_unwinds_in_a_loop_is_left_behind() {
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let (tx, rx) = mpsc::channel::<u32>(1);
            spawn(catches_everything(tx, rx));
        });
        assert_eq!(failure.unwrap_err().kind(), FailureKind::Loop);
    });
    assert_unhurt();
}

#[test]
fn a_task_that_spins_inside_a_poll_is_unwound_and_drops_what_it_holds() {
    static VALUES: Count = Count::new();
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            spawn(async move {
                let _value = VALUES.value();
                while rx.try_recv().is_err() {}
            });
            std::mem::forget(tx);
        });
        assert_eq!(failure.unwrap_err().kind(), FailureKind::Loop);
    });
    VALUES.assert_even();
    assert_unhurt();
}

#[test]
fn drops_may_run_on_until_they_run_out_of_fuel() {
    static VALUES: Count = Count::new();
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            spawn(async move {
                let _value = VALUES.value();
                // Spins until an answer comes: in teardown, never.
                let _on_drop = OnDrop(move || while rx.try_recv().is_err() {});
                pending::<()>().await;
            });
            std::mem::forget(tx);
        });
        assert_leak(&failure.unwrap_err());
    });
    VALUES.assert_even();
    assert_unhurt();
}

#[test]
fn a_drop_that_spins_during_an_unwinding_is_left_behind() {
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            let (hold, mut held) = mpsc::channel::<u32>(1);
            spawn(async move {
                let _on_drop = OnDrop(move || while rx.try_recv().is_err() {});
                // Unwound here, so that the drop runs while the thread is panicking.
                while held.try_recv().is_err() {}
            });
            std::mem::forget((tx, hold));
        });
        assert_eq!(failure.unwrap_err().kind(), FailureKind::Loop);
    });
    assert_unhurt();
}

#[test]
fn an_allowed_task_that_cannot_be_unwound_ends_the_exploration() {
    // On one thread nothing else could go on while it spins.
    for engine in [Engine::Systematic, Engine::Loom] {
        let coverage = Builder::new()
            .engine(engine)
            .allow("spins")
            .check(|| async {
                spawn(spins());
                let (tx, mut rx) = mpsc::channel::<u32>(1);
                spawn(async move { tx.send(1).await });
                rx.recv().await;
            });
        coverage.unwrap();
    }
    assert_unhurt();
}

async fn spins() {
    let (tx, mut rx) = mpsc::channel::<u32>(1);
    let (hold, mut held) = mpsc::channel::<u32>(1);
    let _on_drop = OnDrop(move || while rx.try_recv().is_err() {});
    while held.try_recv().is_err() {}
    drop((tx, hold));
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
fn a_value_that_is_never_dropped_stays() {
    static VALUES: Count = Count::new();
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            spawn(async move {
                let _forgotten = ManuallyDrop::new((tx, VALUES.value()));
                pending::<()>().await;
            });
            spawn(async move { rx.recv().await });
        });
        let failure = failure.unwrap_err();
        assert_leak(&failure);
        assert_eq!(failure.stuck().len(), 2);
    });
    assert_eq!(VALUES.dropped.load(Ordering::SeqCst), 0);
    assert_unhurt();
}

#[test]
fn a_task_that_stands_in_the_middle_of_a_poll_goes_on_to_its_end() {
    static VALUES: Count = Count::new();
    static ENDS: AtomicUsize = AtomicUsize::new(0);
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(4);
            let sender = spawn(async move {
                let _value = VALUES.value();
                for n in 0..3 {
                    tx.try_send(n).ok();
                }
                ENDS.fetch_add(1, Ordering::SeqCst);
            });
            yield_now().await;
            // In some schedule the sender stands between two of its three operations here.
            if rx.try_recv().is_ok() && rx.try_recv().is_err() {
                panic!("interrupted");
            }
            sender.await.unwrap();
        });
        if let Err(failure) = failure {
            assert_eq!(failure.panic().unwrap().message, "interrupted");
        }
    });
    VALUES.assert_even();
    let ends = ENDS.load(Ordering::SeqCst);
    assert_eq!(ends, VALUES.made.load(Ordering::SeqCst));
    assert_unhurt();
}

#[test]
fn a_task_in_the_middle_of_a_poll_may_panic_when_it_goes_on() {
    static VALUES: Count = Count::new();
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(4);
            spawn(async move {
                let _value = VALUES.value();
                tx.try_send(0).unwrap();
                // The receiver may be gone by now.
                tx.try_send(1).unwrap();
            });
            yield_now().await;
            if rx.try_recv().is_ok() && rx.try_recv().is_err() {
                panic!("interrupted");
            }
        });
        failure.unwrap_err();
    });
    VALUES.assert_even();
    assert_unhurt();
}

#[test]
fn futures_that_were_never_polled_are_dropped() {
    static VALUES: Count = Count::new();
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let value = VALUES.value();
            spawn(async move {
                let _value = value;
            });
            panic!("before anybody ran");
            #[expect(unreachable_code, reason = "the body's type")]
            ()
        });
        assert_eq!(failure.unwrap_err().kind(), FailureKind::Panic);
    });
    VALUES.assert_even();
    assert_unhurt();
}

#[test]
fn too_many_tasks_for_loom_are_dropped_all_the_same() {
    static VALUES: Count = Count::new();
    let builder = Builder::new().engine(Engine::Loom);
    let failure = builder.check(|| async {
        for _ in 0..6 {
            let value = VALUES.value();
            spawn(async move {
                let _value = value;
                yield_now().await;
            });
        }
    });
    assert_eq!(failure.unwrap_err().kind(), FailureKind::Unsupported);
    VALUES.assert_even();
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
                        #[expect(clippy::disallowed_methods, reason = "it never comes back")]
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
            "a_second_panic_while_unwinding_aborts_as_in_plain_rust",
        ])
        .env(CHILD, "1")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("aborting"), "{stderr}");
}
