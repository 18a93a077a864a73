//! The default: several engines on one body, so that what one is bad at another finds.
//!
//! First one schedule without needless switches, a few sampled ones, and the beginning of the
//! systematic search, which is all that a small body needs. Then more samples, since a bug among
//! many tasks is found sooner by drawing orders than by going through all of them; then the search
//! goes on; and what is left of the budget is for samples again. The samplers take turns.

use std::rc::Rc;

use crate::config::{Config, Engine};
use crate::executor::{Body, Runtime};
use crate::explore::{self, Budget, Found, Pct, Pos, Sampler, Size, Systematic, UNFINISHED, Urw};
use crate::outcome::EngineRun;
#[cfg(feature = "loom")]
use crate::trace::Site;

/// Schedules that are sampled before anything is searched.
const FIRST_SAMPLES: u64 = 6;
/// Schedules of the search before more are sampled.
const FIRST_SEARCH: u64 = 16;
/// Schedules that are sampled before the search goes on.
const SAMPLES: u64 = 200;

/// A sampler, and how many schedules it drew.
struct Share {
    engine: Engine,
    sampler: Box<dyn Sampler>,
    schedules: u64,
}

pub(super) struct Portfolio<'a> {
    runtime: &'a Rc<Runtime>,
    body: &'a Body,
    budget: Budget,
    /// How much of the budget the search may use.
    search: u64,
    /// How much of that it may use before more than a few schedules are sampled.
    first_search: u64,
    systematic: Systematic<'a>,
    samplers: Vec<Share>,
    sampled: u64,
    size: Size,
}

impl<'a> Portfolio<'a> {
    pub(super) fn new(
        systematic: Systematic<'a>,
        (runtime, body): (&'a Rc<Runtime>, &'a Body),
        budget: Budget,
        config: &Config,
    ) -> Portfolio<'a> {
        let share = |engine, sampler| Share {
            engine,
            sampler,
            schedules: 0,
        };
        let samplers = vec![
            share(Engine::Pos, Box::new(Pos::new(config.seed)) as Box<_>),
            share(Engine::Pct, Box::new(Pct::new(config.seed))),
            share(Engine::Urw, Box::new(Urw::new(config.seed))),
        ];
        let others = if config.exhaustive {
            0
        } else {
            budget.schedules / 4
        };
        Portfolio {
            runtime,
            body,
            budget,
            search: budget.schedules - others,
            first_search: config.shares.first_search.unwrap_or(FIRST_SEARCH),
            systematic,
            samplers,
            sampled: 0,
            size: Size::default(),
        }
    }

    /// The places at which no wait observes anything, as far as the search saw.
    #[cfg(feature = "loom")]
    pub(super) fn plain_sites(&self) -> Vec<Site> {
        self.systematic.plain_sites()
    }

    /// Runs them all, until something is found, nothing is left, or the budget is spent.
    pub(super) fn run(&mut self) -> Found {
        let found = self.systematic.prepare();
        found
            .or_else(|| self.sample(FIRST_SAMPLES))
            .or_else(|| self.search(self.first_search))
            .or_else(|| self.sample(SAMPLES))
            .or_else(|| self.search(self.search))
            .or_else(|| self.sample(u64::MAX))
            .unwrap_or(UNFINISHED)
    }

    fn search(&mut self, schedules: u64) -> Option<Found> {
        let left = self.budget.schedules.saturating_sub(self.sampled);
        let budget = Budget {
            schedules: schedules.min(self.search).min(left),
            ..self.budget
        };
        if self.systematic.executions() >= budget.schedules {
            return None;
        }
        let found = self.systematic.run(budget);
        self.settled(found)
    }

    /// Draws some more schedules, one from each sampler in turn.
    fn sample(&mut self, schedules: u64) -> Option<Found> {
        let left = self.budget.schedules.saturating_sub(self.executions());
        for _ in 0..schedules.min(left) {
            let found = self.sample_one();
            if let Some(found) = self.settled(found) {
                return Some(found);
            }
        }
        None
    }

    fn sample_one(&mut self) -> Found {
        let one = Budget {
            schedules: 1,
            ..self.budget
        };
        let turn = (self.sampled % self.samplers.len() as u64) as usize;
        let share = &mut self.samplers[turn];
        let explored = explore::sample(self.runtime, self.body, one, share.sampler.as_mut());
        share.schedules += explored.schedules;
        if self.sampled == 0 {
            // What samplers learn from an execution they all learn from the first one.
            let trace = self.runtime.trace();
            for other in &mut self.samplers[1..] {
                other.sampler.begin();
                other.sampler.end(&trace);
            }
        }
        self.sampled += explored.schedules;
        self.size = self.size.max(explored.size);
        explored.result
    }

    /// What was found, if there is nothing more to do.
    fn settled(&self, found: Found) -> Option<Found> {
        match found {
            Found::Clean {
                exhaustive: false,
                out_of_time: false,
            } if !explore::is_spent() && !self.runtime.is_retired() => None,
            found => Some(found),
        }
    }

    fn executions(&self) -> u64 {
        self.sampled + self.systematic.executions()
    }

    /// How large the body is.
    pub(super) fn size(&self) -> Size {
        self.size.max(self.systematic.explored(UNFINISHED).size)
    }

    /// How much each engine explored.
    pub(super) fn runs(&self, found: &Found) -> Vec<EngineRun> {
        let searched = self.systematic.explored(UNFINISHED);
        let exhaustive = matches!(
            found,
            Found::Clean {
                exhaustive: true,
                ..
            }
        );
        let search = EngineRun {
            engine: Engine::Systematic,
            schedules: searched.schedules,
            classes: searched.classes,
            redundant: searched.redundant,
            exhaustive,
        };
        let samples = self.samplers.iter().map(|share| EngineRun {
            engine: share.engine,
            schedules: share.schedules,
            classes: share.schedules,
            redundant: 0,
            exhaustive: false,
        });
        let all = std::iter::once(search).chain(samples);
        all.filter(|run| run.schedules > 0).collect()
    }
}
