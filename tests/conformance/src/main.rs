//! Runs tokio's own tests against the mirror, each in a process of its own, in two ways: passing
//! through to real tokio, and inside the executor, where every `#[tokio::test]` is a leak test.
//! Fails if a test fails that the list does not name, or one passes that it does.
//!
//! Usage: `cargo run -p leak-harness-conformance [-- PART-OF-A-NAME]`
//!
//! Not here: how the tests are built (`suite`) and run (`run`), and why some fail (`list`).

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

#[path = "../../support/executable.rs"]
mod executable;
mod list;
mod run;
mod suite;

use std::process::ExitCode;

use executable::Outcome;
use list::{List, Way};

/// No engine has this name: a leak test says so and ends, and every other test runs as ever.
const NO_ENGINE: &[(&str, &str)] = &[("LEAK_TEST_ENGINE", "none")];

fn main() -> ExitCode {
    let only = std::env::args().nth(1).unwrap_or_default();
    let list = List::read();
    let suite = suite::build();
    let all = executable::names(&suite, &[]);
    let mut holds = true;
    for problem in list.problems(&all) {
        println!("{problem}");
        holds = false;
    }
    let names = all.iter().map(String::as_str);
    let names: Vec<&str> = names.filter(|name| name.contains(&only)).collect();
    if names.is_empty() {
        println!("no test of tokio's has {only:?} in its name");
        holds = false;
    }
    let outcomes = run::all(&suite, NO_ENGINE, &names);
    let tests = names.into_iter().zip(outcomes);
    let (leak_tests, mut through): (Vec<_>, Vec<_>) =
        tests.partition(|(_, outcome)| outcome.output.contains("LEAK_TEST_ENGINE"));
    let leak_tests: Vec<&str> = leak_tests.into_iter().map(|(name, _)| name).collect();
    for way in [Way::PassingThrough, Way::Inside] {
        let outcomes = run::all(&suite, way.environment(), &leak_tests);
        let mut tests: Vec<(&str, Outcome)> = leak_tests.iter().copied().zip(outcomes).collect();
        if way == Way::PassingThrough {
            tests.append(&mut through);
        }
        holds &= judge(way, &list, &tests);
    }
    if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Prints what one way came to; whether it is what the list says.
fn judge(way: Way, list: &List, tests: &[(&str, Outcome)]) -> bool {
    let (place, mut holds) = (way.place(), true);
    let (mut passed, mut counted) = (0, 0);
    for (name, outcome) in tests {
        let entry = list.find(way, name);
        let outside = entry.is_some_and(|entry| entry.outside);
        counted += usize::from(!outside);
        passed += usize::from(outcome.passed && !outside);
        match entry {
            None if !outcome.passed => {
                println!("{name} fails {place}:\n{}", outcome.output);
                holds = false;
            }
            Some(entry) if outcome.passed && !entry.sometimes => {
                println!("{name} passes {place}, and the list says that it cannot");
                holds = false;
            }
            _ => {}
        }
    }
    let rate = 100.0 * f64::from(passed as u32) / f64::from(counted.max(1) as u32);
    let left_out = tests.len() - counted;
    println!("{place}: {passed} of {counted} tests pass ({rate:.1} %), {left_out} left out");
    holds
}
