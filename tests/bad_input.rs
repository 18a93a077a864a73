//! What a check cannot use, or cannot control: each has an error of its own, and none hangs.
//!
//! Not here: code that never gives the thread back (`stall`).
#![expect(
    clippy::disallowed_methods,
    reason = "bodies do what they must not, on purpose"
)]

mod support;

use std::collections::HashMap;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use leak_harness::runtime::{Handle, Runtime};
use leak_harness::sync::mpsc;
use leak_harness::task::{self, LocalSet, yield_now};
use leak_harness::{Builder, Engine, FailureKind, spawn};
use support::everywhere;

/// Set in a child process, which then runs a check that reads its environment.
const CHILD: &str = "LEAK_HARNESS_TEST_ENVIRONMENT";

/// What a child process says whose check reads this environment.
fn with_environment(test: &str, name: &str, value: &str) -> (bool, String) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, "1")
        .env(name, value)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), text)
}

#[test]
fn a_bad_environment_value_fails_and_says_what_is_legal() {
    if std::env::var_os(CHILD).is_some() {
        Builder::new().run(|| async {});
        return;
    }
    let test = "a_bad_environment_value_fails_and_says_what_is_legal";
    for (name, value, legal) in [
        (
            "LEAK_TEST_ENGINE",
            "Loom",
            "auto, systematic, loom, random, pct, pos, urw, tokio",
        ),
        (
            "LEAK_TEST_SCHEDULES",
            "0",
            "a whole number of schedules, from 1",
        ),
        ("LEAK_TEST_SEED", "-1", "from 0 to 2^64 - 1"),
        ("LEAK_TEST_STALL", "soon", "a number of seconds above 0"),
    ] {
        let (success, text) = with_environment(test, name, value);
        assert!(!success, "{name}={value} passed");
        for part in [name, &format!("{value:?}"), legal, "configuration"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }
    let (success, text) = with_environment(test, "LEAK_TEST_SEED", "7");
    assert!(success, "{text}");
}

#[test]
fn the_stall_limit_can_be_set_from_the_environment() {
    if std::env::var_os(CHILD).is_some() {
        Builder::new().engine(Engine::Systematic).run(|| async {
            thread::sleep(Duration::from_secs(5));
        });
        return;
    }
    let test = "the_stall_limit_can_be_set_from_the_environment";
    let (success, text) = with_environment(test, "LEAK_TEST_STALL", "0.3");
    assert!(!success);
    assert!(text.contains("stall"), "{text}");
    assert!(text.contains("300ms"), "{text}");
}

#[test]
fn every_engine_runs() {
    for (name, engine) in Engine::NAMES {
        let coverage = Builder::new().engine(engine).schedules(5).check(|| async {
            spawn(async {}).await.unwrap();
        });
        let coverage = coverage.unwrap_or_else(|failure| panic!("{name}: {failure}"));
        assert!(coverage.schedules() > 0, "{name}");
    }
}

#[test]
fn a_body_that_does_something_else_each_time_is_nondeterministic() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let failure = Builder::new().engine(Engine::Systematic).check(|| async {
        let (tx, mut rx) = mpsc::channel::<usize>(8);
        for n in 0..RUNS.fetch_add(1, Ordering::Relaxed) % 5 {
            tx.try_send(n).unwrap();
        }
        drop(tx);
        while rx.recv().await.is_some() {}
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Nondeterminism);
    assert!(failure.to_string().contains("try_send"), "{failure}");
}

/// Whichever run the first is compared with: the wait of the second body is among others, so that what
/// teaches which waits are alone cannot be that run.
#[test]
fn a_body_that_takes_turns_is_nondeterministic() {
    async fn taking_turns(run: usize, ends: impl AsyncFnOnce(mpsc::Receiver<usize>)) {
        let (tx, rx) = mpsc::channel::<usize>(8);
        (0..run % 2).for_each(|n| tx.try_send(n).unwrap());
        drop(tx);
        ends(rx).await;
    }

    static ALONE: AtomicUsize = AtomicUsize::new(0);
    static AMONG: AtomicUsize = AtomicUsize::new(0);
    let alone = Builder::new().engine(Engine::Systematic).check(|| async {
        let run = ALONE.fetch_add(1, Ordering::Relaxed);
        taking_turns(run, async |mut rx| while rx.recv().await.is_some() {}).await;
    });
    let among = Builder::new().engine(Engine::Systematic).check(|| async {
        let (stop, mut stopped) = mpsc::channel::<()>(1);
        let run = AMONG.fetch_add(1, Ordering::Relaxed);
        taking_turns(run, async |mut rx| {
            leak_harness::select! {
                biased;
                _ = stopped.recv() => {}
                _ = rx.recv() => {}
            }
        })
        .await;
        drop(stop);
    });
    for failure in [alone, among] {
        assert_eq!(failure.unwrap_err().kind(), FailureKind::Nondeterminism);
    }
}

#[test]
fn a_body_that_does_something_else_each_time_does_not_hang_loom() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let failure = Builder::new().engine(Engine::Loom).check(|| async {
        let (tx, mut rx) = mpsc::channel::<usize>(8);
        let other = tx.clone();
        spawn(async move {
            for n in 0..RUNS.fetch_add(1, Ordering::Relaxed) % 3 {
                other.try_send(n).unwrap();
            }
        });
        tx.try_send(7).unwrap();
        drop(tx);
        while rx.recv().await.is_some() {}
    });
    // loom may or may not notice; it must come to an end.
    if let Err(failure) = failure {
        let kinds = [FailureKind::Nondeterminism, FailureKind::Unsupported];
        assert!(kinds.contains(&failure.kind()), "{failure}");
    }
}

#[test]
fn a_body_that_walks_a_hash_map_is_nondeterministic() {
    let failure = Builder::new().engine(Engine::Systematic).check(|| async {
        let mut senders = HashMap::new();
        let mut receivers = Vec::new();
        for n in 0..8 {
            let (tx, rx) = mpsc::channel::<u32>(1);
            senders.insert(n, tx);
            receivers.push(rx);
        }
        for (n, tx) in &senders {
            tx.try_send(*n).unwrap();
        }
        drop(receivers);
    });
    assert_eq!(failure.unwrap_err().kind(), FailureKind::Nondeterminism);
}

#[test]
fn a_static_that_is_initialised_in_the_first_execution_is_no_nondeterminism() {
    static SENT: AtomicUsize = AtomicUsize::new(0);
    let coverage = Builder::new()
        .engine(Engine::Systematic)
        .exhaustive(true)
        .check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            if SENT.fetch_add(1, Ordering::Relaxed) == 0 {
                tx.try_send(1).unwrap();
            }
            drop(tx);
            while rx.recv().await.is_some() {}
        });
    coverage.unwrap();
}

#[test]
fn a_real_thread_that_sends_later_is_named_and_is_no_leak() {
    everywhere(|builder| {
        let failure = builder
            .check(|| async {
                let (tx, mut rx) = mpsc::channel::<u32>(1);
                thread::spawn(move || {
                    thread::sleep(Duration::from_millis(20));
                    tx.try_send(1).ok();
                });
                rx.recv().await;
            })
            .unwrap_err();
        let line = line!() - 5;
        assert_eq!(failure.kind(), FailureKind::Unsupported);
        let text = failure.to_string();
        assert!(text.contains("a real thread takes part"), "{text}");
        let place = format!("tests/bad_input.rs:{line}:");
        assert!(text.contains(&place), "{place} is not in {text}");
    });
}

#[test]
fn a_real_thread_that_sends_at_once_is_named_too() {
    everywhere(|builder| {
        let failure = builder.check(|| async {
            let (tx, mut rx) = mpsc::channel::<u32>(1);
            thread::spawn(move || tx.try_send(1))
                .join()
                .unwrap()
                .unwrap();
            rx.recv().await;
        });
        let failure = failure.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unsupported);
        assert!(failure.to_string().contains("a real thread takes part"));
    });
}

/// What a real thread is told that does this with the runtime of a leak test.
fn told_on_a_real_thread(line: u32, uses: fn(&Runtime, &Handle)) {
    everywhere(|builder| {
        let told: &'static Mutex<String> = Box::leak(Box::default());
        let failure = builder.check(move || async move {
            let runtime = std::sync::Arc::new(Runtime::new().unwrap());
            let (used, handle) = (std::sync::Arc::clone(&runtime), Handle::current());
            let panicked = thread::spawn(move || uses(&used, &handle)).join();
            let message = panicked.unwrap_err().downcast::<String>().unwrap();
            *told.lock().unwrap() = *message;
            task::block_in_place(|| drop(runtime));
        });
        let failure = failure.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unsupported, "{failure}");
        let text = failure.to_string();
        let place = format!("tests/bad_input.rs:{line}:");
        assert!(text.contains("a real thread takes part"), "{text}");
        assert!(text.contains(&place), "{text}");
        let told = told.lock().unwrap();
        for part in [&place, "spawn_blocking", "#[leak_test(engine = \"tokio\")]"] {
            assert!(told.contains(part), "{part} is not in {told}");
        }
    });
}

#[test]
fn a_real_thread_cannot_block_on_the_runtime_of_a_leak_test_and_is_told_what_to_do() {
    told_on_a_real_thread(line!() + 1, |_, handle| {
        handle.block_on(async {});
    });
    told_on_a_real_thread(line!() + 1, |runtime, _| {
        LocalSet::new().block_on(runtime, async {});
    });
    told_on_a_real_thread(line!() + 1, |_, handle| {
        drop(handle.spawn(async {}));
    });
}

/// Parks for good, and hands out its waker.
async fn hand_out(waker: &'static Mutex<Option<Waker>>) {
    std::future::poll_fn(|context| {
        *waker.lock().unwrap() = Some(context.waker().clone());
        Poll::<()>::Pending
    })
    .await;
}

#[test]
fn a_real_thread_that_wakes_a_task_is_no_leak() {
    static WAKER: Mutex<Option<Waker>> = Mutex::new(None);
    everywhere(|builder| {
        let failure = builder.check(|| async {
            spawn(hand_out(&WAKER));
            yield_now().await;
            yield_now().await;
            thread::spawn(|| {
                thread::sleep(Duration::from_millis(10));
                if let Some(waker) = WAKER.lock().unwrap().take() {
                    waker.wake();
                }
            });
        });
        let failure = failure.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unsupported);
        assert!(failure.to_string().contains("a real thread takes part"));
    });
}

#[test]
fn a_waker_is_ignored_when_its_execution_is_over() {
    static WAKER: Mutex<Option<Waker>> = Mutex::new(None);
    everywhere(|builder| {
        let leak = builder.check(|| async {
            spawn(hand_out(&WAKER));
        });
        assert_eq!(leak.unwrap_err().kind(), FailureKind::Leak);
        let old = WAKER.lock().unwrap().take().unwrap();
        let coverage = builder.check(move || {
            let old = old.clone();
            async move {
                spawn(async move {
                    old.wake_by_ref();
                    yield_now().await;
                    old.wake();
                });
            }
        });
        coverage.unwrap();
    });
}

/// What the harness says to the one use of real tokio on `line` of this file.
fn unsupported<F>(what: &str, line: u32, body: impl Fn() -> F + Copy + Send + Sync + 'static)
where
    F: Future<Output = ()> + 'static,
{
    everywhere(|builder| {
        let failure = builder.name("crate::this_one").check(body).unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unsupported);
        let text = failure.to_string();
        let place = format!("  at tests/bad_input.rs:{line}:");
        let way_out = "LEAK_TEST_ENGINE=tokio cargo test crate::this_one";
        for part in [what, &place, "#[leak_test(engine = \"tokio\")]", way_out] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    });
}

#[test]
fn a_socket_is_unsupported_and_its_place_is_named() {
    unsupported("a socket of real tokio", line!() + 1, || async {
        let _ = leak_harness::net::TcpStream::connect("127.0.0.1:1").await;
    });
    unsupported("a socket of real tokio", line!() + 1, || async {
        let _ = leak_harness::net::UdpSocket::bind("127.0.0.1:0").await;
    });
}

#[test]
fn a_file_is_unsupported_and_its_place_is_named() {
    unsupported("a file of real tokio", line!() + 1, || async {
        let _ = leak_harness::fs::read("Cargo.toml").await;
    });
}

#[test]
fn a_process_is_unsupported_and_its_place_is_named() {
    unsupported("a process of real tokio", line!() + 1, || async {
        let _ = leak_harness::process::Command::new("true").status().await;
    });
}

#[test]
fn a_signal_is_unsupported_and_its_place_is_named() {
    unsupported("a signal of real tokio", line!() + 1, || async {
        let _ = leak_harness::signal::ctrl_c().await;
    });
}

#[test]
fn a_socket_is_named_where_a_dependency_has_a_runtime_of_real_tokio() {
    let failure = Builder::new().check(|| async {
        uses_tokio::pause(Duration::from_millis(1)).await;
        let _ = leak_harness::net::TcpStream::connect("127.0.0.1:1").await;
    });
    let line = line!() - 2;
    let text = failure.unwrap_err().to_string();
    let place = format!("  at tests/bad_input.rs:{line}:");
    for part in ["a socket of real tokio", &place] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn not_everything_explored_is_an_error_only_if_it_is_asked_for() {
    let body = || async {
        let (tx, _rx) = mpsc::channel::<u32>(8);
        for _ in 0..2 {
            let tx = tx.clone();
            spawn(async move {
                for n in 0..3 {
                    tx.try_send(n).ok();
                }
            });
        }
    };
    let builder = Builder::new().engine(Engine::Systematic).schedules(3);
    assert!(!builder.check(body).unwrap().exhaustive());
    let builder = builder.exhaustive(true);
    let failure = builder.check(body).unwrap_err();
    assert_eq!(failure.kind(), FailureKind::NotExhaustive);
    let all = builder.schedules(1_000).check(body).unwrap();
    assert!(all.exhaustive());
}
