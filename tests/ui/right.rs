//! Right uses of the macros compile.
//!
//! Not here: what they do.

use leak_harness::{leak_test, select};

#[leak_test(
    seed = 1,
    exhaustive,
    allow = "one",
    allow = "two",
    flavor = "current_thread"
)]
async fn options() {}

#[leak_test(cases = 4)]
async fn arguments(#[strategy(0..1)] number: u32) {
    let _ = number;
}

#[leak_harness::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_tokios() {}

async fn one() -> u32 {
    1
}

async fn selects() -> u32 {
    select! {
        biased;
        value = one(), if true => value,
        else => 0,
    }
}

#[test]
fn a_selection_is_an_expression() {
    let checked = leak_harness::check(|| async { assert_eq!(selects().await, 1) });
    checked.unwrap();
}
