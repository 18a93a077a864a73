//! Runs tests, each in a process of its own: some set panic hooks, some block for ever, and one
//! that aborts takes no other with it.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use wait_timeout::ChildExt;

use crate::list::Arm;

/// How long one test may take.
const LIMIT: Duration = Duration::from_secs(60);

/// How a test ended.
pub enum Outcome {
    Passed,
    /// With what it printed.
    Failed(String),
}

/// Runs the tests of these names; outcomes are in their order.
#[expect(
    clippy::disallowed_methods,
    reason = "as many processes as there are processors"
)]
pub fn all(suite: &Path, arm: Arm, names: &[&String]) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    let work = || {
        while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = one(suite, arm, name);
            let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
            outcomes.push((*name, outcome));
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    let mut outcomes = outcomes
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_by_key(|(name, _)| names.iter().position(|other| other == name));
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

fn one(suite: &Path, arm: Arm, name: &str) -> Outcome {
    let mut command = Command::new(suite);
    command
        .args([
            "--exact",
            name,
            "--test-threads",
            "1",
            "--nocapture",
            "--include-ignored",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (variable, value) in arm.environment() {
        command.env(variable, value);
    }
    let child = command.spawn().expect("the suite runs");
    finish(child)
}

/// Waits for a test, and ends it after the limit.
#[expect(
    clippy::disallowed_methods,
    reason = "a full pipe would block the test"
)]
fn finish(mut child: Child) -> Outcome {
    let mut stdout = child.stdout.take().expect("it is piped");
    let mut stderr = child.stderr.take().expect("it is piped");
    let text = |pipe: &mut dyn Read| {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    };
    thread::scope(|scope| {
        let stdout = scope.spawn(move || text(&mut stdout));
        let stderr = scope.spawn(move || text(&mut stderr));
        let status = child
            .wait_timeout(LIMIT)
            .expect("the test is a child of this process");
        if status.is_none() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let output = [stdout.join(), stderr.join()]
            .map(Result::unwrap_or_default)
            .concat();
        match status {
            Some(status) if status.success() => Outcome::Passed,
            Some(_) => Outcome::Failed(output),
            None => Outcome::Failed(format!("{output}\nno end after {LIMIT:?}")),
        }
    })
}
