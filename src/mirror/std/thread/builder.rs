//! Starting threads, and how they are to be.
//!
//! Not here: threads that borrow (`scope`), but they are started by the same means.

use std::any::type_name;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::{Arc, PoisonError};
use std::thread as real;

use super::join::{End, Ends, Joining, Returned};
use super::{JoinHandle, Thread};
use crate::executor::object::ObjectCell;
use crate::executor::task::{GroupChoice, Spawn};
use crate::executor::{Runtime, current, threads};
use crate::trace::Site;

/// How a thread is to be: `std::thread::Builder`.
#[derive(Debug, Default)]
#[must_use = "must eventually spawn the thread"]
pub struct Builder {
    name: Option<String>,
    stack_size: Option<usize>,
}

impl Builder {
    /// A thread without a name: `std::thread::Builder::new`.
    pub fn new() -> Builder {
        Builder::default()
    }

    /// Names the thread: `std::thread::Builder::name`.
    pub fn name(mut self, name: String) -> Builder {
        self.name = Some(name);
        self
    }

    /// The size of its stack in bytes: `std::thread::Builder::stack_size`. Inside an execution every
    /// thread has 4 MiB.
    pub fn stack_size(mut self, size: usize) -> Builder {
        self.stack_size = Some(size);
        self
    }

    /// Starts the thread: `std::thread::Builder::spawn`.
    ///
    /// # Errors
    ///
    /// As std's, outside of executions.
    ///
    /// # Panics
    ///
    /// Panics if the name has a zero byte in it.
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let site = Site::caller();
        let returned: Returned<T> = Returned::default();
        let start = Start::of::<F>(Box::new(runs(f, Arc::clone(&returned))));
        let (thread, end) = match current::in_task() {
            Some(executor) => start.controlled(&executor, self, site),
            None => start.real(self)?,
        };
        Ok(JoinHandle::new(Joining {
            thread,
            returned,
            fate: end.fate(),
            end,
        }))
    }

    fn real(self) -> real::Builder {
        let mut builder = real::Builder::new();
        if let Some(name) = self.name {
            builder = builder.name(name);
        }
        if let Some(size) = self.stack_size {
            builder = builder.stack_size(size);
        }
        builder
    }
}

/// What a thread does: it runs a closure, and leaves what that returns.
pub(super) fn runs<F, T>(f: F, returned: Returned<T>) -> impl FnOnce()
where
    F: FnOnce() -> T,
{
    move || {
        let value = f();
        let mut place = returned.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some(value);
    }
}

/// A thread that was not started yet.
pub(super) struct Start {
    run: Box<dyn FnOnce() + Send>,
    type_name: &'static str,
    /// Whether a scope waits for its end.
    pub(super) scoped: bool,
}

impl Start {
    /// A thread that runs a closure of the user's, of type `F`.
    pub(super) fn of<F>(run: Box<dyn FnOnce() + Send>) -> Start {
        Start {
            run,
            type_name: type_name::<F>(),
            scoped: false,
        }
    }

    /// Starts a real thread.
    pub(super) fn real(self, builder: Builder) -> io::Result<(Thread, Ends)> {
        #[expect(
            clippy::disallowed_methods,
            reason = "outside of executions threads are real"
        )]
        let handle = builder.real().spawn(self.run)?;
        Ok((Thread::real(handle.thread()), Ends::Real(Some(handle))))
    }

    /// Starts a thread of an execution.
    pub(super) fn controlled(
        self,
        executor: &Rc<Runtime>,
        builder: Builder,
        site: Site,
    ) -> (Thread, Ends) {
        let name = builder.name;
        let zero = name.as_ref().is_some_and(|name| name.contains('\0'));
        assert!(!zero, "thread name may not contain interior null bytes");
        let end = End::new(self.scoped);
        let run = self.run;
        let named = executor.name_task(site, GroupChoice::Own);
        let spawn = Spawn {
            named,
            future: Box::pin(async move {
                // Its thread-locals end with it, also where it panics.
                let ended = catch_unwind(AssertUnwindSafe(run));
                threads::destroy_locals();
                ended.unwrap_or_else(|payload| resume_unwind(payload));
            }),
            join: Arc::clone(&end) as _,
            name: name.as_deref().map(Arc::from),
            site,
            type_name: self.type_name,
        };
        let task = named.task;
        let cell = ObjectCell::known(named.object, site, executor);
        executor.spawn(spawn);
        end.name(task, cell);
        let thread = Thread::controlled(task, name, site);
        executor.set_handle(task, thread.clone());
        (thread, Ends::Controlled(end))
    }
}

/// Starts a thread: `std::thread::spawn`.
///
/// # Panics
///
/// Panics if the operating system cannot start one, outside of executions.
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    Builder::new().spawn(f).expect("failed to spawn thread")
}
