//! Sets up a check and runs it: the programmatic face.
//!
//! Not here: what the attributes begin with (`attribute`) and how their tests end (`end`), what a
//! body may return (`output`), and what can be set (`config`).

use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::end;
use super::output::TestOutput;
use super::supervise::supervise;
use super::verdict::{config_failure, misfit};
use super::work::{Job, Work};
use crate::config::{Allow, AllowList, Config, Engine, Flavor};
use crate::executor::{Body, Survey};
#[cfg(doc)]
use crate::outcome::FailureKind;
use crate::outcome::{Coverage, Failure};
use crate::report::messages;
use crate::settings::CrateSettings;
use crate::trace::{Ending, Site, Trace};
use crate::{env, regressions, settings};

/// Sets up a check and runs it: what `#[leak_test]` expands to, for tools and property tests.
///
/// ```
/// use leak_harness::{Builder, FailureKind, sync::mpsc};
///
/// let failure = Builder::new()
///     .check(|| async {
///         let (tx, mut rx) = mpsc::channel::<u32>(1);
///         let keep = tx.clone();
///         let worker = leak_harness::spawn(async move { while rx.recv().await.is_some() {} });
///         drop(tx);
///         worker.await.unwrap(); // never: `keep` holds the channel open
///         drop(keep);
///     })
///     .unwrap_err();
/// assert_eq!(failure.kind(), FailureKind::Deadlock);
/// ```
#[derive(Clone)]
pub struct Builder {
    config: Config,
    site: Site,
    survey: Option<Survey>,
    /// A token: the one schedule to run.
    replay: Option<String>,
    /// Why `leak-test.toml` cannot be used.
    unusable: Option<String>,
    /// Whether the test passes only if a task is found that never ends.
    pub(super) should_leak: bool,
    /// Whether the test runner is told that the test panics.
    pub(super) fails_on_purpose: bool,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Default for Builder {
    #[track_caller]
    fn default() -> Builder {
        Builder::new()
    }
}

impl Builder {
    /// A check with the defaults: engine `auto`, flavor `multi_thread`.
    ///
    /// The crate's `leak-test.toml` is for its attributes; see [`Builder::from_file`].
    #[track_caller]
    pub fn new() -> Builder {
        Builder {
            config: Config::default(),
            site: Site::caller(),
            survey: None,
            replay: None,
            unusable: None,
            should_leak: false,
            fails_on_purpose: false,
        }
    }

    /// A check with what a `leak-test.toml` sets, as `#[leak_test]` begins with that of its crate.
    ///
    /// ```no_run
    /// use leak_harness::Builder;
    ///
    /// let builder = Builder::from_file(concat!(env!("CARGO_MANIFEST_DIR"), "/leak-test.toml"));
    /// builder.schedules(50).run(|| async {});
    /// ```
    ///
    /// A file that cannot be used fails the check, with the kind [`FailureKind::Config`].
    #[track_caller]
    pub fn from_file(path: impl AsRef<Path>) -> Builder {
        let file = settings::of_file(path.as_ref());
        Builder::new().settled_by(&file, AllowList::Both)
    }

    /// Everything that a `leak-test.toml` sets, over what was set before.
    pub(super) fn settled_by(
        mut self,
        file: &Result<CrateSettings, String>,
        allow_list: AllowList,
    ) -> Builder {
        match file {
            Ok(settings) => {
                self.config = Config {
                    name: self.config.name,
                    allow_list: match allow_list {
                        AllowList::Both if !settings.exists => AllowList::Attribute,
                        allow_list => allow_list,
                    },
                    ..settings.config.clone()
                };
            }
            Err(problem) => self.unusable = Some(problem.clone()),
        }
        self
    }

    /// Names the test, for messages.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Builder {
        self.config.name = Some(name.into());
        self
    }

    /// What decides which schedules are run.
    #[must_use]
    pub fn engine(mut self, engine: Engine) -> Builder {
        self.config.engine = engine;
        self
    }

    /// Which tasks share a thread.
    #[must_use]
    pub fn flavor(mut self, flavor: Flavor) -> Builder {
        self.config.flavor = flavor;
        self
    }

    /// Names the runtime: `Handle::name`.
    #[must_use]
    pub fn runtime_name(mut self, name: &'static str) -> Builder {
        self.config.runtime.name = Some(name);
        self
    }

    /// How many threads the runtime of [`Engine::Tokio`] has, with the flavor
    /// [`Flavor::MultiThread`], and `Handle::metrics` tells. All other engines explore every order,
    /// whatever the number.
    #[must_use]
    pub fn worker_threads(mut self, threads: usize) -> Builder {
        self.config.runtime.worker_threads = Some(threads);
        self
    }

    /// Whether what tokio forbids in the body of `#[tokio::test]` is forbidden, as that sets it: to
    /// block its thread (`blocking_recv`, `Runtime::block_on`…), as tasks must not, and to pause the
    /// clock of several threads. Off by default. Real tokio always forbids it.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Builder {
        self.config.runtime.strict = strict;
        self
    }

    /// Whether the clock begins paused; with a flavor of one thread. Under control time is virtual in
    /// any case, and then no raced timer fires before things have settled.
    #[must_use]
    pub fn start_paused(mut self, paused: bool) -> Builder {
        self.config.runtime.start_paused = paused;
        self
    }

    /// The most schedules that are run: of [`Engine::Auto`], by all its engines together, and as
    /// many again by loom where atomics are used; of a property, in all of its cases.
    #[must_use]
    pub fn schedules(mut self, schedules: usize) -> Builder {
        self.config.schedules = Some(schedules);
        self
    }

    /// Whether it is a failure not to run every schedule that can differ.
    #[must_use]
    pub fn exhaustive(mut self, exhaustive: bool) -> Builder {
        self.config.exhaustive = exhaustive;
        self
    }

    /// What random choices are drawn from.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Builder {
        self.config.seed = seed;
        self
    }

    /// Lets tasks live on after the body: those with this name, spawned in this file, or written
    /// in this function. May be called repeatedly.
    #[must_use]
    pub fn allow(mut self, task: impl Into<String>) -> Builder {
        self.config.allow.push(Allow::Either(task.into()));
        self
    }

    /// Aborts tasks at any moment, once each: those with this name, spawned in this file, or written
    /// in this function. Every moment is a schedule of its own: before the task begins, at each of
    /// its awaits, whether what it waits for has come or not, and when it has ended. May be called
    /// repeatedly.
    ///
    /// This shows what happens to others when a task goes that they count on. A leak of the aborted
    /// task itself does not show: check it without as well.
    ///
    /// ```
    /// use leak_harness::{Builder, FailureKind, spawn, sync::{mpsc, oneshot}};
    ///
    /// // A task that takes a job, and puts its result where the owner waits for it.
    /// async fn worker(mut jobs: mpsc::Receiver<u32>, result: oneshot::Sender<u32>) {
    ///     let job = jobs.recv().await.unwrap_or(0);
    ///     result.send(2 * job).ok();
    /// }
    ///
    /// let failure = Builder::new()
    ///     .cancel_anywhere("worker")
    ///     .check(|| async {
    ///         let (jobs, inbox) = mpsc::channel(1);
    ///         let (result, answer) = oneshot::channel();
    ///         spawn(worker(inbox, result));
    ///         jobs.send(21).await.ok();
    ///         assert_eq!(answer.await, Ok(42)); // not if the worker is aborted
    ///     })
    ///     .unwrap_err();
    /// assert_eq!(failure.kind(), FailureKind::Panic);
    /// ```
    #[must_use]
    pub fn cancel_anywhere(mut self, task: impl Into<String>) -> Builder {
        self.config.cancel_anywhere.push(Allow::Either(task.into()));
        self
    }

    /// How many timers that are raced against something else may fire before things have settled,
    /// in each execution. 2 by default.
    #[must_use]
    pub fn early_timers(mut self, timers: usize) -> Builder {
        self.config.early_timers = timers;
        self
    }

    /// An execution in which a timer fired early and the body panicked is no failure: the test says
    /// that it expects to be in time.
    pub(super) fn expects_time(mut self) -> Builder {
        self.config.expects_time = true;
        self
    }

    /// A safety net: stops exploring after this long, between two executions. Which schedules were
    /// run then depends on the machine; the coverage says so.
    #[must_use]
    pub fn max_duration(mut self, duration: Duration) -> Builder {
        self.config.max_duration = Some(duration);
        self
    }

    /// How long one step may keep the thread. 10 seconds by default.
    ///
    /// A task that never gives the thread back cannot be interrupted: the check fails with
    /// [`FailureKind::Stall`], and leaves it running.
    #[must_use]
    pub fn stall(mut self, limit: Duration) -> Builder {
        self.config.stall = limit;
        self
    }

    /// Runs one schedule alone: the one that a failure's [`token`](Failure::token) names, as the
    /// environment variable `LEAK_TEST_REPLAY` does for all tests.
    ///
    /// A token that is not one is a failure of the kind [`FailureKind::Config`], and one that does
    /// not fit the body (any more) is one of the kind [`FailureKind::Replay`].
    #[must_use]
    pub fn replay(mut self, token: impl Into<String>) -> Builder {
        self.replay = Some(token.into());
        self
    }

    /// Keeps each failing schedule in this file, and runs those in it first: what `#[leak_test]`
    /// does with `leak-regressions/<test path>.txt` beside its crate's `Cargo.toml`.
    ///
    /// The file is made when the first schedule fails. A schedule that fits the body no more is
    /// passed over. If the file cannot be written, the failure's report says so.
    #[must_use]
    pub fn regressions(mut self, file: impl Into<PathBuf>) -> Builder {
        self.config.regressions_file = Some(file.into());
        self
    }

    /// Keeps no failing schedules, and runs none that was kept.
    #[must_use]
    pub fn without_regressions(mut self) -> Builder {
        self.config.regressions_file = None;
        self
    }

    /// What `#[leak_test(should_leak)]` sets: its test passes only if a task is found that never
    /// ends, and keeps nothing.
    #[doc(hidden)]
    #[must_use]
    pub fn should_leak(mut self, should_leak: bool) -> Builder {
        self.should_leak = should_leak;
        self.without_regressions()
    }

    /// What an attribute beside `#[should_panic]` sets: its test keeps nothing of its failure, and
    /// leaves nothing behind.
    #[doc(hidden)]
    #[must_use]
    pub fn fails_on_purpose(mut self) -> Builder {
        self.fails_on_purpose = true;
        self.without_regressions()
    }

    /// Calls `survey` with the ending of every execution, and goes on whatever it is: for testing
    /// the harness itself.
    #[doc(hidden)]
    #[must_use]
    pub fn survey(mut self, survey: impl Fn(&Ending, &Trace) + Send + Sync + 'static) -> Builder {
        self.survey = Some(Arc::new(survey));
        self
    }

    /// Runs the body in every schedule that the engine chooses.
    ///
    /// The check runs on an OS thread of its own while this one waits, so it may be called from
    /// anywhere, a tokio runtime included.
    ///
    /// # Errors
    ///
    /// The first failure that was found: see [`FailureKind`].
    pub fn check<F, Fut>(&self, body: F) -> Result<Coverage, Failure>
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future + 'static,
        Fut::Output: TestOutput,
    {
        let mut config = self.effective_config()?;
        if config.replay_input.is_some() {
            return Err(misfit(&config, messages::token_with_input()));
        }
        let regressions = config.regressions_file.clone();
        let regressions = regressions.filter(|_| config.regressions && config.replay.is_none());
        if let Some(file) = &regressions {
            let kept = regressions::read(file);
            config.kept = kept.map_err(|problem| config_failure(&self.config, problem))?;
        }
        let config = Arc::new(config);
        let body: Body = Arc::new(move || {
            let future = body();
            Box::pin(async move { future.await.into_result() })
        });
        let checked = supervise(&Job {
            config: Arc::clone(&config),
            site: self.site,
            survey: self.survey.clone(),
            body,
            work: Work::Check,
        });
        checked.map_err(|mut failure| {
            if let Some(file) = &regressions {
                regressions::keep(file, &config.kept, &mut failure);
            }
            failure
        })
    }

    /// What is set, with the token that is to be run again and the environment's word on it.
    pub(super) fn effective_config(&self) -> Result<Config, Failure> {
        let mut config = self.config.clone();
        let unusable = |message: String| config_failure(&self.config, message);
        if let Some(problem) = &self.unusable {
            return Err(unusable(problem.clone()));
        }
        if let Some(text) = &self.replay {
            let token =
                env::token(text).map_err(|why| unusable(format!("replay({text:?}): {why}")));
            let (token, input) = token?;
            config.replay = Some(token);
            config.replay_input = input;
        }
        env::apply(&mut config).map_err(unusable)?;
        if self.should_leak && config.engine == Engine::Tokio {
            return Err(unusable(messages::leaks_not_looked_for()));
        }
        Ok(config)
    }

    #[cfg(feature = "proptest")]
    pub(super) fn site(&self) -> Site {
        self.site
    }

    /// The test's name, if it has one.
    pub(super) fn test(&self) -> Option<&str> {
        self.config.name.as_deref()
    }

    /// Whether it is one that keeps what failed.
    #[cfg(feature = "proptest")]
    pub(super) fn keeps_failures(&self) -> bool {
        self.config.regressions_file.is_some()
    }

    #[cfg(feature = "proptest")]
    pub(super) fn survey_of_all(&self) -> Option<Survey> {
        self.survey.clone()
    }

    /// Runs the check, and panics with the report if it fails.
    ///
    /// # Panics
    ///
    /// Panics if the check fails.
    #[track_caller]
    pub fn run<F, Fut>(&self, body: F)
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future + 'static,
        Fut::Output: TestOutput,
    {
        if let Err(failure) = self.check(body) {
            end::fail(&failure.to_string(), "");
        }
    }
}

/// Runs the body with the defaults: see [`Builder::check`].
///
/// # Errors
///
/// The first failure that was found.
#[track_caller]
pub fn check<F, Fut>(body: F) -> Result<Coverage, Failure>
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future + 'static,
    Fut::Output: TestOutput,
{
    Builder::new().check(body)
}
