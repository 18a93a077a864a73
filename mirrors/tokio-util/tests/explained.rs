//! A token that is cancelled with its parent: who waits for it is woken by something that is known.

use leak_harness::{Builder, Engine, spawn};
use leak_harness_tokio_util::sync::CancellationToken;

#[test]
fn a_cancel_of_a_parent_explains_the_wakes_of_all_that_wait() {
    for engine in [Engine::Systematic, Engine::BruteForce, Engine::Loom] {
        let checked = Builder::new()
            .engine(engine)
            .exhaustive(true)
            .check(|| async {
                let parent = CancellationToken::new();
                let children = [parent.child_token(), parent.child_token()];
                for token in children {
                    spawn(async move { token.cancelled().await });
                }
                let waits = parent.clone();
                spawn(async move { waits.cancelled().await });
                parent.cancel();
            });
        let coverage = checked.unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(coverage.opaque_task(), None, "{engine:?}: {coverage}");
    }
}
