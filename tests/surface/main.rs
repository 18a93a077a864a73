//! Every public name of tokio's `sync`, `task`, `time` and `runtime`, and every macro, is here too,
//! and takes and gives the same.
//!
//! tokio's sources, those of the version in the lock file, are read with their signatures. For each
//! function and method a function is written that has tokio's signature, and calls the mirror; for
//! each implemented trait one that asks for it. The compiler judges them; their names say which is
//! missing or different. That they also compile against tokio itself shows that they say what they
//! should.
//!
//! Not here: what the functions do (`tests/mirror`, `tests/conformance`).

mod probes;
mod signature;
mod sources;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sources::tokio_sources;

/// What the mirror does not have in this form, and why: names of probes.
const DIFFERENT: &[(&str, &str)] = &[];

#[test]
fn the_mirror_takes_and_gives_what_tokio_does() {
    let probes = probes::all(&tokio_sources());
    for room in ["sync", "task", "time", "runtime"] {
        let prefix = format!("{room}_");
        let found = probes
            .iter()
            .filter(|probe| probe.name.starts_with(&prefix))
            .count();
        assert!(found > 30, "{room}: only {found} probes");
    }
    let names: BTreeSet<&str> = probes.iter().map(|probe| probe.name.as_str()).collect();
    assert_eq!(names.len(), probes.len(), "two probes of one name");
    for (name, _) in DIFFERENT {
        assert!(
            names.contains(name),
            "{name} is on the list, and tokio has it no more"
        );
    }
    let same = |probe: &&probes::Probe| DIFFERENT.iter().all(|(name, _)| *name != probe.name);
    let theirs = write("tokio", &probes.iter().collect::<Vec<_>>());
    let ours = write(
        "leak_harness",
        &probes.iter().filter(same).collect::<Vec<_>>(),
    );
    let cases = trybuild::TestCases::new();
    cases.pass(theirs);
    cases.pass(ours);
}

/// Writes a program that has the probes, for the crate that is to stand for tokio.
fn write(tokio: &str, probes: &[&probes::Probe]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("surface_of_{tokio}.rs"));
    let lines = probes.iter().map(|probe| probe.code.as_str());
    let code: Vec<&str> = lines.collect();
    let text = format!(
        "#![allow(warnings)]\nextern crate {tokio} as mirrored;\n{}\nfn main() {{}}\n",
        code.join("\n")
    );
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn no_macro_of_tokio_is_missing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let text = fs::read_to_string(root).unwrap();
    let code = text.lines().filter(|line| !line.trim().starts_with("//"));
    let words = |line| {
        str::split(line, |letter: char| {
            letter != '_' && !letter.is_alphanumeric()
        })
    };
    let here: BTreeSet<&str> = code.flat_map(words).collect();
    let macros = sources::files(&tokio_sources().join("macros"));
    // Each stands in a file of its name.
    let own = macros.iter().filter_map(|file| {
        let name = file.file_stem()?.to_str()?;
        let text = fs::read_to_string(file).unwrap();
        let exported = text.contains(&format!("macro_rules! {name} "));
        (exported && text.contains("#[macro_export]")).then(|| name.to_owned())
    });
    let names: BTreeSet<String> = own
        .chain(["main", "test", "spawn", "task_local"].map(str::to_owned))
        .collect();
    assert!(names.contains("join") && names.contains("pin"), "{names:?}");
    let missing: Vec<_> = names
        .iter()
        .filter(|name| !here.contains(name.as_str()))
        .collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
}
