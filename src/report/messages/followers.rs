//! Tasks that are stuck because of another one, and those of which nothing is known: the sentences.
//!
//! Not here: the cause of the one that leads (`causes`).

use super::causes::Scene;
use super::holders::name;
use crate::outcome::{Cause, HeldBy, StuckTask};

/// Nothing that is known explains the wait.
pub(in crate::report) fn no_cause() -> &'static str {
    "nothing that the harness sees would end this wait, and it cannot say more"
}

/// The tasks that are stuck because of another one.
pub(in crate::report) fn title() -> &'static str {
    "stuck because of it:"
}

/// A task that is stuck because of another one, in one line.
pub(in crate::report) fn line(task: &StuckTask, count: usize, scene: Option<&Scene<'_>>) -> String {
    let who = super::many(&super::task_name(task.id(), task.name()), count);
    let waits = super::waits(task);
    let waits = waits.first().cloned().unwrap_or_default();
    let waits = match count {
        1 => waits,
        _ => waits.replacen("waits ", "wait ", 1),
    };
    let held = task.follows().filter(|_| !task.holders().is_empty());
    match (held, task.holders().first(), task.cause(), scene) {
        (Some(by), Some(holder), _, Some(scene)) if matches!(holder.by, HeldBy::Message { .. }) => {
            format!(
                "{who} {waits}: the {} of {} is in a message that {} does not receive",
                name(holder.handle),
                holder.made_at,
                scene.who(by)
            )
        }
        (Some(by), Some(holder), _, Some(scene)) => format!(
            "{who} {waits}: {} has the {} of {}",
            scene.who(by),
            name(holder.handle),
            holder.made_at
        ),
        (_, _, Some(Cause::LockHeld { by, taken_at }), Some(scene)) => {
            let does = if scene.is_once() {
                "initializes"
            } else {
                "holds"
            };
            format!(
                "{who} {waits}: {} {does} it since {taken_at}",
                scene.who(*by)
            )
        }
        _ => format!("{who} {waits}"),
    }
}
