//! Tasks that may live on: an execution is over without them, but what they could have done before is
//! not to be missed.

use std::sync::Arc;

use leak_harness::sync::{Notify, mpsc, watch};
use leak_harness::task::yield_now;
use leak_harness::{Builder, Engine, daemon, spawn};

use super::opaque::results;

type Done = Box<dyn Fn(String) + Send>;

/// Every engine that explores all sees these results.
#[track_caller]
fn all_see<F>(expected: &[&str], body: impl Fn(Done) -> F + Clone + Send + Sync + 'static)
where
    F: Future<Output = ()> + 'static,
{
    for engine in [Engine::BruteForce, Engine::Systematic, Engine::Loom] {
        let (seen, _) = results(engine, body.clone());
        assert_eq!(Vec::from_iter(seen), expected, "{engine:?}");
    }
}

#[test]
fn what_one_could_have_done_before_the_end_is_not_missed() {
    all_see(&["Err(Empty)", "Ok(1)"], |done| async move {
        let (tx, mut rx) = mpsc::channel(1);
        daemon(spawn(async move { tx.send(1).await.ok() }));
        done(format!("{:?}", rx.try_recv()));
    });
}

#[test]
fn nor_what_it_could_have_done_later_on() {
    all_see(&["aborted", "by itself"], |done| async move {
        let happened = Arc::new(Notify::new());
        let tells = Arc::clone(&happened);
        let task = spawn(async {
            yield_now().await;
        });
        let aborts = task.abort_handle();
        daemon(spawn(async move {
            happened.notified().await;
            aborts.abort();
        }));
        spawn(async move { tells.notify_one() });
        done(match task.await {
            Ok(()) => "by itself".to_owned(),
            Err(_) => "aborted".to_owned(),
        });
    });
}

#[test]
fn nor_what_two_could_have_done_together() {
    all_see(&["0", "1", "2"], |done| async move {
        let (number, seen) = watch::channel(0);
        let (tx, mut rx) = mpsc::channel(1);
        daemon(spawn(async move { tx.send(()).await.ok() }));
        daemon(spawn(async move {
            number.send_replace(1);
            if rx.try_recv().is_ok() {
                number.send_replace(2);
            }
        }));
        done(seen.borrow().to_string());
    });
}

#[test]
fn what_one_does_after_the_end_is_nobodys_fault() {
    let coverage = Builder::new().check(|| async {
        let (tx, mut rx) = mpsc::channel::<()>(1);
        let (never, mut none) = mpsc::channel::<()>(1);
        daemon(spawn(async move {
            rx.recv().await;
            spawn(async move {
                none.recv().await;
                drop(never);
            });
            panic!("everybody has gone");
        }));
        drop(tx);
    });
    coverage.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn nor_is_it_where_others_go_on_after_that_in_several_orders() {
    let coverage = Builder::new().engine(Engine::Systematic).check(|| async {
        let (tx, mut rx) = mpsc::channel::<()>(1);
        daemon(spawn(async move {
            rx.recv().await;
            let number = Arc::new(watch::channel(0).0);
            for of in 1..=2 {
                let number = Arc::clone(&number);
                spawn(async move { number.send_replace(of) });
            }
            panic!("everybody has gone");
        }));
        drop(tx);
    });
    let coverage = coverage.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(coverage.classes(), 2);
}

#[test]
fn one_that_never_waits_does_not_keep_the_execution_going() {
    let coverage = Builder::new().schedules(20).check(|| async {
        let (count, _seen) = watch::channel(0_u64);
        daemon(spawn(async move {
            loop {
                count.send_modify(|count| *count += 1);
                yield_now().await;
            }
        }));
    });
    coverage.unwrap_or_else(|failure| panic!("{failure}"));
}
