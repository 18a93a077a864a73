//! Writes the probes of tokio's public surface, from the sources of the tokio in the lock file.
//!
//! Not here: what a probe is (`probes`), and the compiler's judgement, which is the test.

#![expect(clippy::print_stdout, reason = "so build scripts talk to cargo")]

mod probes;
mod signature;
mod sources;
#[path = "../../support/tokio.rs"]
mod tokio;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-changed=../../Cargo.lock");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=../support/tokio.rs");
    let sources = tokio::folder().join("src");
    let mut probes = probes::all(&sources);
    for room in ["sync", "task", "time", "runtime"] {
        let prefix = format!("{room}_");
        let found = probes
            .iter()
            .filter(|probe| probe.name.starts_with(&prefix))
            .count();
        assert!(found > 30, "{room}: only {found} probes");
    }
    probes.extend(probes::macros(&sources));
    let names: BTreeSet<&str> = probes.iter().map(|probe| probe.name.as_str()).collect();
    assert!(names.contains("macro_join") && names.contains("macro_pin"));
    assert_eq!(names.len(), probes.len(), "two probes of one name");
    let lines: Vec<&str> = probes.iter().map(|probe| probe.code.as_str()).collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("probes.rs"), lines.join("\n")).expect("OUT_DIR can be written");
}
