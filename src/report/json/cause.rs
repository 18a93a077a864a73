//! Causes, as JSON has them: the sentences of the text, and the parts they are made of.

use serde::Serialize;

use super::{Name, place::Place};
use crate::outcome::{self, Cause, Endless, HandleKind, HeldBy, Holder};
use crate::report::messages::causes::Told;
use crate::trace::{Site, TaskId};

/// A cause in words and in parts.
#[derive(Serialize)]
pub(super) struct Explained {
    why: String,
    proof: Vec<String>,
    change: String,
    #[serde(flatten)]
    parts: Parts,
}

impl Explained {
    pub(super) fn new(cause: &Cause, told: Told) -> Explained {
        let Told { why, proof, change } = told;
        Explained {
            why,
            proof,
            change,
            parts: Parts::of(cause),
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Parts {
    NoSenderWillSend {
        senders: Vec<Held>,
        last: Option<Last>,
    },
    NoReceiverWillReceive {
        receivers: Vec<Held>,
        last: Option<Last>,
    },
    AnswerNeverReceived {
        senders: Vec<Held>,
        receivers: Vec<Held>,
        last: Option<Last>,
    },
    NeverClosed {
        receivers: Vec<Held>,
    },
    LockCycle {
        cycle: Vec<CycleStep>,
    },
    LockTakenTwice {
        taken_at: Place<'static>,
    },
    LockHeld {
        by: Name,
        taken_at: Place<'static>,
    },
    Forgotten {
        handle: &'static str,
        by: Name,
        taken_at: Place<'static>,
    },
    PermitsHeld {
        holders: Vec<Held>,
    },
    LostWakeup {
        by: Name,
        notified_at: Place<'static>,
    },
    NeverSignalled,
    TrackerOpen {
        is_closed: bool,
        tracked: usize,
    },
    Joins {
        joined: Name,
    },
    BarrierShort {
        arrived: usize,
        of: Option<u32>,
    },
    NoExit {
        by: &'static str,
    },
}

/// Handles of one place, and who has them.
#[derive(Serialize)]
struct Held {
    handle: &'static str,
    made_at: Place<'static>,
    count: usize,
    by: &'static str,
    tasks: Vec<Name>,
    message: Option<Message>,
}

/// A message that was sent, and nobody received.
#[derive(Serialize)]
struct Message {
    channel: Place<'static>,
    sent_at: Option<Place<'static>>,
}

#[derive(Serialize)]
struct Last {
    task: Name,
    at: Place<'static>,
}

#[derive(Serialize)]
struct CycleStep {
    task: Name,
    took_at: Place<'static>,
    wants_at: Place<'static>,
}

impl Parts {
    fn of(cause: &Cause) -> Parts {
        match cause {
            Cause::NoSenderWillSend { senders, last } => Parts::NoSenderWillSend {
                senders: held(senders),
                last: last.map(Last::from),
            },
            Cause::NoReceiverWillReceive { receivers, last } => Parts::NoReceiverWillReceive {
                receivers: held(receivers),
                last: last.map(Last::from),
            },
            Cause::AnswerNeverReceived {
                senders,
                receivers,
                last,
            } => Parts::AnswerNeverReceived {
                senders: held(senders),
                receivers: held(receivers),
                last: last.map(Last::from),
            },
            Cause::NeverClosed { receivers } => Parts::NeverClosed {
                receivers: held(receivers),
            },
            Cause::LockCycle { cycle } => Parts::LockCycle {
                cycle: cycle.iter().map(CycleStep::from).collect(),
            },
            &Cause::LockTakenTwice { taken_at } => Parts::LockTakenTwice {
                taken_at: taken_at.into(),
            },
            &Cause::LockHeld { by, taken_at } => Parts::LockHeld {
                by: by.into(),
                taken_at: taken_at.into(),
            },
            &Cause::Forgotten { what, by, at } => Parts::Forgotten {
                by: by.into(),
                handle: handle(what),
                taken_at: at.into(),
            },
            Cause::PermitsHeld { holders } => Parts::PermitsHeld {
                holders: held(holders),
            },
            &Cause::LostWakeup { by, notified_at } => Parts::LostWakeup {
                by: by.into(),
                notified_at: notified_at.into(),
            },
            Cause::NeverSignalled => Parts::NeverSignalled,
            &Cause::TrackerOpen { is_closed, tracked } => Parts::TrackerOpen { is_closed, tracked },
            &Cause::Joins { task } => Parts::Joins {
                joined: task.into(),
            },
            &Cause::BarrierShort { arrived, of } => Parts::BarrierShort { arrived, of },
            Cause::NoExit { by } => Parts::NoExit {
                by: match by {
                    Endless::Timer => "timer",
                    Endless::Yield => "yield",
                    Endless::Try => "try",
                },
            },
        }
    }
}

impl From<(TaskId, Site)> for Last {
    fn from((task, at): (TaskId, Site)) -> Last {
        Last {
            task: task.into(),
            at: at.into(),
        }
    }
}

impl From<&outcome::CycleStep> for CycleStep {
    fn from(step: &outcome::CycleStep) -> CycleStep {
        CycleStep {
            task: step.task.into(),
            took_at: step.took_at.into(),
            wants_at: step.wants_at.into(),
        }
    }
}

fn handle(handle: HandleKind) -> &'static str {
    match handle {
        HandleKind::Sender => "sender",
        HandleKind::Receiver => "receiver",
        HandleKind::Guard => "guard",
        HandleKind::Permit => "permit",
    }
}

fn held(holders: &[Holder]) -> Vec<Held> {
    let held = holders.iter().map(|holder| {
        let (by, tasks) = match &holder.by {
            HeldBy::Task(task) => ("task", vec![(*task).into()]),
            HeldBy::Tasks(tasks) => ("tasks", tasks.iter().map(|&task| task.into()).collect()),
            HeldBy::Output => ("output", Vec::new()),
            HeldBy::Message { .. } => ("message", Vec::new()),
            HeldBy::RealTokio => ("real_tokio", Vec::new()),
            HeldBy::Nobody => ("nobody", Vec::new()),
        };
        let message = match holder.by {
            HeldBy::Message { channel, sent_at } => Some(Message {
                channel: channel.into(),
                sent_at: sent_at.map(Place::from),
            }),
            _ => None,
        };
        Held {
            handle: handle(holder.handle),
            made_at: holder.made_at.into(),
            count: holder.count,
            by,
            tasks,
            message,
        }
    });
    held.collect()
}
