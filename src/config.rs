//! What can be set for a check, with total and deterministic defaults.
//!
//! Not here: where settings come from. `leak-test.toml` sets them in `settings`, the builder and the
//! attribute in `check`, and the environment overrides them in `env`.

use std::path::PathBuf;
use std::time::Duration;

use crate::trace::{InputToken, Token};

/// What decides which schedules are run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Engine {
    /// A few sampled schedules, then [`Engine::Systematic`], then what is left of the budget to
    /// samplers in turn, then [`Engine::Loom`] where the body fits it.
    #[default]
    Auto,
    /// Depth first through every order in which the tasks can interleave.
    Systematic,
    /// loom explores: every task is a loom thread. At most four spawned tasks.
    Loom,
    /// Schedules drawn at random from the seed.
    Random,
    /// Probabilistic concurrency testing: random priorities with few changes.
    Pct,
    /// Partial order sampling: of two steps that depend either one comes first about as often.
    Pos,
    /// A random walk in which tasks go as likely as they have much left to do.
    Urw,
    /// The body runs once on real tokio, as a plain `#[tokio::test]` would: nothing is controlled,
    /// and no leak is looked for.
    Tokio,
    /// Every order, without reduction: for testing the harness itself.
    #[doc(hidden)]
    BruteForce,
    /// The one schedule that `LEAK_TEST_REPLAY` names.
    #[doc(hidden)]
    Replay,
}

impl Engine {
    /// Every engine with the name that the attribute and the environment use.
    pub const NAMES: [(&'static str, Engine); 8] = [
        ("auto", Engine::Auto),
        ("systematic", Engine::Systematic),
        ("loom", Engine::Loom),
        ("random", Engine::Random),
        ("pct", Engine::Pct),
        ("pos", Engine::Pos),
        ("urw", Engine::Urw),
        ("tokio", Engine::Tokio),
    ];

    /// The name that the attribute and the environment use.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Auto => "auto",
            Engine::Systematic => "systematic",
            Engine::Loom => "loom",
            Engine::Random => "random",
            Engine::Pct => "pct",
            Engine::Pos => "pos",
            Engine::Urw => "urw",
            Engine::Tokio => "tokio",
            Engine::BruteForce => "brute force",
            Engine::Replay => "replay",
        }
    }
}

/// Which tasks share a thread in the modelled program, as tokio's runtimes do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Flavor {
    /// Every task may run while another is in the middle of a poll.
    #[default]
    MultiThread,
    /// Async tasks take turns: a poll is never interrupted by another async task.
    CurrentThread,
    /// As [`Flavor::CurrentThread`], and `spawn_local` works everywhere: tokio's `LocalRuntime`.
    Local,
}

/// What a test says of its runtime besides the flavor, as `#[tokio::test]` can.
#[derive(Clone, Copy, Debug, Default)]
pub struct TestRuntime {
    /// Its name, which `Handle::name` gives.
    pub name: Option<&'static str>,
    /// How many threads it has: for [`Engine::Tokio`], and for what `Handle::metrics` tells.
    pub worker_threads: Option<usize>,
    /// Whether what tokio forbids in the body of `#[tokio::test]` is forbidden: to block its thread,
    /// and to pause the clock of several threads.
    pub strict: bool,
    /// Whether its clock begins paused. Under control time is virtual in any case, and raced timers
    /// then fire only once things have settled.
    pub start_paused: bool,
}

impl Flavor {
    /// Every flavor with the name that the attribute and the environment use.
    pub(crate) const NAMES: [(&'static str, Flavor); 2] = [
        ("multi_thread", Flavor::MultiThread),
        ("current_thread", Flavor::CurrentThread),
    ];
}

/// Tasks that may live on after the body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Allow {
    /// Those of this name, spawned in this file, or written in this function.
    Either(String),
    /// Those to which everything applies that is given.
    All {
        /// Their name.
        name: Option<String>,
        /// The file they are spawned in, or the end of its path.
        file: Option<String>,
        /// The function they are written in, or the end of its path.
        function: Option<String>,
    },
}

/// Everything that can be set for a check.
#[derive(Clone, Debug)]
pub struct Config {
    /// The test's name, for messages.
    pub name: Option<String>,
    /// What decides which schedules are run.
    pub engine: Engine,
    /// Which tasks share a thread.
    pub flavor: Flavor,
    /// What else is said of the runtime.
    pub runtime: TestRuntime,
    /// The most schedules to run; by default each engine has its own budget, and [`Engine::Auto`]
    /// one for all, loom aside.
    pub schedules: Option<usize>,
    /// Whether not exploring everything is a failure.
    pub exhaustive: bool,
    /// What random choices are drawn from.
    pub seed: u64,
    /// Tasks that may live on.
    pub allow: Vec<Allow>,
    /// Tasks that are aborted at any moment.
    pub cancel_anywhere: Vec<Allow>,
    /// How many raced timers may fire before things have settled, per execution.
    pub early_timers: usize,
    /// Whether the body may panic once a timer has fired early: the test expects time to be enough.
    pub(crate) expects_time: bool,
    /// A wall-clock safety net over the whole check.
    pub max_duration: Option<Duration>,
    /// How long one step may keep the thread.
    pub stall: Duration,
    /// How the engines of [`Engine::Auto`] share the budget.
    pub(crate) shares: Shares,
    /// The one schedule to run.
    pub(crate) replay: Option<Token>,
    /// Whether failing schedules are kept, and run first, where it is known in which file.
    pub(crate) regressions: bool,
    /// The file in which they are kept.
    pub(crate) regressions_file: Option<PathBuf>,
    /// What that file has.
    pub(crate) kept: Vec<Token>,
    /// Where the crate's tasks that may live on are listed, for the message of a leak.
    pub(crate) allow_list: AllowList,
    /// The one input to run it with.
    pub(crate) replay_input: Option<InputToken>,
}

/// How the engines of [`Engine::Auto`] share the budget. `None` leaves it to them.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(
    not(feature = "loom"),
    expect(dead_code, reason = "there is no loom to share with")
)]
pub(crate) struct Shares {
    /// Schedules of the search before more are sampled than a few.
    pub(crate) first_search: Option<u64>,
    /// Schedules of loom, where weak memory can matter.
    pub(crate) loom: Option<u64>,
    /// Schedules of loom where it only confirms what is known.
    pub(crate) confirm: Option<u64>,
}

/// Where a user would allow a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AllowList {
    /// In the attribute; the crate has no `leak-test.toml`.
    #[default]
    Attribute,
    /// In the attribute, or in the crate's `leak-test.toml`.
    Both,
    /// In `leak-test.toml` alone: tokio's attribute has no such option.
    File,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            name: None,
            engine: Engine::Auto,
            flavor: Flavor::MultiThread,
            runtime: TestRuntime::default(),
            schedules: None,
            exhaustive: false,
            seed: 0,
            allow: Vec::new(),
            cancel_anywhere: Vec::new(),
            early_timers: 2,
            expects_time: false,
            max_duration: None,
            stall: Duration::from_secs(10),
            shares: Shares::default(),
            replay: None,
            regressions: true,
            regressions_file: None,
            kept: Vec::new(),
            allow_list: AllowList::Attribute,
            replay_input: None,
        }
    }
}
