//! Partial order sampling: every step that comes next has a random priority, the highest goes, and
//! steps that depend on the one that went draw again. So of two steps that depend either one comes
//! first about as often, whatever all others do (Yuan, Yang, Gu: *Partial Order Aware Concurrency
//! Sampling*, CAV 2018).
//!
//! What a task will touch next is not known before it does. What it touched the last time it had
//! done as much is, and that is nearly always the same.

use super::history::{Edges, History};
use super::learned::Learned;
use super::random::Random;
use super::sample::Sampler;
use crate::executor::chooser::Chooser;
use crate::trace::dependence::{Access, any_depend};
use crate::trace::{TaskId, Trace};

/// What is kept of a task over executions.
#[derive(Default)]
struct Next {
    /// The priority of its next step; none if it is to be drawn.
    priority: Option<u64>,
    /// Events of the current execution so far.
    events: usize,
    /// What each of its events touched when it was last seen.
    accesses: Vec<Vec<Access>>,
}

pub(crate) struct Pos {
    random: Random,
    history: History,
    learned: Learned,
    edges: Edges,
    /// Events that were looked at.
    seen: usize,
    /// The clock, the body, the other tasks by their number.
    tasks: Vec<Next>,
}

impl Pos {
    pub(crate) fn new(seed: u64) -> Pos {
        Pos {
            random: Random::new(seed),
            history: History::default(),
            learned: Learned::default(),
            edges: Edges::default(),
            seen: 0,
            tasks: Vec::new(),
        }
    }

    fn next(&mut self, task: TaskId) -> &mut Next {
        let entry = super::races::entry(task);
        if self.tasks.len() <= entry {
            self.tasks.resize_with(entry + 1, Next::default);
        }
        &mut self.tasks[entry]
    }

    /// Looks at what was done since: its task has another step before it now, and so do those whose
    /// step depends on it, in a way.
    fn follow(&mut self, trace: &Trace) {
        while let Some(event) = trace.events.get(self.seen) {
            self.edges.clear();
            self.history.follow(
                self.seen as u32,
                event,
                trace,
                &mut self.learned,
                &mut self.edges,
            );
            self.seen += 1;
            for other in &mut self.tasks {
                let next = other.accesses.get(other.events);
                if next.is_some_and(|next| any_depend(next, &self.edges.accesses)) {
                    other.priority = None;
                }
            }
            let accesses = std::mem::take(&mut self.edges.accesses);
            let task = self.next(event.task);
            task.priority = None;
            if task.accesses.len() == task.events {
                task.accesses.push(Vec::new());
            }
            task.accesses[task.events].clone_from(&accesses);
            task.events += 1;
            self.edges.accesses = accesses;
        }
    }
}

impl Chooser for Pos {
    fn next_task(&mut self, options: &[TaskId], _: Option<TaskId>, trace: &Trace) -> Option<usize> {
        self.follow(trace);
        (0..options.len()).max_by_key(|&index| {
            let drawn = self.random.next();
            *self.next(options[index]).priority.get_or_insert(drawn)
        })
    }

    fn branch(&mut self, _: TaskId, alternatives: u32, _: &Trace) -> u32 {
        self.random.branch(alternatives)
    }
}

impl Sampler for Pos {
    fn begin(&mut self) {
        self.history.clear();
        self.seen = 0;
        for task in &mut self.tasks {
            task.priority = None;
            task.events = 0;
        }
    }

    fn end(&mut self, trace: &Trace) {
        self.follow(trace);
    }
}
