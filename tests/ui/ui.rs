//! What the compiler says to wrong uses of the macros, which are in `wrong`: where it points, and
//! what would be legal. After a wanted change, `UPDATE_EXPECT=1 cargo test -p leak-harness-ui`
//! rewrites it.
//!
//! Not here: every wording, for which `harness-macros` has tests without a compiler.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What the compiler said about each program.
fn judged() -> BTreeMap<String, String> {
    // All packages are asked for, and so with the dependencies that `cargo test --workspace` has built.
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["build", "--workspace", "--keep-going"])
        .args(["--features", "leak-harness-ui/wrong"])
        .args(["--example", "wrong_*", "--message-format=json"])
        .output()
        .expect("cargo runs");
    let text = String::from_utf8(output.stdout).expect("cargo's messages are text");
    let mut said = BTreeMap::<String, String>::new();
    for line in text.lines() {
        let message: Value = serde_json::from_str(line).expect("messages are JSON");
        let name = message["target"]["name"].as_str().unwrap_or_default();
        let Some(name) = name.strip_prefix("wrong_") else {
            continue;
        };
        assert_eq!(message["executable"], Value::Null, "{name} compiles");
        // The last one only counts the others.
        let spans = message["message"]["spans"].as_array();
        if spans.is_some_and(|spans| !spans.is_empty()) {
            let rendered = message["message"]["rendered"].as_str();
            let said = said.entry(name.to_owned()).or_default();
            said.push_str(&normal(rendered.expect("it is text")));
        }
    }
    said
}

/// A message without what changes when this crate's own sources do: line numbers in them, and the
/// room that those take.
fn normal(rendered: &str) -> String {
    let mut in_program = true;
    let lines = rendered.lines().map(|line| {
        let line = line.trim_start();
        let place = line.strip_prefix("--> ").or(line.strip_prefix("::: "));
        if let Some(place) = place {
            in_program = place.starts_with("tests/ui/");
        }
        match (in_program, place) {
            (true, _) => line,
            (false, Some(_)) => line.split(':').next().unwrap_or(line),
            (false, None) => line
                .trim_start_matches(|letter: char| letter.is_ascii_digit())
                .trim_start(),
        }
    });
    let mut normal: Vec<&str> = lines.collect();
    normal.push("");
    normal.join("\n")
}

#[test]
fn wrong_uses_of_the_macros_are_told_where_they_stand() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("wrong");
    let mut said = judged();
    for entry in fs::read_dir(&folder).expect("it can be read") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path
                .file_stem()
                .and_then(|name| name.to_str())
                .expect("a plain name");
            let said = said.remove(name);
            let said = said.unwrap_or_else(|| panic!("{name} is no target of its package"));
            expect_test::expect_file![path.with_extension("stderr")].assert_eq(&said);
        }
    }
    assert!(said.is_empty(), "{said:?}");
}
