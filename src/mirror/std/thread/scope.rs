//! Threads that borrow from the one that starts them: `std::thread::scope`.
//!
//! A closure's lifetime is forgotten here, so that it can be a task, or a real thread, like any
//! other. It takes unsafe code: what runs those keeps only what is `'static`, and std's own scope has
//! only real threads, of which an execution has one. It is sound because [`scope`] neither returns
//! nor unwinds as long as anything uses what its threads borrow (`State::finish`):
//!
//! - *What borrows* is such a closure, and what it returns. The closure is gone before its thread's
//!   end is told: a task's future is dropped before (`executor::poll`), and a real thread drops its
//!   `Leave` last. What it returns is only in a place that it shares with its handle, whose type has
//!   `'scope` in it (`join`). Payloads, thread-locals and the rest are `'static`.
//! - *Panics* of a thread are caught at its root. One in the closure of the scope, or in the wait for
//!   the threads, is held back until they have ended.
//! - *Teardown* unwinds that wait. Tasks are torn down before the one whose scope they run in
//!   (`executor::teardown`); on the loom host each is by itself, and the owner waits for it. One that
//!   never ran is dropped by the scope (`Runtime::end_scoped`). Where neither can be, the owner's
//!   stack is abandoned instead.
//! - *Stacks that are abandoned* never run again, and are never unmapped. If it is a thread's, it uses
//!   nothing any more, and never drops what it has; if it is the owner's, what is borrowed from it
//!   stays.

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

    /// Waits for all its threads. None of them uses what it borrows after this returns or unwinds.
    fn finish(&self, site: Site) {
        let waited = catch_unwind(AssertUnwindSafe(|| {
            self.for_each_controlled(|end| end.wait(site));
        }));
        // Where the wait was unwound, as in teardown, this is what ends them.
        self.for_each_controlled(end_scoped);
        let mut threads = self.threads();
        while threads.real > 0 {
            threads = self
                .ended
                .wait(threads)
                .unwrap_or_else(PoisonError::into_inner);
        }
        drop(threads);
        waited.unwrap_or_else(|payload| resume_unwind(payload));
    }

    /// Calls `action` for each thread of an execution, those that are started meanwhile as well.
    fn for_each_controlled(&self, action: impl Fn(&End)) {
        let nth = |number| self.threads().controlled.get(number).cloned();
        for end in (0..).map_while(nth) {
            action(&end);
        }
    }

    /// Whether a thread of it panicked, and nobody joined that.
    fn has_news(&self) -> bool {
        let threads = self.threads();
        // Of all of them: they count as looked at from now on.
        let news = threads.fates.iter().filter(|fate| fate.is_news());
        news.count() > 0
    }
}

/// Nothing of a thread of a scope runs after this, which does not unwind.
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
                // SAFETY: until it is a task's, whatever unwinds drops it. From then on `finish` knows
                // the task, for nothing between in `controlled` unwinds, and ends it.
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
                // SAFETY: `finish` waits for `_leave`, which a thread drops after all that may borrow,
                // also when it panics. One that cannot be started is dropped here, within `'scope`.
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
/// After `'scope` it is neither called nor dropped, and nothing that it held or returned is used. It
/// may be forgotten.
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
