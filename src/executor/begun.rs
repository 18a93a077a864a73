//! An operation in progress, as the core keeps it: how it begins, and what its end leads to.
//!
//! Not here: what has to be waited for before it, and what a task may do in it (`operation`).

use super::core::Core;
use super::operation::Manner;
use crate::trace::{Effect, ObjectId, Operation, Site, TaskId};

/// What an operation in progress is; the rest stands in the trace.
#[derive(Clone, Copy)]
pub(super) struct Begun {
    pub(super) task: TaskId,
    pub(super) object: ObjectId,
    /// Where in the trace it stands.
    pub(super) event: u32,
    exclusive: bool,
}

impl Core {
    /// Begins an operation for which nothing has to be waited for any more. `None` in teardown.
    // Not left to the compiler: as a call, it adds 1.6 % to the instructions of a check of three
    // producers.
    #[inline(always)]
    pub(super) fn begin_operation(
        &mut self,
        (task, object): (TaskId, ObjectId),
        (operation, site): (Operation, Site),
        manner: Manner,
    ) -> Option<Begun> {
        if self.is_tearing_down() {
            return None;
        }
        if manner == Manner::Private {
            self.task_mut(task).goes_on = true;
        }
        let event = self.trace.events.len() as u32;
        self.record(task, operation, Some(object), site, Effect::Pending);
        self.task_mut(task).nesting += 1;
        self.trace.operations += 1;
        let exclusive = matches!(manner, Manner::Exclusive | Manner::PollExclusive);
        if exclusive {
            let busy = &mut self.object_mut(object).busy;
            *busy = Some((task, busy.map_or(0, |(_, depth)| depth) + 1));
        }
        Some(Begun {
            task,
            object,
            event,
            exclusive,
        })
    }

    /// What an operation in progress does, and where.
    pub(super) fn what(&self, begun: &Begun) -> (Operation, Site) {
        let event = &self.trace.events[begun.event as usize];
        (event.operation, event.site)
    }

    /// Ends an operation; the tasks that can go on because of it.
    #[inline]
    pub(super) fn end_operation(&mut self, begun: &Begun, effect: Effect) -> Vec<TaskId> {
        let &Begun {
            task,
            object,
            event,
            exclusive,
        } = begun;
        let event = self.trace.events.get_mut(event as usize);
        let operation = event.map(|event| {
            event.effect = effect;
            event.operation
        });
        // The end of a look changes nothing, and the look was judged when it began.
        if operation != Some(Operation::DropBorrow) {
            self.judge(task, effect);
        }
        self.trace.operations = self.trace.operations.saturating_sub(1);
        let nesting = &mut self.task_mut(task).nesting;
        *nesting = nesting.saturating_sub(1);
        if exclusive {
            let busy = &mut self.object_mut(object).busy;
            *busy = busy
                .filter(|&(_, depth)| depth > 1)
                .map(|(user, depth)| (user, depth - 1));
        }
        if effect == Effect::Done || exclusive {
            self.unblock(object)
        } else {
            Vec::new()
        }
    }
}
