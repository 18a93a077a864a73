//! What the tests of orders share: what a body comes to, over all of them.
//!
//! Not here: comparisons with brute force (`outcomes`), and failures (`hosts`).

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex};

use leak_harness::{Builder, Engine};

/// What the body comes to in all the orders that the systematic engine runs: it may fail in none.
#[track_caller]
pub fn in_all_orders<T, F, Fut>(body: F) -> BTreeSet<T>
where
    T: Ord + Send + 'static,
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = T> + 'static,
{
    let all = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = Arc::clone(&all);
    let builder = Builder::new().engine(Engine::Systematic).exhaustive(true);
    let checked = builder.check(move || {
        let (seen, run) = (Arc::clone(&seen), body());
        async move {
            let result = run.await;
            seen.lock().unwrap().insert(result);
        }
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
    std::mem::take(&mut *all.lock().unwrap())
}
