//! All wording that users see, named by situation.
//!
//! Not here: layout (`text`), and when a message is due (`check`).

pub(super) mod causes;
mod channels;
mod coverage;
pub(super) mod followers;
mod holders;
#[cfg_attr(
    not(feature = "proptest"),
    expect(dead_code, reason = "only properties have inputs")
)]
mod inputs;
mod locks;
pub(super) mod page;
mod steps;

use std::fmt::{self, Write};
use std::io;
use std::path::Path;
use std::time::Duration;

use pretty_assertions::StrComparison;

pub(super) use self::coverage::{explored, sentence_case};
pub(crate) use self::inputs::token_with_input;
pub(super) use self::inputs::{argument, input_title};
#[cfg(feature = "proptest")]
pub(crate) use self::inputs::{
    input_is_gone, next_input, no_input, rejected, token_without_input, too_many_rejected,
};
pub(super) use self::steps::{
    ENDS, column_name, repeated, schedule_title, step, step_of, steps_left_out, stuck_end,
};
use crate::config::AllowList;
use crate::outcome::{Coverage, Failure, FailureKind, StuckTask};
use crate::trace::{
    Ending, Frame, ObjectKind, PanicNote, Schedule, Site, StuckState, TaskId, TaskInfo, Trace,
    Waiting,
};

// Headlines.

pub(super) fn headline(kind: FailureKind, test: Option<&str>) -> String {
    match test {
        Some(test) => format!("{kind} in {test}"),
        None => kind.to_string(),
    }
}

/// One sentence that says what the kind of failure means here.
fn meaning(kind: FailureKind, stuck: usize) -> String {
    let tasks = counted(stuck as u64, "task");
    match kind {
        FailureKind::Leak => {
            format!("The body ended, nothing more can happen, and {tasks} will never end.")
        }
        FailureKind::Deadlock => {
            format!("Nothing more can happen, and the body still waits: {tasks} will never end.")
        }
        FailureKind::Loop => {
            format!("Something runs on without getting anywhere: {tasks} will never end.")
        }
        FailureKind::Panic => "A task panicked, and nobody looked at how it ended.".to_owned(),
        FailureKind::Stall => "A step never gave the thread back.".to_owned(),
        FailureKind::Nondeterminism => "The body did not do the same twice under one schedule: \
             something outside the harness decides. A HashMap's random order is the usual suspect; \
             a BTreeMap, or a hasher with a fixed seed, has none. The difference:"
            .to_owned(),
        FailureKind::NotExhaustive => "Everything that was explored is clean, but not everything \
             was explored, and the test asks for `exhaustive`. A larger budget (`schedules = N`) or \
             a smaller body would do."
            .to_owned(),
        FailureKind::Unsupported => "The body did something the harness cannot control:".to_owned(),
        FailureKind::Replay => {
            "The schedule that LEAK_TEST_REPLAY names does not fit this body any more: the token is \
             of another test, or the code has changed."
                .to_owned()
        }
        FailureKind::Config => "The check cannot run:".to_owned(),
    }
}

/// One sentence that says what it means here.
pub(super) fn what_it_is(failure: &Failure) -> String {
    match failure.panic() {
        Some(panic) if panic.task == TaskId::BODY => "The body panicked.".to_owned(),
        _ => meaning(failure.kind(), failure.stuck().len()),
    }
}

// Tasks.

pub(super) fn task_name(id: TaskId, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{id} `{name}`"),
        None => id.to_string(),
    }
}

pub(super) fn short_name(task: &TaskInfo) -> String {
    task.name
        .as_deref()
        .map_or_else(|| task.id.to_string(), str::to_owned)
}

pub(super) fn short_name_of(trace: &Trace, task: TaskId) -> String {
    let info = trace.task(task);
    info.map_or_else(|| task.to_string(), short_name)
}

/// So many of something that has a plain plural.
fn counted(count: u64, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    }
}

/// A name, for so many of its kind.
fn many(name: &str, count: usize) -> String {
    match count {
        1 => name.to_owned(),
        _ => format!("{name} and {} more like it", count - 1),
    }
}

/// A stuck task, for so many of its kind, and where it was spawned.
pub(super) fn stuck_task(task: &StuckTask, count: usize) -> String {
    let name = stuck_name(task, count);
    match spawned(task) {
        Some(spawned) => format!("{name}, {spawned}"),
        None => name,
    }
}

pub(super) fn stuck_name(task: &StuckTask, count: usize) -> String {
    many(&task_name(task.id(), task.name()), count)
}

/// Nothing for the body: that is where the test is.
pub(super) fn spawned(task: &StuckTask) -> Option<String> {
    (!task.is_body()).then(|| spawned_at(task.spawned_at()))
}

fn spawned_at(site: Site) -> String {
    format!("spawned at {site}")
}

/// Who panicked.
pub(super) fn panicked(panic: &PanicNote) -> String {
    let name = task_name(panic.task, panic.name.as_deref());
    format!("{name}, {}", spawned_at(panic.spawned_at))
}

pub(super) fn panicked_at(site: &str) -> String {
    format!("panicked at {site}:")
}

/// How a stuck task is stuck, a line for each thing it waits on.
pub(super) fn waits(task: &StuckTask) -> Vec<String> {
    if task.waits().is_empty() {
        let what = "waits for something that the harness does not know: a future or a channel of \
                    another crate, or `pending()`";
        return vec![what.to_owned()];
    }
    let lines = task.waits().iter().map(|wait| match task.state() {
        StuckState::Looping => format!("repeats {} at {}", subject(wait), wait.awaited_at),
        StuckState::Blocked => {
            format!(
                "blocks its thread in {} at {}",
                subject(wait),
                wait.awaited_at
            )
        }
        StuckState::Parked => format!("waits in {} at {}", subject(wait), wait.awaited_at),
    });
    lines.collect()
}

/// The function in which a wait is; its place as well, unless that is the place of the wait.
pub(super) fn waits_in(frame: &Frame, is_there: bool) -> Option<String> {
    if !is_there {
        return Some(format!("in {frame}"));
    }
    let function = frame.function.as_ref();
    function.map(|function| format!("in {function}"))
}

/// A function that awaits or calls the one before it.
pub(super) fn waits_from(frame: &Frame) -> String {
    format!("← {frame}")
}

/// How many there are that are not told.
pub(super) fn more(count: usize) -> String {
    format!("and {count} more")
}

fn subject(wait: &Waiting) -> String {
    let mut text = format!("`{}`", wait.operation);
    // A thread parks on nothing but itself.
    if let Some(kind) = wait.kind.filter(|&kind| kind != ObjectKind::Thread) {
        let _ = write!(text, " on {} {kind}", article(kind));
    }
    text
}

/// As one says it: an mpsc channel, a oneshot channel.
fn article(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Mpsc | ObjectKind::UnboundedMpsc | ObjectKind::RwLock | ObjectKind::Atomic => {
            "an"
        }
        _ => "a",
    }
}

/// Where what a task waits on comes from, if a line of the user's says so: what `Default` makes
/// inside an `Arc`, say, comes from the standard library.
pub(super) fn origin(wait: &Waiting) -> Option<String> {
    let (kind, created_at) = (wait.kind?, wait.created_at?);
    let is_told = kind == ObjectKind::Timer && created_at == wait.awaited_at;
    if kind == ObjectKind::Thread || is_told || created_at.is_in_std() {
        return None;
    }
    let made = if kind == ObjectKind::Task {
        "spawned"
    } else {
        "created"
    };
    let text = format!("that {kind} was {made} at {created_at}");
    Some(text)
}

// What may live on.

/// The first stuck task that could be allowed to live on.
pub(super) fn allowed(failure: &Failure) -> Option<&StuckTask> {
    failure.stuck().iter().find(|task| !task.is_body())
}

/// What allows a task: its name, or else the file that it is spawned in.
pub(super) fn allowed_by(task: &StuckTask) -> (&'static str, &str) {
    match task.name() {
        Some(name) => ("name", name),
        None => ("file", task.spawned_at().file()),
    }
}

pub(super) fn allow_attribute(task: &StuckTask) -> String {
    format!("#[leak_test(allow = {:?})]", allowed_by(task).1)
}

/// For leak-test.toml.
pub(super) fn allow_in_file(task: &StuckTask) -> [String; 2] {
    let (key, wanted) = allowed_by(task);
    ["[[allow]]".to_owned(), format!("{key} = {wanted:?}")]
}

/// The lines that would let a task live on.
pub(super) fn allow(task: &StuckTask, list: AllowList) -> String {
    let attribute = allow_attribute(task);
    let in_file = format!("in leak-test.toml:\n  {}", allow_in_file(task).join("\n  "));
    match list {
        AllowList::Attribute => format!("If it is meant to live on: {attribute}"),
        AllowList::Both => format!("If it is meant to live on: {attribute}, or {in_file}"),
        AllowList::File => format!("If it is meant to live on, {in_file}"),
    }
}

// Regressions.

pub(crate) const REGRESSIONS_HEADER: &str = "\
# Schedules that failed once. They are run before any other: commit this file.
# What fits the test no more is passed over; it may be deleted.
";

/// What a schedule showed, a line for each stuck task of the first few.
pub(crate) fn regression(failure: &Failure) -> String {
    const MOST: usize = 3;
    let mut text = failure.kind().to_string();
    if let Some(panic) = failure.panic() {
        let _ = write!(text, ": {}", panic.message.lines().next().unwrap_or(""));
    }
    for task in failure.stuck().iter().take(MOST) {
        let waits = waits(task);
        let waits = waits.first().map_or("", String::as_str);
        let _ = write!(text, "\n{}, {waits}", stuck_task(task, 1));
    }
    text
}

pub(crate) fn no_regression(path: &Path, line: usize, text: &str) -> String {
    format!(
        "{}:{line}: {text:?} is no token of a schedule, and no comment. Delete the line, or make it \
         whole.",
        path.display()
    )
}

pub(crate) fn kept(path: &Path) -> String {
    format!("Kept, to be run first from now on: {}", path.display())
}

pub(crate) fn not_kept(path: &Path, error: &io::Error) -> String {
    format!("Not kept for the next run: {}: {error}", path.display())
}

// Details of failures.

pub(crate) fn leaks_not_looked_for() -> String {
    "on real tokio (engine \"tokio\") no leak is looked for, so a test that should leak cannot pass; \
     give it another engine"
        .to_owned()
}

pub(crate) fn leak_expected(test: Option<&str>, coverage: &Coverage) -> String {
    let test = test.unwrap_or("the test");
    format!("{test} should leak, and did not: every task ended, in {coverage}")
}

pub(crate) fn body_returned(error: &dyn fmt::Debug) -> String {
    format!("the body returned Err({error:?})")
}

pub(crate) fn stalled(limit: Duration) -> String {
    format!(
        "No step was taken for {limit:?}, also without any switch in the middle of a poll. A loop \
         without an await, or a lock that is never released, is the usual cause. \
         LEAK_TEST_STALL=<seconds> sets the limit."
    )
}

/// How an `Unsupported` body can still be tested, where there is a way.
pub(super) fn way_out(failure: &Failure) -> Option<String> {
    let parts = failure.parts();
    if parts.kind != FailureKind::Unsupported {
        return None;
    }
    let what = parts.detail.as_deref()?;
    if what.contains("real thread") {
        let way = "A thread that std::thread::spawn made runs outside the executor. Make it a task, \
                   or use the std mirror.";
        Some(way.to_owned())
    } else if what.contains("loom engine") {
        let way = "The systematic engine has no limit on tasks: engine = \"systematic\".";
        Some(way.to_owned())
    } else if what.contains("real tokio") {
        let test = parts.test.as_deref().unwrap_or("<test>");
        Some(format!(
            "Put it behind a trait or an in-memory pipe (tokio::io::duplex), or run this one test \
             on real tokio: #[leak_test(engine = \"tokio\")], or LEAK_TEST_ENGINE=tokio cargo test \
             {test}"
        ))
    } else {
        None
    }
}

/// The difference between two runs of one schedule.
pub(crate) fn difference(first: &Trace, second: &Trace) -> String {
    format!(
        "{}",
        StrComparison::new(&steps_of(first), &steps_of(second))
    )
}

/// Where a token and the body part: after how many decisions, and after how many steps of the body.
pub(crate) fn misfit(
    asked: &Schedule,
    (decisions_made, steps_taken): (usize, usize),
    trace: &Trace,
    ending: &Ending,
) -> String {
    let ways = |schedule: &Schedule| schedule.choices.get(decisions_made).map(|choice| choice.of);
    let ways = match (ways(asked), ways(&trace.schedule)) {
        (Some(asked), Some(made)) if asked != made => {
            format!("the token has {asked} ways to go on, and the body {made}")
        }
        (Some(asked), Some(_)) => format!("the token takes a way that is none of {asked}"),
        (Some(asked), None) => {
            format!("the token has {asked} ways to go on, and the body nothing more to decide")
        }
        (None, _) => "the token ends, and the body has more to decide".to_owned(),
    };
    let taken = &trace.events[..steps_taken.min(trace.events.len())];
    let place = taken.last().map_or_else(
        || "before the first step of the body".to_owned(),
        |event| {
            let task = short_name_of(trace, event.task);
            format!("after {task}: {} at {}", step(event), event.site)
        },
    );
    let then = match ending {
        Ending::Clean => "Straight on from there, every task ends.",
        _ => "Straight on from there, it fails too: run the test without LEAK_TEST_REPLAY.",
    };
    format!(
        "They part at decision {}, {place}: there {ways}. {then}\n\
         The decisions of the token (left) and of the body (right):\n{}",
        decisions_made + 1,
        StrComparison::new(&decisions(asked), &decisions(&trace.schedule))
    )
}

/// The token names an execution of loom's that the body does not have.
pub(crate) fn loom_misfit(asked: u64, coverage: &Coverage) -> String {
    format!(
        "The token names execution {asked} of those that loom goes through; this body has {}, and \
         each of them is clean.",
        coverage.schedules()
    )
}

fn decisions(schedule: &Schedule) -> String {
    let choices = schedule.choices.iter().enumerate();
    let lines = choices.map(|(index, choice)| {
        let way = choice.taken.map_or_else(
            || "straight on".to_owned(),
            |taken| format!("way {}", taken + 1),
        );
        format!("decision {}: {way}, of {}\n", index + 1, choice.of)
    });
    lines.collect()
}

/// The line that runs one schedule again, with its input if it has one.
pub(super) fn replay(token: &str, test: Option<&str>, has_input: bool) -> String {
    let what = if has_input {
        "this input and schedule"
    } else {
        "this schedule"
    };
    format!("To run {what} again: {}", replay_command(token, test))
}

/// `cargo test` takes a part of the test's path, in which the crate's name is not.
pub(super) fn replay_command(token: &str, test: Option<&str>) -> String {
    let test = test.unwrap_or("<test>");
    let test = test.split_once("::").map_or(test, |(_, test)| test);
    format!("LEAK_TEST_REPLAY={token} cargo test {test}")
}

/// Where else the report is.
pub(crate) fn written(page: &dyn fmt::Display) -> String {
    format!("The same as a page: {page}")
}

/// That nobody could write it there is no failure of the test's.
pub(crate) fn not_written(page: &dyn fmt::Display, error: &dyn fmt::Display) -> String {
    format!("The same as a page could not be written to {page}: {error}")
}

fn steps_of(trace: &Trace) -> String {
    let mut text = String::new();
    for event in &trace.events {
        let _ = writeln!(text, "{}  {}  {}", event.task, step(event), event.site);
    }
    text
}
