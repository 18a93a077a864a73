//! Which tasks an entry of `allow` or `cancel_anywhere` means.

use crate::config::Allow;
use crate::trace::TaskInfo;

/// Whether an entry means this task: its name, the file it was spawned in (or the end of
/// its path), or the function its future was written in (or the end of its path).
pub(super) fn means(entry: &Allow, task: &TaskInfo) -> bool {
    let has_name = |name: &str| task.name.as_deref() == Some(name);
    let in_file = |file: &str| ends_with(task.spawned_at.file(), file, "/");
    let function = task.future.trim_end_matches("::{{closure}}");
    let in_function = |path: &str| ends_with(function, path, "::");
    match entry {
        Allow::Either(text) => has_name(text) || in_file(text) || in_function(text),
        Allow::All {
            name,
            file,
            function,
        } => {
            name.as_deref().is_none_or(has_name)
                && file.as_deref().is_none_or(in_file)
                && function.as_deref().is_none_or(in_function)
        }
    }
}

fn ends_with(path: &str, end: &str, separator: &str) -> bool {
    path.strip_suffix(end)
        .is_some_and(|before| before.is_empty() || before.ends_with(separator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_matches_whole_path_segments_only() {
        assert!(ends_with("src/metrics.rs", "metrics.rs", "/"));
        assert!(ends_with("src/metrics.rs", "src/metrics.rs", "/"));
        assert!(!ends_with("src/my_metrics.rs", "metrics.rs", "/"));
        assert!(ends_with("app::metrics::run", "metrics::run", "::"));
        assert!(!ends_with("app::metrics::rerun", "run", "::"));
    }
}
