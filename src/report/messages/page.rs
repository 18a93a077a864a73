//! What only a page says: its headings and its legend.

pub(in crate::report) const STUCK: &str = "What never ends";
pub(in crate::report) const WHY: &str = "Why";
pub(in crate::report) const CHANGE: &str = "What to change";
pub(in crate::report) const BY_WAY_OF: &str = "By way of";
pub(in crate::report) const STEPS: &str = "What happened";
pub(in crate::report) const DETAILS: &str = "Details";
pub(in crate::report) const AGAIN: &str = "Run it again";
pub(in crate::report) const IF_MEANT: &str = "If the task is meant to live on:";
pub(in crate::report) const IN_FILE: &str = "In leak-test.toml:";
pub(in crate::report) const EXPLORED: &str = "What was explored";
pub(in crate::report) const PICTURE: &str = "The steps of the schedule, a column for each task";
pub(in crate::report) const FOR_EVER: &str = "for ever";

// The legend.

pub(in crate::report) const SPAWNS: &str = "spawns";
pub(in crate::report) const WAKES: &str = "wakes";
pub(in crate::report) const WAITS: &str = "waits";
pub(in crate::report) const NEVER_ENDS: &str = "never ends";
pub(in crate::report) const HOVER: &str = "Point at a step, or tap it, to see its source.";

/// Where an await is whose future was made elsewhere.
pub(in crate::report) fn awaited_at(file: &str, line: u32) -> String {
    format!("awaited at {file}:{line}")
}

/// Above the picture.
pub(in crate::report) fn steps(steps: usize, files: &[&str]) -> String {
    let steps = super::counted(steps as u64, "step");
    match files {
        [file] => format!("{steps}; :n is line n of `{file}`."),
        _ => format!("{steps}."),
    }
}

pub(in crate::report) fn steps_not_shown(steps: usize) -> String {
    format!("and {steps} more, which the JSON beside this page has")
}

pub(in crate::report) fn panicked(task: &str) -> String {
    format!("{task} panicked")
}
