//! Panics of tasks: seen by one filtering hook, kept instead of printed.

use std::any::Any;
use std::backtrace::Backtrace;
use std::panic;
use std::sync::Once;

use super::core::Core;
use super::current;
use super::teardown::TornDown;
use crate::trace::{PanicNote, Site, TaskId};

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
                    user_frame(&Backtrace::force_capture().to_string())
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

/// The first frame of a backtrace that is neither the standard library's, nor tokio's, nor ours.
fn user_frame(backtrace: &str) -> Option<String> {
    let lines = backtrace.lines().map(str::trim);
    let mut function = "";
    for line in lines {
        if let Some((_, name)) = line
            .split_once(": ")
            .filter(|(n, _)| n.parse::<u32>().is_ok())
        {
            function = name;
        } else if let Some(place) = line.strip_prefix("at ") {
            let foreign = [
                "tokio::",
                "std::",
                "core::",
                "alloc::",
                "mio::",
                "leak_harness::",
            ]
            .iter()
            .any(|prefix| function.trim_start_matches(['<', '&']).starts_with(prefix));
            let library = ["/rustc/", "/.cargo/registry/"]
                .iter()
                .any(|part| place.contains(part));
            if !foreign
                && !library
                && !function.starts_with("__rustc")
                && !function.starts_with("rust_")
            {
                return Some(place.strip_prefix("./").unwrap_or(place).to_owned());
            }
        }
    }
    None
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_frame_is_the_first_outside_libraries() {
        let text = "   0: tokio::net::tcp::x\n             at /root/.cargo/registry/src/t/x.rs:1:2\n   \
                    1: app::connect::{{closure}}\n             at ./src/app.rs:7:9\n   2: main\n";
        assert_eq!(user_frame(text).as_deref(), Some("src/app.rs:7:9"));
        assert_eq!(
            user_frame("   0: std::x\n             at /rustc/y.rs:1:1\n"),
            None
        );
    }
}
