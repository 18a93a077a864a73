//! A tracker and a handle that another crate holds as tokio-util's own.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex};

use leak_harness::task::{JoinHandle, yield_now};
use leak_harness::{Builder, Engine, FailureKind, spawn};
use leak_harness_tokio_util::task::{AbortOnDropHandle, TaskTracker};

type Done = Arc<dyn Fn(String) + Send + Sync>;

/// Brute force and the systematic engine see these results.
#[track_caller]
fn all_orders<F>(expected: &[&str], body: impl Fn(Done) -> F + Clone + Send + Sync + 'static)
where
    F: Future<Output = ()> + 'static,
{
    for engine in [Engine::BruteForce, Engine::Systematic] {
        let seen: Arc<Mutex<BTreeSet<String>>> = Arc::default();
        let (all, body) = (Arc::clone(&seen), body.clone());
        let builder = Builder::new().engine(engine).exhaustive(true);
        let checked = builder.check(move || {
            let seen = Arc::clone(&seen);
            body(Arc::new(move |result| {
                seen.lock().unwrap().insert(result);
            }))
        });
        let coverage = checked.unwrap_or_else(|failure| panic!("{failure}"));
        let place = coverage.shared_with_real_tokio().unwrap();
        assert!(place.file().ends_with("convert.rs"), "{place}");
        assert_eq!(Vec::from_iter(&*all.lock().unwrap()), expected);
    }
}

#[test]
fn a_tracker_is_waited_for_elsewhere() {
    all_orders(&["waited"], |done| async move {
        let tracker = TaskTracker::new();
        tracker.spawn(yield_now());
        let theirs = tokio_util::task::TaskTracker::from(tracker.clone());
        theirs.close();
        assert!(tracker.is_closed());
        theirs.wait().await;
        let back = TaskTracker::from(theirs);
        back.wait().await;
        done("waited".to_owned());
    });
    let failure = Builder::new().check(|| async {
        let theirs = tokio_util::task::TaskTracker::from(TaskTracker::new());
        spawn(async move { theirs.wait().await });
    });
    assert_eq!(failure.unwrap_err().kind(), FailureKind::Leak);
}

#[test]
fn a_handle_aborts_its_task_when_it_is_dropped_elsewhere() {
    all_orders(&["aborted", "by itself"], |done| async move {
        let told = Arc::clone(&done);
        let task: JoinHandle<()> = spawn(async move {
            struct Told(Done, &'static str);
            impl Drop for Told {
                fn drop(&mut self) {
                    (self.0)(self.1.to_owned());
                }
            }
            let mut told = Told(told, "aborted");
            yield_now().await;
            told.1 = "by itself";
        });
        let theirs = tokio_util::task::AbortOnDropHandle::from(AbortOnDropHandle::new(task));
        drop(theirs);
    });
}
