//! Builds and runs the unit tests of one crate.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde::Deserialize;

use crate::list::Crate;

/// How many schedules each test explores at most.
const SCHEDULES: &str = "20";

/// For how many seconds it does; one execution may last longer.
const SECONDS: &str = "20";

/// How long a test may run.
const LIMIT: Duration = Duration::from_secs(120);

/// What the tests of a crate came to.
pub struct Outcome {
    pub passed: BTreeSet<String>,
    /// What each failing one printed.
    pub failed: BTreeMap<String, String>,
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
    let mut outcome = Outcome {
        passed: BTreeSet::new(),
        failed: BTreeMap::new(),
    };
    let left_out: Vec<&str> = one.left_out().collect();
    for test in list(tests) {
        if left_out.contains(&test.as_str()) {
            continue;
        }
        let folder = scratch.join(&one.name);
        match run_one(&folder, tests, &test) {
            Ok(()) => _ = outcome.passed.insert(test),
            Err(report) => _ = outcome.failed.insert(test, report),
        }
    }
    outcome
}

/// The names of the tests that are not ignored.
fn list(tests: &Path) -> Vec<String> {
    let names = |more: &[&str]| -> BTreeSet<String> {
        let output = Command::new(tests)
            .args(["--list", "--format", "terse"])
            .args(more)
            .output()
            .expect("the tests can be listed");
        let text = String::from_utf8_lossy(&output.stdout);
        let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
        names.map(str::to_owned).collect()
    };
    let ignored = names(&["--ignored"]);
    names(&[]).difference(&ignored).cloned().collect()
}

/// What a test printed, if it fails or has no end.
#[expect(
    clippy::disallowed_methods,
    reason = "a pipe has no time limit, and no executor runs here"
)]
fn run_one(folder: &Path, tests: &Path, test: &str) -> Result<(), String> {
    let mut child = Command::new(tests)
        .current_dir(folder)
        .args(["--exact", test])
        .env("CARGO_MANIFEST_DIR", folder)
        .env("LEAK_TEST_SCHEDULES", SCHEDULES)
        .env("LEAK_TEST_MAX_DURATION", SECONDS)
        .env("LEAK_TEST_REGRESSIONS", "off")
        .env("RUST_BACKTRACE", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the tests run");
    let mut printed = child.stdout.take().expect("it was piped");
    let (done, all) = mpsc::channel();
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        let read = printed.read_to_end(&mut text).map(|_| text);
        // Nobody listens any more where the limit has passed.
        _ = done.send(read);
    });
    let text = all.recv_timeout(LIMIT);
    if text.is_err() {
        child.kill().expect("a process of ours can be killed");
    }
    let status = child.wait().expect("it has ended");
    reader.join().expect("reading does not panic");
    match text {
        Ok(_) if status.success() => Ok(()),
        Ok(text) => {
            let text = text.expect("a pipe can be read");
            Err(report(&String::from_utf8_lossy(&text), test))
        }
        Err(_) => Err(format!("it runs for longer than {} s", LIMIT.as_secs())),
    }
}

/// What a failing test printed.
fn report(text: &str, test: &str) -> String {
    let begin = format!("---- {test} stdout ----\n");
    let report = text.split_once(&begin).map_or(text, |(_, report)| report);
    let end = report.find("\nfailures:\n").unwrap_or(report.len());
    report[..end].trim().to_owned()
}
