//! Random protocols: what scripts find, what well-behaved ones do not, and that a printed script
//! does the same.
//!
//! - `cancel`: aborts and drops at any await
//! - `causes`: every cause of the patterns' table comes up
//! - `scripts`: well-behaved scripts, and how scripts are made small
//! - `printing`: a printed script does the same; `printed` holds what was printed

mod cancel;
mod causes;
mod printed;
mod printing;
mod scripts;

use leak_harness::protocol::Script;
use leak_harness::{Builder, Coverage, Failure};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

/// The first scripts that a strategy draws from a fixed seed.
fn drawn(strategy: impl Strategy<Value = Script>, scripts: usize) -> Vec<Script> {
    let mut runner = TestRunner::deterministic();
    let mut draw = || strategy.new_tree(&mut runner).unwrap().current();
    (0..scripts).map(|_| draw()).collect()
}

fn run(builder: &Builder, script: &Script) -> Result<Coverage, Failure> {
    let script = script.clone();
    builder.check(move || {
        let script = script.clone();
        async move { script.run().await }
    })
}
