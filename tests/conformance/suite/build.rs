//! Finds the tests that are published with the tokio of the lock file, and writes the module that
//! has them all.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "../../support/tokio.rs"]
mod tokio;

/// Which of tokio's test files are taken.
const TAKEN: [&str; 6] = [
    "async_send_sync",
    "macros_",
    "rt_",
    "sync_",
    "task_",
    "time_",
];

fn main() {
    println!("cargo::rerun-if-changed=../../../Cargo.lock");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../support/tokio.rs");
    if env::var_os("CARGO_FEATURE_SUITE").is_none() {
        return;
    }
    let tests = tokio::folder().join("tests");
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
        let name = name(file);
        writeln!(
            suite,
            "#[path = {:?}]\nmod {name};",
            file.display().to_string()
        )
        .expect("a string can be written");
    }
    fs::write(out.join("suite.rs"), suite).expect("OUT_DIR can be written");
}

fn name(file: &Path) -> &str {
    let stem = file.file_stem().and_then(|stem| stem.to_str());
    stem.expect("tokio's tests have plain names")
}
