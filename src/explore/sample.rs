//! Executions one after the other, each drawn by a sampler, within a budget.
//!
//! Not here: what the samplers draw (`random`, `pct`, `pos`).

use std::rc::Rc;

use super::{Budget, Explored, Found, Size, is_spent};
use crate::executor::chooser::Chooser;
use crate::executor::{Body, Runtime};
use crate::trace::{Ending, Trace};

/// Draws one schedule after the other.
pub(crate) trait Sampler: Chooser {
    /// Another execution begins.
    fn begin(&mut self) {}

    /// An execution is over.
    fn end(&mut self, _: &Trace) {}
}

/// Runs as many schedules as the budget has.
pub(crate) fn explore(
    runtime: &Rc<Runtime>,
    body: &Body,
    budget: Budget,
    sampler: &mut dyn Sampler,
) -> Explored {
    let mut schedules = 0;
    let mut size = Size::default();
    let mut out_of_time = false;
    let result = loop {
        let stop = schedules >= budget.schedules || out_of_time;
        if stop || is_spent() || runtime.is_retired() {
            break Found::Clean {
                exhaustive: false,
                out_of_time,
            };
        }
        sampler.begin();
        let ending = runtime.run(body, sampler);
        schedules += 1;
        let trace = runtime.trace();
        size.grow(&trace);
        if ending != Ending::Clean {
            break Found::Failing {
                ending,
                trace: Box::new(trace.clone()),
            };
        }
        sampler.end(&trace);
        out_of_time = budget.is_out_of_time();
    };
    Explored {
        schedules,
        classes: schedules,
        redundant: 0,
        result,
        size,
    }
}
