//! Builds tokio's tests.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Where the executable is.
pub fn build() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        // Compiled for speed, the search included: some of the tests have a thousand tasks.
        .args(["--config", "profile.dev.package.leak-harness.opt-level=1"])
        // All packages are asked for, and so with the dependencies that `cargo test --workspace` builds.
        .args(["test", "--no-run", "--workspace", "--test", "suite"])
        .args(["--features", "leak-harness-conformance-suite/suite"])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "tokio's tests do not compile against the mirror"
    );
    let output = String::from_utf8(output.stdout).expect("cargo's messages are text");
    let messages = output.lines().map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).expect("messages are JSON");
        message
    });
    messages
        .filter(|message| message["target"]["name"] == "suite")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("the suite has an executable")
}
