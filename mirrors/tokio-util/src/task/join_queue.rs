//! The mirror of `tokio_util::task::JoinQueue`.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use leak_harness::runtime::Handle;
use leak_harness::task::{AbortHandle, Id, JoinError, JoinHandle};

use super::AbortOnDropHandle;

/// Tasks whose outputs come in the order in which they were spawned: `tokio_util::task::JoinQueue`.
/// Dropping it aborts them.
pub struct JoinQueue<T>(VecDeque<AbortOnDropHandle<T>>);

impl<T> JoinQueue<T> {
    /// Without tasks: `tokio_util::task::JoinQueue::new`.
    pub const fn new() -> JoinQueue<T> {
        JoinQueue(VecDeque::new())
    }

    /// With room for so many tasks: `tokio_util::task::JoinQueue::with_capacity`.
    pub fn with_capacity(capacity: usize) -> JoinQueue<T> {
        JoinQueue(VecDeque::with_capacity(capacity))
    }

    /// How many tasks there are: `tokio_util::task::JoinQueue::len`.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no task: `tokio_util::task::JoinQueue::is_empty`.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: 'static> JoinQueue<T> {
    /// Spawns a task: `tokio_util::task::JoinQueue::spawn`.
    #[track_caller]
    pub fn spawn<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.push(leak_harness::task::spawn(task))
    }

    /// Spawns a task on a runtime: `tokio_util::task::JoinQueue::spawn_on`.
    #[track_caller]
    pub fn spawn_on<F>(&mut self, task: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.push(handle.spawn(task))
    }

    /// Spawns a task on the current `LocalSet`: `tokio_util::task::JoinQueue::spawn_local`.
    #[track_caller]
    pub fn spawn_local<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.push(leak_harness::task::spawn_local(task))
    }

    /// Runs a closure that may block: `tokio_util::task::JoinQueue::spawn_blocking`.
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.push(leak_harness::task::spawn_blocking(f))
    }

    /// Runs a closure that may block, on a runtime:
    /// `tokio_util::task::JoinQueue::spawn_blocking_on`.
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, f: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.push(handle.spawn_blocking(f))
    }

    fn push(&mut self, handle: JoinHandle<T>) -> AbortHandle {
        let handle = AbortOnDropHandle::new(handle);
        let abort = handle.abort_handle();
        self.0.push_back(handle);
        abort
    }

    /// Waits for the output of the first task: `tokio_util::task::JoinQueue::join_next`.
    pub async fn join_next(&mut self) -> Option<Result<T, JoinError>> {
        poll_fn(|context| self.poll_join_next(context)).await
    }

    /// As [`join_next`](JoinQueue::join_next), with the task's id:
    /// `tokio_util::task::JoinQueue::join_next_with_id`.
    pub async fn join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        poll_fn(|context| self.poll_join_next_with_id(context)).await
    }

    /// The output of the first task, if it has ended: `tokio_util::task::JoinQueue::try_join_next`.
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        let result = self.try_join_next_with_id()?;
        Some(result.map(|(_, output)| output))
    }

    /// As [`try_join_next`](JoinQueue::try_join_next), with the task's id:
    /// `tokio_util::task::JoinQueue::try_join_next_with_id`.
    #[track_caller]
    pub fn try_join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        if !self.0.front()?.is_finished() {
            return None;
        }
        let mut context = Context::from_waker(Waker::noop());
        match self.poll_join_next_with_id(&mut context) {
            Poll::Ready(result) => result,
            Poll::Pending => None,
        }
    }

    /// As [`join_next`](JoinQueue::join_next), by hand:
    /// `tokio_util::task::JoinQueue::poll_join_next`.
    pub fn poll_join_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<T, JoinError>>> {
        let result = ready!(self.poll_join_next_with_id(context));
        Poll::Ready(result.map(|result| result.map(|(_, output)| output)))
    }

    /// As [`join_next_with_id`](JoinQueue::join_next_with_id), by hand:
    /// `tokio_util::task::JoinQueue::poll_join_next_with_id`.
    pub fn poll_join_next_with_id(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<(Id, T), JoinError>>> {
        let Some(first) = self.0.front_mut() else {
            return Poll::Ready(None);
        };
        let result = ready!(Pin::new(&mut *first).poll(context));
        let id = first.as_ref().id();
        if let Some(done) = self.0.pop_front() {
            // There is nothing to abort.
            drop(done.detach());
        }
        Poll::Ready(Some(result.map(|output| (id, output))))
    }

    /// Aborts all tasks, and waits for their ends: `tokio_util::task::JoinQueue::shutdown`.
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }

    /// Waits for all outputs: `tokio_util::task::JoinQueue::join_all`.
    ///
    /// # Panics
    ///
    /// Panics if a task did, with its panic, or if one was aborted.
    pub async fn join_all(mut self) -> Vec<T> {
        let mut outputs = Vec::with_capacity(self.len());
        while let Some(result) = self.join_next().await {
            match result {
                Ok(output) => outputs.push(output),
                Err(error) if error.is_panic() => panic::resume_unwind(error.into_panic()),
                Err(error) => panic!("{error}"),
            }
        }
        outputs
    }

    /// Aborts all tasks: `tokio_util::task::JoinQueue::abort_all`.
    #[track_caller]
    pub fn abort_all(&mut self) {
        self.0.iter().for_each(AbortOnDropHandle::abort);
    }

    /// Forgets all tasks, which go on: `tokio_util::task::JoinQueue::detach_all`.
    pub fn detach_all(&mut self) {
        self.0.drain(..).for_each(|handle| drop(handle.detach()));
    }
}

impl<T> Default for JoinQueue<T> {
    fn default() -> JoinQueue<T> {
        JoinQueue::new()
    }
}

impl<T, F> FromIterator<F> for JoinQueue<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = F>>(tasks: I) -> JoinQueue<T> {
        let mut queue = JoinQueue::new();
        for task in tasks {
            queue.spawn(task);
        }
        queue
    }
}

impl<T> fmt::Debug for JoinQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter()).finish()
    }
}
