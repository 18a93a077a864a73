//! Depth first through every choice, without reduction: what the systematic engine is tested
//! against.
//!
//! The schedule with the fewest switches comes first: a task goes on for as long as it can.

use std::rc::Rc;

use super::{Budget, Explored, Found, Size, UNFINISHED, is_spent};
use crate::executor::chooser::Chooser;
use crate::executor::{Body, Runtime};
use crate::trace::{Ending, Operation, TaskId, Trace};

/// A point with more than one way to go on.
struct Node {
    alternatives: u32,
    /// Which alternative is tried first; the others follow in their order.
    first: u32,
    /// How many alternatives were tried before the current one.
    tried: u32,
    /// What the alternatives were, folded: two runs of one prefix must agree on it.
    fingerprint: u64,
}

impl Node {
    fn choice(&self) -> u32 {
        match self.tried {
            0 => self.first,
            tried if tried <= self.first => tried - 1,
            tried => tried,
        }
    }

    fn is_exhausted(&self) -> bool {
        self.tried + 1 >= self.alternatives
    }
}

/// The path to the current schedule; deeper nodes are made as the execution reaches them.
#[derive(Default)]
struct DepthFirst {
    path: Vec<Node>,
    depth: usize,
    /// The body did not do what it did under the same schedule before.
    diverged: bool,
}

impl DepthFirst {
    fn begin(&mut self) {
        self.depth = 0;
    }

    /// Moves on to the next schedule, if there is one.
    fn advance(&mut self) -> bool {
        while let Some(last) = self.path.last_mut() {
            if last.is_exhausted() {
                self.path.pop();
            } else {
                last.tried += 1;
                return true;
            }
        }
        false
    }

    fn choose(&mut self, alternatives: u32, first: u32, fingerprint: u64) -> Option<u32> {
        if self.depth == self.path.len() {
            self.path.push(Node {
                alternatives,
                first,
                tried: 0,
                fingerprint,
            });
        }
        let node = &self.path[self.depth];
        if node.alternatives != alternatives || node.fingerprint != fingerprint {
            self.diverged = true;
            return None;
        }
        self.depth += 1;
        Some(node.choice())
    }
}

impl Chooser for DepthFirst {
    fn next_task(
        &mut self,
        options: &[TaskId],
        running: Option<TaskId>,
        _: &Trace,
    ) -> Option<usize> {
        let first = running.and_then(|running| options.iter().position(|&task| task == running));
        let fingerprint = options.iter().fold(17, |fold: u64, task| {
            fold.wrapping_mul(0x0100_0000_01b3)
                .wrapping_add(u64::from(task.0) + 1)
        });
        let choice = self.choose(options.len() as u32, first.unwrap_or(0) as u32, fingerprint)?;
        Some(choice as usize)
    }

    fn branch(&mut self, task: TaskId, alternatives: u32, _: &Trace) -> u32 {
        // A body that diverges here is cut at its next choice of a task.
        self.choose(alternatives, 0, u64::from(task.0)).unwrap_or(0)
    }
}

/// Runs every schedule, within the budget. The first one is run twice, to see whether the body is
/// deterministic.
pub(crate) fn explore(runtime: &Rc<Runtime>, body: &Body, budget: Budget) -> Explored {
    runtime.settings.fine.set(true);
    let mut search = DepthFirst::default();
    let mut schedules = 0;
    let mut size = Size::default();
    let mut first: Option<Trace> = None;
    loop {
        search.begin();
        let ending = runtime.run(body, &mut search);
        schedules += 1;
        let trace = runtime.trace();
        size.grow(&trace);
        let explored = |result| Explored {
            schedules,
            classes: schedules,
            redundant: 0,
            result,
            size,
        };
        if search.diverged {
            let first = Box::new(first.unwrap_or_default());
            return explored(Found::Diverged {
                first,
                second: Box::new(trace.clone()),
            });
        }
        if ending != Ending::Clean {
            return explored(Found::Failing {
                ending,
                trace: Box::new(trace.clone()),
            });
        }
        if is_spent() {
            return explored(UNFINISHED);
        }
        if learn_aborts(runtime, &trace) {
            drop(trace);
            search.path.clear();
            continue;
        }
        if first.is_none() {
            first = Some(trace.clone());
            drop(trace);
            match self::rerun(runtime, body, &mut search, first.as_ref()) {
                Some(diverged) => return explored(diverged),
                None => schedules += 1,
            }
        }
        if !search.advance() {
            return Explored {
                schedules,
                classes: schedules,
                redundant: 0,
                result: Found::Clean {
                    exhaustive: true,
                    out_of_time: false,
                },
                size,
            };
        }
        let out_of_time = budget.is_out_of_time();
        if schedules >= budget.schedules || out_of_time {
            let result = Found::Clean {
                exhaustive: false,
                out_of_time,
            };
            return Explored {
                schedules,
                classes: schedules,
                redundant: 0,
                result,
                size,
            };
        }
    }
}

/// Whether a task is abortable that was not known to be: that it looks whether it is aborted is a
/// step of its own from now on.
fn learn_aborts(runtime: &Runtime, trace: &Trace) -> bool {
    let mut known = runtime.settings.abortable.borrow_mut();
    let before = known.len();
    for event in trace
        .events
        .iter()
        .filter(|event| event.operation == Operation::Abort)
    {
        let task = event.object.and_then(|object| trace.task_of(object));
        let new = task.filter(|task| !known.contains(task));
        known.extend(new);
    }
    known.len() > before
}

/// Runs the first schedule again. Statics may be initialised on a first run, so only a third run
/// that differs from the second shows a body that is not deterministic.
fn rerun(
    runtime: &Rc<Runtime>,
    body: &Body,
    search: &mut DepthFirst,
    first: Option<&Trace>,
) -> Option<Found> {
    let mut before = first.cloned()?;
    for last in [false, true] {
        search.begin();
        search.diverged = false;
        let ending = runtime.run(body, search);
        let trace = runtime.trace();
        if search.diverged || !trace.same_events(&before) {
            if last {
                let (first, second) = (Box::new(before), Box::new(trace.clone()));
                return Some(Found::Diverged { first, second });
            }
            before = trace.clone();
            search.path.clear();
            continue;
        }
        if ending != Ending::Clean {
            return Some(Found::Failing {
                ending,
                trace: Box::new(trace.clone()),
            });
        }
        return None;
    }
    None
}
