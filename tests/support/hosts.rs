//! What the tests of mirrored primitives share: a body runs on both hosts, and fails on both or on
//! none.
//!
//! Not here: the flavors (`mod.rs`), and comparisons with brute force (`outcomes`).

use std::future::Future;

use leak_harness::{Builder, Engine, Failure, FailureKind, StuckTask};

const HOSTS: [Engine; 2] = [Engine::Systematic, Engine::Loom];

/// Runs a body in every order, on both hosts: none of them may fail.
#[track_caller]
pub fn clean<F, Fut>(body: F)
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + 'static,
{
    for engine in HOSTS {
        let builder = Builder::new().engine(engine).exhaustive(true);
        if let Err(failure) = builder.check(body.clone()) {
            panic!("{engine:?}: {failure}");
        }
    }
}

/// Runs a body on both hosts, where it must fail; looks at each failure.
#[track_caller]
pub fn failing<F, Fut>(kind: FailureKind, look: impl Fn(&Failure), body: F)
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + 'static,
{
    for engine in HOSTS {
        match Builder::new().engine(engine).check(body.clone()) {
            Ok(_) => panic!("{engine:?}: nothing was found"),
            Err(failure) => {
                assert_eq!(failure.kind(), kind, "{engine:?}: {failure}");
                look(&failure);
            }
        }
    }
}

/// The task that is stuck, where exactly one is.
#[track_caller]
pub fn only_stuck(failure: &Failure) -> &StuckTask {
    let [task] = failure.stuck() else {
        panic!("not one stuck task: {failure}")
    };
    task
}
