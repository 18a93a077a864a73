//! Why a lock or a permit is not to be had: the sentences.
//!
//! Not here: the other causes (`causes`).

use super::causes::{Scene, Told};
use super::holders::{name, site};
use crate::outcome::{CycleStep, HandleKind, Holder};
use crate::trace::{ObjectKind, Operation, Site, TaskId};

impl Scene<'_> {
    /// Whether the wait is for something that is made once.
    pub(super) fn is_once(&self) -> bool {
        self.wait.kind == Some(ObjectKind::StdOnce)
    }

    pub(super) fn cycle(&self, cycle: &[CycleStep]) -> Told {
        let lines = cycle.iter().map(|step| {
            let who = self.this_or(step.task);
            format!(
                "{who} holds the lock of {} and wants the one at {}",
                step.took_at, step.wants_at
            )
        });
        let last = cycle
            .last()
            .map_or(self.wait.awaited_at, |step| step.wants_at);
        Told {
            why: "a lock cycle: each waits for what the next one holds:".to_owned(),
            proof: lines.collect(),
            change: format!(
                "take the locks in one order everywhere, or drop the first guard before the lock at \
                 {last}"
            ),
        }
    }

    pub(super) fn taken_twice(&self, taken_at: Site) -> Told {
        let at = self.wait.awaited_at;
        let (why, change) = if self.is_once() {
            (
                format!("its own initialization, begun at {taken_at}, wants it"),
                format!("do not use it within its initialization: {at} waits for that to end"),
            )
        } else {
            (
                format!("it holds that {} itself, since {taken_at}", self.kind()),
                format!(
                    "drop the guard of {taken_at} before {at}, or hand it on instead of locking again"
                ),
            )
        };
        Told {
            why,
            proof: Vec::new(),
            change,
        }
    }

    pub(super) fn lock_held(&self, by: TaskId, taken_at: Site) -> Told {
        let who = self.who(by);
        let (why, change) = if self.is_once() {
            (
                format!("{who} initializes it since {taken_at}, and does not come to an end"),
                format!("let the initialization of {taken_at} wait for nothing"),
            )
        } else {
            (
                format!("{who} holds it since {taken_at}, and does not give it back"),
                format!("drop the guard of {taken_at} before its task waits for anything else"),
            )
        };
        Told {
            why,
            proof: Vec::new(),
            change,
        }
    }

    pub(super) fn forgotten(&self, what: HandleKind, by: TaskId, at: Site) -> Told {
        let (who, name) = (self.this_or(by), name(what));
        let (why, change) = if self.is_forget(at) {
            (
                format!(
                    "the permit that {who} gave to forget() at {at} does not come back, and no \
                     add_permits() makes up for it"
                ),
                format!("drop the permit instead of the forget() at {at}, or add_permits() for it"),
            )
        } else {
            (
                format!(
                    "the {name} that {who} took at {at} is never given back: it was forgotten, or \
                     is where nobody drops it"
                ),
                format!("drop the {name} of {at} instead of forgetting it"),
            )
        };
        Told {
            why,
            proof: Vec::new(),
            change,
        }
    }

    /// Whether permits were forgotten by hand there.
    fn is_forget(&self, at: Site) -> bool {
        let mut events = self.trace.events.iter();
        events.any(|event| event.operation == Operation::Forget && event.site == at)
    }

    pub(super) fn permits_held(&self, holders: &[Holder]) -> Told {
        Told {
            why: "the permits are out, and none comes back:".to_owned(),
            proof: self.holders(holders),
            change: format!(
                "drop the permit of {} before its task waits for anything else, or have more permits",
                site(holders)
            ),
        }
    }
}
