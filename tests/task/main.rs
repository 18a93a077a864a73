//! What tasks, their sets and their runtimes do, from outside, on both hosts.

mod blocking;
mod conformance;
mod exhaustive;
mod join_set;
mod local_set;
#[path = "../support/on_both.rs"]
mod on_both;
mod own_values;
#[path = "../support/random.rs"]
mod random;
mod runtime;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::future::Future;
use std::sync::{Arc, Mutex};

use leak_harness::{Builder, Engine, Failure, FailureKind};

/// A builder for each host.
fn both() -> [Builder; 2] {
    [Engine::Systematic, Engine::Loom].map(|engine| {
        let builder = Builder::new().name(engine.name());
        builder.engine(engine)
    })
}

/// The body is clean on both hosts.
#[track_caller]
fn clean<F>(body: impl Fn() -> F + Clone + Send + Sync + 'static)
where
    F: Future<Output = ()> + 'static,
{
    for builder in both() {
        builder.check(body.clone()).unwrap();
    }
}

/// The body fails on both hosts, in this way.
#[track_caller]
fn fails<F>(kind: FailureKind, body: impl Fn() -> F + Clone + Send + Sync + 'static) -> Failure
where
    F: Future<Output = ()> + 'static,
{
    let failures = both().map(|builder| builder.check(body.clone()).unwrap_err());
    for failure in &failures {
        assert_eq!(failure.kind(), kind, "{failure}");
    }
    let [failure, _] = failures;
    failure
}

/// What the body can come to, on each host.
#[track_caller]
fn outcomes<T, F>(body: impl Fn() -> F + Clone + Send + Sync + 'static) -> [BTreeSet<T>; 2]
where
    T: Ord + Debug + Send + 'static,
    F: Future<Output = T> + 'static,
{
    both().map(|builder| {
        let seen = Arc::new(Mutex::new(BTreeSet::new()));
        let (notes, body) = (Arc::clone(&seen), body.clone());
        let note = move || {
            let (notes, body) = (Arc::clone(&notes), body());
            async move {
                let outcome = body.await;
                notes.lock().unwrap().insert(outcome);
            }
        };
        builder.check(note).unwrap();
        std::mem::take(&mut *seen.lock().unwrap())
    })
}
