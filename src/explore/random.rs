//! Schedules drawn at random from a seed: each time any of the tasks that can run.

use super::sample::Sampler;
use crate::executor::chooser::Chooser;
use crate::trace::{TaskId, Trace};

/// SplitMix64: Steele, Lea, Flood, *Fast Splittable Pseudorandom Number Generators*, OOPSLA 2014.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which is not 0.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    /// One of the ways of a task's own.
    pub(super) fn branch(&mut self, alternatives: u32) -> u32 {
        self.below(u64::from(alternatives)) as u32
    }
}

impl Chooser for Random {
    fn next_task(&mut self, options: &[TaskId], _: Option<TaskId>, _: &Trace) -> Option<usize> {
        Some(self.below(options.len() as u64) as usize)
    }

    fn branch(&mut self, _: TaskId, alternatives: u32, _: &Trace) -> u32 {
        Random::branch(self, alternatives)
    }
}

impl Sampler for Random {}
