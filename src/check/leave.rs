//! What a failing test leaves behind: its report as a page and as JSON, and on GitHub a line that
//! shows it beside the code.
//!
//! Not here: what is in them (`report`). A test that passes leaves nothing, and takes away what an
//! earlier run left.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use crate::env::Github;
use crate::outcome::{Failure, FailureKind};
use crate::report::{Sources, annotation, messages};

/// The folder in cargo's target folder.
const FOLDER: &str = "leak-test";
/// The most bytes of a file's name, its extension aside.
const LONGEST: usize = 200;

/// Writes the files of a failing test, and says in a line or two what became of it: for the end of
/// its report.
pub(super) fn leave(test: &str, failure: &Failure) -> String {
    if failure.kind() == FailureKind::Config {
        // Nothing was run, and every test of the crate says the same.
        return String::new();
    }
    let sources = Sources::of(failure);
    let page = page_of(test);
    let written = write(&page, &failure.to_html())
        .and_then(|()| write(&page.with_extension("json"), &failure.to_json()));
    let shown = sources.root().and_then(|root| page.strip_prefix(root).ok());
    let shown = shown.unwrap_or(&page).display();
    let mut lines = match written {
        Ok(()) => messages::written(&shown),
        Err(error) => messages::not_written(&shown, &error),
    };
    if let Some(Github { workspace }) = Github::from_env() {
        let annotation = annotation(failure, &sources, workspace.as_deref());
        lines = format!("{lines}\n{annotation}");
    }
    lines
}

/// The test passes: what an earlier run left would be wrong now.
pub(super) fn clear(test: &str) {
    let page = page_of(test);
    // As a rule there is none.
    let _ = fs::remove_file(page.with_extension("json"));
    let _ = fs::remove_file(page);
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, text)
}

/// Where the page of a test is; its JSON is beside it.
fn page_of(test: &str) -> PathBuf {
    let folder = target().join(FOLDER);
    folder.join(format!("{}.html", file_name(test)))
}

/// Cargo's target folder: the one above the test's own binary that cargo has marked as a cache, or
/// the one that has its `debug` or `release`; and where the binary is elsewhere, as that of a doc
/// test is, `CARGO_TARGET_DIR`, or `target` in the working directory.
fn target() -> PathBuf {
    let binary = env::current_exe().unwrap_or_default();
    let mut above = binary.ancestors();
    let marked = above.find(|folder| folder.join("CACHEDIR.TAG").is_file());
    let deps = || {
        let mut above = binary.ancestors();
        let deps = above.find(|folder| folder.file_name().is_some_and(|name| name == "deps"))?;
        deps.ancestors().nth(2)
    };
    match marked.or_else(deps) {
        Some(folder) => folder.to_owned(),
        None => env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from),
    }
}

/// `a.b.c` for the test `a::b::c`: what a file may be called everywhere.
fn file_name(test: &str) -> String {
    let safe = |c: char| {
        if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') {
            c
        } else {
            '_'
        }
    };
    let mut name: String = test.replace("::", ".").chars().map(safe).collect();
    if name.len() > LONGEST {
        let mut end = LONGEST;
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        name.truncate(end);
        name.push_str(&format!("-{:016x}", fnv(test)));
    }
    name
}

/// FNV-1a: the same in every run.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tests_make_names_of_files() {
        assert_eq!(file_name("shop::cart::is_empty"), "shop.cart.is_empty");
        assert_eq!(file_name("../../x y/é"), ".._.._x_y_é");
        let (one, other) = ("é".repeat(300), "é".repeat(301));
        assert!(file_name(&one).len() < 255, "{}", file_name(&one));
        assert_ne!(file_name(&one), file_name(&other));
    }

    #[test]
    fn the_target_folder_is_that_of_the_binary() {
        let binary = env::current_exe().unwrap();
        assert!(binary.starts_with(target()), "{}", target().display());
        assert!(target().join("CACHEDIR.TAG").is_file());
    }
}
