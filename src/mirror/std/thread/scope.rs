//! Threads that borrow from the one that starts them: `std::thread::scope`.
//!
//! Here a closure's lifetime is forgotten, so that it can be a task, or a thread, like any other.
//! What makes that sound is that [`scope`] neither returns nor unwinds before all that ran in it is
//! gone. The teardown of an execution keeps to that: tasks are torn down before the one whose scope
//! they run in (`executor::teardown`), and those that never ran are dropped where the scope ends.

#![expect(
    unsafe_code,
    reason = "a thread that borrows cannot otherwise be given to what runs threads"
)]

use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread as real;

use super::builder::{Start, runs};
use super::join::{End, Ends, Fate, Joining, Returned};
use super::{Builder, Thread};
use crate::executor::current;
use crate::trace::{Site, TaskId};

/// Where threads that borrow are started: `std::thread::Scope`.
pub struct Scope<'scope, 'env: 'scope> {
    state: Arc<State>,
    // As in std: neither lifetime can be made longer or shorter.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// What is kept of a scope.
struct State {
    /// The task that the scope belongs to; none outside of executions.
    owner: Option<TaskId>,
    threads: Mutex<Threads>,
    ended: Condvar,
}

#[derive(Default)]
struct Threads {
    /// Of an execution, in the order in which they were started.
    controlled: Vec<Arc<End>>,
    /// How many real ones run.
    real: usize,
    fates: Vec<Arc<Fate>>,
}

impl State {
    fn threads(&self) -> MutexGuard<'_, Threads> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for all its threads. Whatever happens, none of them runs on after that.
    fn finish(&self, site: Site) {
        let waited = catch_unwind(AssertUnwindSafe(|| {
            let mut number = 0;
            while let Some(end) = self.controlled(number) {
                end.wait(site);
                number += 1;
            }
        }));
        if let Err(payload) = waited {
            // The owner is torn down.
            let mut number = 0;
            while let Some(end) = self.controlled(number) {
                end_scoped(&end);
                number += 1;
            }
            resume_unwind(payload);
        }
        let mut threads = self.threads();
        while threads.real > 0 {
            threads = self
                .ended
                .wait(threads)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn controlled(&self, number: usize) -> Option<Arc<End>> {
        self.threads().controlled.get(number).cloned()
    }

    /// Whether a thread of it panicked, and nobody joined that.
    fn has_news(&self) -> bool {
        let threads = self.threads();
        // Of all of them: they count as looked at from now on.
        let news = threads.fates.iter().filter(|fate| fate.is_news());
        news.count() > 0
    }
}

/// Nothing of a thread of a scope runs after this.
fn end_scoped(end: &End) {
    if end.has_ended() {
        return;
    }
    match current::in_task() {
        Some(executor) => executor.end_scoped(end.task()),
        // A task's stack is never run outside of its execution. If it were, the thread could not
        // be waited for, and this one must not go on.
        None => loop {
            #[expect(clippy::disallowed_methods, reason = "it must never return")]
            real::park();
        },
    }
}

/// A real thread of a scope has nothing of it any more.
struct Leave(Arc<State>);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.threads().real -= 1;
        self.0.ended.notify_all();
    }
}

/// Lets threads borrow, and waits for all of them: `std::thread::scope`.
///
/// # Panics
///
/// Panics if one of them panicked and was not joined.
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let site = Site::caller();
    let state = Arc::new(State {
        owner: current::in_task().and_then(|executor| executor.running()),
        threads: Mutex::default(),
        ended: Condvar::new(),
    });
    let scope = Scope {
        state: Arc::clone(&state),
        scope: PhantomData,
        env: PhantomData,
    };
    let result = catch_unwind(AssertUnwindSafe(|| f(&scope)));
    state.finish(site);
    let news = state.has_news();
    match result {
        Err(payload) => resume_unwind(payload),
        Ok(_) if news => panic!("a scoped thread panicked"),
        Ok(value) => value,
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Starts a thread: `std::thread::Scope::spawn`.
    ///
    /// # Panics
    ///
    /// Panics if the operating system cannot start one, outside of executions.
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let spawned = Builder::new().spawn_scoped(self, f);
        spawned.expect("failed to spawn thread")
    }

    /// Starts a thread of the owner's execution.
    fn controlled(
        &self,
        owner: TaskId,
        builder: Builder,
        mut start: Start,
        site: Site,
    ) -> (Thread, Ends, Arc<Fate>) {
        start.scoped = true;
        let executor = current::in_task().expect("the threads of an execution are its tasks");
        let (thread, ends) = start.controlled(&executor, builder, site);
        let fate = ends.fate();
        if let Ends::Controlled(end) = &ends {
            executor.join_scope(end.task(), owner);
            let mut threads = self.state.threads();
            threads.controlled.push(Arc::clone(end));
            threads.fates.push(Arc::clone(&fate));
        }
        (thread, ends, fate)
    }
}

impl Builder {
    /// Starts a thread that borrows: `std::thread::Builder::spawn_scoped`.
    ///
    /// # Errors
    ///
    /// As std's, outside of executions.
    ///
    /// # Panics
    ///
    /// Panics if the name has a zero byte in it.
    #[track_caller]
    pub fn spawn_scoped<'scope, F, T>(
        self,
        scope: &'scope Scope<'scope, '_>,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let site = Site::caller();
        let returned: Returned<T> = Returned::default();
        let run = runs(f, Arc::clone(&returned));
        let (thread, end, fate) = match scope.state.owner {
            Some(owner) => {
                // SAFETY: the scope waits for the task that runs it, in teardown as well.
                let start = Start::of::<F>(unsafe { forget_lifetime(Box::new(run)) });
                scope.controlled(owner, self, start, site)
            }
            None => {
                let fate = Arc::<Fate>::default();
                let mut threads = scope.state.threads();
                threads.real += 1;
                threads.fates.push(Arc::clone(&fate));
                drop(threads);
                let (leave, told) = (Leave(Arc::clone(&scope.state)), Arc::clone(&fate));
                let run = move || {
                    // Dropped last.
                    let _leave = leave;
                    if let Err(payload) = catch_unwind(AssertUnwindSafe(run)) {
                        told.note_panic();
                        resume_unwind(payload);
                    }
                };
                // SAFETY: the scope waits until all that it holds, but `_leave`, is dropped.
                let start = Start::of::<F>(unsafe { forget_lifetime(Box::new(run)) });
                let (thread, end) = start.real(self)?;
                (thread, end, fate)
            }
        };
        let joining = Joining {
            thread,
            returned,
            end,
            fate,
        };
        Ok(ScopedJoinHandle(joining, PhantomData))
    }
}

/// A closure of which only its caller knows for how long it may live.
///
/// # Safety
///
/// It is called or dropped within `'scope`, and whatever it holds is dropped within it.
unsafe fn forget_lifetime<'scope>(
    run: Box<dyn FnOnce() + Send + 'scope>,
) -> Box<dyn FnOnce() + Send + 'static> {
    // SAFETY: only the lifetime differs, to which the caller keeps.
    unsafe { mem::transmute(run) }
}

/// Waits for the end of a thread that borrows: `std::thread::ScopedJoinHandle`.
pub struct ScopedJoinHandle<'scope, T>(Joining<T>, PhantomData<&'scope ()>);

impl<T> ScopedJoinHandle<'_, T> {
    /// The thread: `std::thread::ScopedJoinHandle::thread`.
    #[must_use]
    pub fn thread(&self) -> &Thread {
        &self.0.thread
    }

    /// Blocks until the thread has ended: `std::thread::ScopedJoinHandle::join`.
    ///
    /// # Errors
    ///
    /// What the thread panicked about.
    #[track_caller]
    pub fn join(self) -> real::Result<T> {
        self.0.join(Site::caller())
    }

    /// Whether the thread has ended: `std::thread::ScopedJoinHandle::is_finished`.
    #[track_caller]
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.0.is_finished(Site::caller())
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle").finish_non_exhaustive()
    }
}
