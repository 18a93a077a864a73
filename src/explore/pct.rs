//! Probabilistic concurrency testing: tasks have random priorities, the highest goes, and at a few
//! random points whoever goes becomes the lowest. Good at bugs that need few orders to be right,
//! however long everything else is (Burckhardt, Kothari, Musuvathi, Nagarakatte: *A Randomized
//! Scheduler with Probabilistic Guarantees of Finding Bugs*, ASPLOS 2010).

use super::random::Random;
use super::sample::Sampler;
use crate::executor::chooser::Chooser;
use crate::trace::{TaskId, Trace};

/// Orders that a bug may need: each execution is drawn for one number from 1 to this.
const DEPTHS: u64 = 4;

pub(crate) struct Pct {
    random: Random,
    /// The most steps that an execution had.
    steps: u64,
    /// Steps of the current execution so far.
    step: u64,
    /// The steps before which the first in priority becomes the last.
    changes: Vec<u64>,
    /// Changes that are over: each makes a priority that is below all others.
    changed: u64,
    priorities: Vec<(TaskId, u64)>,
}

impl Pct {
    pub(crate) fn new(seed: u64) -> Pct {
        Pct {
            random: Random::new(seed),
            steps: 0,
            step: 0,
            changes: Vec::new(),
            changed: 0,
            priorities: Vec::new(),
        }
    }

    /// The priority of a task, drawn when it is first seen.
    fn priority(&mut self, task: TaskId) -> u64 {
        if let Some(&(_, priority)) = self.priorities.iter().find(|(known, _)| *known == task) {
            return priority;
        }
        // Above every priority that a change makes.
        let priority = self.random.next() | 1 << 63;
        self.priorities.push((task, priority));
        priority
    }

    fn first(&mut self, options: &[TaskId]) -> usize {
        let first = (0..options.len()).max_by_key(|&index| self.priority(options[index]));
        first.unwrap_or(0)
    }
}

impl Chooser for Pct {
    fn next_task(&mut self, options: &[TaskId], _: Option<TaskId>, trace: &Trace) -> Option<usize> {
        let mut first = self.first(options);
        let step = trace.events.len() as u64;
        // A step that was the only one possible asked nobody: its change is due now.
        while self.step <= step {
            let due = self.changes.iter().filter(|&&change| change == self.step);
            for _ in 0..due.count() {
                self.changed += 1;
                let lowest = (u64::MAX >> 1) - self.changed;
                let task = options[first];
                let known = self.priorities.iter_mut().find(|(known, _)| *known == task);
                known
                    .into_iter()
                    .for_each(|(_, priority)| *priority = lowest);
                first = self.first(options);
            }
            self.step += 1;
        }
        Some(first)
    }

    fn branch(&mut self, _: TaskId, alternatives: u32, _: &Trace) -> u32 {
        self.random.branch(alternatives)
    }
}

impl Sampler for Pct {
    fn begin(&mut self) {
        self.step = 0;
        self.changed = 0;
        self.priorities.clear();
        self.changes.clear();
        if self.steps > 0 {
            for _ in 0..self.random.below(DEPTHS) {
                self.changes.push(self.random.below(self.steps));
            }
        }
    }

    fn end(&mut self, trace: &Trace) {
        self.steps = self.steps.max(trace.events.len() as u64);
    }
}
