//! A failure for machines: all that the text says, as JSON. `docs/report.schema.json` has the
//! format; what changes there changes [`SCHEMA`].
//!
//! Not here: who writes it to a file (`check`), and the sentences in it (`messages`).

mod cause;
mod place;

use std::borrow::Cow;

use serde::Serialize;
use serde_json_core::ser::Error;

use self::cause::Explained;
use self::place::{Frame, Place};
use super::ansi::plain;
use super::messages;
use super::{ladder, stuck};
use crate::config::AllowList;
use crate::outcome::{self, Failure, FailureKind, StuckTask};
use crate::trace::{Effect, ObjectId, PanicNote, StuckState, TaskId, Trace};

/// The version of the format.
const SCHEMA: u32 = 1;

impl Failure {
    /// The report as JSON: all that its text says, and every step of the schedule.
    ///
    /// Its format is described in `docs/report.md` of the project, and by a JSON schema beside it.
    ///
    /// ```
    /// let failure = leak_harness::check(|| std::future::pending::<()>()).unwrap_err();
    /// assert!(failure.to_json().contains(r#""verdict":"deadlock""#));
    /// ```
    pub fn to_json(&self) -> String {
        to_string(&Report::of(self))
    }
}

/// The writer fills a buffer that must be large enough: it grows until it is.
fn to_string(report: &Report<'_>) -> String {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match serde_json_core::to_slice(report, &mut buffer) {
            Ok(length) => {
                buffer.truncate(length);
                return String::from_utf8_lossy(&buffer).into_owned();
            }
            Err(Error::BufferFull) => buffer.resize(buffer.len() * 2, 0),
            Err(error) => unreachable!("a report has only texts for keys: {error}"),
        }
    }
}

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    harness: &'static str,
    verdict: &'static str,
    test: Option<&'a str>,
    input: Option<Input<'a>>,
    meaning: String,
    detail: Option<Cow<'a, str>>,
    place: Option<Place<'a>>,
    way_out: Option<String>,
    panic: Option<Panic<'a>>,
    tasks: Vec<Task<'a>>,
    objects: Vec<Object>,
    stuck: Vec<Stuck<'a>>,
    steps: Vec<Step>,
    coverage: Coverage<'a>,
    replay: Option<Replay>,
    allow: Option<Allow<'a>>,
    note: Option<&'a str>,
}

/// What the body of a property was given.
#[derive(Serialize)]
struct Input<'a> {
    text: String,
    arguments: Vec<Argument<'a>>,
}

#[derive(Serialize)]
struct Argument<'a> {
    name: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct Panic<'a> {
    task: Name,
    message: Cow<'a, str>,
    at: Option<Place<'a>>,
}

/// A task's name in this check, as the text has it.
#[derive(Serialize)]
struct Name(String);

impl From<TaskId> for Name {
    fn from(task: TaskId) -> Name {
        Name(task.to_string())
    }
}

#[derive(Serialize)]
struct Task<'a> {
    id: Name,
    name: Option<&'a str>,
    spawned_at: Place<'static>,
}

#[derive(Serialize)]
struct Object {
    id: u32,
    kind: &'static str,
    created_at: Place<'static>,
    capacity: Option<u32>,
}

#[derive(Serialize)]
struct Stuck<'a> {
    task: Name,
    state: &'static str,
    follows: Option<Name>,
    unexplained: Option<&'static str>,
    waits: Vec<Wait<'a>>,
}

#[derive(Serialize)]
struct Wait<'a> {
    text: String,
    operation: Option<&'static str>,
    object: Option<u32>,
    at: Option<Place<'static>>,
    chain: Vec<Frame<'a>>,
    cause: Option<Explained>,
}

#[derive(Serialize)]
struct Step {
    task: Name,
    operation: &'static str,
    object: Option<u32>,
    at: Place<'static>,
    effect: &'static str,
    depth: u8,
    wakes: Option<Name>,
    spawns: Option<Name>,
}

#[derive(Serialize)]
struct Coverage<'a> {
    text: String,
    schedules: u64,
    exhaustive: bool,
    out_of_time: bool,
    engines: Vec<Engine>,
    cases: Option<Cases>,
    opaque_task: Option<Place<'static>>,
    real_tokio: Option<Place<'a>>,
    atomic_sites: Vec<Place<'static>>,
}

#[derive(Serialize)]
struct Engine {
    name: &'static str,
    schedules: u64,
    exhaustive: bool,
}

#[derive(Serialize)]
struct Cases {
    run: u64,
    exhaustive: u64,
    rejected: u64,
    smaller: u64,
    smaller_schedules: u64,
}

#[derive(Serialize)]
struct Replay {
    token: String,
    command: String,
}

#[derive(Serialize)]
struct Allow<'a> {
    by: &'static str,
    task: &'a str,
    attribute: Option<String>,
    in_file: Option<String>,
}

impl<'a> Report<'a> {
    fn of(failure: &'a Failure) -> Report<'a> {
        let parts = failure.parts();
        let trace = failure.trace();
        let test = parts.test.as_deref();
        let detail = parts.detail.as_deref();
        Report {
            schema: SCHEMA,
            harness: env!("CARGO_PKG_VERSION"),
            verdict: verdict(parts.kind),
            test,
            input: input(failure),
            meaning: messages::what_it_is(failure),
            detail: detail.map(plain),
            place: parts.place.as_deref().and_then(Place::parse),
            way_out: messages::way_out(failure),
            panic: parts.panic.as_ref().map(panic),
            tasks: tasks(trace),
            objects: objects(trace),
            stuck: failure
                .stuck()
                .iter()
                .map(|it| stuck(failure, it))
                .collect(),
            steps: steps(trace),
            coverage: coverage(failure.coverage()),
            replay: failure.token().map(|token| Replay {
                command: messages::replay_command(&token, test),
                token,
            }),
            allow: messages::allowed(failure).map(|task| allow(task, parts.allow_list)),
            note: parts.note.as_deref(),
        }
    }
}

fn input(failure: &Failure) -> Option<Input<'_>> {
    let parts = failure.parts();
    let arguments = failure.input().iter().map(|argument| Argument {
        name: argument.name(),
        value: argument.value(),
    });
    parts.input.as_ref().map(|_| Input {
        text: messages::input_title(parts.kind, parts.coverage.cases),
        arguments: arguments.collect(),
    })
}

/// The verdict as one word.
fn verdict(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Leak => "leak",
        FailureKind::Deadlock => "deadlock",
        FailureKind::Loop => "loop",
        FailureKind::Stall => "stall",
        FailureKind::Panic => "panic",
        FailureKind::Nondeterminism => "nondeterminism",
        FailureKind::NotExhaustive => "not_exhaustive",
        FailureKind::Unsupported => "unsupported",
        FailureKind::Replay => "replay",
        FailureKind::Config => "config",
    }
}

fn panic(note: &PanicNote) -> Panic<'_> {
    Panic {
        task: note.task.into(),
        message: plain(&note.message),
        at: note.site.as_deref().and_then(Place::parse),
    }
}

fn tasks(trace: &Trace) -> Vec<Task<'_>> {
    let tasks = trace.tasks.iter().map(|task| Task {
        id: task.id.into(),
        name: task.name.as_deref(),
        spawned_at: task.spawned_at.into(),
    });
    tasks.collect()
}

fn number(object: ObjectId) -> u32 {
    object.0
}

fn objects(trace: &Trace) -> Vec<Object> {
    let objects = trace.objects.iter().zip(0..);
    let objects = objects.filter_map(|(info, id)| {
        let info = info.as_ref()?;
        Some(Object {
            id,
            kind: info.kind.name(),
            created_at: info.created_at.into(),
            capacity: info.capacity,
        })
    });
    objects.collect()
}

fn stuck<'a>(failure: &'a Failure, task: &'a StuckTask) -> Stuck<'a> {
    let told = stuck::waits(failure, task);
    let unexplained = stuck::is_unexplained(&told).then(messages::followers::no_cause);
    let waits = told.into_iter().map(|told| Wait {
        text: told.line,
        operation: told.wait.map(|wait| wait.operation.name()),
        object: told.wait.and_then(|wait| wait.object).map(number),
        at: told.wait.map(|wait| wait.awaited_at.into()),
        chain: told.chain.iter().map(Frame::from).collect(),
        cause: told.told.map(|(cause, told)| Explained::new(cause, told)),
    });
    Stuck {
        task: task.id().into(),
        state: match task.state() {
            StuckState::Parked => "parked",
            StuckState::Blocked => "blocked",
            StuckState::Looping => "looping",
        },
        follows: task.follows().map(Name::from),
        unexplained,
        waits: waits.collect(),
    }
}

fn steps(trace: &Trace) -> Vec<Step> {
    let targets = ladder::targets(trace);
    let steps = trace.events.iter().zip(targets).map(|(event, target)| {
        let spawned = event.operation == crate::trace::Operation::Spawn;
        Step {
            task: event.task.into(),
            operation: event.operation.name(),
            object: event.object.map(number),
            at: event.site.into(),
            effect: effect(event.effect),
            depth: event.depth,
            wakes: target.filter(|_| !spawned).map(Name::from),
            spawns: target.filter(|_| spawned).map(Name::from),
        }
    });
    steps.collect()
}

fn allow(task: &StuckTask, list: AllowList) -> Allow<'_> {
    let (by, name) = messages::allowed_by(task);
    let attribute = || messages::allow_attribute(task);
    let in_file = || messages::allow_in_file(task).join("\n");
    Allow {
        by,
        task: name,
        attribute: (list != AllowList::File).then(attribute),
        in_file: (list != AllowList::Attribute).then(in_file),
    }
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Done => "done",
        Effect::Idle => "idle",
        Effect::Pending => "pending",
        Effect::Closed => "closed",
    }
}

fn coverage(coverage: &outcome::Coverage) -> Coverage<'_> {
    let engines = coverage.runs.iter().map(|run| Engine {
        name: run.engine.name(),
        schedules: run.schedules,
        exhaustive: run.exhaustive,
    });
    Coverage {
        text: coverage.to_string(),
        schedules: coverage.schedules(),
        exhaustive: coverage.exhaustive(),
        out_of_time: coverage.out_of_time,
        engines: engines.collect(),
        cases: coverage.cases.map(|cases| Cases {
            run: cases.run,
            exhaustive: cases.exhaustive,
            rejected: cases.rejected,
            smaller: cases.smaller,
            smaller_schedules: cases.smaller_schedules,
        }),
        opaque_task: coverage.opaque_task().map(Place::from),
        real_tokio: coverage.real_tokio().and_then(Place::parse),
        atomic_sites: coverage
            .atomic_sites()
            .iter()
            .map(|&site| site.into())
            .collect(),
    }
}
