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
use crate::executor::Body;
use crate::executor::monitor::Monitor;
use crate::executor::panics::explained_by_switch;
use crate::explore::Found;
use crate::outcome::{Coverage, Failure};
use crate::trace::{Ending, Site};

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
pub(super) fn supervise(config: Config, site: Site, body: Body) -> Result<Coverage, Failure> {
    let config = Arc::new(config);
    for _ in 0..RESTARTS {
        let atomic_sites = atomic_sites();
        let attempt = Attempt::start(&config, site, &atomic_sites, &body);
        let outcome = match attempt.watch(config.stall) {
            Watched::Finished(outcome) => *outcome,
            Watched::Stalled(sites) if !sites.is_empty() => {
                learn(&sites);
                continue;
            }
            Watched::Stalled(_) => return Err(verdict::stall(&config, &atomic_sites)),
        };
        if explained(&outcome) {
            learn(&outcome.suspended_at_panic);
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

fn learn(sites: &[Site]) {
    let mut known = ATOMIC_SITES.lock().unwrap_or_else(PoisonError::into_inner);
    for site in sites {
        if !known.contains(site) {
            known.push(*site);
        }
    }
}

/// Whether a panic can only come from a switch in the middle of a poll.
fn explained(outcome: &Outcome) -> bool {
    let Found::Failing {
        ending: Ending::Panicked(note),
        ..
    } = &outcome.result
    else {
        return false;
    };
    !outcome.suspended_at_panic.is_empty() && explained_by_switch(&note.message)
}

/// A check that runs on its own thread.
struct Attempt {
    monitor: Arc<Monitor>,
    outcome: Receiver<Outcome>,
    thread: Receiver<Option<String>>,
}

enum Watched {
    Finished(Box<Outcome>),
    /// It does not move; the sites where tasks stand in the middle of a poll.
    Stalled(Vec<Site>),
}

impl Attempt {
    fn start(config: &Arc<Config>, site: Site, atomic_sites: &[Site], body: &Body) -> Attempt {
        let monitor = Arc::new(Monitor::default());
        let (outcome_tx, outcome) = mpsc::channel();
        let (thread_tx, thread) = mpsc::channel();
        let (config, shared, body) = (Arc::clone(config), Arc::clone(&monitor), Arc::clone(body));
        let atomic_sites = atomic_sites.to_vec();
        // The test's own name: its thread's output belongs to it.
        let name = thread::current().name().unwrap_or("leak test").to_owned();
        let run = move || {
            let _ = thread_tx.send(kernel_name());
            let outcome = engines::run(&config, site, &atomic_sites, &body, &shared);
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
                let synchronous: Vec<Site> = suspended
                    .iter()
                    .filter(|one| one.synchronous)
                    .map(|one| one.site)
                    .collect();
                let all = suspended.iter().map(|one| one.site);
                let sites = if synchronous.is_empty() {
                    all.collect()
                } else {
                    synchronous
                };
                let known = atomic_sites();
                let new = sites
                    .into_iter()
                    .filter(|site| !known.contains(site))
                    .collect();
                return Watched::Stalled(new);
            }
        }
    }
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
