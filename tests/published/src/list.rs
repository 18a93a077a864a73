//! What is expected of each crate: `crates.toml`.

use std::path::Path;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    #[serde(rename = "crate")]
    pub crates: Vec<Crate>,
}

/// A published crate.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crate {
    pub name: String,
    pub version: String,
    #[serde(default)]
    pub features: Vec<String>,
    /// How many tests pass.
    pub passed: usize,
    /// Those that fail, or are not run.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
}

/// Tests that do not pass, for one reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    pub reason: String,
    pub tests: Vec<String>,
    /// They are not run at all.
    #[serde(default)]
    pub left_out: bool,
}

impl List {
    /// Reads the list beside this crate's manifest.
    pub fn read() -> List {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates.toml");
        let text = std::fs::read_to_string(&path);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let list: List =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for exception in list.crates.iter().flat_map(|one| &one.exceptions) {
            let tests = &exception.tests;
            assert!(!exception.reason.is_empty(), "no reason for {tests:?}");
        }
        list
    }
}

impl Crate {
    /// The tests that fail.
    pub fn failing(&self) -> impl Iterator<Item = &str> {
        self.tests(false)
    }

    /// The tests that are not run.
    pub fn left_out(&self) -> impl Iterator<Item = &str> {
        self.tests(true)
    }

    fn tests(&self, left_out: bool) -> impl Iterator<Item = &str> {
        let kind = self
            .exceptions
            .iter()
            .filter(move |one| one.left_out == left_out);
        kind.flat_map(|one| &one.tests).map(String::as_str)
    }
}
