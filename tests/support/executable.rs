//! A test executable seen from outside: the tests that it has, and one of them at a time in a process
//! of its own, with a time limit.
//!
//! Not here: how it is built, and what is expected of it (`tests/conformance`, `tests/published`).

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use wait_timeout::ChildExt;

/// How a test ended.
pub struct Outcome {
    pub passed: bool,
    /// What it printed, behind a line that says so if it was ended.
    pub output: String,
}

/// The names of the tests in an executable, or of those that more arguments ask for.
pub fn names(tests: &Path, more: &[&str]) -> Vec<String> {
    let output = Command::new(tests)
        .args(["--list", "--format", "terse"])
        .args(more)
        .output()
        .expect("the tests can be listed");
    let text = String::from_utf8_lossy(&output.stdout);
    let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
    names.map(str::to_owned).collect()
}

/// Runs one test, and ends it after the limit.
#[expect(
    clippy::disallowed_methods,
    reason = "the pipes are read meanwhile, or they would fill"
)]
pub fn run(command: &mut Command, test: &str, limit: Duration) -> Outcome {
    let mut child = command
        .args(["--exact", test])
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tests run");
    let mut stdout = child.stdout.take().expect("it is piped");
    let mut stderr = child.stderr.take().expect("it is piped");
    thread::scope(|scope| {
        let readers = [
            scope.spawn(move || read(&mut stdout)),
            scope.spawn(move || read(&mut stderr)),
        ];
        let status = child.wait_timeout(limit).expect("it is our own child");
        let mut output = String::new();
        if status.is_none() {
            let _ = child.kill();
            let _ = child.wait();
            output = format!("no end after {limit:?}\n");
        }
        output.extend(readers.map(|reader| reader.join().unwrap_or_default()));
        Outcome {
            passed: status.is_some_and(|status| status.success()),
            output,
        }
    })
}

fn read(pipe: &mut dyn Read) -> String {
    let mut bytes = Vec::new();
    // What can be read of a test that was ended is enough.
    let _ = pipe.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
