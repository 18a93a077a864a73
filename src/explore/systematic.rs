//! Depth first through the orders that can differ: sleep sets and wakeup trees over the dependence
//! table. Stateless, so each schedule is run from the start; memory follows the depth of one
//! execution and the trees that are still open, not the number of schedules.

use std::rc::Rc;

use super::first;
use super::rerun::Rerun;
use super::search::{Search, SpareSearch};
use super::{Budget, Explored, Found, Size, UNFINISHED, is_spent};
use crate::executor::{Body, Runtime};
#[cfg(feature = "loom")]
use crate::trace::Site;
use crate::trace::{Effect, Ending, Trace};

/// A search that can go on where it stopped.
pub(crate) struct Systematic<'a> {
    runtime: &'a Rc<Runtime>,
    body: &'a Body,
    search: Search,
    /// Where the search goes when it is over.
    spare: &'a SpareSearch,
    /// What the first execution of the search did. That schedule is run twice, to see whether the
    /// body is deterministic.
    first: Option<Trace>,
    /// Whether there is a schedule after the first, if that was run while the search was prepared.
    more: Option<bool>,
    schedules: u64,
    /// Of those, since the search started over, the ones that differ.
    classes: u64,
    /// Executions that were started and found to repeat an order.
    redundant: u64,
    size: Size,
}

impl<'a> Systematic<'a> {
    pub(crate) fn new(
        runtime: &'a Rc<Runtime>,
        body: &'a Body,
        spare: &'a SpareSearch,
    ) -> Systematic<'a> {
        Systematic {
            runtime,
            body,
            search: spare.take(),
            spare,
            first: None,
            more: None,
            schedules: 0,
            classes: 0,
            redundant: 0,
            size: Size::default(),
        }
    }

    /// Executions that all parts of the search took.
    pub(crate) fn executions(&self) -> u64 {
        self.schedules + self.redundant
    }

    /// The places at which no wait observes anything, as far as was seen.
    #[cfg(feature = "loom")]
    pub(crate) fn plain_sites(&self) -> Vec<Site> {
        self.search.learned.plain_sites()
    }

    /// What all parts of the search came to, the last of which found this.
    pub(crate) fn explored(&self, result: Found) -> Explored {
        Explored {
            schedules: self.schedules,
            classes: self.classes,
            redundant: self.redundant,
            result,
            size: self.size,
        }
    }

    /// The executions that come before the search; what they found, if that is all there is.
    ///
    /// The second one shows whether the body is deterministic as well, if it did what the first did,
    /// and that is one of the search; or else the search runs its first schedule twice.
    pub(crate) fn prepare(&mut self) -> Option<Found> {
        let (ending, is_of_search) = first::run(self.runtime, self.body, &mut self.search);
        self.look();
        if !matches!(ending, Ending::Clean | Ending::Cut) {
            return self.count(ending);
        }
        if is_spent() || self.runtime.is_retired() {
            return Some(self.unfinished());
        }
        let is_opaque = self.search.learned.is_opaque();
        let may_count = is_of_search && ending == Ending::Clean && !is_opaque;
        let first = may_count.then(|| self.runtime.trace().clone());
        let ending = first::probe(self.runtime, self.body);
        if is_spent() {
            return Some(self.unfinished());
        }
        let is_same = |first: &Trace| first.is_same_probed(&self.runtime.trace());
        let first = first.filter(|first| ending == Ending::Clean && is_same(first));
        if first.is_none() {
            self.search.forget_all();
        }
        if is_opaque {
            self.search.learned.set_opaque();
        }
        self.learn_waits();
        if let Some(first) = first {
            self.begin_with(first);
        }
        None
    }

    /// Nothing more can be run.
    fn unfinished(&mut self) -> Found {
        self.schedules = self.schedules.max(1);
        UNFINISHED
    }

    /// Learns from the execution that was probed.
    fn learn_waits(&mut self) {
        let trace = self.runtime.trace();
        self.search.learn_choices(&trace);
        let polls = trace.events.iter().filter(|event| event.leaf > 0);
        polls
            .filter(|event| event.effect == Effect::Pending)
            .for_each(|event| self.search.learned.wait(event));
        self.search.learned.take_outdated();
        drop(trace);
        self.apply_learned();
    }

    /// What the first execution did is the first schedule of the search, and was run twice.
    fn begin_with(&mut self, first: Trace) {
        self.schedules += 1;
        self.search.conclude(&first);
        self.count(Ending::Clean);
        self.more = Some(self.advance(&first));
        self.first = Some(first);
    }

    /// Looks at the execution that is over, as a whole.
    fn look(&mut self) {
        let trace = self.runtime.trace();
        self.size.grow(&trace);
        if trace.opaque.is_some() || trace.has_spun {
            self.search.learned.set_opaque();
        }
    }

    fn execute(&mut self) -> Ending {
        self.search.begin();
        let ending = self.runtime.run(self.body, &mut self.search);
        self.look();
        // A failure ends the search: its races do not matter, and a loop has many.
        if matches!(ending, Ending::Clean | Ending::Cut) {
            self.search.conclude(&self.runtime.trace());
        }
        ending
    }

    /// Runs every schedule that can differ, until so many were run in all parts of the search.
    pub(crate) fn run(&mut self, budget: Budget) -> Found {
        loop {
            let more = match self.more.take() {
                Some(more) => more,
                None => match self.run_next() {
                    Ok(more) => more,
                    Err(found) => return *found,
                },
            };
            if !more {
                return Found::Clean {
                    exhaustive: true,
                    out_of_time: false,
                };
            }
            let out_of_time = budget.is_out_of_time();
            if self.executions() >= budget.schedules || out_of_time {
                return Found::Clean {
                    exhaustive: false,
                    out_of_time,
                };
            }
        }
    }

    /// Runs the next schedule. Whether there is another one after it; or else what was found.
    fn run_next(&mut self) -> Result<bool, Box<Found>> {
        let ending = self.execute();
        if self.search.diverged {
            let first = Box::new(self.first.take().unwrap_or_default());
            let second = Box::new(self.runtime.trace().clone());
            return Err(Box::new(Found::Diverged { first, second }));
        }
        if let Some(found) = self.count(ending) {
            return Err(Box::new(found));
        }
        if is_spent() || self.runtime.is_retired() {
            return Err(Box::new(UNFINISHED));
        }
        if self.first.is_none()
            && let Some(found) = self.rerun()
        {
            return Err(Box::new(found));
        }
        let runtime = Rc::clone(self.runtime);
        Ok(self.advance(&runtime.trace()))
    }

    /// Moves on from an execution that was counted; whether there is another schedule.
    fn advance(&mut self, trace: &Trace) -> bool {
        self.search.learn_choices(trace);
        if self.search.learned.take_outdated() {
            self.start_over();
            return true;
        }
        self.search.advance(trace)
    }

    /// Counts an execution; what it found, if it is not clean.
    fn count(&mut self, ending: Ending) -> Option<Found> {
        match ending {
            Ending::Clean => {
                let redundant = u64::from(self.search.redundant);
                self.redundant += redundant;
                self.schedules += 1 - redundant;
                self.classes += 1 - redundant;
                None
            }
            Ending::Cut => {
                self.redundant += 1;
                None
            }
            ending => {
                self.schedules += 1;
                self.failing(ending)
            }
        }
    }

    /// What was explored was judged by rules that do not hold.
    fn start_over(&mut self) {
        self.search.start_over();
        self.classes = 0;
        self.apply_learned();
    }

    /// What was learned may make steps of what was none.
    fn apply_learned(&self) {
        let abortable = self.search.learned.abortable().to_vec();
        *self.runtime.settings.abortable.borrow_mut() = abortable;
        let opaque = self.search.learned.is_opaque();
        self.runtime.settings.opaque.set(opaque);
    }

    /// Runs the first schedule again. Statics may be initialised on a first run, so only a third
    /// run that differs from the second shows a body that is not deterministic.
    fn rerun(&mut self) -> Option<Found> {
        for last in [false, true] {
            let before = self.runtime.trace().clone();
            let (is_same, ending) = self.run_again(&before);
            if is_same {
                let found = self.failing(ending);
                self.first = Some(before);
                return found;
            }
            if last {
                return Some(Found::Diverged {
                    first: Box::new(before),
                    second: Box::new(self.runtime.trace().clone()),
                });
            }
            self.search.start_over();
            let ending = self.execute();
            let found = self.count(ending);
            if found.is_some() || is_spent() || self.runtime.is_retired() {
                return Some(found.unwrap_or(UNFINISHED));
            }
        }
        None
    }

    /// Runs the schedule of the execution before; whether the body did the same, and how it ended.
    fn run_again(&mut self, before: &Trace) -> (bool, Ending) {
        let picks = self.search.begin_rerun();
        let ending = self.runtime.run(self.body, &mut Rerun { picks, before });
        self.schedules += 1;
        (self.runtime.trace().same_events(before), ending)
    }

    /// What an execution found that was counted, if it is not clean.
    fn failing(&self, ending: Ending) -> Option<Found> {
        let is_clean = matches!(ending, Ending::Clean | Ending::Cut);
        (!is_clean).then(|| Found::Failing {
            ending,
            trace: Box::new(self.runtime.trace().clone()),
        })
    }
}

impl Drop for Systematic<'_> {
    fn drop(&mut self) {
        self.spare.put_back(std::mem::take(&mut self.search));
    }
}
