//! Tasks that are stuck because of another one, and those of which nothing is known: the sentences.
//!
//! Not here: the cause of the one that leads (`causes`).

use super::causes::Scene;
use super::holders::name;
use crate::outcome::{Cause, HeldBy, Holder, StuckTask};
use crate::trace::TaskId;

/// Nothing that is known explains the wait.
pub(in crate::report) fn no_cause() -> &'static str {
    "nothing that the harness sees would end this wait, and it cannot say more"
}

/// The tasks that are stuck because of another one.
pub(in crate::report) fn title() -> &'static str {
    "stuck because of it:"
}

/// A task that is stuck because of another one, in one line: which of its waits, and what the other
/// one has to do with it, as far as that is known.
pub(in crate::report) fn line(
    task: &StuckTask,
    count: usize,
    wait: usize,
    because: Option<&str>,
) -> String {
    let who = super::many(&super::task_name(task.id(), task.name()), count);
    let waits = super::waits(task);
    let waits = waits.get(wait).cloned().unwrap_or_default();
    let waits = match count {
        1 => waits,
        _ => waits.replacen("waits ", "wait ", 1),
    };
    match because {
        Some(because) => format!("{who} {waits}: {because}"),
        None => format!("{who} {waits}"),
    }
}

/// What a task that is stuck has that would end a wait, if this is the cause of it.
pub(in crate::report) fn because(cause: &Cause, of: TaskId, scene: &Scene<'_>) -> Option<String> {
    let who = scene.who(of);
    let has = |holder: &&Holder| match &holder.by {
        HeldBy::Task(task) => *task == of,
        HeldBy::Tasks(tasks) => tasks.contains(&of),
        HeldBy::Output | HeldBy::Message { .. } | HeldBy::RealTokio | HeldBy::Nobody => false,
    };
    let holders = match cause {
        Cause::LockHeld { by, taken_at } if *by == of => {
            let does = if scene.is_once() {
                "initializes"
            } else {
                "holds"
            };
            return Some(format!("{who} {does} it since {taken_at}"));
        }
        Cause::AnswerNeverReceived {
            senders, receivers, ..
        } => {
            receivers.iter().find(has)?;
            let sender = senders.first()?;
            return Some(format!(
                "the {} of {} is in a message that {who} does not receive",
                name(sender.handle),
                sender.made_at
            ));
        }
        Cause::NoSenderWillSend {
            senders: holders, ..
        }
        | Cause::NoReceiverWillReceive {
            receivers: holders, ..
        }
        | Cause::NeverClosed { receivers: holders }
        | Cause::PermitsHeld { holders } => holders,
        _ => return None,
    };
    let holder = holders.iter().find(has)?;
    let (what, made_at) = (name(holder.handle), holder.made_at);
    Some(format!("{who} has the {what} of {made_at}"))
}
