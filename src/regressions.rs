//! `leak-regressions/`: the schedules of a crate's tests that failed once, one file for each test.
//!
//! They are run first from then on. A file has one token a line; what begins with `#` is for
//! people. Nothing in it depends on when or where it was written. Each test has a file of its own,
//! so tests that run at once, as threads or as processes, do not meet. Not here: when a schedule is
//! run or kept (`check`).

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::outcome::{Failure, FailureKind};
use crate::report::messages;
use crate::trace::{NoToken, Token};

/// Beside the `Cargo.toml` of the tested crate.
const FOLDER: &str = "leak-regressions";

/// The file of a test, by its path in the program: `crate::module::test`.
pub(crate) fn file_of(crate_folder: &Path, test: &str) -> PathBuf {
    let mut path = crate_folder.join(FOLDER);
    path.extend(test.split("::"));
    path.as_mut_os_string().push(".txt");
    path
}

/// The schedules in a file, if there is one. Those of other versions are passed over.
///
/// # Errors
///
/// What cannot be read, with its line.
pub(crate) fn read(path: &Path) -> Result<Vec<Token>, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    let mut tokens = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        match line.parse() {
            Ok(token) => tokens.push(token),
            Err(NoToken::Version) if looks_like_a_token(line) => {}
            Err(_) => return Err(messages::no_regression(path, index + 1, line)),
        }
    }
    Ok(tokens)
}

/// No file, or no folder where it would be.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// `lh`, a version, and a rest: a token of another version of ours.
fn looks_like_a_token(line: &str) -> bool {
    let parts = line
        .strip_prefix("lh")
        .and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(version, rest)| {
        let of_token = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric());
        !version.is_empty() && of_token(version) && !rest.is_empty() && of_token(rest.trim())
    })
}

/// Keeps the schedule of a failure, and notes in the failure that it did, or why it could not.
pub(crate) fn keep(path: &Path, known: &[Token], failure: &mut Failure) {
    let worth_it = matches!(
        failure.kind(),
        FailureKind::Leak | FailureKind::Deadlock | FailureKind::Loop | FailureKind::Panic
    );
    let Some(token) = failure.parts().token.clone().filter(|_| worth_it) else {
        return;
    };
    let kept = if known.contains(&token) {
        Ok(())
    } else {
        append(path, &token, failure)
    };
    let note = match kept {
        Ok(()) => messages::kept(shown(path)),
        Err(error) => messages::not_kept(shown(path), &error),
    };
    failure.note(note);
}

/// From where cargo runs the tests of a crate: its own folder.
fn shown(path: &Path) -> &Path {
    let here = std::env::current_dir().ok();
    here.and_then(|here| path.strip_prefix(here).ok())
        .unwrap_or(path)
}

fn append(path: &Path, token: &Token, failure: &Failure) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    let mut text = String::new();
    if file.metadata()?.len() == 0 {
        text.push_str(messages::REGRESSIONS_HEADER);
    }
    for line in messages::regression(failure).lines() {
        text.push_str(&format!("\n# {line}"));
    }
    text.push_str(&format!("\n{token}\n"));
    // In one piece: another process may write as well.
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_test_has_a_file_of_its_own() {
        let path = file_of(Path::new("app"), "app::worker::tests::it_ends");
        let expected = "app/leak-regressions/app/worker/tests/it_ends.txt";
        assert_eq!(path, Path::new(expected));
    }

    #[test]
    fn other_versions_are_told_from_what_is_no_token_at_all() {
        assert!(looks_like_a_token("lh2-015g"));
        assert!(looks_like_a_token("lhm2-015g "));
        for text in [
            "<<<<<<< HEAD",
            "lh",
            "lh2",
            "lh-",
            "lh1 - 0",
            "lhasa-apso, 3",
        ] {
            assert!(!looks_like_a_token(text), "{text}");
        }
    }
}
