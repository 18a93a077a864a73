//! What only weak memory shows: found on loom with the wrong orderings, and with no other.

use std::sync::Arc;

use leak_harness::sync::{Notify, mpsc};
use leak_harness::{Builder, Coverage, Engine, Failure, FailureKind, spawn};
use leak_harness_std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use leak_harness_std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

fn on_loom<F>(body: impl Fn() -> F + Send + Sync + 'static) -> Result<Coverage, Failure>
where
    F: Future<Output = ()> + 'static,
{
    Builder::new()
        .engine(Engine::Loom)
        .exhaustive(true)
        .check(body)
}

/// A value, then a flag that says it is there. Who sees the flag without the value waits for ever.
async fn publish(store: Ordering, load: Ordering) {
    let value = Arc::new(AtomicU32::new(0));
    let there = Arc::new(AtomicBool::new(false));
    let (published, flag) = (value.clone(), there.clone());
    spawn(async move {
        published.store(7, Relaxed);
        flag.store(true, store);
    });
    spawn(async move {
        if there.load(load) && value.load(Relaxed) == 0 {
            Notify::new().notified().await;
        }
    });
}

#[test]
fn a_relaxed_publish_is_a_leak() {
    let failure = on_loom(|| publish(Relaxed, Relaxed)).unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Leak);
    on_loom(|| publish(Release, Acquire)).unwrap();
    on_loom(|| publish(SeqCst, SeqCst)).unwrap();
    // Sequentially consistent memory does not show it.
    Builder::new()
        .engine(Engine::Systematic)
        .exhaustive(true)
        .check(|| publish(Relaxed, Relaxed))
        .unwrap();
}

/// A flag that is checked once before parking: each side writes its own and reads the other's.
async fn check_then_park(order: Ordering) {
    let store = if order == SeqCst { SeqCst } else { Release };
    let load = if order == SeqCst { SeqCst } else { Acquire };
    let done = Arc::new(AtomicBool::new(false));
    let waiting = Arc::new(AtomicBool::new(false));
    let wake = Arc::new(Notify::new());
    let (is_done, waits, waker) = (done.clone(), waiting.clone(), wake.clone());
    spawn(async move {
        is_done.store(true, store);
        if waits.load(load) {
            waker.notify_one();
        }
    });
    spawn(async move {
        waiting.store(true, store);
        if !done.load(load) {
            wake.notified().await;
        }
    });
}

#[test]
fn a_flag_that_is_checked_once_before_parking_needs_one_order_for_all() {
    let failure = on_loom(|| check_then_park(Relaxed)).unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Leak);
    on_loom(|| check_then_park(SeqCst)).unwrap();
}

#[test]
fn what_was_written_before_a_send_is_seen_after_its_receive() {
    let body = || async {
        let value = Arc::new(AtomicU32::new(0));
        let (tx, mut rx) = mpsc::channel::<()>(1);
        let written = value.clone();
        spawn(async move {
            written.store(7, Relaxed);
            tx.send(()).await.unwrap();
        });
        rx.recv().await.unwrap();
        assert_eq!(value.load(Relaxed), 7);
    };
    on_loom(body).unwrap();
}

#[test]
fn what_a_task_wrote_is_seen_after_its_join() {
    let body = || async {
        let value = Arc::new(AtomicU32::new(0));
        let written = value.clone();
        spawn(async move { written.store(7, Relaxed) })
            .await
            .unwrap();
        assert_eq!(value.load(Relaxed), 7);
    };
    on_loom(body).unwrap();
}

#[test]
fn increments_are_never_lost() {
    let body = || async {
        let value = Arc::new(AtomicU32::new(5));
        let tasks = [(); 2].map(|()| {
            let value = value.clone();
            spawn(async move { value.fetch_add(1, Relaxed) })
        });
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(value.load(Relaxed), 7);
    };
    on_loom(body).unwrap();
}

fn steps(failure: &Failure) -> Vec<String> {
    let events = failure.trace().events.iter();
    let steps =
        events.map(|event| format!("{} {} {:?}", event.task, event.operation, event.effect));
    steps.collect()
}

/// No order of steps shows it: the token names loom's own execution.
#[test]
fn what_only_loom_shows_is_run_again_on_loom() {
    let body = || check_then_park(Relaxed);
    let on_loom = on_loom(body).unwrap_err();
    let by_default = Builder::new().check(body).unwrap_err();
    for failure in [on_loom, by_default] {
        let token = failure.token().unwrap();
        assert!(token.starts_with("lhm1-"), "{failure}");
        let line = format!("LEAK_TEST_REPLAY={token} cargo test");
        assert!(failure.to_string().contains(&line), "{failure}");
        let again = Builder::new().replay(&token).check(body).unwrap_err();
        assert_eq!(again.kind(), failure.kind());
        assert_eq!(again.token(), Some(token));
        assert_eq!(steps(&again), steps(&failure));
    }
}

/// What makes loom start over is done again as well: it learns that a task is aborted, and that
/// atomics are used although the first order had none.
#[test]
fn what_loom_shows_after_it_started_over_is_run_again() {
    async fn beside_an_abort() {
        let task = spawn(std::future::pending::<()>());
        publish(Relaxed, Relaxed).await;
        task.abort();
    }
    async fn in_some_orders() {
        let (tx, mut rx) = mpsc::channel(1);
        spawn(async move { tx.send(()).await });
        if rx.try_recv().is_ok() {
            publish(Relaxed, Relaxed).await;
        }
    }
    let abort = (
        on_loom(beside_an_abort),
        Builder::new().check(beside_an_abort),
    );
    let some = (
        on_loom(in_some_orders),
        Builder::new().check(in_some_orders),
    );
    for (number, (by_name, by_default)) in [abort, some].into_iter().enumerate() {
        for failure in [by_name.unwrap_err(), by_default.unwrap_err()] {
            let token = failure.token().unwrap();
            assert!(token.starts_with("lhm1-"), "{failure}");
            let replay = Builder::new().replay(&token);
            let again = match number {
                0 => replay.check(beside_an_abort),
                _ => replay.check(in_some_orders),
            };
            assert_eq!(steps(&again.unwrap_err()), steps(&failure));
        }
    }
}

#[test]
fn a_token_of_looms_whose_failure_is_gone_finds_nothing_or_does_not_fit() {
    let relaxed = on_loom(|| publish(Relaxed, Relaxed)).unwrap_err();
    let replay = Builder::new().replay(relaxed.token().unwrap());
    replay.check(|| publish(Release, Acquire)).unwrap();
    let failure = replay.check(|| async {}).unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Replay);
    let text = failure.to_string();
    assert!(
        text.contains("this body has 1, and each of them is clean"),
        "{text}"
    );
}

#[test]
fn the_default_finds_what_only_weak_memory_shows() {
    let failure = Builder::new()
        .check(|| publish(Relaxed, Relaxed))
        .unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Leak);
}

/// Only a relaxed publish is wrong, and only loom shows it.
#[test]
fn a_property_finds_what_only_weak_memory_shows() {
    let config = proptest::test_runner::Config {
        failure_persistence: None,
        ..proptest::test_runner::Config::with_cases(16)
    };
    let body = |input: u32| {
        let is_wrong = input >= 3;
        let (store, load) = if is_wrong {
            (Relaxed, Relaxed)
        } else {
            (Release, Acquire)
        };
        publish(store, load)
    };
    let found = Builder::new().check_all(config.clone(), 0..8_u32, body);
    let found = found.unwrap_err();
    assert_eq!(found.input(), Some(&3), "{found}");
    let token = found.failure().token().unwrap();
    assert!(
        token.starts_with("lhm1-") && token.contains("-p1-"),
        "{token}"
    );
    let again = Builder::new()
        .replay(token)
        .check_all(config, 0..8_u32, body);
    assert_eq!(again.unwrap_err().input(), Some(&3));
}
