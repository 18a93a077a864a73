//! Finds the tests that are published with the tokio of the lock file, and writes the module that
//! has them all.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Which of tokio's test files are taken.
const TAKEN: [&str; 6] = [
    "async_send_sync",
    "macros_",
    "rt_",
    "sync_",
    "task_",
    "time_",
];

/// Lines that do not compile beside some crate: file, line, and what is meant. That of an empty
/// vector has no type where serde_json, which leak-harness needs, compares numbers with its own.
const AMENDED: [(&str, &str, &str); 1] = [(
    "time_interval",
    "assert_eq!(items, vec![]);",
    "assert_eq!(items, Vec::<u32>::new());",
)];

fn main() {
    println!("cargo::rerun-if-changed=../../../Cargo.lock");
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_SUITE").is_none() {
        return;
    }
    let tests = tokio().join("tests");
    println!("cargo::rerun-if-changed={}", tests.display());
    let mut files: Vec<PathBuf> = fs::read_dir(&tests)
        .unwrap_or_else(|error| panic!("{}: {error}", tests.display()))
        .map(|entry| entry.expect("an entry of tokio's tests").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter(|path| TAKEN.iter().any(|begin| name(path).starts_with(begin)))
        .collect();
    files.sort();
    let mut suite = String::new();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for file in &files {
        let (path, name) = (amended(file, &out), name(file));
        writeln!(
            suite,
            "#[path = {:?}]\nmod {name};",
            path.display().to_string()
        )
        .expect("a string can be written");
    }
    fs::write(out.join("suite.rs"), suite).expect("OUT_DIR can be written");
}

/// The file, or a copy of it in which one line says what it means.
fn amended(file: &Path, out: &Path) -> PathBuf {
    let Some((_, line, meant)) = AMENDED.iter().find(|(other, ..)| *other == name(file)) else {
        return file.to_owned();
    };
    let text = fs::read_to_string(file).expect("tokio's tests are text");
    assert!(
        text.contains(line),
        "{}: the line is gone: {line}",
        file.display()
    );
    let copy = out.join(file.file_name().expect("a file has a name"));
    fs::write(&copy, text.replace(line, meant)).expect("OUT_DIR can be written");
    copy
}

fn name(file: &Path) -> &str {
    let stem = file.file_stem().and_then(|stem| stem.to_str());
    stem.expect("tokio's tests have plain names")
}

/// Where the tokio of the lock file is.
fn tokio() -> PathBuf {
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
