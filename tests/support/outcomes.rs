//! What the tests of reductions share: the outcomes of a body, and that no engine misses one that
//! brute force sees.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex};

use leak_harness::{Builder, Engine};

/// What a body notes in one execution.
pub type Log = Arc<Mutex<Vec<String>>>;

/// Adds a line.
pub fn note(log: &Log, line: impl ToString) {
    log.lock().unwrap().push(line.to_string());
}

/// The body's logs, in every order that the engine runs.
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

/// Brute force sees so many outcomes of the body at least, and both hosts see all of them.
#[track_caller]
pub fn same_outcomes<F, Fut>(at_least: usize, body: F)
where
    F: Fn(Log) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + 'static,
{
    let all = outcomes(Engine::BruteForce, body.clone());
    assert!(all.len() >= at_least, "only {}: {all:?}", all.len());
    for engine in [Engine::Systematic, Engine::Loom] {
        // The probing execution, in which waits may yield first, may show others besides.
        let found = outcomes(engine, body.clone());
        assert!(found.is_superset(&all), "{engine:?}: {found:?} of {all:?}");
    }
}
