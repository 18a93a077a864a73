//! Runs tokio's own tests against the mirror, each in a process of its own: once passing through
//! to real tokio, and once under control, with every `#[tokio::test]` a leak test. Fails if a test
//! fails that the list does not name, or one passes that it does.
//!
//! Usage: `cargo run -p leak-harness-conformance [-- PART-OF-A-NAME]`
//!
//! Not here: which tests there are and how they are built (`suite`), and why some fail (`list`).

mod list;
mod run;
mod suite;

use std::process::ExitCode;

use list::{Arm, List};
use run::Outcome;

fn main() -> ExitCode {
    let only = std::env::args().nth(1).unwrap_or_default();
    let list = List::read();
    let suite = suite::build();
    let all = suite::names(&suite);
    let mut holds = true;
    for problem in list.unknown(&all) {
        println!("{problem}");
        holds = false;
    }
    let names: Vec<&String> = all.iter().filter(|name| name.contains(&only)).collect();
    for arm in Arm::ALL {
        holds &= judge(arm, &list, &names, &run::all(&suite, arm, &names));
    }
    if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Prints what one way of running came to; whether it is what the list says.
fn judge(arm: Arm, list: &List, names: &[&String], outcomes: &[Outcome]) -> bool {
    let mut holds = true;
    let mut passed = 0;
    let mut left_out = 0;
    for (name, outcome) in names.iter().zip(outcomes) {
        let entry = list.find(arm, name);
        left_out += usize::from(entry.is_some_and(|entry| entry.outside));
        match (outcome, entry) {
            (Outcome::Passed, None) => passed += 1,
            (Outcome::Passed, Some(_)) => {
                println!(
                    "{name} passes {}, and the list says that it cannot",
                    arm.place()
                );
                holds = false;
            }
            (Outcome::Failed(_), Some(_)) => {}
            (Outcome::Failed(output), None) => {
                println!("{name} fails {}:\n{output}", arm.place());
                holds = false;
            }
        }
    }
    let of = names.len() - left_out;
    let rate = 100.0 * passed as f64 / of.max(1) as f64;
    println!(
        "{}: {passed} of {of} tests passed ({rate:.1} %); {left_out} more need what is not \
         controlled",
        arm.place()
    );
    holds
}
