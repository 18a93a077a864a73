//! Panics of tasks: seen by one filtering hook, kept instead of printed.

use std::any::Any;
use std::panic::{self, Location};
use std::sync::Once;

use super::backtrace::Backtrace;
use super::core::Core;
use super::current;
use super::teardown::TornDown;
use crate::trace::{Frame, PanicNote, Site, TaskId};

/// What the hook saw of a panic.
pub(super) struct Seen {
    message: String,
    site: Option<String>,
    /// What it used of the system, if it panicked because that needs a runtime of tokio's.
    uses: Option<&'static str>,
}

/// Installs the hook, once in a process. Panics of running tasks are kept; all others go to the
/// hook that was there before.
pub(crate) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| match current::in_task() {
            Some(runtime) => {
                let message = message(info.payload());
                let place = info.location().map(Location::to_string);
                let missing = needs_runtime(&message);
                let mut seen = Seen {
                    message,
                    site: place.clone(),
                    uses: None,
                };
                if missing {
                    let backtrace = Backtrace::take();
                    let frames = backtrace.frames(runtime.settings.site.file());
                    seen.site = frames.first().map(Frame::place);
                    seen.uses = use_of_the_system(&backtrace);
                }
                if let Some(mut core) = runtime.try_core() {
                    if missing && seen.uses.is_none() {
                        core.misses_guest = core.misses_guest.take().or(place.map(shorter));
                    }
                    core.last_panic = Some(seen);
                }
            }
            None => before(info),
        }));
    });
}

/// What a panic says.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else if payload.is::<TornDown>() {
        "torn down".to_owned()
    } else {
        "a panic whose payload is no string".to_owned()
    }
}

/// A note of the panic of `task`: what the hook saw, or, for `resume_unwind`, which no hook sees,
/// the payload alone.
pub(super) fn note(core: &mut Core, task: TaskId, payload: &(dyn Any + Send)) -> PanicNote {
    let message = message(payload);
    let seen = core
        .last_panic
        .take()
        .filter(|seen| seen.message == message);
    let info = core.trace.task(task);
    PanicNote {
        task,
        name: info.and_then(|info| info.name.clone()),
        spawned_at: info.map_or_else(Site::caller, |info| info.spawned_at),
        message,
        site: seen.and_then(|seen| seen.site),
    }
}

/// Whether tokio says that it misses a runtime: something the mirror does not control was used.
fn needs_runtime(message: &str) -> bool {
    message.starts_with("there is no reactor running")
        || message.starts_with("there is no signal driver running")
        || message.contains("A Tokio 1.x context was found, but")
}

/// What the task that panicked did, if it did something that the harness cannot control.
pub(super) fn unsupported(core: &Core, payload: &(dyn Any + Send)) -> Option<String> {
    let message = message(payload);
    needs_runtime(&message).then(|| {
        let seen = core.last_panic.as_ref();
        let seen = seen.filter(|seen| seen.message == message);
        let uses = seen.and_then(|seen| seen.uses);
        format!("{} of real tokio", uses.unwrap_or("the runtime"))
    })
}

/// What a backtrace leads through that needs the system, and not just a runtime.
fn use_of_the_system(backtrace: &Backtrace) -> Option<&'static str> {
    let uses = [
        ("tokio::net::", "a socket"),
        ("tokio::fs::", "a file"),
        ("tokio::process::", "a process"),
        ("tokio::signal::", "a signal"),
        ("tokio::io::", "an input or output"),
        ("spawn_blocking", "a thread"),
    ];
    let found = uses.iter().find(|(path, _)| backtrace.mentions(path));
    found.map(|&(_, what)| what)
}

/// A place without the folder that all registry crates are in.
fn shorter(place: String) -> String {
    let inside = place
        .split_once("/registry/src/")
        .and_then(|(_, rest)| rest.split_once('/'));
    match inside {
        Some((_, inside)) => inside.to_owned(),
        None => place,
    }
}

/// Whether a panic is one that only a switch inside a poll can explain: a `RefCell` or a lazily
/// initialised value that another task of the same OS thread was in the middle of using.
pub(crate) fn explained_by_switch(message: &str) -> bool {
    [
        "already borrowed",
        "already mutably borrowed",
        "reentrant init",
    ]
    .iter()
    .any(|part| message.contains(part))
}
