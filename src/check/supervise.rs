//! Each check runs on an OS thread of its own, while this one watches whether it moves.
//!
//! A lock that the mirror cannot see, held across a switch point, blocks that thread although the
//! code is correct. Then the synchronous operations at which tasks stood become *atomic*: nothing
//! is switched before them from now on, in this process, and the check starts over.

use std::fs;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::engines::{self, Outcome};
use super::verdict;
use crate::config::Config;
use crate::executor::monitor::{Monitor, Suspension};
use crate::executor::{Body, Survey};
use crate::explore::Found;
use crate::outcome::{Coverage, Failure};
use crate::trace::{Ending, Site, Trace};

/// Sites that were found to be atomic, for the whole process: found once, paid once.
static ATOMIC_SITES: Mutex<Vec<Site>> = Mutex::new(Vec::new());

/// How often the watch looks.
const TICK: Duration = Duration::from_millis(100);
/// How long a thread that uses no processor may stand still while a task is in the middle of a
/// poll.
const IDLE_STALL: Duration = Duration::from_secs(1);
/// How often a check may start over.
const RESTARTS: usize = 32;

/// Runs a check to its verdict.
pub(super) fn supervise(
    config: Config,
    site: Site,
    survey: Option<Survey>,
    body: Body,
) -> Result<Coverage, Failure> {
    let config = Arc::new(config);
    for _ in 0..RESTARTS {
        let atomic_sites = atomic_sites();
        let attempt = Attempt::start(&config, site, &atomic_sites, survey.clone(), &body);
        let outcome = match attempt.watch(config.stall) {
            Watched::Finished(outcome) => *outcome,
            Watched::Stalled(sites) if learn(&sites) => continue,
            Watched::Stalled(_) => return Err(verdict::stall(&config, &atomic_sites)),
        };
        // Whatever the verdict: tasks that share what the harness cannot see mislead the search.
        if learn(&outcome.suspended_at_panic) {
            continue;
        }
        return verdict::judge(&config, outcome, &atomic_sites);
    }
    Err(verdict::stall(&config, &atomic_sites()))
}

fn atomic_sites() -> Vec<Site> {
    ATOMIC_SITES
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// Makes sites atomic; whether any of them was not yet.
fn learn(sites: &[Site]) -> bool {
    let mut known = ATOMIC_SITES.lock().unwrap_or_else(PoisonError::into_inner);
    let before = known.len();
    for site in sites {
        if !known.contains(site) {
            known.push(*site);
        }
    }
    known.len() > before
}

/// A check that runs on its own thread.
struct Attempt {
    monitor: Arc<Monitor>,
    outcome: Receiver<Outcome>,
    thread: Receiver<Option<String>>,
}

enum Watched {
    Finished(Box<Outcome>),
    /// It does not move, and is left alone; the sites where tasks stand in the middle of a poll.
    Stalled(Vec<Site>),
}

impl Attempt {
    fn start(
        config: &Arc<Config>,
        site: Site,
        atomic_sites: &[Site],
        survey: Option<Survey>,
        body: &Body,
    ) -> Attempt {
        let monitor = Arc::new(Monitor::default());
        let (outcome_tx, outcome) = mpsc::channel();
        let (thread_tx, thread) = mpsc::channel();
        let (config, shared, body) = (Arc::clone(config), Arc::clone(&monitor), Arc::clone(body));
        let atomic_sites = atomic_sites.to_vec();
        // The test's own name: its thread's output belongs to it.
        let name = thread::current().name().unwrap_or("leak test").to_owned();
        let run = move || {
            let _ = thread_tx.send(kernel_name());
            let outcome = engines::run(
                &config,
                site,
                &atomic_sites,
                survey.as_ref(),
                &body,
                &shared,
            );
            drop(body);
            let _ = outcome_tx.send(outcome);
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "the one thread on which everything is controlled"
        )]
        let spawned = thread::Builder::new().name(name).spawn(run);
        spawned.unwrap_or_else(|error| panic!("no thread for the check: {error}"));
        Attempt {
            monitor,
            outcome,
            thread,
        }
    }

    fn watch(&self, stall: Duration) -> Watched {
        let mut still = Stillness::default();
        let kernel_name = self.thread.recv().ok().flatten();
        loop {
            match self.outcome.recv_timeout(TICK) {
                Ok(outcome) => return Watched::Finished(Box::new(outcome)),
                // The harness itself panicked on that thread; its message is printed.
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the check's own thread panicked: this is a bug in leak-harness")
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            let processor = kernel_name.as_deref().and_then(processor_time);
            still.look(self.monitor.beats(), processor);
            let suspended = self.monitor.suspensions();
            let idle = still.idle >= IDLE_STALL.min(stall) && !suspended.is_empty();
            if still.silent >= stall || idle {
                self.monitor.retire();
                return match self.monitor.take_verdict() {
                    Some((ending, trace)) => Watched::Finished(Box::new(given_up(ending, trace))),
                    None => Watched::Stalled(places(&suspended)),
                };
            }
        }
    }
}

/// The outcome of a check whose verdict is known, and whose teardown does not end.
fn given_up(ending: Ending, trace: Trace) -> Outcome {
    Outcome {
        runs: Vec::new(),
        out_of_time: false,
        opaque: None,
        result: Found::Failing {
            ending,
            trace: Box::new(trace),
        },
        examined: None,
        on_loom: None,
        suspended_at_panic: Vec::new(),
    }
}

/// Where tasks stand in the middle of a poll: at synchronous operations, if any does.
fn places(suspended: &[Suspension]) -> Vec<Site> {
    let synchronous = suspended.iter().any(|one| one.synchronous);
    let relevant = suspended
        .iter()
        .filter(|one| one.synchronous == synchronous);
    relevant.map(|one| one.site).collect()
}

/// For how long a thread has not moved.
#[derive(Default)]
struct Stillness {
    beats: u64,
    processor: Option<u64>,
    /// No step was taken.
    silent: Duration,
    /// No step was taken, and no processor time used.
    idle: Duration,
}

impl Stillness {
    fn look(&mut self, beats: u64, processor: Option<u64>) {
        let moved = beats != self.beats;
        let worked = processor.is_none() || processor != self.processor;
        self.silent = if moved {
            Duration::ZERO
        } else {
            self.silent + TICK
        };
        self.idle = if moved || worked {
            Duration::ZERO
        } else {
            self.idle + TICK
        };
        self.beats = beats;
        self.processor = processor;
    }
}

/// What the kernel calls this thread, where it tells: `PID/task/TID` under `/proc`.
fn kernel_name() -> Option<String> {
    let link = fs::read_link("/proc/thread-self").ok()?;
    Some(link.to_str()?.to_owned())
}

/// The processor time that a thread has used, in the kernel's ticks.
fn processor_time(kernel_name: &str) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{kernel_name}/stat")).ok()?;
    // After the command's name in parentheses, which may hold anything: state is the first field,
    // user and system time the 12th and 13th (proc(5)).
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}
