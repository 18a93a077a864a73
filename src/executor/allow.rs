//! Which tasks an `allow` entry means.

use crate::trace::TaskInfo;

/// Whether an `allow` entry means this task: its name, the file it was spawned in (or the end of
/// its path), or the function its future was written in (or the end of its path).
pub(super) fn allows(allowed: &str, task: &TaskInfo) -> bool {
    let function = task.future.trim_end_matches("::{{closure}}");
    task.name.as_deref() == Some(allowed)
        || ends_with(task.spawned_at.file(), allowed, "/")
        || ends_with(function, allowed, "::")
}

fn ends_with(path: &str, end: &str, separator: &str) -> bool {
    path.strip_suffix(end)
        .is_some_and(|before| before.is_empty() || before.ends_with(separator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allow_entry_matches_whole_path_segments_only() {
        assert!(ends_with("src/metrics.rs", "metrics.rs", "/"));
        assert!(ends_with("src/metrics.rs", "src/metrics.rs", "/"));
        assert!(!ends_with("src/my_metrics.rs", "metrics.rs", "/"));
        assert!(ends_with("app::metrics::run", "metrics::run", "::"));
        assert!(!ends_with("app::metrics::rerun", "run", "::"));
    }
}
