//! Each check runs on another OS thread, while this one watches whether it moves.
//!
//! A lock that the mirror cannot see, held across a switch point, blocks that thread although the
//! code is correct. Then the synchronous operations at which tasks stood become *atomic*: nothing
//! is switched before them from now on, in this process, and the check starts over. It does so too
//! when a dependency turns out to need a runtime of real tokio.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::engines;
use super::real;
use super::thread::{CheckThread, PATIENCE, processor_time, soon};
use super::verdict;
use super::work::{Job, Outcome};
use crate::config::Engine;
use crate::executor::guest::Invitation;
use crate::executor::monitor::{Monitor, Suspension};
use crate::mirror::tokio::guest::real_tokio;
use crate::outcome::{Coverage, Failure};
use crate::trace::Site;

/// Sites that were found to be atomic, for the whole process: found once, paid once.
static ATOMIC_SITES: Mutex<Vec<Site>> = Mutex::new(Vec::new());

/// How often the watch looks.
const TICK: Duration = Duration::from_millis(100);
/// How long a thread that uses no processor may stand still while a task is in the middle of a
/// poll.
const IDLE_STALL: Duration = Duration::from_secs(1);
/// How often a check may start over.
const RESTARTS: usize = 32;

/// What a job came to.
pub(super) enum Supervised {
    /// With the places before which nothing was switched.
    Finished(Box<Outcome>, Vec<Site>),
    /// The thread does not move.
    Stalled(Vec<Site>),
}

/// Runs a check to its verdict.
pub(super) fn supervise(job: &Job) -> Result<Coverage, Failure> {
    match run(job) {
        Supervised::Finished(outcome, atomic_sites) => {
            verdict::judge(&job.config, *outcome, &atomic_sites)
        }
        Supervised::Stalled(atomic_sites) => Err(verdict::stall(&job.config, &atomic_sites)),
    }
}

/// Runs a job to its end, or for as long as it moves.
pub(super) fn run(job: &Job) -> Supervised {
    if job.config.engine == Engine::Tokio && job.config.replay.is_none() {
        return Supervised::Finished(Box::new(real::run(job)), Vec::new());
    }
    let mut guest = None;
    for _ in 0..RESTARTS {
        let atomic_sites = atomic_sites();
        let thread = CheckThread::take();
        let attempt = Attempt::start(&thread, job, &atomic_sites, guest.clone());
        let outcome = match attempt.watch(&thread, job.config.stall) {
            Watched::Finished(outcome) => outcome,
            Watched::Stalled(sites) if learn(&sites) => continue,
            Watched::Stalled(_) => return Supervised::Stalled(atomic_sites),
        };
        if !outcome.spent {
            thread.keep();
        }
        // Whatever the verdict: tasks that share what the harness cannot see mislead the search.
        if learn(&outcome.suspended_at_panic) {
            continue;
        }
        if let (None, Some(site)) = (&guest, &outcome.misses_guest) {
            guest = Some(Invitation {
                make: real_tokio,
                site: site.clone(),
            });
            continue;
        }
        return Supervised::Finished(outcome, atomic_sites);
    }
    Supervised::Stalled(atomic_sites())
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

/// A job that runs on a thread of its own.
struct Attempt {
    monitor: Arc<Monitor>,
    outcome: Receiver<Outcome>,
}

enum Watched {
    Finished(Box<Outcome>),
    /// It does not move, and is left alone; the sites where tasks stand in the middle of a poll.
    Stalled(Vec<Site>),
}

impl Attempt {
    fn start(
        thread: &CheckThread,
        job: &Job,
        atomic_sites: &[Site],
        guest: Option<Invitation>,
    ) -> Attempt {
        let monitor = Arc::new(Monitor::default());
        // With room for more, it would be made for dozens of outcomes, which are large.
        let (sender, outcome) = mpsc::sync_channel(1);
        let (job, shared) = (job.clone(), Arc::clone(&monitor));
        let atomic_sites = atomic_sites.to_vec();
        thread.run(move |kept| {
            let outcome = engines::run(&job, &atomic_sites, guest, &shared, kept);
            // What the body holds is gone before anybody learns of the outcome.
            drop(job);
            let spent = outcome.spent;
            let _ = sender.send(outcome);
            spent
        });
        Attempt { monitor, outcome }
    }

    fn watch(&self, thread: &CheckThread, stall: Duration) -> Watched {
        if let Ok(outcome) = soon(PATIENCE, || self.outcome.try_recv()) {
            return Watched::Finished(Box::new(outcome));
        }
        let mut still = Stillness::default();
        loop {
            match self.outcome.recv_timeout(TICK) {
                Ok(outcome) => return Watched::Finished(Box::new(outcome)),
                // The harness itself panicked on that thread; its message is printed.
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the check's own thread panicked: this is a bug in leak-harness")
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if !self.monitor.is_inside() {
                still = Stillness::default();
                continue;
            }
            let processor = thread.kernel_name().and_then(processor_time);
            still.look(self.monitor.beats(), processor);
            let suspended = self.monitor.suspensions();
            let idle = still.idle >= IDLE_STALL.min(stall) && !suspended.is_empty();
            if still.silent >= stall || idle {
                self.monitor.retire();
                return match self.monitor.take_verdict() {
                    Some((ending, trace)) => {
                        Watched::Finished(Box::new(Outcome::given_up(ending, trace)))
                    }
                    None => Watched::Stalled(places(&suspended)),
                };
            }
        }
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
