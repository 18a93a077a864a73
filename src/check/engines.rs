//! Which engines run, in which order and how far.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::examine::{Examined, Specimen, examine, ranks};
use super::portfolio::Portfolio;
use super::thread::Kept;
use super::work::{Job, Outcome, Work};
use crate::config::{Config, Engine};
use crate::executor::guest::Invitation;
use crate::executor::host::Host;
#[cfg(feature = "loom")]
use crate::executor::host::{LoomHost, Reduction};
use crate::executor::monitor::Monitor;
use crate::executor::{Body, Runtime, Settings, current};
use crate::explore::{
    self, Budget, Explored, Found, Pct, Pos, Random, Sampler, Size, Systematic, Urw,
};
use crate::outcome::EngineRun;
use crate::trace::{Ending, LoomExecution, Opaque, Site};

/// Schedules that the engines of the default run together, loom aside.
const AUTO: u64 = 10_000;
/// Schedules that the systematic engine runs by default.
const SYSTEMATIC: u64 = 10_000;
/// Schedules that loom runs by default: alone; in `auto` where weak memory can matter; and there
/// where it cannot, and loom only confirms what is known.
const LOOM: u64 = 10_000;
#[cfg(feature = "loom")]
const LOOM_IN_AUTO: u64 = 500;
#[cfg(feature = "loom")]
const LOOM_TO_CONFIRM: u64 = 10;
/// How many objects loom tells apart when the body's size is not known.
const OBJECTS: usize = 32;
/// Schedules that a sampler draws by default.
const SAMPLED: u64 = 1_000;

/// How long to wait for a wake from another OS thread before a task counts as stuck.
const GRACE: Duration = Duration::from_millis(50);

/// Runs the engines on this thread.
pub(super) fn run(
    job: &Job,
    atomic_sites: &[Site],
    guest: Option<Invitation>,
    monitor: &Arc<Monitor>,
    kept: &Kept,
) -> Outcome {
    let Job {
        config,
        site,
        survey,
        body,
        work,
    } = job;
    let settings = Settings {
        atomic_sites: atomic_sites.to_vec(),
        survey: survey.clone(),
        grace: if survey.is_some() {
            Duration::ZERO
        } else {
            GRACE
        },
        guest,
        ..Settings::new(*site, config)
    };
    let mut session = Session {
        config,
        settings,
        body,
        monitor,
        kept,
        began: now(),
        runs: Vec::new(),
        out_of_time: false,
        opaque: None,
        suspended_at_panic: Vec::new(),
        misses_guest: None,
        abortable: Vec::new(),
        atomic_marks: Vec::new(),
        shown: None,
    };
    let (result, specimen, examined) = session.work(work);
    let on_loom = match work {
        Work::Examine(specimen) => specimen.on_loom,
        _ => session.shown_by_loom(&result),
    };
    Outcome {
        specimen,
        examined,
        on_loom,
        spent: explore::is_spent(),
        runs: session.runs,
        out_of_time: session.out_of_time,
        opaque: session.opaque,
        result,
        suspended_at_panic: session.suspended_at_panic,
        guest: session.settings.guest.map(|guest| guest.site),
        misses_guest: session.misses_guest,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the safety net is in wall-clock time"
)]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// Runs engines on one body.
pub(super) struct Session<'a> {
    config: &'a Config,
    settings: Settings,
    pub(super) body: &'a Body,
    monitor: &'a Arc<Monitor>,
    kept: &'a Kept,
    began: Instant,
    pub(super) runs: Vec<EngineRun>,
    out_of_time: bool,
    opaque: Option<Opaque>,
    suspended_at_panic: Vec<Site>,
    misses_guest: Option<String>,
    /// Tasks whose check for an abort was a step of its own in the last execution, in the order of
    /// their spawning.
    pub(super) abortable: Vec<u32>,
    /// Marks of the sites that a token says are atomic.
    atomic_marks: Vec<u16>,
    /// The execution with which loom ended, if it was the last engine.
    shown: Option<LoomExecution>,
}

impl Session<'_> {
    fn work(&mut self, work: &Work) -> (Found, Option<Specimen>, Option<Examined>) {
        let witness = match work {
            Work::Check => None,
            Work::Explore(witness) => witness.as_ref(),
            Work::Examine(specimen) => {
                let found = Found::Failing {
                    ending: specimen.ending.clone(),
                    trace: specimen.trace.clone(),
                };
                return (found, None, self.examine(specimen));
            }
        };
        let shown = witness.and_then(|token| self.show(token));
        let found = shown.unwrap_or_else(|| self.run());
        let mut specimen = self.specimen(&found);
        let examined = match (work, &mut specimen) {
            (Work::Check, Some(specimen)) => self.examine(specimen),
            (_, Some(specimen)) => {
                // The schedule was one of another input.
                specimen.shrink = true;
                None
            }
            _ => None,
        };
        (found, specimen, examined)
    }

    fn run(&mut self) -> Found {
        if let Some(token) = &self.config.replay {
            return self.replay(token);
        }
        for token in &self.config.kept {
            let found = self.replay(token);
            if let Found::Failing { .. } = found {
                return found;
            }
            if explore::is_spent() || self.monitor.is_retired() {
                return explore::UNFINISHED;
            }
        }
        match self.config.engine {
            // Without a token there is nothing to replay; real tokio is not among the engines.
            Engine::Auto | Engine::Replay | Engine::Tokio => self.auto(),
            Engine::Systematic => self.systematic(),
            Engine::BruteForce => self.brute(),
            Engine::Loom => self.loom(),
            Engine::Random => self.sample(Random::new(self.config.seed)),
            Engine::Pct => self.sample(Pct::new(self.config.seed)),
            Engine::Pos => self.sample(Pos::new(self.config.seed)),
            Engine::Urw => self.sample(Urw::new(self.config.seed)),
        }
    }

    fn auto(&mut self) -> Found {
        let budget = self.budget(AUTO);
        let (body, kept, config) = (self.body, self.kept, self.config);
        let (found, runs, size, plain) = self.on_coroutines(|runtime| {
            let search = Systematic::new(runtime, body, &kept.search);
            let mut portfolio = Portfolio::new(search, (runtime, body), budget, config);
            let found = portfolio.run();
            let runs = portfolio.runs(&found);
            (found, runs, portfolio.size(), plain_sites(&portfolio))
        });
        self.runs.extend(runs);
        self.opaque = self.opaque.or(size.opaque);
        match found {
            Found::Clean {
                out_of_time: false, ..
            } if !explore::is_spent() => self.loom_if_it_fits(found, size, plain),
            Found::Clean { out_of_time, .. } => {
                self.out_of_time |= out_of_time;
                found
            }
            found => found,
        }
    }

    #[cfg(feature = "loom")]
    fn loom_if_it_fits(&mut self, found: Found, size: Size, plain: Vec<Site>) -> Found {
        let has_guest = self.settings.guest.is_some();
        if has_guest || size.tasks > crate::executor::host::MAX_SPAWNED + 1 {
            return found;
        }
        let mut budget = self.budget(LOOM_IN_AUTO);
        let shares = self.config.shares;
        budget.schedules = if size.atomics {
            shares.loom.unwrap_or(budget.schedules)
        } else {
            let confirm = shares.confirm.unwrap_or(LOOM_TO_CONFIRM);
            confirm.min(budget.schedules)
        };
        if budget.schedules == 0 {
            return found;
        }
        self.on_loom(budget, size.objects, Some(plain).filter(|_| !size.atomics))
    }

    #[cfg(not(feature = "loom"))]
    fn loom_if_it_fits(&mut self, found: Found, _: Size, (): ()) -> Found {
        found
    }

    fn budget(&self, default: u64) -> Budget {
        let schedules = self
            .config
            .schedules
            .map_or(default, |schedules| schedules as u64);
        Budget {
            schedules,
            time: self.config.max_duration.map(|limit| (self.began, limit)),
        }
    }

    pub(super) fn on_coroutines<R>(&mut self, explore: impl FnOnce(&Rc<Runtime>) -> R) -> R {
        self.on(Host::coroutines(&self.kept.spare.stacks), explore)
    }

    fn on<R>(&mut self, host: Host, explore: impl FnOnce(&Rc<Runtime>) -> R) -> R {
        let runtime = self.runtime(self.settings.clone(), host);
        let current = current::set(Rc::clone(&runtime));
        let explored = explore(&runtime);
        drop(current);
        self.suspended_at_panic.extend(runtime.suspended_at_panic());
        self.misses_guest = self.misses_guest.take().or(runtime.misses_guest());
        self.abortable = ranks(&runtime.settings.abortable.borrow(), &runtime.trace());
        self.atomic_marks = runtime.settings.atomic_marks.take();
        runtime.close(&self.kept.spare);
        explored
    }

    fn runtime(&self, settings: Settings, host: Host) -> Rc<Runtime> {
        Runtime::new(settings, Arc::clone(self.monitor), host, &self.kept.spare)
    }

    pub(super) fn note(&mut self, engine: Engine, explored: Explored) -> Found {
        let (exhaustive, out_of_time) = match explored.result {
            Found::Clean {
                exhaustive,
                out_of_time,
            } => (exhaustive, out_of_time),
            Found::Failing { .. }
            | Found::Misfit { .. }
            | Found::LoomMisfit { .. }
            | Found::Diverged { .. } => (false, false),
        };
        self.runs.push(EngineRun {
            engine,
            schedules: explored.schedules,
            classes: explored.classes,
            redundant: explored.redundant,
            exhaustive,
        });
        self.out_of_time |= out_of_time;
        self.opaque = self.opaque.or(explored.size.opaque);
        explored.result
    }

    /// The execution of loom's that shows a failure, if loom found it.
    fn shown_by_loom(&self, found: &Found) -> Option<LoomExecution> {
        let Found::Failing { ending, .. } = found else {
            return None;
        };
        let last = self.runs.last().map(|run| run.engine);
        let failed = !matches!(ending, Ending::Unsupported { .. });
        self.shown.filter(|_| failed && last == Some(Engine::Loom))
    }

    /// A failure that can be looked at again: one that a schedule of ours can show.
    fn specimen(&mut self, found: &Found) -> Option<Specimen> {
        let Found::Failing { ending, trace } = found else {
            return None;
        };
        let last = self.runs.last()?.engine;
        if self.settings.survey.is_some() {
            return None;
        }
        Some(Specimen {
            ending: ending.clone(),
            trace: trace.clone(),
            abortable: std::mem::take(&mut self.abortable),
            atomic: std::mem::take(&mut self.atomic_marks),
            foreign: matches!(last, Engine::Loom | Engine::BruteForce),
            on_loom: self.shown_by_loom(found),
            shrink: last != Engine::Replay,
        })
    }

    fn examine(&mut self, specimen: &Specimen) -> Option<Examined> {
        if explore::is_spent() || self.monitor.is_retired() {
            return None;
        }
        self.monitor.note_found(&specimen.ending, &specimen.trace);
        // Whether a real thread takes part was seen when the failure was found.
        let settings = Settings {
            grace: Duration::ZERO,
            ..self.settings.clone()
        };
        let runtime = self.runtime(settings, Host::coroutines(&self.kept.spare.stacks));
        let current = current::set(Rc::clone(&runtime));
        let examined = examine(&runtime, self.body, specimen);
        drop(current);
        runtime.close(&self.kept.spare);
        examined
    }

    fn systematic(&mut self) -> Found {
        let (budget, body, kept) = (self.budget(SYSTEMATIC), self.body, self.kept);
        let explored = self.on_coroutines(|runtime| {
            let mut search = Systematic::new(runtime, body, &kept.search);
            let found = search.prepare().unwrap_or_else(|| search.run(budget));
            search.explored(found)
        });
        self.note(Engine::Systematic, explored)
    }

    fn brute(&mut self) -> Found {
        let (budget, body) = (self.budget(SYSTEMATIC), self.body);
        let explored = self.on_coroutines(|runtime| explore::brute(runtime, body, budget));
        self.note(Engine::BruteForce, explored)
    }

    fn sample(&mut self, mut sampler: impl Sampler) -> Found {
        let (budget, body) = (self.budget(SAMPLED), self.body);
        let explored =
            self.on_coroutines(|runtime| explore::sample(runtime, body, budget, &mut sampler));
        self.note(self.config.engine, explored)
    }

    /// loom alone. How the body waits is learned before, by a look at it elsewhere. What that finds
    /// loom shall find, unless nothing more can be run on this thread.
    #[cfg(feature = "loom")]
    fn loom(&mut self) -> Found {
        let (body, kept) = (self.body, self.kept);
        let (explored, plain, atomics) = self.on_coroutines(|runtime| {
            let mut search = Systematic::new(runtime, body, &kept.search);
            let found = search.prepare();
            let plain = found.is_none().then(|| search.plain_sites());
            let mut size = Size::default();
            size.grow(&runtime.trace());
            let explored = search.explored(found.unwrap_or(explore::UNFINISHED));
            (explored, plain, size.atomics)
        });
        if explore::is_spent() || self.monitor.is_retired() {
            return self.note(Engine::Systematic, explored);
        }
        self.on_loom(self.budget(LOOM), OBJECTS, plain.filter(|_| !atomics))
    }

    /// Lets loom run schedules of a body with so many objects, whose waits at these sites observe
    /// nothing; if that is not known, loom is told of every operation.
    #[cfg(feature = "loom")]
    pub(super) fn on_loom(
        &mut self,
        budget: Budget,
        objects: usize,
        plain: Option<Vec<Site>>,
    ) -> Found {
        let body = self.body;
        let reduction = plain.map(Reduction::new).unwrap_or_default();
        let host = Host::Loom(Box::new(LoomHost::new(
            &self.kept.spare.stacks,
            objects,
            reduction,
        )));
        let (explored, reduced) = self.on(host, |_| explore::loom(body, budget));
        // Run again, loom is told of everything: then there are only those.
        let number = explored.schedules - reduced;
        self.shown = (number > 0).then(|| LoomExecution {
            number,
            objects: u32::try_from(objects).unwrap_or(u32::MAX),
        });
        self.note(Engine::Loom, explored)
    }

    #[cfg(not(feature = "loom"))]
    fn loom(&mut self) -> Found {
        self.on_loom(self.budget(LOOM), OBJECTS, None)
    }

    #[cfg(not(feature = "loom"))]
    pub(super) fn on_loom(&mut self, _: Budget, _: usize, _: Option<Vec<Site>>) -> Found {
        unsupported("the engine \"loom\" needs the crate's feature \"loom\"")
    }
}

#[cfg(feature = "loom")]
fn plain_sites(portfolio: &Portfolio<'_>) -> Vec<Site> {
    portfolio.plain_sites()
}

/// Only loom needs to know.
#[cfg(not(feature = "loom"))]
fn plain_sites(_: &Portfolio<'_>) {}

#[cfg(not(feature = "loom"))]
fn unsupported(what: &str) -> Found {
    let ending = Ending::Unsupported {
        what: what.to_owned(),
        site: None,
    };
    Found::Failing {
        ending,
        trace: Box::default(),
    }
}
