//! Panics of tasks: seen by one filtering hook, kept instead of printed.

use std::any::Any;
use std::panic;
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
                let site = if needs_runtime(&message) {
                    let frames = Backtrace::take().frames(runtime.settings.site.file());
                    frames.first().map(Frame::place)
                } else {
                    info.location()
                        .map(|at| format!("{}:{}:{}", at.file(), at.line(), at.column()))
                };
                if let Some(mut core) = runtime.try_core() {
                    core.last_panic = Some(Seen { message, site });
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
        || message.contains("A Tokio 1.x context was found, but")
}

/// What the task did, if it panicked because it did something the harness cannot control.
pub(super) fn unsupported(note: &PanicNote) -> Option<String> {
    needs_runtime(&note.message).then(|| {
        "a socket, file, process or signal of the real tokio, or a dependency's own use of its \
         runtime"
            .to_owned()
    })
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
