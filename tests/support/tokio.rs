//! Where the tokio of the lock file is, for build scripts.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of its package.
pub fn folder() -> PathBuf {
    let cargo = env::var_os("CARGO").expect("cargo sets CARGO");
    let host = env::var("HOST").expect("cargo sets HOST");
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(["--filter-platform", &host])
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata gives JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let tokio = packages
        .iter()
        .find(|package| package["name"] == "tokio")
        .expect("leak-harness depends on tokio");
    let manifest = tokio["manifest_path"].as_str().expect("a path");
    Path::new(manifest).parent().expect("a folder").to_owned()
}
