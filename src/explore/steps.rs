//! The steps of an execution: which events belong together, because no other task could go between
//! them.
//!
//! Not here: what a step touches (`history`), and what it is before (`races`).

use crate::trace::{Event, Operation, TaskId, Trace};

/// What a task did from one point at which others could go to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) task: TaskId,
    /// Its first event.
    pub(super) first: u32,
    /// The event after its last.
    pub(super) end: u32,
}

/// The steps of the current execution, in order.
#[derive(Default)]
pub(super) struct Steps {
    steps: Vec<Step>,
    /// The step of each event.
    of: Vec<u32>,
}

impl Steps {
    /// Forgets the events from this one on.
    pub(super) fn rewind(&mut self, event: usize) {
        self.of.truncate(event);
        let left = self.of.last().map_or(0, |&last| last as usize + 1);
        self.steps.truncate(left);
        if let Some(last) = self.steps.last_mut() {
            last.end = event as u32;
        }
    }

    /// Takes in the events that were added since.
    #[inline]
    pub(super) fn follow(&mut self, trace: &Trace) {
        for (index, event) in trace.events.iter().enumerate().skip(self.of.len()) {
            let goes_on = |last: &&mut Step| {
                last.task == event.task && !event.starts_poll && !starts_step(event)
            };
            match self.steps.last_mut().filter(goes_on) {
                Some(last) => last.end += 1,
                None => self.steps.push(Step {
                    task: event.task,
                    first: index as u32,
                    end: index as u32 + 1,
                }),
            }
            self.of.push(self.steps.len() as u32 - 1);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    pub(super) fn get(&self, step: u32) -> Step {
        self.steps[step as usize]
    }

    /// The step of an event, or the one that comes next.
    pub(super) fn of(&self, event: usize) -> u32 {
        let next = self.steps.len() as u32;
        self.of.get(event).copied().unwrap_or(next)
    }
}

/// Whether an event is after a switch point: others belong to the step before them.
#[inline]
pub(super) fn starts_step(event: &Event) -> bool {
    !event.goes_on
        && !matches!(
            event.operation,
            Operation::Sleep
                | Operation::Timeout
                | Operation::Spawn
                | Operation::Yield
                | Operation::Now
                | Operation::Tick
                | Operation::Advance
                | Operation::Pause
                | Operation::Deliver
        )
}
