//! What the tests of verdicts share: the hosts and flavors that every one of them runs on.
//!
//! Not here: bodies, and what is expected of them.

use leak_harness::{Builder, Engine, Flavor};

/// Calls `test` with a builder for each host, under both flavors.
#[track_caller]
pub fn everywhere(test: impl Fn(Builder)) {
    for engine in [Engine::Systematic, Engine::Loom] {
        for flavor in [Flavor::MultiThread, Flavor::CurrentThread] {
            let name = format!("{} {flavor:?}", engine.name());
            test(Builder::new().name(name).engine(engine).flavor(flavor));
        }
    }
}
