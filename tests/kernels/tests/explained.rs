//! Every kernel's failure says why, and has a token that shows it again.

use leak_kernels_test::KERNELS;
use tokio::Builder;

#[test]
fn every_failure_has_a_cause_and_runs_again() {
    let mut problems = String::new();
    for kernel in KERNELS {
        let builder = Builder::new().name(kernel.id);
        let failure = builder.check(kernel.run_buggy).unwrap_err();
        let lead = &failure.stuck()[0];
        if lead.cause().is_none() {
            problems += &format!("{}: no cause: {failure}\n", kernel.id);
        }
        let Some(token) = failure.token() else {
            problems += &format!("{}: no token: {failure}\n", kernel.id);
            continue;
        };
        let again = builder.replay(&token).check(kernel.run_buggy);
        let again = again.unwrap_err();
        if again.kind() != failure.kind() || again.stuck()[0].awaited_at() != lead.awaited_at() {
            problems += &format!("{}: another failure: {again}\n", kernel.id);
        }
        if again.token() != Some(token) {
            problems += &format!("{}: another token: {again}\n", kernel.id);
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}
