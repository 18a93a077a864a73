//! Every public name of tokio's `sync`, `task`, `time` and `runtime`, and every macro, has one of
//! the same name here.
//!
//! tokio's are read from its sources, line by line, with the type that a method belongs to; here it
//! is enough that the words stand in the code of the same room. Not here: signatures.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files of tokio that show something, without an unstable flag.
const PUBLIC: [(&str, &[&str]); 4] = [
    ("sync", &["sync"]),
    (
        "task",
        &[
            "task",
            "runtime/task/abort.rs",
            "runtime/task/error.rs",
            "runtime/task/id.rs",
            "runtime/task/join.rs",
        ],
    ),
    ("time", &["time"]),
    (
        "runtime",
        &[
            "runtime/builder.rs",
            "runtime/handle.rs",
            "runtime/id.rs",
            "runtime/local_runtime",
            "runtime/metrics/runtime.rs",
            "runtime/mod.rs",
            "runtime/runtime.rs",
        ],
    ),
];

/// Files and folders of those that show nothing.
const PRIVATE: [&str; 4] = ["batch_semaphore.rs", "block.rs", "list.rs", "tests"];

/// Blocks of tokio's that an unstable flag, or a platform, turns on.
const UNSTABLE: [&str; 8] = [
    "feature! {",
    "cfg_unstable! {",
    "cfg_unstable_metrics! {",
    "cfg_taskdump! {",
    "cfg_io_uring! {",
    "cfg_schedule_latency! {",
    "cfg_net! {",
    "cfg_not_rt! {",
];

/// What the mirror need not have, and why.
const ABSENT: [(&str, &str); 0] = [];

#[test]
fn no_public_name_of_tokio_is_missing() {
    let theirs = tokio_sources();
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/mirror/tokio");
    let mut missing = Vec::new();
    for (room, paths) in PUBLIC {
        let here = words(&files(&ours.join(room)));
        let mut names = BTreeSet::new();
        for file in paths.iter().flat_map(|path| files(&theirs.join(path))) {
            let private = |part: &str| PRIVATE.contains(&part);
            if !file.iter().any(|part| part.to_str().is_some_and(private)) {
                public_names(&fs::read_to_string(&file).unwrap(), &mut names);
            }
        }
        assert!(names.len() > 20, "{room}: only {names:?} were found");
        let types: BTreeSet<String> = names
            .iter()
            .filter(|name| !name.contains("::"))
            .cloned()
            .collect();
        let handed_on = handed_on(&files(&ours.join(room)));
        // Methods of private types are private, and those of tokio's own types are there.
        let counts = |name: &String| {
            name.split_once("::")
                .is_none_or(|(owner, _)| types.contains(owner) && !handed_on.contains(owner))
        };
        missing.extend(
            names
                .into_iter()
                .filter(counts)
                .filter(|name| !name.split("::").all(|part| here.contains(part)))
                .filter(|name| ABSENT.iter().all(|(absent, _)| absent != name))
                .map(|name| format!("{room}: {name}")),
        );
    }
    assert!(missing.is_empty(), "missing: {missing:#?}");
}

#[test]
fn no_macro_of_tokio_is_missing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let here = words(&[root]);
    let macros = files(&tokio_sources().join("macros"));
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
    let missing: Vec<_> = names.iter().filter(|name| !here.contains(*name)).collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
}

/// The public items and methods of a source that is formatted as usual.
fn public_names(text: &str, names: &mut BTreeSet<String>) {
    let mut owner = None;
    let mut skipped: Option<i32> = None;
    let mut unstable = false;
    for line in text.lines() {
        let code = line.trim();
        let depth = line.len() - line.trim_start().len();
        if let Some(open) = skipped {
            let open = open
                + if code.starts_with("//") {
                    0
                } else {
                    opened(code)
                };
            skipped = (open > 0).then_some(open);
            continue;
        }
        if code.starts_with("mod tests") || code.starts_with("mod test ") {
            return;
        }
        if UNSTABLE.contains(&code) || (unstable && code.ends_with('{')) {
            skipped = Some(opened(code)).filter(|&open| open > 0);
            unstable = false;
            continue;
        }
        if code.starts_with("#[cfg(") {
            unstable |= code.contains("tokio_unstable") && !code.contains("not(tokio_unstable)");
            unstable |= code.contains("cfg(loom)") || code.contains("cfg(test)");
        } else if code == "#[doc(hidden)]" {
            unstable = true;
        }
        if let Some(rest) = code.strip_prefix("impl") {
            owner = owner_of(rest);
        }
        let Some(item) = code.strip_prefix("pub ") else {
            if !code.starts_with("//") && code.ends_with(['{', '}', ';']) {
                unstable = false;
            }
            continue;
        };
        if std::mem::take(&mut unstable) {
            continue;
        }
        let plain = ["async ", "const ", "unsafe "]
            .iter()
            .fold(item, |item, word| item.strip_prefix(word).unwrap_or(item));
        if let Some(name) = plain.strip_prefix("fn ") {
            let name = first_word(name);
            match &owner {
                Some(owner) if depth > 0 => names.insert(format!("{owner}::{name}")),
                _ => names.insert(name.to_owned()),
            };
        }
        for kind in ["struct ", "enum ", "trait "] {
            if let Some(name) = plain.strip_prefix(kind) {
                names.insert(first_word(name).to_owned());
            }
        }
    }
}

/// How many more braces a line opens than it closes.
fn opened(code: &str) -> i32 {
    let braces = code.chars().map(|letter| match letter {
        '{' => 1,
        '}' => -1,
        _ => 0,
    });
    braces.sum()
}

/// The type of an `impl`, if it is public; what its methods are said to belong to.
fn owner_of(rest: &str) -> Option<String> {
    let rest = match rest.strip_prefix('<') {
        Some(generics) => {
            let mut open = 1;
            let end = generics.find(|letter| {
                open += i32::from(letter == '<') - i32::from(letter == '>');
                open == 0
            })?;
            &generics[end + 1..]
        }
        None => rest,
    };
    let name = first_word(rest.trim_start());
    (!name.is_empty()).then(|| name.to_owned())
}

fn first_word(text: &str) -> &str {
    let end = text.find(|letter: char| letter != '_' && !letter.is_alphanumeric());
    &text[..end.unwrap_or(text.len())]
}

/// The words of what is re-exported from tokio.
fn handed_on(files: &[PathBuf]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        for rest in text.split("pub use ::tokio::").skip(1) {
            let names = rest.split(';').next().unwrap_or_default();
            let split = names.split(|letter: char| letter != '_' && !letter.is_alphanumeric());
            words.extend(split.map(str::to_owned));
        }
    }
    words
}

/// Every word of the code of some files.
fn words(files: &[PathBuf]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        let code = text.lines().filter(|line| !line.trim().starts_with("//"));
        let split = |line: &str| -> Vec<String> {
            line.split(|letter: char| letter != '_' && !letter.is_alphanumeric())
                .map(str::to_owned)
                .collect()
        };
        words.extend(code.flat_map(split));
    }
    words
}

/// tokio's `src`, of the version in the lock file.
fn tokio_sources() -> PathBuf {
    let version = run("rustc", &["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let metadata = run(
        "cargo",
        &[
            "metadata",
            "--offline",
            "--format-version",
            "1",
            "--filter-platform",
            host.unwrap(),
        ],
    );
    let manifests = metadata.split("\"manifest_path\":\"").skip(1);
    let manifest = manifests
        .filter_map(|rest| rest.split('"').next())
        .find(|path| {
            let folder = Path::new(path).parent().and_then(Path::file_name);
            let version = folder.and_then(|name| name.to_str()?.strip_prefix("tokio-"));
            version.is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
        });
    Path::new(manifest.unwrap()).parent().unwrap().join("src")
}

fn run(program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    if folder.is_file() {
        return vec![folder.to_owned()];
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
