//! The systematic engine sees every outcome that brute force sees.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex};

use leak_harness::{Builder, Engine};
use tokio::spawn;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

type Log = Arc<Mutex<Vec<String>>>;

fn note(log: &Log, line: impl ToString) {
    log.lock().unwrap().push(line.to_string());
}

fn outcomes<F, Fut>(engine: Engine, body: F) -> BTreeSet<Vec<String>>
where
    F: Fn(Log) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + 'static,
{
    let all = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = Arc::clone(&all);
    let builder = Builder::new()
        .engine(engine)
        .schedules(200_000)
        .exhaustive(true);
    let checked = builder.check(move || {
        let log = Log::default();
        let (seen, run) = (Arc::clone(&seen), body(Arc::clone(&log)));
        async move {
            run.await;
            let lines = std::mem::take(&mut *log.lock().unwrap());
            seen.lock().unwrap().insert(lines);
        }
    });
    checked.unwrap_or_else(|failure| panic!("{engine:?}: {failure}"));
    std::mem::take(&mut *all.lock().unwrap())
}

#[track_caller]
fn same_outcomes<F, Fut>(at_least: usize, body: F)
where
    F: Fn(Log) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + 'static,
{
    let all = outcomes(Engine::BruteForce, body.clone());
    assert!(all.len() >= at_least, "only {}: {all:?}", all.len());
    for engine in [Engine::Systematic, Engine::Loom] {
        let found = outcomes(engine, body.clone());
        assert!(found.is_superset(&all), "{engine:?}: {found:?} of {all:?}");
    }
}

#[test]
fn which_of_two_cancels_ends_a_wait() {
    same_outcomes(3, |log| async move {
        let token = CancellationToken::new();
        let tasks = [(), ()].map(|()| {
            let token = token.clone();
            spawn(async move {
                let first = !token.is_cancelled();
                token.cancel();
                first
            })
        });
        token.cancelled().await;
        for task in tasks {
            note(&log, task.is_finished());
            note(&log, task.await.unwrap());
        }
    });
}

#[test]
fn a_parent_a_child_and_looks_at_a_grandchild() {
    same_outcomes(3, |log| async move {
        let token = CancellationToken::new();
        let child = token.child_token();
        let grandchild = child.child_token();
        let looks = spawn(async move {
            let first = grandchild.is_cancelled();
            note(&log, format!("{first} {}", grandchild.is_cancelled()));
        });
        let cancels = spawn(async move { token.cancel() });
        child.cancel();
        cancels.await.unwrap();
        looks.await.unwrap();
    });
}

#[test]
fn looks_at_a_tracker_beside_its_tasks() {
    same_outcomes(4, |log| async move {
        let tracker = TaskTracker::new();
        tracker.spawn(async {});
        let other = tracker.clone();
        let late = spawn(async move { drop(other.token()) });
        note(&log, tracker.len());
        tracker.close();
        note(&log, tracker.len());
        tracker.wait().await;
        note(&log, tracker.len());
        late.await.unwrap();
    });
}

#[test]
fn a_wait_for_a_tracker_beside_a_closing_and_an_end() {
    same_outcomes(2, |log| async move {
        let tracker = TaskTracker::new();
        let token = CancellationToken::new();
        let ends = token.clone();
        tracker.spawn(async move { ends.cancel() });
        let closes = tracker.clone();
        let closing = spawn(async move {
            closes.close();
        });
        tracker.wait().await;
        note(&log, token.is_cancelled());
        note(&log, closing.is_finished());
        closing.await.unwrap();
    });
}
