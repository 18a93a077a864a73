//! Crates from the registry, in a workspace of their own under `target`, each with the line that
//! adopts leak-harness.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use toml::{Table, Value};

use crate::list::Crate;

/// The line that a user adds to `lib.rs`.
const LINE: &str = "\n#[cfg(test)]\npub extern crate leak_harness as tokio;\n";

/// A crate that depends on all of them, so that cargo fetches them.
const FETCHES: &str = "[package]\nname = \"fetches\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
                       [lib]\npath = \"lib.rs\"\n[workspace]\n";

/// What `cargo metadata` says.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
}

/// Makes the workspace; its folder.
pub fn adopt(crates: &[Crate]) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().expect("this crate is in its workspace");
    let scratch = metadata(&root.join("Cargo.toml"), &["--no-deps"])
        .target_directory
        .join("published");
    let fetched = fetch(&scratch.join("fetch"), crates);
    for one in crates {
        let package = fetched
            .packages
            .iter()
            .find(|package| package.name == one.name && package.version == one.version)
            .expect("cargo fetched what was asked for");
        let from = package.manifest_path.parent().expect("a file has a folder");
        let to = scratch.join(&one.name);
        if to.exists() {
            fs::remove_dir_all(&to).expect("an old copy can be removed");
        }
        copy(from, &to);
        change(&to, &root);
    }
    let members: Vec<&str> = crates.iter().map(|one| one.name.as_str()).collect();
    let workspace = format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n");
    write(&scratch.join("Cargo.toml"), &workspace);
    scratch
}

/// Lets cargo fetch the crates from the registry.
fn fetch(folder: &Path, crates: &[Crate]) -> Metadata {
    fs::create_dir_all(folder).expect("a folder under target can be made");
    let mut manifest = FETCHES.to_owned() + "[dependencies]\n";
    for Crate { name, version, .. } in crates {
        manifest += &format!("{name} = {{ version = \"={version}\", default-features = false }}\n");
    }
    write(&folder.join("Cargo.toml"), &manifest);
    write(&folder.join("lib.rs"), "");
    metadata(&folder.join("Cargo.toml"), &[])
}

fn metadata(manifest: &Path, arguments: &[&str]) -> Metadata {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--manifest-path"])
        .arg(manifest)
        .args(arguments)
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).expect("cargo says what it says it says")
}

/// What a user would do; and without profiles, which only a workspace's root may have.
fn change(folder: &Path, root: &Path) {
    let path = folder.join("Cargo.toml");
    let mut manifest: Table = read(&path).parse().expect("a published manifest is TOML");
    manifest.remove("profile");
    let dev = manifest
        .entry("dev-dependencies")
        .or_insert_with(|| Value::Table(Table::new()));
    let dev = dev.as_table_mut().expect("dependencies are a table");
    let mut harness = Table::new();
    harness.insert("path".to_owned(), Value::String(root.display().to_string()));
    dev.insert("leak-harness".to_owned(), Value::Table(harness));
    write(&path, &manifest.to_string());
    let library = folder.join("src/lib.rs");
    write(&library, &(read(&library) + LINE));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder under target can be made");
    for entry in fs::read_dir(from).expect("a folder of the registry can be read") {
        let entry = entry.expect("an entry can be read");
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else if entry.file_name() != "Cargo.lock" {
            // Not its permissions: the registry's files may be read-only.
            let bytes = fs::read(&path).expect("a file of the registry can be read");
            fs::write(&to, bytes).expect("a file under target can be written");
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
