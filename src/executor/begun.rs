//! An operation in progress, as the core keeps it: how it begins, and what its end leads to.
//!
//! Not here: what has to be waited for before it, and what a task may do in it (`operation`).

use super::core::Core;
use super::operation::Manner;
use crate::trace::{Effect, ObjectId, Operation, Site, TaskId};

/// What an operation in progress is.
#[derive(Clone, Copy)]
pub(super) struct Begun {
    pub(super) task: TaskId,
    pub(super) object: ObjectId,
    pub(super) operation: Operation,
    pub(super) site: Site,
    /// Where in the trace it stands.
    pub(super) event: usize,
    exclusive: bool,
}

impl Core {
    /// Begins an operation for which nothing has to be waited for any more. `None` in teardown.
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
        let event = self.trace.events.len();
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
            operation,
            site,
            event,
            exclusive,
        })
    }

    /// Ends an operation; the tasks that can go on because of it.
    #[inline]
    pub(super) fn end_operation(&mut self, begun: &Begun, effect: Effect) -> Vec<TaskId> {
        let &Begun {
            task,
            object,
            operation,
            event,
            exclusive,
            ..
        } = begun;
        if let Some(event) = self.trace.events.get_mut(event) {
            event.effect = effect;
        }
        // The end of a look changes nothing, and the look was judged when it began.
        if operation != Operation::DropBorrow {
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
