//! The list of tests that cannot pass, each with a reason: `expected.toml`.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;

/// In which way the tests are run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The mirror passes through to real tokio.
    PassingThrough,
    /// Under control.
    Inside,
}

impl Way {
    /// What makes leak tests run so.
    pub fn environment(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Way::PassingThrough => &[("LEAK_TEST_ENGINE", "tokio")],
            Way::Inside => &[
                ("LEAK_TEST_ENGINE", "auto"),
                ("LEAK_TEST_REGRESSIONS", "off"),
                ("LEAK_TEST_SCHEDULES", "10"),
            ],
        }
    }

    /// How messages say it.
    pub fn place(self) -> &'static str {
        match self {
            Way::PassingThrough => "passing through",
            Way::Inside => "inside the executor",
        }
    }
}

/// Tests that fail for one reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    way: Way,
    reason: String,
    /// Whether they need sockets, which no executor can control, and so say nothing about the
    /// mirror: they do not count in the rate.
    #[serde(default)]
    pub outside: bool,
    /// Whether they pass or fail as the timing of real threads has it.
    #[serde(default)]
    pub sometimes: bool,
    tests: Vec<String>,
}

/// All of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    #[serde(default)]
    expected: Vec<Entry>,
}

impl List {
    /// Reads the list beside this crate's manifest.
    pub fn read() -> List {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("expected.toml");
        let text = std::fs::read_to_string(&path);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Why a test cannot pass, if it cannot.
    pub fn find(&self, way: Way, name: &str) -> Option<&Entry> {
        let mut entries = self.expected.iter().filter(|entry| entry.way == way);
        entries.find(|entry| entry.tests.iter().any(|test| test == name))
    }

    /// What is wrong with the list itself.
    pub fn problems(&self, names: &[String]) -> Vec<String> {
        let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let mut problems = Vec::new();
        for entry in &self.expected {
            if entry.reason.trim().is_empty() {
                problems.push(format!("{:?}: no reason is given", entry.tests));
            }
            let gone = entry
                .tests
                .iter()
                .filter(|test| !names.contains(test.as_str()));
            problems.extend(gone.map(|test| format!("{test} is on the list, and is no test")));
        }
        problems
    }
}
