//! A token that another crate holds as tokio-util's own: whether it is cancelled there in time, or
//! not, is explored.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use leak_harness::{Builder, Engine, spawn};
use leak_harness_tokio_util::sync::CancellationToken;

fn answers(engine: Engine) -> BTreeSet<bool> {
    let seen: Arc<Mutex<BTreeSet<bool>>> = Arc::default();
    let all = Arc::clone(&seen);
    let checked = Builder::new()
        .engine(engine)
        .exhaustive(true)
        .check(move || {
            let seen = Arc::clone(&seen);
            async move {
                let token = CancellationToken::new();
                let theirs = tokio_util::sync::CancellationToken::from(token.clone());
                spawn(async move { theirs.cancel() });
                let waits = token.clone();
                spawn(async move {
                    seen.lock().unwrap().insert(token.is_cancelled());
                });
                waits.cancelled().await;
            }
        });
    let coverage = checked.unwrap_or_else(|failure| panic!("{failure}"));
    let place = coverage.shared_with_real_tokio().unwrap();
    assert!(place.file().ends_with("real_token.rs"), "{place}");
    std::mem::take(&mut *all.lock().unwrap())
}

#[test]
fn a_real_token_is_cancelled_early_or_late() {
    assert_eq!(answers(Engine::BruteForce), BTreeSet::from([false, true]));
    assert_eq!(answers(Engine::Systematic), BTreeSet::from([false, true]));
}
