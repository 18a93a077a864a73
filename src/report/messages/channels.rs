//! Why nothing comes through a channel, or there is no room in it: the sentences.
//!
//! Not here: the other causes (`causes`).

use super::causes::{Scene, Told};
use super::holders::site;
use crate::outcome::{HeldBy, Holder};
use crate::trace::{ObjectKind, Operation, Site, TaskId};

impl Scene<'_> {
    pub(super) fn no_sender(&self, senders: &[Holder], last: Option<(TaskId, Site)>) -> Told {
        let senders_site = site(senders);
        let mpsc = matches!(
            self.wait.kind,
            Some(ObjectKind::Mpsc | ObjectKind::UnboundedMpsc)
        );
        let own = HeldBy::Task(self.task.id());
        let own_alone = senders.len() == 1 && senders[0].by == own;
        let why = match self.wait.operation {
            Operation::WaitFor => {
                "the value that it waits for never comes, and the channel is never closed:"
            }
            _ if own_alone => {
                "it keeps the channel open itself: it waits for the end of its own sender:"
            }
            _ if last.is_some() => {
                "the channel is never closed: a sender is left, and it sends nothing more:"
            }
            _ => "the channel is never closed: a sender is left, and it sends nothing:",
        };
        let mut proof = self.holders(senders);
        proof.extend(last.map(|(task, at)| format!("sent last: {}, at {at}", self.this_or(task))));
        let change = if own_alone && mpsc {
            format!(
                "keep a WeakSender (downgrade()) in the task instead of the sender of {senders_site}, or \
                 tell it when to stop"
            )
        } else {
            let before = self.stuck_holder(senders);
            let before = before.map_or_else(String::new, |at| format!(" before the wait at {at}"));
            format!("drop the sender of {senders_site}{before}: that closes the channel")
        };
        let change = match self.wait.operation {
            Operation::WaitFor => format!("send what it waits for on every path; or {change}"),
            _ => change,
        };
        Told {
            why: why.to_owned(),
            proof,
            change,
        }
    }

    pub(super) fn no_receiver(&self, receivers: &[Holder], last: Option<(TaskId, Site)>) -> Told {
        let room = self
            .wait
            .object
            .and_then(|object| self.trace.object(object));
        let room = room.and_then(|info| info.capacity);
        let full = room.map_or_else(
            || "the channel is full".to_owned(),
            |room| format!("the channel is full (it has room for {room})"),
        );
        let mut proof = self.holders(receivers);
        proof.push(self.received_last(last));
        let created = site(receivers);
        let change = match self.stuck_holder(receivers) {
            Some(at) => format!(
                "receive all before the wait at {at}, or drop the receiver of {created} there: then \
                 the send fails instead of waiting"
            ),
            None => format!(
                "{} the receiver of {created} where receiving ends: then the send fails \
                 instead of waiting; or give the channel room for all that is sent",
                self.close()
            ),
        };
        Told {
            why: format!("{full}, and its receiver is alive but receives no more:"),
            proof,
            change,
        }
    }

    /// How a receiver is given up.
    fn close(&self) -> &'static str {
        match self.wait.kind {
            Some(ObjectKind::StdMpsc) => "drop",
            _ => "drop or close()",
        }
    }

    fn received_last(&self, last: Option<(TaskId, Site)>) -> String {
        match last {
            Some((task, at)) => format!("received last: {}, at {at}", self.this_or(task)),
            None => "nobody ever received".to_owned(),
        }
    }

    pub(super) fn answer_never_received(
        &self,
        senders: &[Holder],
        receivers: &[Holder],
        last: Option<(TaskId, Site)>,
    ) -> Told {
        let mut proof = self.holders(senders);
        let held = self.holders(receivers);
        proof.extend(
            held.into_iter()
                .map(|line| format!("of that channel, {line}")),
        );
        proof.push(self.received_last(last));
        // Those before it are in messages.
        let outermost = &receivers[receivers.len().saturating_sub(1)..];
        let created = site(outermost);
        let change = match self.stuck_holder(outermost) {
            Some(at) => format!(
                "receive all before the wait at {at}, or drop the receiver of {created} there: its \
                 messages go with it, and the wait ends"
            ),
            None => format!(
                "drop the receiver of {created} where receiving ends: its messages go with it, and \
                 the wait ends; or stop waiting for an answer there"
            ),
        };
        Told {
            why: "what would answer it is in a message that nobody receives:".to_owned(),
            proof,
            change,
        }
    }

    pub(super) fn never_closed(&self, receivers: &[Holder]) -> Told {
        Told {
            why: "it waits until nobody can receive any more, and a receiver is left:".to_owned(),
            proof: self.holders(receivers),
            change: format!("drop or close() the receiver of {}", site(receivers)),
        }
    }
}
