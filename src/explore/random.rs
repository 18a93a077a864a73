//! Schedules drawn at random from a seed.

use std::rc::Rc;

use super::{Budget, Explored, Found, Size, is_spent};
use crate::executor::chooser::Chooser;
use crate::executor::{Body, Runtime};
use crate::trace::{Ending, TaskId, Trace};

/// SplitMix64: Steele, Lea, Flood, *Fast Splittable Pseudorandom Number Generators*, OOPSLA 2014.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which is not 0.
    fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }
}

impl Chooser for Random {
    fn next_task(&mut self, options: &[TaskId], _: Option<TaskId>, _: &Trace) -> Option<usize> {
        Some(self.below(options.len() as u64) as usize)
    }

    fn branch(&mut self, _: TaskId, alternatives: u32) -> u32 {
        self.below(u64::from(alternatives)) as u32
    }
}

/// Runs as many random schedules as the budget has.
pub(crate) fn explore(runtime: &Rc<Runtime>, body: &Body, budget: Budget, seed: u64) -> Explored {
    let mut random = Random(seed);
    let mut schedules = 0;
    let mut size = Size::default();
    let mut out_of_time = false;
    while schedules < budget.schedules && !out_of_time && !is_spent() && !runtime.is_retired() {
        let ending = runtime.run(body, &mut random);
        schedules += 1;
        let trace = runtime.trace();
        size.grow(&trace);
        if ending != Ending::Clean {
            let result = Found::Failing {
                ending,
                trace: Box::new(trace.clone()),
            };
            return Explored {
                schedules,
                classes: schedules,
                redundant: 0,
                result,
                size,
            };
        }
        out_of_time = budget.is_out_of_time();
    }
    Explored {
        schedules,
        classes: schedules,
        redundant: 0,
        result: Found::Clean {
            exhaustive: false,
            out_of_time,
        },
        size,
    }
}
