//! The cause of each wait.
//!
//! Not here: which of several stuck tasks is to blame (`roots`).

use super::holders::{holders, messages};
use crate::outcome::{Cause, CycleStep, Endless, HandleKind, HeldBy, Holder};
use crate::trace::{
    Effect, Event, Held, Holdings, ObjectId, ObjectKind, Operation, Site, Stuck, StuckState,
    TaskId, Trace, Waiting,
};

/// Everything that is known at the end of a failing execution.
pub(super) struct Scene<'a> {
    pub(super) trace: &'a Trace,
    pub(super) holdings: &'a Holdings,
    pub(super) stuck: &'a [Stuck],
}

impl Scene<'_> {
    /// Why a task is stuck: one for each of its waits, as far as there is one that fits.
    pub(super) fn causes(&self, task: &Stuck) -> Vec<Option<Cause>> {
        if task.state == StuckState::Looping {
            return vec![no_exit(task)];
        }
        let waits = task.waits.iter();
        waits.map(|wait| self.cause(task.task, wait)).collect()
    }

    fn no_sender(&self, object: ObjectId) -> Option<Cause> {
        let senders = self.holders(object, HandleKind::Sender);
        let in_messages = |holder: &Holder| matches!(holder.by, HeldBy::Message { .. });
        if senders.is_empty() {
            return None;
        }
        let mut channels = messages(self.holdings, object, HandleKind::Sender);
        let channel = channels.next().map(|(_, channel)| channel);
        if let Some(channel) = channel.filter(|_| senders.iter().all(in_messages)) {
            let receivers = self.holders(channel, HandleKind::Receiver);
            let last = self.last_receive(channel);
            return Some(Cause::AnswerNeverReceived {
                senders,
                receivers,
                last,
            });
        }
        let last = self.last_send(object);
        Some(Cause::NoSenderWillSend { senders, last })
    }

    fn cause(&self, task: TaskId, wait: &Waiting) -> Option<Cause> {
        let object = wait.object?;
        let channel = matches!(
            wait.kind?,
            ObjectKind::Mpsc
                | ObjectKind::UnboundedMpsc
                | ObjectKind::Oneshot
                | ObjectKind::Watch
                | ObjectKind::Broadcast
                | ObjectKind::StdMpsc
        );
        match wait.operation {
            Operation::Recv | Operation::RecvMany | Operation::Changed | Operation::WaitFor => {
                self.no_sender(object)
            }
            Operation::Send | Operation::Reserve => {
                let receivers = self.holders(object, HandleKind::Receiver);
                let last = self.last_receive(object);
                (!receivers.is_empty()).then_some(Cause::NoReceiverWillReceive { receivers, last })
            }
            Operation::Closed if channel => {
                let receivers = self.holders(object, HandleKind::Receiver);
                (!receivers.is_empty()).then_some(Cause::NeverClosed { receivers })
            }
            Operation::Lock | Operation::Read | Operation::Write => self.lock(task, object, wait),
            // Who makes it holds it.
            Operation::CallOnce | Operation::GetOrInit | Operation::Set => {
                self.lock(task, object, wait)
            }
            Operation::Park => Some(Cause::NeverSignalled),
            Operation::Acquire => self.permits(task, object, wait),
            Operation::Cancelled => Some(Cause::NeverSignalled),
            Operation::Notified => self.notified(task, object, wait),
            Operation::Wait => self.wait(task, object, wait),
            Operation::Join => {
                let task = self.trace.task_of(object)?;
                Some(Cause::Joins { task })
            }
            _ => None,
        }
    }

    fn holders(&self, object: ObjectId, handle: HandleKind) -> Vec<Holder> {
        holders(self.trace, self.holdings, object, handle)
    }

    fn events(&self, object: ObjectId) -> impl DoubleEndedIterator<Item = &Event> {
        let events = self.trace.events.iter();
        events.filter(move |event| event.object == Some(object))
    }

    fn last_send(&self, object: ObjectId) -> Option<(TaskId, Site)> {
        let mut sends = self.events(object).rev();
        let last = sends.find(|event| event.operation.sends() && event.effect == Effect::Done);
        last.map(|event| (event.task, event.site))
    }

    fn last_receive(&self, object: ObjectId) -> Option<(TaskId, Site)> {
        let mut receives = self.events(object).rev();
        let last = receives.find(|event| {
            matches!(
                event.operation,
                Operation::Recv | Operation::RecvMany | Operation::TryRecv
            )
        });
        last.map(|event| (event.task, event.site))
    }

    /// A lock that is taken.
    fn lock(&self, task: TaskId, object: ObjectId, wait: &Waiting) -> Option<Cause> {
        let held = wait.held_by.as_ref()?;
        let holders = self.holders(object, HandleKind::Guard);
        let taken_at = held.taken_at;
        let of_this = holders.iter().filter(|holder| holder.made_at == taken_at);
        let by: Vec<&HeldBy> = of_this.map(|holder| &holder.by).collect();
        let by = match by[..] {
            [HeldBy::Nobody, ..] => {
                return Some(Cause::Forgotten {
                    what: HandleKind::Guard,
                    by: held.task,
                    at: taken_at,
                });
            }
            [HeldBy::Task(by), ..] => *by,
            _ => held.task,
        };
        if by == task {
            return Some(Cause::LockTakenTwice { taken_at });
        }
        let cycle = self.cycle(task, wait);
        Some(
            cycle.map_or(Cause::LockHeld { by, taken_at }, |cycle| Cause::LockCycle {
                cycle,
            }),
        )
    }

    /// The cycle of locks that leads from a task back to itself.
    fn cycle(&self, task: TaskId, wait: &Waiting) -> Option<Vec<CycleStep>> {
        let mut cycle: Vec<CycleStep> = Vec::new();
        let mut wait = wait;
        loop {
            let held = self.held(wait)?;
            let holder = self.stuck.iter().find(|stuck| stuck.task == held.task)?;
            wait = holder.waits.iter().find(|wait| self.held(wait).is_some())?;
            cycle.push(CycleStep {
                task: holder.task,
                took_at: held.taken_at,
                wants_at: wait.awaited_at,
            });
            if holder.task == task {
                cycle.rotate_right(1);
                return Some(cycle);
            }
            if cycle.len() > self.stuck.len() {
                return None;
            }
        }
    }

    /// Who has the lock that a task waits for. A semaphore may be one, whose permits are forgotten
    /// and added again by hand: then who forgot has it.
    fn held(&self, wait: &Waiting) -> Option<Held> {
        if wait.held_by.is_some() || wait.operation != Operation::Acquire {
            return wait.held_by.clone();
        }
        self.forgotten(wait.object?).map(|event| Held {
            task: event.task,
            taken_at: event.site,
        })
    }

    fn forgotten(&self, semaphore: ObjectId) -> Option<&Event> {
        let mut events = self.events(semaphore);
        events.rfind(|event| event.operation == Operation::Forget)
    }

    fn permits(&self, task: TaskId, object: ObjectId, wait: &Waiting) -> Option<Cause> {
        if let Some(cycle) = self.cycle(task, wait) {
            return Some(Cause::LockCycle { cycle });
        }
        let what = HandleKind::Permit;
        if let Some(event) = self.forgotten(object) {
            return Some(Cause::Forgotten {
                what,
                by: event.task,
                at: event.site,
            });
        }
        let holders = self.holders(object, what);
        let nobody = holders.iter().find(|holder| holder.by == HeldBy::Nobody);
        if let Some(holder) = nobody {
            let at = holder.made_at;
            let by = self.events(object).rfind(|event| event.site == at)?.task;
            return Some(Cause::Forgotten { what, by, at });
        }
        if holders.is_empty() {
            return Some(Cause::NeverSignalled);
        }
        Some(Cause::PermitsHeld { holders })
    }

    fn notified(&self, task: TaskId, object: ObjectId, wait: &Waiting) -> Option<Cause> {
        let began = self.wait_began(task, object, wait)?;
        let before = self.trace.events[..began].iter().rev();
        let lost = before.clone().find(|event| {
            event.object == Some(object)
                && event.task != task
                && event.operation == Operation::NotifyWaiters
        });
        Some(
            lost.map_or(Cause::NeverSignalled, |event| Cause::LostWakeup {
                by: event.task,
                notified_at: event.site,
            }),
        )
    }

    fn wait(&self, task: TaskId, object: ObjectId, wait: &Waiting) -> Option<Cause> {
        match wait.kind? {
            ObjectKind::Barrier | ObjectKind::StdBarrier => {
                let waits = self.stuck.iter().flat_map(|stuck| &stuck.waits);
                let arrived = waits.filter(|wait| wait.object == Some(object)).count();
                let of = self.trace.object(object)?.capacity;
                Some(Cause::BarrierShort { arrived, of })
            }
            ObjectKind::StdCondvar => self.condvar(task, object, wait),
            ObjectKind::TaskTracker => Some(self.tracker(object)),
            ObjectKind::SetOnce | ObjectKind::StdOnce => Some(Cause::NeverSignalled),
            _ => None,
        }
    }

    fn tracker(&self, object: ObjectId) -> Cause {
        let count = |operation| {
            let events = self.events(object);
            events.filter(|event| event.operation == operation).count()
        };
        let mut changes = self
            .events(object)
            .rev()
            .filter(|event| matches!(event.operation, Operation::Close | Operation::Reopen));
        let last = changes.next().map(|event| event.operation);
        Cause::TrackerOpen {
            is_closed: last == Some(Operation::Close),
            tracked: count(Operation::Track).saturating_sub(count(Operation::Untrack)),
        }
    }

    fn condvar(&self, task: TaskId, object: ObjectId, wait: &Waiting) -> Option<Cause> {
        let began = self.wait_began(task, object, wait).unwrap_or(0);
        let before = self.trace.events[..began].iter().rev();
        let mut notifies = before.filter(|event| event.object == Some(object));
        let lost = notifies.find(|event| {
            let notify = matches!(
                event.operation,
                Operation::NotifyOne | Operation::NotifyWaiters
            );
            notify && event.task != task
        });
        Some(
            lost.map_or(Cause::NeverSignalled, |event| Cause::LostWakeup {
                by: event.task,
                notified_at: event.site,
            }),
        )
    }

    /// The first event of the wait that is on.
    fn wait_began(&self, task: TaskId, object: ObjectId, wait: &Waiting) -> Option<usize> {
        let is_it = |event: &Event| {
            event.task == task && event.object == Some(object) && event.site == wait.awaited_at
        };
        let events = &self.trace.events;
        let last = events
            .iter()
            .rposition(|event| is_it(event) && event.effect == Effect::Pending)?;
        let leaf = events[last].leaf;
        let first = events
            .iter()
            .position(|event| leaf != 0 && event.leaf == leaf);
        Some(first.unwrap_or(last))
    }
}

fn no_exit(task: &Stuck) -> Option<Cause> {
    let repeats = |wanted: &[Operation]| {
        let mut waits = task.waits.iter();
        waits.any(|wait| wanted.contains(&wait.operation))
    };
    let by = if repeats(&[
        Operation::Sleep,
        Operation::Timeout,
        Operation::ParkTimeout,
        Operation::RecvTimeout,
    ]) {
        Endless::Timer
    } else if repeats(&[Operation::Yield]) {
        Endless::Yield
    } else if task.waits.is_empty() {
        return None;
    } else {
        Endless::Try
    };
    Some(Cause::NoExit { by })
}
