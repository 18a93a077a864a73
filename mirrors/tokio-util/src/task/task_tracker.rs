//! The mirror of `tokio_util::task::TaskTracker`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::tokio_util::task as real;
use leak_harness::__private::seam::{AnnouncedDrop, Object, Wait};
use leak_harness::runtime::Handle;
use leak_harness::task::{JoinHandle, LocalSet};
use leak_harness::{Effect, ObjectKind, Operation, Site};
use pin_project_lite::pin_project;

/// Waits for tasks to end: `tokio_util::task::TaskTracker`.
#[derive(Clone)]
pub struct TaskTracker {
    object: Object,
    inner: real::TaskTracker,
}

impl TaskTracker {
    /// Open, without tasks: `tokio_util::task::TaskTracker::new`.
    #[must_use]
    #[track_caller]
    pub fn new() -> TaskTracker {
        TaskTracker {
            object: Object::new(ObjectKind::TaskTracker),
            inner: real::TaskTracker::new(),
        }
    }

    /// Waits until it is closed and no task is left: `tokio_util::task::TaskTracker::wait`.
    #[track_caller]
    pub fn wait(&self) -> TaskTrackerWaitFuture<'_> {
        let site = Site::caller();
        let wait = || self.inner.wait();
        let wait = self
            .object
            .perform(Operation::CreateWait, site, wait, |_| Effect::Idle);
        TaskTrackerWaitFuture {
            wait: self.object.wait(Operation::Wait, site, wait),
            is_done: false,
        }
    }

    /// Lets waits end; whether it was open: `tokio_util::task::TaskTracker::close`.
    #[track_caller]
    pub fn close(&self) -> bool {
        let close = || self.inner.close();
        self.change(Operation::Close, Site::caller(), close)
    }

    /// Lets waits go on; whether it was closed: `tokio_util::task::TaskTracker::reopen`.
    #[track_caller]
    pub fn reopen(&self) -> bool {
        let reopen = || self.inner.reopen();
        self.change(Operation::Reopen, Site::caller(), reopen)
    }

    fn change(&self, operation: Operation, site: Site, change: impl FnOnce() -> bool) -> bool {
        let effect = |&changed: &bool| if changed { Effect::Done } else { Effect::Idle };
        self.object.perform(operation, site, change, effect)
    }

    fn look<R>(&self, site: Site, look: impl FnOnce(&real::TaskTracker) -> R) -> R {
        let look = || look(&self.inner);
        self.object
            .perform(Operation::Inspect, site, look, |_| Effect::Idle)
    }

    /// Whether it is closed: `tokio_util::task::TaskTracker::is_closed`.
    #[must_use]
    #[track_caller]
    pub fn is_closed(&self) -> bool {
        self.look(Site::caller(), real::TaskTracker::is_closed)
    }

    /// How many tasks there are: `tokio_util::task::TaskTracker::len`.
    #[must_use]
    #[track_caller]
    pub fn len(&self) -> usize {
        self.look(Site::caller(), real::TaskTracker::len)
    }

    /// Whether there is no task: `tokio_util::task::TaskTracker::is_empty`.
    #[must_use]
    #[track_caller]
    pub fn is_empty(&self) -> bool {
        self.look(Site::caller(), real::TaskTracker::is_empty)
    }

    /// Spawns a task and tracks it: `tokio_util::task::TaskTracker::spawn`.
    #[track_caller]
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        leak_harness::task::spawn(self.track_future(task))
    }

    /// Spawns a task on a runtime and tracks it: `tokio_util::task::TaskTracker::spawn_on`.
    #[track_caller]
    pub fn spawn_on<F>(&self, task: F, handle: &Handle) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        handle.spawn(self.track_future(task))
    }

    /// Spawns a task on the current `LocalSet` and tracks it:
    /// `tokio_util::task::TaskTracker::spawn_local`.
    #[track_caller]
    pub fn spawn_local<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        leak_harness::task::spawn_local(self.track_future(task))
    }

    /// Spawns a task on a `LocalSet` and tracks it:
    /// `tokio_util::task::TaskTracker::spawn_local_on`.
    #[track_caller]
    pub fn spawn_local_on<F>(&self, task: F, local_set: &LocalSet) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        local_set.spawn_local(self.track_future(task))
    }

    /// Runs a closure that may block, and tracks it:
    /// `tokio_util::task::TaskTracker::spawn_blocking`.
    #[track_caller]
    pub fn spawn_blocking<F, T>(&self, task: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        leak_harness::task::spawn_blocking(self.track_closure(task))
    }

    /// Runs a closure that may block on a runtime, and tracks it:
    /// `tokio_util::task::TaskTracker::spawn_blocking_on`.
    #[track_caller]
    pub fn spawn_blocking_on<F, T>(&self, task: F, handle: &Handle) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        handle.spawn_blocking(self.track_closure(task))
    }

    #[track_caller]
    fn track_closure<F: FnOnce() -> T, T>(&self, task: F) -> impl FnOnce() -> T + use<F, T> {
        let token = self.token();
        move || {
            let output = task();
            drop(token);
            output
        }
    }

    /// Tracks a future: `tokio_util::task::TaskTracker::track_future`.
    #[track_caller]
    pub fn track_future<F: Future>(&self, future: F) -> TrackedFuture<F> {
        TrackedFuture {
            future,
            token: self.token(),
        }
    }

    /// Counts as a task until it is dropped: `tokio_util::task::TaskTracker::token`.
    #[track_caller]
    pub fn token(&self) -> TaskTrackerToken {
        let site = Site::caller();
        let token = || self.inner.token();
        let inner = self
            .object
            .perform(Operation::Track, site, token, |_| Effect::Done);
        TaskTrackerToken {
            _drop: self.object.announce_drop(Operation::Untrack, site),
            _inner: inner,
            tracker: self.clone(),
        }
    }

    /// Whether both are the same: `tokio_util::task::TaskTracker::ptr_eq`.
    #[must_use]
    pub fn ptr_eq(left: &TaskTracker, right: &TaskTracker) -> bool {
        real::TaskTracker::ptr_eq(&left.inner, &right.inner)
    }
}

impl From<TaskTracker> for real::TaskTracker {
    /// For a crate whose signatures want tokio-util's own type: both count the same tasks. What is done
    /// to it there is not seen: in a leak test every order is explored from then on, whether it can
    /// differ or not, and the coverage says so.
    #[track_caller]
    fn from(tracker: TaskTracker) -> real::TaskTracker {
        tracker.object.give(Site::caller());
        tracker.inner
    }
}

impl From<real::TaskTracker> for TaskTracker {
    /// What is done to the real tracker elsewhere is not seen: in a leak test every order is explored
    /// from then on, whether it can differ or not, and the coverage says so.
    #[track_caller]
    fn from(inner: real::TaskTracker) -> TaskTracker {
        TaskTracker {
            object: Object::foreign(ObjectKind::TaskTracker),
            inner,
        }
    }
}

impl Default for TaskTracker {
    #[track_caller]
    fn default() -> TaskTracker {
        TaskTracker::new()
    }
}

impl fmt::Debug for TaskTracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// Counts as a task of a tracker: `tokio_util::task::task_tracker::TaskTrackerToken`.
#[must_use]
pub struct TaskTrackerToken {
    _drop: AnnouncedDrop,
    _inner: real::task_tracker::TaskTrackerToken,
    tracker: TaskTracker,
}

impl TaskTrackerToken {
    /// The tracker: `tokio_util::task::task_tracker::TaskTrackerToken::task_tracker`.
    #[must_use]
    pub fn task_tracker(&self) -> &TaskTracker {
        &self.tracker
    }
}

impl Clone for TaskTrackerToken {
    #[track_caller]
    fn clone(&self) -> TaskTrackerToken {
        self.tracker.token()
    }
}

impl fmt::Debug for TaskTrackerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskTrackerToken")
            .field("task_tracker", &self.tracker)
            .finish()
    }
}

pin_project! {
    /// A future that a tracker waits for: `tokio_util::task::task_tracker::TrackedFuture`.
    #[must_use = "futures do nothing unless polled"]
    pub struct TrackedFuture<F> {
        // Dropped before the token: what ends with the future has ended when it is counted.
        #[pin]
        future: F,
        token: TaskTrackerToken,
    }
}

impl<F: Future> Future for TrackedFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.project().future.poll(context)
    }
}

impl<F: fmt::Debug> fmt::Debug for TrackedFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackedFuture")
            .field("future", &self.future)
            .field("task_tracker", self.token.task_tracker())
            .finish()
    }
}

pin_project! {
    /// Waits for a tracker: `tokio_util::task::task_tracker::TaskTrackerWaitFuture`.
    #[must_use = "futures do nothing unless polled"]
    pub struct TaskTrackerWaitFuture<'a> {
        #[pin]
        wait: Wait<real::task_tracker::TaskTrackerWaitFuture<'a>>,
        is_done: bool,
    }
}

impl Future for TaskTrackerWaitFuture<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        // tokio-util's may be polled after it is done.
        if !*this.is_done {
            ready!(this.wait.poll(context));
            *this.is_done = true;
        }
        Poll::Ready(())
    }
}

impl fmt::Debug for TaskTrackerWaitFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wait.fmt(f)
    }
}
