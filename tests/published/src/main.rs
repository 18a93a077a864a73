//! Takes published crates from the registry into a folder under `target`, adds the line that adopts
//! leak-harness to each, and runs their own unit tests as leak tests. Fails if anything comes out
//! otherwise than `crates.toml` says.
//!
//! Usage: `cargo run -p leak-harness-published [-- NAME-OF-A-CRATE…]`
//!
//! Not here: where the crates come from and what is added to them (`adopt`), what their tests come
//! to (`run`, `executable`), and what is expected of them (`list`). `docs/adoption.md` tells it to people.

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

mod adopt;
#[path = "../../support/executable.rs"]
mod executable;
mod list;
mod run;

use std::collections::BTreeSet;
use std::process::ExitCode;

use list::{Crate, List};
use run::Outcome;

fn main() -> ExitCode {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let crates: Vec<Crate> = List::read()
        .crates
        .into_iter()
        .filter(|one| only.is_empty() || only.contains(&one.name))
        .collect();
    if crates.is_empty() {
        println!("none of {only:?} is in crates.toml");
        return ExitCode::FAILURE;
    }
    let scratch = adopt::adopt(&crates);
    let built = run::build(&scratch, &crates);
    let mut holds = true;
    for one in &crates {
        let problems = match built.tests.get(&one.name) {
            Some(tests) => judge(one, &run::run(&scratch, one, tests)),
            None => vec![format!("{} does not compile:\n{}", one.name, built.errors)],
        };
        for problem in &problems {
            println!("  {problem}");
        }
        holds &= problems.is_empty();
    }
    if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Prints what the tests of a crate came to; what differs from the list.
fn judge(one: &Crate, outcome: &Outcome) -> Vec<String> {
    let Outcome {
        passed,
        failed,
        left_out,
    } = outcome;
    println!(
        "{} {}: {} passed, {} failed, {} left out",
        one.name,
        one.version,
        passed.len(),
        failed.len(),
        left_out.len()
    );
    let mut problems = Vec::new();
    let expected: BTreeSet<&str> = one.failing().collect();
    for (test, report) in failed {
        if expected.contains(test.as_str()) {
            let verdict = report.lines().find(|line| !line.is_empty());
            println!("  as expected: {}", verdict.unwrap_or(test));
        } else {
            problems.push(format!("{test} fails:\n{report}"));
        }
    }
    for test in &expected {
        if passed.contains(*test) {
            problems.push(format!("{test} passes, and crates.toml says that it fails"));
        }
    }
    let is_test =
        |test: &str| passed.contains(test) || failed.contains_key(test) || left_out.contains(test);
    for test in one.failing().chain(one.left_out()) {
        if !is_test(test) {
            problems.push(format!("{test} is in crates.toml, and is no test"));
        }
    }
    if passed.len() != one.passed {
        let (now, then) = (passed.len(), one.passed);
        problems.push(format!("{now} tests pass, and crates.toml says {then}"));
    }
    problems
}
