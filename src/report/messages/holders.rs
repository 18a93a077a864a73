//! Who holds the other end: the sentences.
//!
//! Not here: what follows from it (`causes`).

use super::causes::Scene;
use crate::outcome::{HandleKind, HeldBy, Holder};
use crate::trace::{Site, TaskId};

impl Scene<'_> {
    pub(super) fn holder(&self, task: TaskId) -> String {
        if task == self.task.id() {
            return "this task itself".to_owned();
        }
        let who = self.who(task);
        let Some(stuck) = self.stuck.iter().find(|stuck| stuck.id() == task) else {
            return format!("{who}, which lives on");
        };
        match (stuck.waits_on(), stuck.awaited_at()) {
            (Some(waits), Some(at)) => {
                format!("{who}, which is stuck in `{}` at {at}", waits.operation)
            }
            _ => format!("{who}, which is stuck too"),
        }
    }

    pub(super) fn holders(&self, holders: &[Holder]) -> Vec<String> {
        let lines = holders.iter().map(|holder| {
            let what = name(holder.handle);
            let verb = match holder.handle {
                HandleKind::Guard | HandleKind::Permit => "taken",
                _ => "made",
            };
            let what = if holder.count == 1 {
                format!("the {what}")
            } else {
                format!("{} {what}s", holder.count)
            };
            let by = match &holder.by {
                HeldBy::Task(task) => format!("held by {}", self.holder(*task)),
                HeldBy::Tasks(tasks) => {
                    let tasks: Vec<String> = tasks.iter().map(|&task| self.holder(task)).collect();
                    format!("shared (an `Arc`, say) by {}", tasks.join("; and by "))
                }
                HeldBy::Output => "in what a task returned and nobody took".to_owned(),
                HeldBy::Message { channel, sent_at } => {
                    let sent = sent_at.map_or_else(String::new, |at| format!(" sent at {at}"));
                    format!("in a message{sent} into the channel of {channel}, not received")
                }
                HeldBy::RealTokio => {
                    "in code that uses real tokio, which the harness does not see".to_owned()
                }
                HeldBy::Nobody => "held by no task: a static or a ring of `Arc`s has it, or it \
                                   was given to `mem::forget`"
                    .to_owned(),
            };
            format!("{what} {verb} at {}: {by}", holder.made_at)
        });
        lines.collect()
    }

    /// Where another task waits that has them.
    pub(super) fn stuck_holder(&self, holders: &[Holder]) -> Option<Site> {
        let HeldBy::Task(task) = holders.first()?.by else {
            return None;
        };
        let stuck = self.stuck.iter().find(|stuck| stuck.id() == task)?;
        stuck.awaited_at().filter(|_| task != self.task.id())
    }
}

pub(super) fn name(handle: HandleKind) -> &'static str {
    match handle {
        HandleKind::Sender => "sender",
        HandleKind::Receiver => "receiver",
        HandleKind::Guard => "guard",
        HandleKind::Permit => "permit",
    }
}

/// Where the first of them was made.
pub(super) fn site(holders: &[Holder]) -> String {
    let first = holders.first();
    first.map_or_else(String::new, |holder| holder.made_at.to_string())
}
