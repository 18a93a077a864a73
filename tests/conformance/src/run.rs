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

/// How long one test may take.
const LIMIT: Duration = Duration::from_secs(300);

/// How a test ended.
pub struct Outcome {
    pub passed: bool,
    /// What it printed.
    pub output: String,
}

/// Runs the tests of these names in an environment; outcomes are in their order.
#[expect(
    clippy::disallowed_methods,
    reason = "as many tests at a time as there are processors"
)]
pub fn all(suite: &Path, environment: &[(&str, &str)], names: &[&str]) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(name) = names.get(index) else { break };
            let outcome = one(suite, environment, name);
            let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
            outcomes.push((index, outcome));
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
    outcomes.sort_by_key(|&(index, _)| index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

fn one(suite: &Path, environment: &[(&str, &str)], name: &str) -> Outcome {
    let child = Command::new(suite)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/suite"))
        .args(["--exact", name, "--nocapture", "--include-ignored"])
        .envs(environment.iter().copied())
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    finish(child.expect("the suite runs"))
}

/// Waits for a test, and ends it after the limit.
#[expect(
    clippy::disallowed_methods,
    reason = "the pipes are read meanwhile, or they would fill"
)]
fn finish(mut child: Child) -> Outcome {
    let mut stdout = child.stdout.take().expect("it is piped");
    let mut stderr = child.stderr.take().expect("it is piped");
    thread::scope(|scope| {
        let stdout = scope.spawn(move || read(&mut stdout));
        let stderr = scope.spawn(move || read(&mut stderr));
        let status = child.wait_timeout(LIMIT).expect("it is our own child");
        if status.is_none() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let texts = [stdout, stderr].map(|reader| reader.join().unwrap_or_default());
        let mut output = texts.concat();
        if status.is_none() {
            output.push_str(&format!("\nno end after {LIMIT:?}\n"));
        }
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
