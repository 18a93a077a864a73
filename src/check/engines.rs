//! Which engines run, in which order and how far.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::examine::{Examined, Specimen, examine, ranks};
use super::portfolio::Portfolio;
use crate::config::{Config, Engine};
use crate::executor::host::Host;
use crate::executor::monitor::Monitor;
use crate::executor::{Body, Runtime, Settings, Survey, current};
use crate::explore::{
    self, Budget, Explored, Found, Pct, Pos, Random, Sampler, Size, Systematic, Urw,
};
use crate::outcome::EngineRun;
#[cfg(not(feature = "loom"))]
use crate::trace::Trace;
use crate::trace::{Decisions, Ending, LoomExecution, Site, TaskId, Token};

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

/// What all engines of a check came to.
pub(super) struct Outcome {
    pub(super) runs: Vec<EngineRun>,
    pub(super) out_of_time: bool,
    /// A task that was woken by something that the mirror does not know.
    pub(super) opaque: Option<(TaskId, Site)>,
    pub(super) result: Found,
    /// The failure that was found, looked at again.
    pub(super) examined: Option<Examined>,
    /// What runs the failure again, if only loom shows it.
    pub(super) on_loom: Option<LoomExecution>,
    /// Where tasks stood in the middle of a poll when a task panicked.
    pub(super) suspended_at_panic: Vec<Site>,
}

/// Runs the engines on this thread.
pub(super) fn run(
    config: &Config,
    site: Site,
    atomic_sites: &[Site],
    survey: Option<&Survey>,
    body: &Body,
    monitor: &Arc<Monitor>,
) -> Outcome {
    let settings = Settings {
        site,
        flavor: config.flavor,
        early_timers: config.early_timers,
        allow: config.allow.clone(),
        atomic_sites: atomic_sites.to_vec(),
        probe: Cell::new(false),
        fine: Cell::new(false),
        abortable: RefCell::default(),
        abortable_ranks: RefCell::default(),
        teardown_order: Cell::new(None),
        survey: survey.cloned(),
        grace: if survey.is_some() {
            Duration::ZERO
        } else {
            GRACE
        },
    };
    let mut session = Session {
        config,
        settings,
        body,
        monitor,
        began: now(),
        runs: Vec::new(),
        out_of_time: false,
        opaque: None,
        suspended_at_panic: Vec::new(),
        abortable: Vec::new(),
        on_loom: None,
    };
    let result = session.run();
    let examined = session.examine(&result);
    let last = session.runs.last().map(|run| run.engine);
    let on_loom = session.on_loom.filter(|_| {
        let failing = |ending: &Ending| !matches!(ending, Ending::Unsupported { .. });
        let failed = matches!(&result, Found::Failing { ending, .. } if failing(ending));
        failed && last == Some(Engine::Loom)
    });
    Outcome {
        examined,
        on_loom,
        runs: session.runs,
        out_of_time: session.out_of_time,
        opaque: session.opaque,
        result,
        suspended_at_panic: session.suspended_at_panic,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the safety net is in wall-clock time"
)]
fn now() -> Instant {
    Instant::now()
}

struct Session<'a> {
    config: &'a Config,
    settings: Settings,
    body: &'a Body,
    monitor: &'a Arc<Monitor>,
    began: Instant,
    runs: Vec<EngineRun>,
    out_of_time: bool,
    opaque: Option<(TaskId, Site)>,
    suspended_at_panic: Vec<Site>,
    /// Tasks whose check for an abort was a step of its own in the last execution, in the order of
    /// their spawning.
    abortable: Vec<u32>,
    /// The execution with which loom ended, if it was the last engine.
    on_loom: Option<LoomExecution>,
}

impl Session<'_> {
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
            // Without a token there is nothing to replay.
            Engine::Auto | Engine::Replay => self.auto(),
            Engine::Systematic => self.systematic(),
            Engine::BruteForce => self.brute(),
            Engine::Loom => self.loom(self.budget(LOOM), OBJECTS),
            Engine::Random => self.sample(Random::new(self.config.seed)),
            Engine::Pct => self.sample(Pct::new(self.config.seed)),
            Engine::Pos => self.sample(Pos::new(self.config.seed)),
            Engine::Urw => self.sample(Urw::new(self.config.seed)),
        }
    }

    fn auto(&mut self) -> Found {
        let (budget, body, config) = (self.budget(AUTO), self.body, self.config);
        let (found, runs, size) = self.on(Host::coroutines(), |runtime| {
            let mut portfolio = Portfolio::new(runtime, body, budget, config);
            let found = portfolio.run();
            let runs = portfolio.runs(&found);
            (found, runs, portfolio.size())
        });
        self.runs.extend(runs);
        self.opaque = self.opaque.or(size.opaque);
        match found {
            Found::Clean {
                out_of_time: false, ..
            } if !explore::is_spent() => self.loom_if_it_fits(found, size),
            Found::Clean { out_of_time, .. } => {
                self.out_of_time |= out_of_time;
                found
            }
            found => found,
        }
    }

    #[cfg(feature = "loom")]
    fn loom_if_it_fits(&mut self, found: Found, size: Size) -> Found {
        if size.tasks > crate::executor::host::MAX_SPAWNED + 1 {
            return found;
        }
        let mut budget = self.budget(LOOM_IN_AUTO);
        if !size.atomics {
            budget.schedules = budget.schedules.min(LOOM_TO_CONFIRM);
        }
        self.loom(budget, size.objects)
    }

    #[cfg(not(feature = "loom"))]
    fn loom_if_it_fits(&mut self, found: Found, _: Size) -> Found {
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

    fn on<R>(&mut self, host: Host, explore: impl FnOnce(&Rc<Runtime>) -> R) -> R {
        let runtime = Runtime::new(self.settings.clone(), Arc::clone(self.monitor), host);
        let current = current::set(Rc::clone(&runtime));
        let explored = explore(&runtime);
        drop(current);
        runtime.close();
        self.suspended_at_panic.extend(runtime.suspended_at_panic());
        self.abortable = ranks(&runtime.settings.abortable.borrow(), &runtime.trace());
        explored
    }

    fn note(&mut self, engine: Engine, explored: Explored) -> Found {
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

    /// Looks at a failure again, if it is one that a schedule of ours can show.
    fn examine(&mut self, found: &Found) -> Option<Examined> {
        let Found::Failing { ending, trace } = found else {
            return None;
        };
        let last = self.runs.last()?.engine;
        if self.settings.survey.is_some() || explore::is_spent() || self.monitor.is_retired() {
            return None;
        }
        self.monitor.note_found(ending, trace);
        let specimen = Specimen {
            ending,
            trace,
            abortable: std::mem::take(&mut self.abortable),
            foreign: matches!(last, Engine::Loom | Engine::BruteForce),
            shrink: last != Engine::Replay,
        };
        // Whether a real thread takes part was seen when the failure was found.
        let settings = Settings {
            grace: Duration::ZERO,
            ..self.settings.clone()
        };
        let runtime = Runtime::new(settings, Arc::clone(self.monitor), Host::coroutines());
        let current = current::set(Rc::clone(&runtime));
        let examined = examine(&runtime, self.body, &specimen);
        drop(current);
        runtime.close();
        examined
    }

    fn replay(&mut self, token: &Token) -> Found {
        match token {
            Token::Decisions(decisions) => self.follow(decisions),
            Token::Loom(execution) => self.again_on_loom(*execution),
        }
    }

    fn follow(&mut self, decisions: &Decisions) -> Found {
        let body = self.body;
        let explored = self.on(Host::coroutines(), |runtime| {
            let mut replayed = explore::replay(runtime, body, decisions);
            let mut schedules = 1;
            if !replayed.fits() && !explore::is_spent() && !runtime.is_retired() {
                // Statics that the first execution of a process sets up may have been in the way.
                replayed = explore::replay(runtime, body, decisions);
                schedules = 2;
            }
            let trace = Box::new(replayed.trace);
            let result = match (replayed.ending, replayed.parted) {
                (ending, Some(parted)) => Found::Misfit {
                    asked: decisions.schedule.clone(),
                    parted,
                    ending,
                    trace,
                },
                (Ending::Clean, None) => explore::UNFINISHED,
                (ending, None) => Found::Failing { ending, trace },
            };
            Explored {
                schedules,
                classes: 1,
                redundant: 0,
                result,
                size: Size::default(),
            }
        });
        self.abortable = decisions.abortable.clone();
        self.note(Engine::Replay, explored)
    }

    /// Goes through loom's executions up to one. If an earlier one fails, it is that one.
    fn again_on_loom(&mut self, execution: LoomExecution) -> Found {
        let budget = Budget {
            schedules: execution.number,
            time: None,
        };
        let found = self.loom(budget, execution.objects as usize);
        match (found, self.runs.last()) {
            (
                Found::Clean {
                    exhaustive: true, ..
                },
                Some(run),
            ) if run.schedules < execution.number => Found::LoomMisfit {
                asked: execution.number,
            },
            (found, _) => found,
        }
    }

    fn systematic(&mut self) -> Found {
        let (budget, body) = (self.budget(SYSTEMATIC), self.body);
        let explored = self.on(Host::coroutines(), |runtime| {
            let mut search = Systematic::new(runtime, body);
            let found = search.prepare().unwrap_or_else(|| search.run(budget));
            search.explored(found)
        });
        self.note(Engine::Systematic, explored)
    }

    fn brute(&mut self) -> Found {
        let (budget, body) = (self.budget(SYSTEMATIC), self.body);
        let explored = self.on(Host::coroutines(), |runtime| {
            explore::brute(runtime, body, budget)
        });
        self.note(Engine::BruteForce, explored)
    }

    fn sample(&mut self, mut sampler: impl Sampler) -> Found {
        let (budget, body) = (self.budget(SAMPLED), self.body);
        let explored = self.on(Host::coroutines(), |runtime| {
            explore::sample(runtime, body, budget, &mut sampler)
        });
        self.note(self.config.engine, explored)
    }

    #[cfg(feature = "loom")]
    fn loom(&mut self, budget: Budget, objects: usize) -> Found {
        let body = self.body;
        let host = Host::Loom(Box::new(crate::executor::host::LoomHost::new(objects)));
        let explored = self.on(host, |_| explore::loom(body, budget));
        self.on_loom = Some(LoomExecution {
            number: explored.schedules,
            objects: u32::try_from(objects).unwrap_or(u32::MAX),
        });
        self.note(Engine::Loom, explored)
    }

    #[cfg(not(feature = "loom"))]
    fn loom(&mut self, _: Budget, _: usize) -> Found {
        unsupported("the engine \"loom\" needs the crate's feature \"loom\"")
    }
}

#[cfg(not(feature = "loom"))]
fn unsupported(what: &str) -> Found {
    let ending = Ending::Unsupported {
        what: what.to_owned(),
        site: None,
    };
    Found::Failing {
        ending,
        trace: Box::<Trace>::default(),
    }
}
