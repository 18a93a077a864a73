//! The lines of the user's source files that a report shows.
//!
//! Not here: which lines these are (`html`).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::outcome::Failure;

/// Source files that were looked for, and the lines of those that are there.
pub(crate) struct Sources {
    root: Option<PathBuf>,
    files: RefCell<BTreeMap<String, Option<Vec<String>>>>,
}

impl Sources {
    /// For the files that a failure names.
    pub(crate) fn of(failure: &Failure) -> Sources {
        let body = failure.trace().tasks.first();
        let folder = std::env::current_dir().ok();
        let root = folder.and_then(|folder| root(&folder, body?.spawned_at.file()));
        Sources {
            root,
            files: RefCell::default(),
        }
    }

    /// Where the compiler was started, to which the paths of sites are relative: the root of the
    /// workspace. None where the sources are not there.
    pub(crate) fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// The line and those around it, each with its number, without what they are all indented by. None where the file is
    /// not there.
    pub(super) fn excerpt(
        &self,
        file: &str,
        line: u32,
        around: usize,
    ) -> Option<Vec<(usize, String)>> {
        let mut files = self.files.borrow_mut();
        let read = || self.read(file);
        let lines = files.entry(file.to_owned()).or_insert_with(read).as_ref()?;
        let at = (line as usize)
            .checked_sub(1)
            .filter(|&at| at < lines.len())?;
        let from = at.saturating_sub(around);
        let to = (at + around + 1).min(lines.len());
        let shown = &lines[from..to];
        let filled = shown.iter().filter(|line| !line.trim().is_empty());
        let indent = filled
            .map(|line| line.len() - line.trim_start().len())
            .min();
        let lines = shown.iter().zip(from + 1..).map(|(line, number)| {
            let text = line.get(indent.unwrap_or(0)..).unwrap_or_default();
            (number, text.trim_end().to_owned())
        });
        Some(lines.collect())
    }

    fn read(&self, file: &str) -> Option<Vec<String>> {
        let path = Path::new(file);
        let path = match &self.root {
            Some(root) => root.join(path),
            None => path.to_owned(),
        };
        let text = fs::read_to_string(path).ok()?;
        Some(
            text.lines()
                .map(|line| line.replace('\t', "    "))
                .collect(),
        )
    }
}

/// The folder that a file's path is relative to: the file is in the package that is tested, whose
/// folder a test starts in, so it is one of the folders above.
fn root(package: &Path, file: &str) -> Option<PathBuf> {
    let mut above = package.ancestors();
    let is_root = |folder: &&Path| {
        let path = folder.join(file);
        path.starts_with(package) && path.is_file()
    };
    above.find(is_root).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_root_of_the_workspace() {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
        let member = workspace.join("tests/kernels");
        let found = root(&member, "tests/kernels/src/lib.rs");
        assert_eq!(found.as_deref(), Some(workspace));
        assert_eq!(root(workspace, "src/lib.rs").as_deref(), Some(workspace));
        assert_eq!(root(workspace, "src/no_such_file.rs"), None);
    }

    #[test]
    fn an_excerpt_is_as_far_to_the_left_as_it_can_be() {
        let sources = Sources {
            root: Some(PathBuf::from(env!("CARGO_MANIFEST_DIR"))),
            files: RefCell::default(),
        };
        let line = line!() - 5;
        let excerpt = sources.excerpt(file!(), line, 1).unwrap();
        let texts = excerpt.iter().map(|(_, text)| text.as_str());
        let expected = [
            "#[test]",
            "fn an_excerpt_is_as_far_to_the_left_as_it_can_be() {",
            "    let sources = Sources {",
        ];
        assert_eq!(texts.collect::<Vec<_>>(), expected);
        assert!(sources.excerpt("no/such/file.rs", 1, 1).is_none());
    }
}
