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
        let first = senders.first()?;
        let in_messages = |holder: &Holder| matches!(holder.by, HeldBy::Message { .. });
        if senders.iter().all(in_messages)
            && let Some(mut channel) = self.channel_of(object, first)
        {
            let mut receivers = self.holders(channel, HandleKind::Receiver);
            // That receiver may be in a message itself.
            while let Some(last) = receivers.last()
                && let Some(outer) = self.channel_of(channel, last)
            {
                channel = outer;
                receivers.extend(self.holders(channel, HandleKind::Receiver));
            }
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

    /// The channel in which the messages are that have these handles of an object.
    fn channel_of(&self, object: ObjectId, holder: &Holder) -> Option<ObjectId> {
        let HeldBy::Message { channel: made, .. } = holder.by else {
            return None;
        };
        let is_it = |channel: &ObjectId| {
            let info = self.trace.object(*channel);
            info.is_some_and(|info| info.created_at == made)
        };
        let messages = messages(self.holdings, object, holder.handle);
        let of_these = messages.filter(|(made_at, _)| *made_at == holder.made_at);
        of_these.map(|(_, channel)| channel).find(is_it)
    }

    fn cause(&self, task: TaskId, wait: &Waiting) -> Option<Cause> {
        let object = wait.object?;
        match wait.operation {
            Operation::Recv | Operation::RecvMany | Operation::Changed | Operation::WaitFor => {
                self.no_sender(object)
            }
            Operation::Send | Operation::Reserve => {
                let receivers = self.holders(object, HandleKind::Receiver);
                let last = self.last_receive(object);
                (!receivers.is_empty()).then_some(Cause::NoReceiverWillReceive { receivers, last })
            }
            Operation::Closed => {
                let receivers = self.holders(object, HandleKind::Receiver);
                (!receivers.is_empty()).then_some(Cause::NeverClosed { receivers })
            }
            // What is made once is held by who makes it.
            Operation::Lock
            | Operation::Read
            | Operation::Write
            | Operation::CallOnce
            | Operation::GetOrInit
            | Operation::Set => self.lock(task, object, wait),
            Operation::Acquire => self.permits(task, object, wait),
            Operation::Park | Operation::Cancelled => Some(Cause::NeverSignalled),
            Operation::Notified => {
                Some(self.never_notified(task, object, wait, &[Operation::NotifyWaiters]))
            }
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
            let receives = matches!(
                event.operation,
                Operation::Recv | Operation::RecvMany | Operation::RecvTimeout | Operation::TryRecv
            );
            receives && event.effect == Effect::Done
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

    /// Where permits were forgotten last, unless as many forgets as there are were made up for.
    fn forgotten(&self, semaphore: ObjectId) -> Option<&Event> {
        let is = |operation| move |event: &&Event| event.operation == operation;
        let forgets = self.events(semaphore).filter(is(Operation::Forget));
        let added = self.events(semaphore).filter(is(Operation::AddPermits));
        forgets.skip(added.count()).last()
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
        let mut holders = self.holders(object, what);
        let is_nobodys = |holder: &Holder| holder.by == HeldBy::Nobody;
        let nobodys = holders.iter().filter(|holder| is_nobodys(holder));
        // What was forgotten by hand was made up for: only more than that is missing.
        let forgets = self
            .events(object)
            .filter(|event| event.operation == Operation::Forget);
        if nobodys.clone().map(|holder| holder.count).sum::<usize>() > forgets.count() {
            let at = nobodys.map(|holder| holder.made_at).next()?;
            let by = self.events(object).rfind(|event| event.site == at)?.task;
            return Some(Cause::Forgotten { what, by, at });
        }
        holders.retain(|holder| !is_nobodys(holder));
        if holders.is_empty() {
            return Some(Cause::NeverSignalled);
        }
        Some(Cause::PermitsHeld { holders })
    }

    fn wait(&self, task: TaskId, object: ObjectId, wait: &Waiting) -> Option<Cause> {
        match wait.kind? {
            ObjectKind::Barrier | ObjectKind::StdBarrier => {
                let waits = self.stuck.iter().flat_map(|stuck| &stuck.waits);
                let arrived = waits.filter(|wait| wait.object == Some(object)).count();
                let of = self.trace.object(object)?.capacity;
                Some(Cause::BarrierShort { arrived, of })
            }
            ObjectKind::StdCondvar => {
                let not_kept = [Operation::NotifyOne, Operation::NotifyWaiters];
                Some(self.never_notified(task, object, wait, &not_kept))
            }
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

    /// No notification comes; maybe one came before the wait, of a kind that is not kept.
    fn never_notified(
        &self,
        task: TaskId,
        object: ObjectId,
        wait: &Waiting,
        not_kept: &[Operation],
    ) -> Cause {
        let began = self.wait_began(task, object, wait).unwrap_or(0);
        let lost = self.trace.events[..began].iter().rfind(|event| {
            event.object == Some(object)
                && event.task != task
                && not_kept.contains(&event.operation)
        });
        lost.map_or(Cause::NeverSignalled, |event| Cause::LostWakeup {
            by: event.task,
            notified_at: event.site,
        })
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
