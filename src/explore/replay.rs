//! One schedule again: as a token names it, or in the order in which the tasks of a trace went.
//!
//! Not here: which schedule is worth it (`shrink`), and what is made of the trace (`check`).

use std::rc::Rc;

use crate::executor::chooser::Chooser;
use crate::executor::{Body, Runtime};
use crate::trace::{Choice, Decisions, Ending, TaskId, Trace};

/// What an execution under a token came to.
pub(crate) struct Replayed {
    pub(crate) ending: Ending,
    pub(crate) trace: Trace,
    /// Where the body did something else than the token has, if it did.
    pub(crate) parted: Option<Parting>,
}

impl Replayed {
    /// Whether the body made the decisions that the token has, all of them and no others.
    pub(crate) fn fits(&self) -> bool {
        self.parted.is_none()
    }
}

/// Where a body stopped doing what its token says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parting {
    /// How many decisions they have in common.
    pub(crate) decisions: usize,
    /// How many steps the body had taken by then.
    pub(crate) steps: usize,
}

/// Runs the schedule that a token names. Where the body decides otherwise, it goes on straight.
pub(crate) fn replay(runtime: &Rc<Runtime>, body: &Body, token: &Decisions) -> Replayed {
    let settings = &runtime.settings;
    settings.abortable_ranks.replace(token.abortable.clone());
    settings.atomic_marks.replace(token.atomic.clone());
    let mut chooser = Replay {
        choices: &token.schedule.choices,
        next: 0,
        steps: 0,
        parted: None,
    };
    let ending = runtime.run(body, &mut chooser);
    let trace = runtime.trace().clone();
    let over = (chooser.next < token.schedule.len()).then_some(Parting {
        decisions: chooser.next,
        steps: trace.events.len(),
    });
    Replayed {
        ending,
        parted: chooser.parted.or(over),
        trace,
    }
}

/// Follows the choices of a schedule.
struct Replay<'a> {
    choices: &'a [Choice],
    next: usize,
    /// The steps before the last question which task goes next.
    steps: usize,
    /// Where the body had other ways to go on.
    parted: Option<Parting>,
}

impl Replay<'_> {
    /// What the schedule says here, as long as it fits.
    fn take(&mut self, of: usize) -> Option<u32> {
        if self.parted.is_some() {
            return None;
        }
        let choice = self.choices.get(self.next).copied();
        let possible = |choice: &Choice| {
            let taken = choice.taken.unwrap_or(0);
            choice.of as usize == of && taken < choice.of
        };
        let Some(choice) = choice.filter(possible) else {
            self.parted = Some(Parting {
                decisions: self.next,
                steps: self.steps,
            });
            return None;
        };
        self.next += 1;
        choice.taken
    }
}

impl Chooser for Replay<'_> {
    fn next_task(
        &mut self,
        options: &[TaskId],
        running: Option<TaskId>,
        trace: &Trace,
    ) -> Option<usize> {
        self.steps = trace.events.len();
        let task = trace.chosen(self.take(options.len()), options, running)?;
        options.iter().position(|&option| option == task)
    }

    fn branch(&mut self, _: TaskId, alternatives: u32, _: &Trace) -> u32 {
        self.take(alternatives as usize).unwrap_or(0)
    }
}

/// Runs the body with its tasks in the order of a trace, as far as that is possible: for traces of
/// another host, which has no decisions in common with this one.
pub(crate) fn follow(runtime: &Rc<Runtime>, body: &Body, trace: &Trace) -> (Ending, Trace) {
    let ending = runtime.run(body, &mut Follow { trace });
    let trace = runtime.trace().clone();
    (ending, trace)
}

struct Follow<'a> {
    trace: &'a Trace,
}

impl Chooser for Follow<'_> {
    fn next_task(
        &mut self,
        options: &[TaskId],
        running: Option<TaskId>,
        trace: &Trace,
    ) -> Option<usize> {
        let wanted = self.trace.events.get(trace.events.len());
        let wanted = wanted.and_then(|event| match event.task {
            TaskId::CLOCK => Some(TaskId::CLOCK),
            // The same task may have another name in this process's other runtime.
            task => Some(trace.tasks.get(self.trace.rank(task)?)?.id),
        });
        let wanted = wanted.filter(|wanted| options.contains(wanted));
        let task = wanted.unwrap_or_else(|| trace.straight(options, running));
        options.iter().position(|&option| option == task)
    }

    fn branch(&mut self, _: TaskId, _: u32, _: &Trace) -> u32 {
        0
    }
}
