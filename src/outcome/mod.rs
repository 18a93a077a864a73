//! What a check came to: plain data, for people and tools.
//!
//! Not here: why a task is stuck (`diagnose`) and how it is told (`report`).

mod cause;
mod input;

use std::fmt;

pub use self::cause::{Cause, CycleStep, Endless, HandleKind, HeldBy, Holder};
pub use self::input::Argument;
pub(crate) use self::input::{Cases, Input};
use crate::config::{AllowList, Engine};
use crate::trace::{
    Chain, Frame, ObjectKind, Opaque, Operation, PanicNote, Schedule, Site, Stuck, StuckState,
    TaskId, Token, Trace, Waiting,
};

/// What kind of failure a check found.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum FailureKind {
    /// The body ended, and a task stays parked for ever.
    Leak,
    /// The body itself stays parked for ever.
    Deadlock,
    /// A task runs on without end and without getting anywhere.
    Loop,
    /// A step never gave the thread back.
    Stall,
    /// The body panicked, or a task did and nobody looked.
    Panic,
    /// Two runs of one schedule differ.
    Nondeterminism,
    /// Everything that was explored is clean, but not everything was explored, as `exhaustive`
    /// asks.
    NotExhaustive,
    /// The body did something that the harness cannot control.
    Unsupported,
    /// `LEAK_TEST_REPLAY` names a schedule that the body does not have (any more).
    Replay,
    /// The configuration cannot be used.
    Config,
}

impl FailureKind {
    /// The name that messages use.
    pub fn name(self) -> &'static str {
        match self {
            FailureKind::Leak => "leak",
            FailureKind::Deadlock => "deadlock",
            FailureKind::Loop => "leak: loop",
            FailureKind::Stall => "stall",
            FailureKind::Panic => "panic",
            FailureKind::Nondeterminism => "nondeterminism",
            FailureKind::NotExhaustive => "not exhaustive",
            FailureKind::Unsupported => "unsupported",
            FailureKind::Replay => "replay",
            FailureKind::Config => "configuration",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How much one engine explored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct EngineRun {
    pub(crate) engine: Engine,
    pub(crate) schedules: u64,
    /// Those of them that differ from each other; the others probed, or ran one again.
    pub(crate) classes: u64,
    /// Executions that were started and found to repeat an order.
    pub(crate) redundant: u64,
    pub(crate) exhaustive: bool,
}

/// How much was explored.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Coverage {
    pub(crate) runs: Vec<EngineRun>,
    /// Synchronous operations before which nothing was switched.
    pub(crate) atomic_sites: Vec<Site>,
    /// Whether the wall-clock safety net cut the exploration.
    pub(crate) out_of_time: bool,
    /// Whether something takes part that the mirror does not know.
    pub(crate) opaque: Option<Opaque>,
    /// The cases of a property.
    pub(crate) cases: Option<Cases>,
    /// Where a dependency used real tokio, so that executions had a runtime of it.
    pub(crate) guest: Option<String>,
}

impl Coverage {
    /// The number of schedules that were run.
    pub fn schedules(&self) -> u64 {
        self.runs.iter().map(|run| run.schedules).sum()
    }

    /// How many of the schedules differ from each other, as far as the systematic engine knows; the
    /// others ran one again, or taught it something that made it start over.
    #[doc(hidden)]
    pub fn classes(&self) -> u64 {
        self.runs.iter().map(|run| run.classes).sum()
    }

    /// Executions that were started and found to repeat an order; not among the schedules.
    pub fn redundant(&self) -> u64 {
        self.runs.iter().map(|run| run.redundant).sum()
    }

    /// Whether an engine ran every schedule that can differ; of a property, in every case.
    pub fn exhaustive(&self) -> bool {
        match self.cases {
            Some(cases) => cases.run > 0 && cases.exhaustive == cases.run,
            None => self.runs.iter().any(|run| run.exhaustive),
        }
    }

    /// The number of inputs that a property was checked for; 1 without inputs.
    pub fn cases(&self) -> u64 {
        self.cases.map_or(1, |cases| cases.run)
    }

    /// In how many cases every schedule that can differ was run.
    pub fn exhaustive_cases(&self) -> u64 {
        match self.cases {
            Some(cases) => cases.exhaustive,
            None => u64::from(self.exhaustive()),
        }
    }

    /// Adds what engines did in one case of a property.
    #[cfg(feature = "proptest")]
    pub(crate) fn add(&mut self, runs: &[EngineRun]) {
        for run in runs {
            let known = self.runs.iter_mut().find(|it| it.engine == run.engine);
            match known {
                Some(known) => {
                    known.schedules += run.schedules;
                    known.classes += run.classes;
                    known.redundant += run.redundant;
                }
                // Whether it was exhaustive is counted by case.
                None => self.runs.push(EngineRun {
                    exhaustive: false,
                    ..*run
                }),
            }
        }
    }

    /// Whether the body ran on real tokio, where nothing is explored.
    pub(crate) fn on_tokio(&self) -> bool {
        self.runs.iter().any(|run| run.engine == Engine::Tokio)
    }

    /// Where a task was spawned that was woken by something that the mirror does not know, or that
    /// converted something of the mirror's into real tokio's, or back: then every order is explored,
    /// whether it can differ or not.
    pub fn opaque_task(&self) -> Option<Site> {
        self.opaque.map(|opaque| opaque.spawned_at)
    }

    /// Where something of the mirror's was converted into real tokio's, or back: the first such
    /// place. What is done to it through real tokio is not seen, so every order is explored.
    pub fn shared_with_real_tokio(&self) -> Option<Site> {
        self.opaque?.shared.map(|shared| shared.at)
    }

    /// Where a dependency that does not know the mirror used real tokio: the first such place. Its
    /// tasks and timers ran on a paused runtime of real tokio, which was driven as one task; the
    /// orders among them were not explored.
    pub fn real_tokio(&self) -> Option<&str> {
        self.guest.as_deref()
    }

    /// Synchronous operations before which no task was switched, because a lock that the harness
    /// cannot see was held there.
    pub fn atomic_sites(&self) -> &[Site] {
        &self.atomic_sites
    }
}

/// What a stuck task waits on, in short.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct WaitsOn {
    /// What it wants to do.
    pub operation: Operation,
    /// To which kind of object; none for operations on no object, such as `yield_now`.
    pub object: Option<ObjectKind>,
}

/// A task that never ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StuckTask {
    pub(crate) stuck: Stuck,
    /// For each of its waits, as far as one is known.
    pub(crate) causes: Vec<Option<Cause>>,
    pub(crate) follows: Option<TaskId>,
    /// For each of its waits, how it came there, as far as that is known.
    pub(crate) chains: Vec<Vec<Frame>>,
}

impl StuckTask {
    /// The name it was given with `task::Builder`, if it was.
    pub fn name(&self) -> Option<&str> {
        self.stuck.name.as_deref()
    }

    /// Whether it is the test's body.
    pub fn is_body(&self) -> bool {
        self.stuck.task == TaskId::BODY
    }

    /// Where it was spawned; for the body, where the check was called.
    pub fn spawned_at(&self) -> Site {
        self.stuck.spawned_at
    }

    /// What it waits on: the first wait of its await. For a loop, an operation that it repeats.
    /// None where the mirror does not know what it waits on.
    pub fn waits_on(&self) -> Option<WaitsOn> {
        let wait = self.stuck.waits.first()?;
        Some(WaitsOn {
            operation: wait.operation,
            object: wait.kind,
        })
    }

    /// Where it waits.
    pub fn awaited_at(&self) -> Option<Site> {
        self.stuck.waits.first().map(|wait| wait.awaited_at)
    }

    /// Where the object that it waits on was created.
    pub fn created_at(&self) -> Option<Site> {
        self.stuck.waits.first().and_then(|wait| wait.created_at)
    }

    /// Everything it waits on: more than one inside `select!`, `join!` and the like.
    pub fn waits(&self) -> &[Waiting] {
        &self.stuck.waits
    }

    /// The functions in which its first wait is, the innermost first: see
    /// [`chain_of`](StuckTask::chain_of).
    pub fn chain(&self) -> &[Frame] {
        self.chain_of(0)
    }

    /// The functions in which one of its [`waits`](StuckTask::waits) is, by the index of that: the
    /// one that waits first, then that which awaits or calls it, and so on outwards. Only functions
    /// of the test's own packages are among them.
    ///
    /// Empty where it is not known: without debug information, of a failure that only loom can
    /// show, and of all but the first few of many stuck tasks.
    pub fn chain_of(&self, wait: usize) -> &[Frame] {
        self.chains.get(wait).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn note_chains(&mut self, chains: &[Chain]) {
        let task = self.id();
        let of = |wait: &Waiting| {
            let mut chains = chains.iter();
            let chain = chains.find(|chain| {
                let place = (chain.task, chain.operation, chain.site);
                place == (task, wait.operation, wait.awaited_at)
            });
            chain.map_or_else(Vec::new, |chain| chain.frames.clone())
        };
        self.chains = self.stuck.waits.iter().map(of).collect();
    }

    /// Why it waits for ever, where that is known: of the wait whose cause says most.
    pub fn cause(&self) -> Option<&Cause> {
        self.causes.iter().flatten().next()
    }

    /// Who has the other end of what it waits for: senders, receivers, permits.
    pub fn holders(&self) -> &[Holder] {
        match self.cause() {
            Some(
                Cause::NoSenderWillSend {
                    senders: holders, ..
                }
                | Cause::AnswerNeverReceived {
                    senders: holders, ..
                }
                | Cause::NeverClosed { receivers: holders }
                | Cause::PermitsHeld { holders }
                | Cause::NoReceiverWillReceive {
                    receivers: holders, ..
                },
            ) => holders,
            _ => &[],
        }
    }

    /// The stuck task that it waits for, if it is stuck only because of that one.
    pub fn follows(&self) -> Option<TaskId> {
        self.follows
    }

    /// Its name in this check.
    pub fn id(&self) -> TaskId {
        self.stuck.task
    }

    /// In which way it is stuck.
    pub fn state(&self) -> StuckState {
        self.stuck.state
    }
}

/// Why a check failed.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure(Box<FailureParts>);

/// The parts of a [`Failure`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FailureParts {
    pub(crate) kind: FailureKind,
    pub(crate) test: Option<String>,
    pub(crate) stuck: Vec<StuckTask>,
    pub(crate) panic: Option<PanicNote>,
    /// What happened, where the kind and the tasks do not say it all.
    pub(crate) detail: Option<String>,
    /// Where in the user's code it happened, if it was at one place.
    pub(crate) place: Option<String>,
    pub(crate) trace: Trace,
    pub(crate) coverage: Coverage,
    /// What runs the same schedule again.
    pub(crate) token: Option<Token>,
    /// Where the crate's tasks that may live on are listed.
    pub(crate) allow_list: AllowList,
    /// What became of its schedule: whether it was kept.
    pub(crate) note: Option<String>,
    /// The input of the body, if it has one.
    pub(crate) input: Option<Input>,
}

impl Failure {
    pub(crate) fn new(parts: FailureParts) -> Failure {
        Failure(Box::new(parts))
    }

    /// The same failure, with the input that shows it.
    #[cfg(feature = "proptest")]
    pub(crate) fn of_input(mut self, input: Input, coverage: Option<Coverage>) -> Failure {
        self.0.input = Some(input);
        if let Some(coverage) = coverage {
            self.0.coverage = coverage;
        }
        self
    }

    pub(crate) fn parts(&self) -> &FailureParts {
        &self.0
    }

    /// Adds a last word.
    pub(crate) fn note(&mut self, note: String) {
        self.0.note = Some(note);
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> FailureKind {
        self.0.kind
    }

    /// The tasks that never end: those that others wait for first.
    pub fn stuck(&self) -> &[StuckTask] {
        &self.0.stuck
    }

    /// The panic, if that is the failure.
    pub fn panic(&self) -> Option<&PanicNote> {
        self.0.panic.as_ref()
    }

    /// The schedule that shows it.
    pub fn schedule(&self) -> &Schedule {
        &self.0.trace.schedule
    }

    /// A short text that names the schedule, and of a property the input as well:
    /// `LEAK_TEST_REPLAY=<token>` makes a check run that one alone. None where a schedule alone does
    /// not show the failure.
    pub fn token(&self) -> Option<String> {
        let schedule = self.0.token.as_ref()?;
        let input = self.0.input.as_ref();
        let input = input.map_or_else(String::new, |input| input.token.to_string());
        Some(format!("{schedule}{input}"))
    }

    /// The arguments with which the body of a property fails: the smallest that were found. Empty
    /// for a body without any.
    pub fn input(&self) -> &[Argument] {
        let input = self.0.input.as_ref();
        input.map_or(&[], |input| &input.arguments)
    }

    /// What happened in that schedule.
    pub fn trace(&self) -> &Trace {
        &self.0.trace
    }

    /// How much was explored until then.
    pub fn coverage(&self) -> &Coverage {
        &self.0.coverage
    }
}

impl std::error::Error for Failure {}
