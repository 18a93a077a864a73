//! A random walk in which a task goes as likely as it has much left to do, so that all orders of
//! steps are about equally likely, and no task is over before another has begun (Zhao, Wolff,
//! Mathur, Roychoudhury: *Selectively Uniform Concurrency Testing*, ASPLOS 2025).
//!
//! What a task has left to do is what it did in the execution before, less what it has done.

use super::races::entry;
use super::random::Random;
use super::sample::Sampler;
use crate::executor::chooser::Chooser;
use crate::trace::{TaskId, Trace};

pub(crate) struct Urw {
    random: Random,
    /// Events that were looked at.
    seen: usize,
    /// Events of each task: in the last execution that it took part in, and in this one so far.
    events: Vec<(u64, u64)>,
    weights: Vec<u64>,
}

impl Urw {
    pub(crate) fn new(seed: u64) -> Urw {
        Urw {
            random: Random::new(seed),
            seen: 0,
            events: Vec::new(),
            weights: Vec::new(),
        }
    }

    fn follow(&mut self, trace: &Trace) {
        for event in &trace.events[self.seen..] {
            self.events_of(event.task).1 += 1;
        }
        self.seen = trace.events.len();
    }

    fn events_of(&mut self, task: TaskId) -> &mut (u64, u64) {
        let entry = entry(task);
        if self.events.len() <= entry {
            self.events.resize(entry + 1, (0, 0));
        }
        &mut self.events[entry]
    }
}

impl Chooser for Urw {
    fn next_task(&mut self, options: &[TaskId], _: Option<TaskId>, trace: &Trace) -> Option<usize> {
        self.follow(trace);
        self.weights.clear();
        for &task in options {
            let (all, done) = *self.events_of(task);
            self.weights.push(all.saturating_sub(done).max(1));
        }
        let mut drawn = self.random.below(self.weights.iter().sum());
        self.weights.iter().position(|&weight| {
            let here = drawn < weight;
            drawn = drawn.saturating_sub(weight);
            here
        })
    }

    fn branch(&mut self, _: TaskId, alternatives: u32, _: &Trace) -> u32 {
        self.random.branch(alternatives)
    }
}

impl Sampler for Urw {
    fn begin(&mut self) {
        self.seen = 0;
        for (before, events) in &mut self.events {
            if *events > 0 {
                *before = *events;
            }
            *events = 0;
        }
    }

    fn end(&mut self, trace: &Trace) {
        self.follow(trace);
    }
}
