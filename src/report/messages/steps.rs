//! What happened: the words for a schedule and its steps.
//!
//! Not here: in which form they are shown (`ladder`, `html`).

use super::{counted, page};
use crate::trace::{Effect, Event, Operation};

pub(in crate::report) fn schedule_title(steps: usize, files: &[&str]) -> String {
    let steps = counted(steps as u64, "step");
    match files {
        [file] => format!("What happened, in {steps} (:n is line n of {file}):"),
        _ => format!("What happened, in {steps}:"),
    }
}

/// Below the column of a task that never ends.
pub(in crate::report) fn stuck_end() -> String {
    format!("✗ {}", page::FOR_EVER)
}

pub(in crate::report) fn repeated(lines: usize, times: usize) -> String {
    match lines {
        1 => format!("the line above {times} more times"),
        _ => format!("the {lines} lines above {times} more times"),
    }
}

pub(in crate::report) fn steps_left_out(steps: usize) -> String {
    format!("{steps} more steps")
}

/// The last step of a task.
pub(in crate::report) const ENDS: &str = "ends";

/// A step of one of several tasks.
pub(in crate::report) fn step_of(task: &str, step: &str) -> String {
    format!("{task}: {step}")
}

pub(in crate::report) fn step(event: &Event) -> String {
    match (event.operation, event.effect) {
        (Operation::Complete, _) => ENDS.to_owned(),
        (operation, Effect::Pending) => format!("{operation} waits"),
        (operation, Effect::Closed) => format!("{operation} (closed)"),
        (operation, Effect::Done | Effect::Idle) => operation.to_string(),
    }
}

/// What stands above a column with so many tasks.
pub(in crate::report) fn column_name(name: &str, tasks: usize) -> String {
    match tasks {
        1 => name.to_owned(),
        _ => format!("{name} and {} alike", tasks - 1),
    }
}
