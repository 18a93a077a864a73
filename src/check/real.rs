//! The engine `tokio`: the body runs once on real tokio, as a plain `#[tokio::test]` would run it.
//!
//! Outside of an execution the mirror passes through. Not here: anything that looks for leaks.

use std::any::Any;
use std::thread;

use ::tokio::runtime::{Builder, LocalOptions};

use super::work::{Job, Outcome};
use crate::config::{Config, Engine, Flavor};
use crate::executor::{Body, panics};
use crate::explore::Found;
use crate::outcome::EngineRun;
use crate::trace::{Ending, PanicNote, TaskId, Trace};

/// Runs the body once, on a thread of its own: the caller's may be inside a runtime.
#[expect(
    clippy::disallowed_methods,
    reason = "nothing is controlled here: the body runs on real tokio"
)]
pub(super) fn run(job: &Job) -> Outcome {
    // The test's own name: its thread's output belongs to it.
    let name = thread::current().name().unwrap_or("leak test").to_owned();
    let result = thread::scope(|scope| {
        let thread = thread::Builder::new().name(name);
        let thread = thread.spawn_scoped(scope, || block_on(&job.config, &job.body));
        let thread = thread.unwrap_or_else(|error| panic!("no thread for the test: {error}"));
        thread.join()
    });
    let run = EngineRun {
        engine: Engine::Tokio,
        schedules: 1,
        classes: 1,
        redundant: 0,
        exhaustive: false,
    };
    let message = |payload: Box<dyn Any + Send>| panics::message(&*payload);
    let result = match result.map_err(message).and_then(|ended| ended) {
        Ok(()) => Found::Clean {
            exhaustive: false,
            out_of_time: false,
        },
        Err(message) => Found::Failing {
            ending: Ending::Panicked(PanicNote {
                task: TaskId::BODY,
                name: None,
                spawned_at: job.site,
                message,
                site: None,
            }),
            trace: Box::default(),
        },
    };
    Outcome {
        runs: vec![run],
        result,
        spent: false,
        ..Outcome::given_up(Ending::Clean, Trace::default())
    }
}

/// As the expansion of `#[tokio::test]` does it.
fn block_on(config: &Config, body: &Body) -> Result<(), String> {
    let asked = &config.runtime;
    let mut builder = match config.flavor {
        Flavor::MultiThread => Builder::new_multi_thread(),
        Flavor::CurrentThread | Flavor::Local => Builder::new_current_thread(),
    };
    builder.enable_all();
    if let Some(name) = asked.name {
        builder.name(name);
    }
    if let (Some(threads), Flavor::MultiThread) = (asked.worker_threads, config.flavor) {
        builder.worker_threads(threads);
    }
    if asked.start_paused && config.flavor != Flavor::MultiThread {
        builder.start_paused(true);
    }
    let future = async { body().await };
    if config.flavor == Flavor::Local {
        let runtime = builder.build_local(LocalOptions::default());
        runtime
            .expect("the system gives a runtime")
            .block_on(future)
    } else {
        builder
            .build()
            .expect("the system gives a runtime")
            .block_on(future)
    }
}
