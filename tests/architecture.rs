//! Holds the house rules against the code: which room may import which, what only one file may
//! do, and how large a file may be.
//!
//! Not here: anything that a lint of rustc's or clippy's can check.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Every room with its layer. A room may import rooms of lower layers, and those named beside it.
const ROOMS: [(&str, u8, &[&str]); 15] = [
    ("trace", 0, &[]),
    ("config", 0, &[]),
    ("settings", 1, &[]),
    ("outcome", 1, &[]),
    ("executor", 2, &[]),
    ("mirror", 3, &[]),
    ("explore", 3, &[]),
    ("diagnose", 3, &[]),
    ("report", 4, &[]),
    ("protocol", 4, &["report"]),
    ("regressions", 4, &["report"]),
    ("env", 5, &[]),
    ("check", 5, &["env"]),
    ("lib", 6, &[]),
    ("__private", 6, &[]),
];

/// What a room may not import although it is of a lower layer.
const FORBIDDEN: [(&str, &str); 2] = [
    // Findings are tested from hand-written traces.
    ("diagnose", "executor"),
    // What an execution is does not depend on what a check came to.
    ("executor", "outcome"),
];

/// A word that only some files may have in their code.
struct Reserved {
    words: &'static [&'static str],
    what: &'static str,
    /// Paths under `src`, or folders with a slash at the end.
    files: &'static [&'static str],
}

const RESERVED: [Reserved; 4] = [
    Reserved {
        words: &["loom::"],
        what: "loom",
        files: &[
            "executor/host/loom.rs",
            "executor/host/weak.rs",
            "explore/loom.rs",
        ],
    },
    Reserved {
        words: &["thread_local!"],
        what: "a thread-local",
        files: &[
            "executor/current.rs",
            // Which thread the next check runs on.
            "check/thread.rs",
        ],
    },
    Reserved {
        words: &["println!", "eprintln!", "print!", "eprint!", "dbg!"],
        what: "printing",
        files: &["check/", "check.rs"],
    },
    Reserved {
        words: &["unsafe"],
        what: "unsafe code",
        files: &[
            "executor/host/coroutine.rs",
            "executor/waker.rs",
            "mirror/owned.rs",
            // Threads that borrow.
            "mirror/std/thread/scope.rs",
        ],
    },
];

const MOST_CODE_LINES: usize = 400;

#[test]
fn rooms_import_downwards_only() {
    let mut problems = String::new();
    for file in sources() {
        let room = room_of(&file.path);
        for (number, imported) in imports(&file.without_comments()) {
            if let Some(problem) = judge_import(&room, &imported) {
                writeln!(problems, "{}:{number}: {problem}", file.path).unwrap();
            }
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn what_is_reserved_stays_in_its_files() {
    let mut problems = String::new();
    for file in sources() {
        for Reserved { words, what, files } in RESERVED {
            if files.iter().any(|allowed| is_in(&file.path, allowed)) {
                continue;
            }
            for (number, line) in file.code() {
                if words.iter().any(|word| has_word(line, word)) {
                    let legal = files.join(", ");
                    let path = &file.path;
                    writeln!(problems, "{path}:{number}: {what} belongs into {legal}").unwrap();
                }
            }
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn every_file_opens_with_its_duty() {
    let mut problems = String::new();
    for file in sources() {
        if !file.text.starts_with("//! ") {
            let path = &file.path;
            writeln!(problems, "{path}:1: a file opens with `//!` and its duty").unwrap();
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn no_file_is_too_long_to_be_read() {
    let mut problems = String::new();
    for file in sources() {
        let lines: Vec<_> = file.code().collect();
        if let Some((number, _)) = lines.get(MOST_CODE_LINES) {
            writeln!(
                problems,
                "{}:{number}: {} lines of code; {MOST_CODE_LINES} are the most",
                file.path,
                lines.len()
            )
            .unwrap();
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

/// One file under `src`.
struct Source {
    /// Under `src`, with `/`.
    path: String,
    text: String,
}

impl Source {
    /// The text with its comment lines emptied, so that the others keep their numbers.
    fn without_comments(&self) -> String {
        let lines = self.text.lines().map(|line| {
            let comment = line.trim_start().starts_with("//");
            if comment { "" } else { line }
        });
        lines.flat_map(|line| [line, "\n"]).collect()
    }

    /// The lines that are neither empty nor comments, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        lines.filter_map(|(index, line)| {
            let line = line.trim();
            let code = !line.is_empty() && !line.starts_with("//");
            code.then_some((index + 1, line))
        })
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    assert!(!paths.is_empty(), "no sources under {}", root.display());
    let read = |path: PathBuf| Source {
        text: fs::read_to_string(&path).expect("a source is text"),
        path: path
            .strip_prefix(&root)
            .expect("it is under the root")
            .to_string_lossy()
            .replace('\\', "/"),
    };
    paths.into_iter().map(read).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

/// `executor` of `executor/host/mod.rs`, `config` of `config.rs`.
fn room_of(path: &str) -> String {
    let first = path.split('/').next().unwrap_or(path);
    first.trim_end_matches(".rs").to_owned()
}

fn is_in(path: &str, allowed: &str) -> bool {
    path == allowed || (allowed.ends_with('/') && path.starts_with(allowed))
}

/// The rooms that a text names as `crate::room`, also in `crate::{room, room::x}`, with the number
/// of the line.
fn imports(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let before = text[..at].chars().next_back();
        // `$crate::` in a macro is the user's view of the crate.
        if before.is_some_and(|c| c == '$' || c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        let names = match rest.strip_prefix('{') {
            None => vec![leading_name(rest)],
            Some(group) => top_level_names(group),
        };
        let number = text[..at].matches('\n').count() + 1;
        let names = names.into_iter().filter(|name| !name.is_empty());
        found.extend(names.map(|name| (number, name)));
    }
    found
}

fn leading_name(text: &str) -> String {
    let end = |c: char| !c.is_alphanumeric() && c != '_';
    text.split(end).next().unwrap_or_default().to_owned()
}

/// The first names of the parts of `a::b, c::{d, e}, f}`.
fn top_level_names(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(leading_name(group[start..at].trim()));
                return names;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(leading_name(group[start..at].trim()));
                start = at + 1;
            }
            _ => {}
        }
    }
    names.push(leading_name(group[start..].trim()));
    names
}

fn judge_import(room: &str, imported: &str) -> Option<String> {
    let known = |name: &str| ROOMS.iter().find(|(room, ..)| *room == name);
    let Some((_, layer, beside)) = known(room) else {
        return Some(format!("the room `{room}` has no layer yet"));
    };
    if room == imported || room == "lib" {
        return None;
    }
    let Some((_, imported_layer, _)) = known(imported) else {
        return Some(format!(
            "`crate::{imported}` is no room: name it where it is defined"
        ));
    };
    if FORBIDDEN.contains(&(room, imported)) {
        return Some(format!("`{room}` must not know of `{imported}`"));
    }
    let same_layer_of_plain_data = *layer == 0 && *imported_layer == 0;
    let downwards = imported_layer < layer || beside.contains(&imported);
    if same_layer_of_plain_data || downwards {
        return None;
    }
    Some(format!(
        "`{room}` (layer {layer}) must not import `{imported}` (layer {imported_layer})"
    ))
}

/// Whether the code of a line has the word: not inside of a longer name, not in a string or
/// comment.
fn has_word(line: &str, word: &str) -> bool {
    let code = without_strings_and_comment(line);
    code.match_indices(word).any(|(at, _)| {
        let name = |c: char| c.is_alphanumeric() || c == '_';
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let path = word.ends_with("::");
        // `self::loom::`, `super::loom::` and `crate::…::loom::` are modules of ours.
        let ours = path && before == Some(':') && !code[..at].ends_with("use ::");
        !before.is_some_and(name) && (path || !after.is_some_and(name)) && !ours
    })
}

fn without_strings_and_comment(line: &str) -> String {
    let mut code = String::new();
    let (mut in_string, mut escaped) = (false, false);
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            '/' if !in_string && characters.peek() == Some(&'/') => break,
            _ if in_string => {}
            _ => code.push(c),
        }
    }
    code
}

#[test]
fn the_rules_themselves_see_what_they_should() {
    let names = |text| {
        imports(text)
            .into_iter()
            .map(|(_, name)| name)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names("use crate::{\n  env,\n  trace::{Site, Id},\n};"),
        ["env", "trace"]
    );
    assert_eq!(
        imports("\nuse crate::trace::Site;"),
        [(2, "trace".to_owned())]
    );
    assert_eq!(names("$crate::__private::x!()"), [""; 0]);
    assert!(judge_import("trace", "executor").is_some());
    assert!(judge_import("explore", "mirror").is_some());
    assert!(judge_import("diagnose", "executor").is_some());
    assert!(judge_import("mirror", "executor").is_none());
    assert!(judge_import("cellar", "trace").is_some());
    assert!(has_word("loom::thread::park()", "loom::"));
    assert!(!has_word("self::loom::explore()", "loom::"));
    assert!(!has_word("bloom::filter()", "loom::"));
    assert!(!has_word(r#"let s = "unsafe"; // unsafe"#, "unsafe"));
    assert!(!has_word("unsafe_code", "unsafe"));
}
