//! What an aborted task waited for.
//!
//! That it ends at its abort shows that nothing it waited for had come and been seen by then: so
//! its end touches what a poll of each of those waits would have. What comes to one of them later
//! could have come before, and then the task could have gone on before its abort.

use crate::trace::dependence::{Access, AccessKind, Key};
use crate::trace::{Effect, Event, Operation, TaskId};

/// What the last poll of a future touched, which was not ready.
#[derive(Clone, Debug)]
struct Waited {
    task: TaskId,
    leaf: u32,
    accesses: Vec<Access>,
}

/// The waits of the tasks that may be aborted.
#[derive(Clone, Default, Debug)]
pub(super) struct GivenUp {
    waits: Vec<Waited>,
}

impl GivenUp {
    pub(super) fn clear(&mut self) {
        self.waits.clear();
    }

    /// Follows an event of a task that may be aborted; `accesses` is what it touches.
    pub(super) fn follow(&mut self, event: &Event, accesses: &mut Vec<Access>) {
        if event.operation == Operation::AbortCheck {
            if event.effect == Effect::Done {
                self.give_up(event.task, accesses);
            }
            return;
        }
        if event.leaf == 0 {
            return;
        }
        let of_leaf = |wait: &Waited| wait.task == event.task && wait.leaf == event.leaf;
        self.waits.retain(|wait| !of_leaf(wait));
        if event.effect == Effect::Pending {
            self.waits.push(Waited {
                task: event.task,
                leaf: event.leaf,
                accesses: accesses.iter().copied().filter_map(seen_again).collect(),
            });
        }
    }

    fn give_up(&mut self, task: TaskId, accesses: &mut Vec<Access>) {
        for wait in self.waits.iter().filter(|wait| wait.task == task) {
            for &access in &wait.accesses {
                if !accesses.contains(&access) {
                    accesses.push(access);
                }
            }
        }
        self.waits.retain(|wait| wait.task != task);
    }
}

/// What another poll touches, that is not ready either.
fn seen_again(access: Access) -> Option<Access> {
    use AccessKind as A;
    if matches!(access.key, Key::Abort(_) | Key::Wake(_) | Key::All) {
        return None;
    }
    let kind = match access.kind {
        A::Ticket | A::TicketShared => A::PermitsSeen,
        A::Register => A::NotifiedSeen,
        // To come to a barrier; later polls only look.
        A::Write => A::Read,
        A::TimerSet | A::RacedTimerSet => return None,
        kind => kind,
    };
    Some(Access { kind, ..access })
}
