//! Case after case, until one fails or enough have passed; then smaller inputs, and the failure of
//! the smallest.
//!
//! Not here: where inputs come from (`inputs`), and how much a case may explore (`budget`).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::Config as Settings;

use super::budget::{Allowance, Budget};
use super::inputs::{self, Inputs};
use super::{Arguments, Counterexample};
use crate::check::engines::now;
use crate::check::examine::Specimen;
use crate::check::supervise::{self, Supervised};
use crate::check::verdict;
use crate::check::work::{Job, Outcome, Work};
use crate::config::{Config, Engine};
use crate::executor::{Body, Survey};
use crate::outcome::{Argument, Cases, Coverage, EngineRun, Failure, Input};
use crate::report::messages;
use crate::trace::{Ending, InputSeed, InputToken, Site};

/// The body with one input.
pub(super) struct Case {
    pub(super) body: Body,
    /// Why the body rejected its input, if it did.
    pub(super) rejected: Arc<Mutex<Option<String>>>,
}

/// A body, and what it is checked for.
pub(super) struct Property<S: Strategy> {
    config: Config,
    site: Site,
    survey: Option<Survey>,
    inputs: Inputs<S>,
    arguments: Arguments<S::Value>,
    case: Box<dyn Fn(S::Value) -> Case>,
    budget: Budget,
    began: Option<std::time::Instant>,
    coverage: Coverage,
    cases: Cases,
}

/// What a case came to.
enum Tried {
    Rejected(String),
    /// With whether everything was explored.
    Passed(bool),
    /// Found, and to be looked at again.
    Failed(Specimen),
    /// A failure as it is.
    Final(Failure),
}

/// What kind of failure a smaller input has to show as well.
#[derive(PartialEq, Eq)]
enum Class {
    NeverEnds,
    Panics,
}

impl Class {
    fn of(ending: &Ending) -> Option<Class> {
        match ending {
            Ending::Stuck { .. } | Ending::Looping(_) => Some(Class::NeverEnds),
            Ending::Panicked(_) => Some(Class::Panics),
            Ending::Unsupported { .. } | Ending::Clean | Ending::Cut => None,
        }
    }
}

/// An input that fails, so far the smallest.
struct Smallest<V> {
    input: V,
    specimen: Specimen,
    path: Vec<bool>,
}

impl<S> Property<S>
where
    S: Strategy,
    S::Value: Clone,
{
    pub(super) fn new(
        config: Config,
        site: Site,
        survey: Option<Survey>,
        settings: Settings,
        strategy: S,
        arguments: Arguments<S::Value>,
        case: Box<dyn Fn(S::Value) -> Case>,
    ) -> Property<S> {
        let inputs = Inputs::new(settings, strategy, config.seed);
        Property {
            budget: Budget::new(&config, u64::from(inputs.config().cases)),
            began: config.max_duration.map(|_| now()),
            config,
            site,
            survey,
            inputs,
            arguments,
            case,
            coverage: Coverage::default(),
            cases: Cases::default(),
        }
    }

    pub(super) fn run(mut self) -> Result<Coverage, Counterexample<S::Value>> {
        if self.config.replay.is_some() {
            return self.replay();
        }
        let kept = self.inputs.kept();
        let wanted = u64::from(self.inputs.config().cases);
        self.budget = Budget::new(&self.config, wanted + kept.len() as u64);
        for (index, seed) in kept.iter().enumerate() {
            self.check(seed, false, wanted + (kept.len() - index - 1) as u64)?;
        }
        let (mut passed, mut number) = (0, 0);
        while passed < wanted && !self.is_out_of_time() {
            let seed = self.inputs.seed(number);
            passed += u64::from(self.check(&seed, true, wanted - passed - 1)?);
            number += 1;
        }
        Ok(self.coverage())
    }

    /// Checks the input of a seed, before so many others; whether it passed.
    fn check(
        &mut self,
        seed: &InputSeed,
        is_new: bool,
        later: u64,
    ) -> Result<bool, Counterexample<S::Value>> {
        let drawn = self.inputs.draw(seed);
        let mut tree = match drawn {
            Some(Ok(tree)) => tree,
            Some(Err(reason)) => return Err(self.impossible(messages::no_input(reason.message()))),
            None => return Ok(false),
        };
        let input = tree.current();
        self.say(2, || messages::next_input(&format!("{input:?}")));
        let allowance = self.budget.allowance(later);
        match self.explore(input.clone(), allowance, Work::Explore(None), false) {
            Tried::Rejected(reason) => {
                self.say(1, || messages::rejected(&reason));
                self.cases.rejected += 1;
                let most = self.inputs.config().max_global_rejects;
                if self.cases.rejected > u64::from(most) {
                    return Err(self.impossible(messages::too_many_rejected(most, &reason)));
                }
                Ok(false)
            }
            Tried::Passed(exhaustive) => {
                self.cases.run += 1;
                self.cases.exhaustive += u64::from(exhaustive);
                Ok(true)
            }
            Tried::Final(failure) => {
                self.cases.run += 1;
                let token = InputToken {
                    seed: seed.clone(),
                    path: Vec::new(),
                };
                Err(self.found(input, token, failure))
            }
            Tried::Failed(specimen) => {
                self.cases.run += 1;
                let smallest = Smallest {
                    input,
                    specimen,
                    path: Vec::new(),
                };
                let smallest = self.make_small(&mut tree, smallest, allowance);
                if is_new {
                    self.inputs.keep(seed, &smallest.input);
                }
                Err(self.look_again(seed.clone(), smallest))
            }
        }
    }

    /// Tries smaller inputs for as long as proptest has some and the budget allows it.
    fn make_small(
        &mut self,
        tree: &mut S::Tree,
        mut best: Smallest<S::Value>,
        allowance: Allowance,
    ) -> Smallest<S::Value> {
        let Some(class) = Class::of(&best.specimen.ending) else {
            return best;
        };
        let began = now();
        let settings = self.inputs.config();
        // By default proptest ties it to the number of cases; here the budget is the limit.
        let most = settings.max_shrink_iters;
        let limit = Duration::from_millis(u64::from(settings.max_shrink_time));
        let mut path = Vec::new();
        let mut more = most > 0 && tree.simplify();
        while more && (path.len() as u64) < u64::from(most) {
            let in_time = limit.is_zero() || began.elapsed() < limit;
            let allowance = self.budget.smaller(allowance, best.specimen.foreign);
            let Some(allowance) = allowance.filter(|_| in_time && !self.is_out_of_time()) else {
                break;
            };
            let input = tree.current();
            let work = Work::Explore(best.specimen.token());
            self.cases.smaller += 1;
            let tried = self.explore(input.clone(), allowance, work, true);
            let specimen = match tried {
                Tried::Failed(it) if Class::of(&it.ending).as_ref() == Some(&class) => Some(it),
                _ => None,
            };
            path.push(specimen.is_some());
            more = inputs::next(tree, specimen.is_some());
            if let Some(specimen) = specimen {
                best = Smallest {
                    input,
                    specimen,
                    path: path.clone(),
                };
            }
        }
        best
    }

    /// Explores the body with an input, and takes what that costs.
    fn explore(
        &mut self,
        input: S::Value,
        allowance: Allowance,
        work: Work,
        is_smaller: bool,
    ) -> Tried {
        let config = Config {
            schedules: Some(usize::try_from(allowance.schedules).unwrap_or(usize::MAX)),
            shares: allowance.shares,
            max_duration: self.time_left(),
            ..self.config.clone()
        };
        let case = (self.case)(input);
        let (config, supervised) = self.supervise(config, &case, work);
        let rejected = take(&case.rejected);
        let (mut outcome, atomic_sites) = match supervised {
            Supervised::Finished(outcome, atomic_sites) => (outcome, atomic_sites),
            Supervised::Stalled(sites) => return Tried::Final(verdict::stall(&config, &sites)),
        };
        self.account(&outcome, is_smaller);
        self.coverage.atomic_sites.clone_from(&atomic_sites);
        if self.coverage.guest.is_none() {
            self.coverage.guest.clone_from(&outcome.guest);
        }
        if let Some(reason) = rejected {
            return Tried::Rejected(reason);
        }
        let exhaustive = outcome.runs.iter().any(|run| run.exhaustive);
        if let Some(specimen) = outcome.specimen.take() {
            return Tried::Failed(specimen);
        }
        match verdict::judge(&config, *outcome, &atomic_sites) {
            Ok(_) => Tried::Passed(exhaustive),
            Err(failure) => Tried::Final(failure),
        }
    }

    fn supervise(&mut self, config: Config, case: &Case, work: Work) -> (Arc<Config>, Supervised) {
        let config = Arc::new(config);
        let supervised = supervise::run(&Job {
            config: Arc::clone(&config),
            site: self.site,
            survey: self.survey.clone(),
            body: Arc::clone(&case.body),
            work,
        });
        (config, supervised)
    }

    /// Adds what a case explored to the rest.
    fn account(&mut self, outcome: &Outcome, is_smaller: bool) {
        let executions = |run: &EngineRun| run.schedules + run.redundant;
        let loom_confirms = self.config.engine == Engine::Auto;
        let (loom, own): (Vec<&EngineRun>, Vec<&EngineRun>) = outcome
            .runs
            .iter()
            .partition(|run| run.engine == Engine::Loom && loom_confirms);
        let (loom, own) = (
            loom.into_iter().map(executions).sum(),
            own.into_iter().map(executions).sum(),
        );
        if is_smaller {
            self.budget.spend_smaller(own + loom);
            self.cases.smaller_schedules += own + loom;
            return;
        }
        self.budget.spend(own, loom);
        self.cases.with_loom += u64::from(loom > 0);
        self.coverage.add(&outcome.runs);
        self.coverage.out_of_time |= outcome.out_of_time;
        self.coverage.opaque = self.coverage.opaque.or(outcome.opaque);
    }

    fn coverage(&mut self) -> Coverage {
        self.coverage.out_of_time |= self.is_out_of_time();
        Coverage {
            cases: Some(self.cases),
            ..self.coverage.clone()
        }
    }

    fn time_left(&self) -> Option<Duration> {
        let limit = self.config.max_duration?;
        Some(limit.saturating_sub(self.began?.elapsed()))
    }

    fn is_out_of_time(&self) -> bool {
        self.time_left().is_some_and(|left| left.is_zero())
    }

    /// The failure of the smallest input, looked at again.
    fn look_again(
        &mut self,
        seed: InputSeed,
        smallest: Smallest<S::Value>,
    ) -> Counterexample<S::Value> {
        let Smallest {
            input,
            specimen,
            path,
        } = smallest;
        let case = (self.case)(input.clone());
        let work = Work::Examine(Arc::new(specimen.clone()));
        let (config, supervised) = self.supervise(self.config.clone(), &case, work);
        let judged = match supervised {
            Supervised::Finished(outcome, atomic_sites) => {
                verdict::judge(&config, *outcome, &atomic_sites)
            }
            // It fails, whatever a second look would have shown.
            Supervised::Stalled(atomic_sites) => {
                verdict::judge(&config, Outcome::failing(specimen), &atomic_sites)
            }
        };
        let failure = judged.expect_err("the job was to look at a failure");
        self.found(input, InputToken { seed, path }, failure)
    }

    /// A failure with all that a property knows of it.
    fn found(
        &mut self,
        input: S::Value,
        token: InputToken,
        failure: Failure,
    ) -> Counterexample<S::Value> {
        let failure = failure.of_input(self.told(&input, token), Some(self.coverage()));
        Counterexample {
            input: Some(input),
            failure,
        }
    }

    fn told(&self, input: &S::Value, token: InputToken) -> Input {
        let names = self.arguments.names.iter();
        let arguments = names.zip((self.arguments.values)(input));
        let arguments = arguments.map(|(name, value)| Argument {
            name: (*name).to_owned(),
            value,
        });
        Input {
            arguments: arguments.collect(),
            token,
        }
    }

    /// The check cannot go on, for a reason that is no input's.
    fn impossible(&self, message: String) -> Counterexample<S::Value> {
        Counterexample {
            input: None,
            failure: verdict::config_failure(&self.config, message),
        }
    }

    /// Runs the one schedule of the one input that the token names.
    fn replay(mut self) -> Result<Coverage, Counterexample<S::Value>> {
        let misfit = |config: &Config, detail| Counterexample {
            input: None,
            failure: verdict::misfit(config, detail),
        };
        let Some(token) = self.config.replay_input.take() else {
            return Err(misfit(&self.config, messages::token_without_input()));
        };
        let Some(input) = self.inputs.again(&token) else {
            return Err(misfit(&self.config, messages::input_is_gone()));
        };
        let case = (self.case)(input.clone());
        let (config, supervised) = self.supervise(self.config.clone(), &case, Work::Check);
        let judged = match supervised {
            Supervised::Finished(outcome, atomic_sites) => {
                verdict::judge(&config, *outcome, &atomic_sites)
            }
            Supervised::Stalled(atomic_sites) => Err(verdict::stall(&config, &atomic_sites)),
        };
        let judged = match take(&case.rejected) {
            Some(reason) => Err(verdict::misfit(&config, messages::rejected(&reason))),
            None => judged,
        };
        judged.map_err(|failure| {
            let failure = failure.of_input(self.told(&input, token), None);
            Counterexample {
                input: Some(input),
                failure,
            }
        })
    }

    /// Says what happens, if `PROPTEST_VERBOSE` asks for so much.
    fn say(&self, level: u32, what: impl FnOnce() -> String) {
        if self.inputs.config().verbose >= level {
            #[expect(clippy::print_stderr, reason = "asked for")]
            {
                eprintln!("{}", what());
            }
        }
    }
}

fn take(place: &Mutex<Option<String>>) -> Option<String> {
    place.lock().unwrap_or_else(PoisonError::into_inner).take()
}
