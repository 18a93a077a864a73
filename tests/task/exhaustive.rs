//! Nothing is lost to the reduction: the search sees every outcome that brute force sees.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::future::Future;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use leak_harness::runtime::{Builder as RuntimeBuilder, Handle, Runtime};
use leak_harness::sync::mpsc;
use leak_harness::task::{self, JoinSet, LocalSet, spawn_local, yield_now};
use leak_harness::time::{Duration, advance, interval, sleep, timeout};
use leak_harness::{Builder, Engine, Flavor, spawn};

/// Every outcome of a body, and how many schedules it took.
fn explore<T, F>(
    engine: Engine,
    flavor: Flavor,
    body: impl Fn() -> F + Clone + Send + Sync + 'static,
) -> (BTreeSet<T>, u64)
where
    T: Ord + Debug + Send + 'static,
    F: Future<Output = T> + 'static,
{
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let notes = Arc::clone(&seen);
    let builder = Builder::new().engine(engine).flavor(flavor);
    let checked = builder.schedules(200_000).check(move || {
        let (notes, body) = (Arc::clone(&notes), body());
        async move {
            let outcome = body.await;
            notes.lock().unwrap().insert(outcome);
        }
    });
    let coverage = checked.unwrap();
    assert!(coverage.exhaustive(), "{coverage}");
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    (seen, coverage.schedules())
}

#[track_caller]
fn nothing_is_lost<T, F>(body: impl Fn() -> F + Clone + Send + Sync + 'static)
where
    T: Ord + Debug + Send + 'static,
    F: Future<Output = T> + 'static,
{
    for flavor in [Flavor::MultiThread, Flavor::CurrentThread] {
        let (expected, brute) = explore(Engine::BruteForce, flavor, body.clone());
        let (seen, schedules) = explore(Engine::Systematic, flavor, body.clone());
        assert_eq!(seen, expected, "{flavor:?}, {schedules} instead of {brute}");
    }
}

fn drain(mut rx: mpsc::Receiver<u32>) -> Vec<u32> {
    let mut got = Vec::new();
    while let Ok(n) = rx.try_recv() {
        got.push(n);
    }
    got
}

#[test]
fn of_joins() {
    nothing_is_lost(|| async {
        let mut set = JoinSet::new();
        for n in 0..2 {
            set.spawn(async move { n });
        }
        let (one, two) = (set.join_next().await, set.join_next().await);
        (one.unwrap().unwrap(), two.unwrap().unwrap())
    });
}

#[test]
fn of_joins_and_messages() {
    nothing_is_lost(|| async {
        let (tx, rx) = mpsc::channel(4);
        let mut set = JoinSet::new();
        for n in 0..2 {
            let tx = tx.clone();
            set.spawn(async move {
                tx.send(n).await.unwrap();
                n
            });
        }
        let first = set.join_next().await.unwrap().unwrap();
        tx.try_send(9).unwrap();
        while set.join_next().await.is_some() {}
        (first, drain(rx))
    });
}

#[test]
fn of_joins_by_try() {
    nothing_is_lost(|| async {
        let mut set = JoinSet::new();
        for n in 0..2 {
            set.spawn(async move { n });
        }
        let early = set.try_join_next().map(Result::unwrap);
        yield_now().await;
        let later = set.try_join_next().map(Result::unwrap);
        let rest = set.join_all().await;
        (early, later, rest)
    });
}

#[test]
fn of_aborts_of_a_set() {
    nothing_is_lost(|| async {
        let (tx, rx) = mpsc::channel(4);
        let mut set = JoinSet::new();
        for n in 0..2 {
            let tx = tx.clone();
            set.spawn(async move {
                tx.send(n).await.unwrap();
                std::future::pending::<()>().await;
            });
        }
        drop(set);
        drop(tx);
        let mut rx = rx;
        let mut got = Vec::new();
        while let Some(n) = rx.recv().await {
            got.push(n);
        }
        got
    });
}

#[test]
fn of_joins_with_a_timeout() {
    nothing_is_lost(|| async {
        let mut set = JoinSet::new();
        set.spawn(async {
            yield_now().await;
            1
        });
        let early = timeout(Duration::from_secs(1), set.join_next())
            .await
            .is_ok();
        let rest = set.join_next().await.map(Result::unwrap);
        (early, rest)
    });
}

#[test]
fn of_local_tasks() {
    nothing_is_lost(|| async {
        let (tx, rx) = mpsc::channel(8);
        let set = LocalSet::new();
        set.run_until(async {
            for n in 0..2 {
                let tx = tx.clone();
                spawn_local(async move {
                    tx.try_send(n).unwrap();
                    yield_now().await;
                    tx.try_send(n + 10).unwrap();
                });
            }
            yield_now().await;
        })
        .await;
        drop(set);
        drain(rx)
    });
}

#[test]
fn of_local_tasks_with_memory_in_common() {
    nothing_is_lost(|| async {
        let (tx, mut rx) = mpsc::channel(1);
        let set = LocalSet::new();
        let order = Rc::new(RefCell::new(Vec::new()));
        let (one, two) = (Rc::clone(&order), Rc::clone(&order));
        set.spawn_local(async move {
            rx.recv().await;
            one.borrow_mut().push(1);
        });
        set.spawn_local(async move {
            two.borrow_mut().push(2);
            tx.send(()).await.unwrap();
        });
        set.await;
        order.take()
    });
}

#[test]
fn of_blocking_closures() {
    nothing_is_lost(|| async {
        let (tx, rx) = mpsc::channel(4);
        let other = tx.clone();
        let one = task::spawn_blocking(move || {
            tx.blocking_send(1).unwrap();
            tx.blocking_send(2).unwrap();
        });
        let two = spawn(async move { other.send(3).await.unwrap() });
        one.await.unwrap();
        two.await.unwrap();
        drain(rx)
    });
}

#[test]
fn of_futures_that_are_driven() {
    nothing_is_lost(|| async {
        let (tx, mut rx) = mpsc::channel(1);
        let (back, got) = mpsc::channel(4);
        let own = back.clone();
        let driver = task::spawn_blocking(move || {
            Handle::current().block_on(async move {
                let n = rx.recv().await.unwrap_or(0);
                own.send(n).await.unwrap();
                let m = rx.try_recv().unwrap_or(0);
                own.send(m).await.unwrap();
            });
        });
        tx.send(1).await.unwrap();
        back.send(5).await.unwrap();
        let late = tx.send(2).await.is_ok();
        driver.await.unwrap();
        (late, drain(got))
    });
}

#[test]
fn of_a_runtime_that_is_dropped() {
    for one_thread in [false, true] {
        nothing_is_lost(move || async move {
            let (tx, rx) = mpsc::channel(4);
            let mut builder = match one_thread {
                true => RuntimeBuilder::new_current_thread(),
                false => RuntimeBuilder::new_multi_thread(),
            };
            let runtime: Runtime = builder.enable_all().build().unwrap();
            let task = runtime.spawn(async move {
                tx.try_send(1).unwrap();
                yield_now().await;
                tx.try_send(2).unwrap();
            });
            yield_now().await;
            drop(runtime);
            (task.await.is_ok(), drain(rx))
        });
    }
}

#[test]
fn of_ticks() {
    nothing_is_lost(|| async {
        let (tx, rx) = mpsc::channel(8);
        let other = tx.clone();
        let ticker = spawn(async move {
            let mut ticks = interval(Duration::from_millis(10));
            for n in 0..2 {
                ticks.tick().await;
                other.try_send(n).unwrap();
            }
        });
        tx.try_send(8).unwrap();
        sleep(Duration::from_millis(10)).await;
        tx.try_send(9).unwrap();
        ticker.await.unwrap();
        drain(rx)
    });
}

#[test]
fn of_a_clock_that_is_moved_by_hand() {
    nothing_is_lost(|| async {
        let (tx, rx) = mpsc::channel(8);
        let sleepers = [1, 2].map(|n| {
            let tx = tx.clone();
            spawn(async move {
                sleep(Duration::from_secs(1)).await;
                tx.try_send(n).unwrap();
            })
        });
        advance(Duration::from_secs(1)).await;
        tx.try_send(9).unwrap();
        for sleeper in sleepers {
            sleeper.await.unwrap();
        }
        drain(rx)
    });
}

#[test]
fn of_an_abort() {
    nothing_is_lost(|| async {
        let (tx, rx) = mpsc::channel(4);
        let task = spawn(async move {
            tx.try_send(1).unwrap();
            yield_now().await;
            tx.try_send(2).unwrap();
        });
        task.abort();
        (task.await.is_ok(), drain(rx))
    });
}

#[test]
fn of_an_abort_after_a_yield() {
    nothing_is_lost(|| async {
        let (tx, rx) = mpsc::channel(4);
        let task = spawn(async move {
            tx.try_send(1).unwrap();
            yield_now().await;
            tx.try_send(2).unwrap();
        });
        yield_now().await;
        task.abort();
        (task.await.is_ok(), drain(rx))
    });
}
