//! `runtime::Builder`: every setting is tokio's; of an execution's runtimes few matter.

use std::fmt;
use std::io;

use ::tokio::runtime as real;

use super::home::Form;
use super::{Home, LocalOptions, LocalRuntime, Runtime};
use crate::executor::current;
use crate::mirror::tokio::time::Duration;
use crate::trace::Site;

/// Builds runtimes: `tokio::runtime::Builder`.
pub struct Builder {
    real: real::Builder,
    form: Form,
}

/// Settings that only a real runtime heeds.
macro_rules! settings {
    ($($(#[$meta:meta])* $name:ident($($argument:ident: $type:ty)?);)*) => {
        $(
            $(#[$meta])*
            #[doc = concat!("As tokio's: `tokio::runtime::Builder::", stringify!($name), "`.")]
            #[track_caller]
            pub fn $name(&mut self $(, $argument: $type)?) -> &mut Builder {
                self.real.$name($($argument)?);
                self
            }
        )*
    };
}

/// Callbacks that only a real runtime calls: an execution has no threads of its own.
macro_rules! callbacks {
    ($($name:ident)*) => {
        $(
            #[doc = concat!("As tokio's: `tokio::runtime::Builder::", stringify!($name), "`.")]
            pub fn $name<F>(&mut self, f: F) -> &mut Builder
            where
                F: Fn() + Send + Sync + 'static,
            {
                self.real.$name(f);
                self
            }
        )*
    };
}

impl Builder {
    fn new(real: real::Builder, one_thread: bool) -> Builder {
        let form = Form {
            one_thread,
            local: false,
            workers: None,
            name: None,
        };
        Builder { real, form }
    }

    /// For a runtime of one thread: `tokio::runtime::Builder::new_current_thread`.
    pub fn new_current_thread() -> Builder {
        Builder::new(real::Builder::new_current_thread(), true)
    }

    /// For a runtime of several threads: `tokio::runtime::Builder::new_multi_thread`.
    pub fn new_multi_thread() -> Builder {
        Builder::new(real::Builder::new_multi_thread(), false)
    }

    settings! {
        enable_all();
        enable_io();
        enable_time();
        max_blocking_threads(count: usize);
        thread_stack_size(bytes: usize);
        thread_keep_alive(duration: Duration);
        global_queue_interval(ticks: u32);
        event_interval(ticks: u32);
        max_io_events_per_tick(count: usize);
        max_io_events_per_busy_tick(count: usize);
        start_paused(paused: bool);
    }

    callbacks! { on_thread_start on_thread_stop on_thread_park on_thread_unpark }

    /// How many threads run tasks: `tokio::runtime::Builder::worker_threads`.
    ///
    /// # Panics
    ///
    /// Panics if it is zero.
    #[track_caller]
    pub fn worker_threads(&mut self, count: usize) -> &mut Builder {
        self.real.worker_threads(count);
        self.form.workers = Some(count);
        self
    }

    /// What its threads are called: `tokio::runtime::Builder::thread_name`.
    pub fn thread_name(&mut self, name: impl Into<String>) -> &mut Builder {
        self.real.thread_name(name);
        self
    }

    /// What its threads are called: `tokio::runtime::Builder::thread_name_fn`.
    pub fn thread_name_fn<F>(&mut self, f: F) -> &mut Builder
    where
        F: Fn() -> String + Send + Sync + 'static,
    {
        self.real.thread_name_fn(f);
        self
    }

    /// What it is called: `tokio::runtime::Builder::name`.
    pub fn name(&mut self, name: impl Into<String>) -> &mut Builder {
        let name = name.into();
        self.real.name(name.clone());
        self.form.name = Some(name);
        self
    }

    /// Builds it: `tokio::runtime::Builder::build`.
    ///
    /// # Errors
    ///
    /// The system has no threads or descriptors to give; never inside an execution.
    #[track_caller]
    pub fn build(&mut self) -> io::Result<Runtime> {
        let Some(executor) = current::in_task() else {
            return self.real.build().map(Runtime::of_real);
        };
        let home = Home::build(&executor, self.form.clone(), Site::caller());
        Ok(Runtime::of_home(home))
    }

    /// Builds it for tasks that need not be `Send`: `tokio::runtime::Builder::build_local`.
    ///
    /// # Errors
    ///
    /// The system has no descriptors to give; never inside an execution.
    ///
    /// # Panics
    ///
    /// Panics if it is to have several threads.
    #[track_caller]
    pub fn build_local(&mut self, options: LocalOptions) -> io::Result<LocalRuntime> {
        let Some(executor) = current::in_task() else {
            return self.real.build_local(options).map(LocalRuntime::of_real);
        };
        assert!(
            self.form.one_thread,
            "Only current_thread runtimes can be local"
        );
        let form = Form {
            local: true,
            ..self.form.clone()
        };
        let home = Home::build(&executor, form, Site::caller());
        Ok(LocalRuntime::of_home(home))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}
