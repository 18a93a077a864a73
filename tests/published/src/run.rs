//! Builds and runs the unit tests of one crate.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use crate::executable;
use crate::list::Crate;

/// How many schedules each test explores at most.
const SCHEDULES: &str = "20";

/// For how many seconds it does; one execution may last longer.
const SECONDS: &str = "20";

/// How long a test may run.
const LIMIT: Duration = Duration::from_secs(120);

/// What the tests of a crate came to.
#[derive(Default)]
pub struct Outcome {
    pub passed: BTreeSet<String>,
    /// What each failing one printed.
    pub failed: BTreeMap<String, String>,
    pub left_out: BTreeSet<String>,
}

/// A line that cargo prints.
#[derive(Deserialize)]
struct Message {
    manifest_path: Option<PathBuf>,
    executable: Option<PathBuf>,
}

/// Where the unit tests of each crate are that compiles, by its name; and what the compiler says.
pub struct Built {
    pub tests: BTreeMap<String, PathBuf>,
    pub errors: String,
}

/// Builds the unit tests of all crates at once: what they share is built once.
pub fn build(scratch: &Path, crates: &[Crate]) -> Built {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(scratch)
        .env(
            "CARGO_TARGET_DIR",
            scratch.parent().expect("it is under target"),
        )
        .args(["test", "--lib", "--no-run", "--no-fail-fast"])
        .args(["--message-format", "json-render-diagnostics"]);
    for one in crates {
        cargo.args(["--package", &one.name]);
        let features = one.features.iter();
        cargo.args(
            features
                .flat_map(|feature| ["--features".to_owned(), format!("{}/{feature}", one.name)]),
        );
    }
    let output = cargo.output().expect("cargo runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let tests = text.lines().filter_map(|line| {
        let message: Message = serde_json::from_str(line).ok()?;
        let folder = message.manifest_path?.parent()?.to_owned();
        let name = folder.file_name()?.to_str()?.to_owned();
        Some((name, message.executable?))
    });
    Built {
        tests: tests.collect(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs the tests, all but those that are left out: each in a process of its own, so that none can
/// take another with it.
pub fn run(scratch: &Path, one: &Crate, tests: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    let left_out: Vec<&str> = one.left_out().collect();
    let ignored = executable::names(tests, &["--ignored"]);
    let names = executable::names(tests, &[]);
    for test in names.into_iter().filter(|name| !ignored.contains(name)) {
        if left_out.contains(&test.as_str()) {
            outcome.left_out.insert(test);
            continue;
        }
        let ended = run_one(&scratch.join(&one.name), tests, &test);
        if ended.passed {
            outcome.passed.insert(test);
        } else {
            let report = report(&ended.output, &test);
            outcome.failed.insert(test, report);
        }
    }
    outcome
}

fn run_one(folder: &Path, tests: &Path, test: &str) -> executable::Outcome {
    let mut command = Command::new(tests);
    command
        .current_dir(folder)
        .env("CARGO_MANIFEST_DIR", folder)
        .env("LEAK_TEST_SCHEDULES", SCHEDULES)
        .env("LEAK_TEST_MAX_DURATION", SECONDS)
        .env("LEAK_TEST_REGRESSIONS", "off");
    executable::run(&mut command, test, LIMIT)
}

/// What a failing test printed.
fn report(text: &str, test: &str) -> String {
    let begin = format!("---- {test} stdout ----\n");
    let report = text.split_once(&begin).map_or(text, |(_, report)| report);
    let end = report.find("\nfailures:\n").unwrap_or(report.len());
    report[..end].trim().to_owned()
}
