//! `JoinSet`: tasks that are joined in the order in which they end.
//!
//! Inside an execution the ends of its tasks are queued on an object of the set's own. Outside,
//! tokio's set does everything.

use std::fmt;
use std::future::{Future, poll_fn};
use std::panic;
use std::sync::Arc;
use std::task::{Context, Poll};

use ::tokio::task as real;

use super::ends::Ends;
use super::{AbortHandle, Id, JoinError, JoinHandle, LocalSet, Plan, local};
use crate::executor::object::ObjectCell;
use crate::executor::operation::{done, done_if_some, perform};
use crate::executor::waits::Polls;
use crate::executor::{current, drive};
use crate::mirror::leaf::{leaf, poll_by_hand, same};
use crate::mirror::tokio::runtime::Handle;
use crate::trace::{ObjectKind, Operation, Site};

pub(crate) type Joined<T> = Result<(Id, T), JoinError>;

/// Whose end came next.
enum Ended<T> {
    /// A task's of tokio.
    Real(Joined<T>),
    /// A task's of the execution.
    Controlled(crate::trace::TaskId),
}

/// Tasks that are joined as they end, and aborted with the set: `tokio::task::JoinSet`.
pub struct JoinSet<T> {
    /// Tasks that no execution controls.
    real: real::JoinSet<T>,
    /// Tasks that an execution controls, in the order in which they were spawned.
    controlled: Vec<JoinHandle<T>>,
    ends: Option<Arc<Ends>>,
    made_at: Site,
    polls: Polls,
}

impl<T> JoinSet<T> {
    /// A set without tasks: `tokio::task::JoinSet::new`.
    #[track_caller]
    pub fn new() -> JoinSet<T> {
        JoinSet {
            real: real::JoinSet::new(),
            controlled: Vec::new(),
            ends: None,
            made_at: Site::caller(),
            polls: Polls::default(),
        }
    }

    /// The tasks of a set of tokio's.
    pub(super) fn of_real(
        real: real::JoinSet<T>,
        ends: Option<Arc<Ends>>,
        made_at: Site,
    ) -> JoinSet<T> {
        JoinSet {
            real,
            controlled: Vec::new(),
            ends,
            made_at,
            polls: Polls::default(),
        }
    }

    pub(super) fn made_at(&self) -> Site {
        self.made_at
    }

    /// Tasks that no execution controls, and those that one does, which it joins no more.
    pub(super) fn into_parts(mut self) -> (real::JoinSet<T>, Vec<JoinHandle<T>>) {
        let handles = std::mem::take(&mut self.controlled);
        if let Some(ends) = &self.ends {
            let tickets = handles.iter().filter_map(JoinHandle::ticket);
            ends.detach(tickets.map(|ticket| ticket.task()));
        }
        (std::mem::take(&mut self.real), handles)
    }

    /// How many tasks were not joined: `tokio::task::JoinSet::len`.
    pub fn len(&self) -> usize {
        self.real.len() + self.controlled.len()
    }

    /// Whether all tasks were joined: `tokio::task::JoinSet::is_empty`.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: 'static> JoinSet<T> {
    /// Spawns a task: `tokio::task::JoinSet::spawn`.
    #[track_caller]
    pub fn spawn<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        if current::in_task().is_none() {
            return AbortHandle::real(self.real.spawn(task));
        }
        self.insert(Plan::unnamed().spawn(task))
    }

    /// Spawns a task on a runtime: `tokio::task::JoinSet::spawn_on`.
    #[track_caller]
    pub fn spawn_on<F>(&mut self, task: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        if let Some(handle) = handle.real() {
            return AbortHandle::real(self.real.spawn_on(task, handle));
        }
        self.insert(handle.spawn_as(Plan::unnamed(), task))
    }

    /// Spawns a task on the current `LocalSet`: `tokio::task::JoinSet::spawn_local`.
    #[track_caller]
    pub fn spawn_local<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        if current::in_task().is_none() {
            return AbortHandle::real(self.real.spawn_local(task));
        }
        self.insert(local::spawn_local_as(Plan::unnamed(), task))
    }

    /// Spawns a task on a `LocalSet`: `tokio::task::JoinSet::spawn_local_on`.
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, task: F, local_set: &LocalSet) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        if let Some(local_set) = local_set.real() {
            return AbortHandle::real(self.real.spawn_local_on(task, local_set));
        }
        self.insert(local_set.spawn_as(Plan::unnamed(), task))
    }

    /// Runs a closure that may block: `tokio::task::JoinSet::spawn_blocking`.
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        if current::in_task().is_none() {
            return AbortHandle::real(self.real.spawn_blocking(f));
        }
        self.insert(Plan::unnamed().spawn_blocking(f))
    }

    /// Runs a closure that may block, on a runtime: `tokio::task::JoinSet::spawn_blocking_on`.
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, f: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        if let Some(handle) = handle.real() {
            return AbortHandle::real(self.real.spawn_blocking_on(f, handle));
        }
        self.insert(handle.spawn_blocking_as(Plan::unnamed(), f))
    }

    fn insert(&mut self, handle: JoinHandle<T>) -> AbortHandle {
        let made_at = self.made_at;
        let ends = self.ends.get_or_insert_with(|| {
            Ends::new(ObjectCell::made_at(made_at, ObjectKind::JoinSet), made_at)
        });
        handle.join_in(ends);
        let abort = handle.abort_handle();
        self.controlled.push(handle);
        abort
    }

    /// Takes the result of a task that has ended.
    fn claim(&mut self, task: crate::trace::TaskId, site: Site) -> Option<Joined<T>> {
        let place = self
            .controlled
            .iter()
            .position(|handle| handle.ticket().is_some_and(|it| it.task() == task))?;
        let handle = self.controlled.remove(place);
        if let Some(ticket) = handle.ticket() {
            drive::note(ticket.cell(), Operation::Join, site);
        }
        let id = handle.id();
        Some(handle.take()?.map(|output| (id, output)))
    }

    pub(crate) async fn next(&mut self, site: Site) -> Option<Joined<T>> {
        self.polls.end_by_hand();
        let Some(ends) = self.ends.clone().filter(|_| !self.is_empty()) else {
            let next = self.real.join_next_with_id().await;
            return next.map(real_joined);
        };
        let wait = poll_fn(|context| poll_either(&mut self.real, &ends, context));
        let ended = leaf(ends.cell(), Operation::Join, site, wait, same).await;
        self.settle(ended, site)
    }

    fn settle(&mut self, ended: Ended<T>, site: Site) -> Option<Joined<T>> {
        match ended {
            Ended::Real(joined) => Some(joined),
            Ended::Controlled(task) => self.claim(task, site),
        }
    }

    /// Waits for the next task to end: `tokio::task::JoinSet::join_next`.
    #[track_caller]
    pub fn join_next(&mut self) -> impl Future<Output = Option<Result<T, JoinError>>> {
        let site = Site::caller();
        async move { self.next(site).await.map(without_id) }
    }

    /// Waits for the next task to end: `tokio::task::JoinSet::join_next_with_id`.
    #[track_caller]
    pub fn join_next_with_id(&mut self) -> impl Future<Output = Option<Joined<T>>> {
        self.next(Site::caller())
    }

    /// Takes the result of the next task that has ended: `tokio::task::JoinSet::try_join_next`.
    #[track_caller]
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        self.try_join_next_with_id().map(without_id)
    }

    /// Takes the result of the next task that has ended:
    /// `tokio::task::JoinSet::try_join_next_with_id`.
    #[track_caller]
    pub fn try_join_next_with_id(&mut self) -> Option<Joined<T>> {
        let site = Site::caller();
        let Some(ends) = self.ends.clone().filter(|_| !self.is_empty()) else {
            return self.real.try_join_next_with_id().map(real_joined);
        };
        let take = || {
            let real = self.real.try_join_next_with_id();
            let real = real.map(|joined| Ended::Real(real_joined(joined)));
            real.or_else(|| ends.take().map(Ended::Controlled))
        };
        let ended = perform(&ends.cell(), Operation::TryJoin, site, take, done_if_some)?;
        self.settle(ended, site)
    }

    /// Aborts all tasks and waits for their ends: `tokio::task::JoinSet::shutdown`.
    #[track_caller]
    pub fn shutdown(&mut self) -> impl Future<Output = ()> {
        let site = Site::caller();
        async move {
            self.abort_all_at(site);
            while self.next(site).await.is_some() {}
        }
    }

    /// Waits for all tasks: `tokio::task::JoinSet::join_all`.
    ///
    /// # Panics
    ///
    /// Panics if a task panics or was aborted.
    #[track_caller]
    pub fn join_all(mut self) -> impl Future<Output = Vec<T>> {
        let site = Site::caller();
        async move {
            let mut outputs = Vec::with_capacity(self.len());
            while let Some(joined) = self.next(site).await {
                match joined {
                    Ok((_, output)) => outputs.push(output),
                    Err(error) if error.is_panic() => panic::resume_unwind(error.into_panic()),
                    Err(error) => panic!("{error}"),
                }
            }
            outputs
        }
    }

    /// Asks all tasks to end at their next await: `tokio::task::JoinSet::abort_all`.
    #[track_caller]
    pub fn abort_all(&mut self) {
        self.abort_all_at(Site::caller());
    }

    fn abort_all_at(&mut self, site: Site) {
        self.real.abort_all();
        abort(&self.controlled, site);
    }

    /// Lets go of all tasks, which run on: `tokio::task::JoinSet::detach_all`.
    #[track_caller]
    pub fn detach_all(&mut self) {
        self.real.detach_all();
        let handles = std::mem::take(&mut self.controlled);
        if let Some(ends) = self.ends.as_ref().filter(|_| !handles.is_empty()) {
            let tickets = handles.iter().filter_map(JoinHandle::ticket);
            let detach = || ends.detach(tickets.map(|ticket| ticket.task()));
            perform(
                &ends.cell(),
                Operation::Detach,
                Site::caller(),
                detach,
                done,
            );
        }
    }

    /// As `join_next`, by hand: `tokio::task::JoinSet::poll_join_next`.
    #[track_caller]
    pub fn poll_join_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<T, JoinError>>> {
        self.poll_join_next_with_id(context)
            .map(|joined| joined.map(without_id))
    }

    /// As `join_next_with_id`, by hand: `tokio::task::JoinSet::poll_join_next_with_id`.
    #[track_caller]
    pub fn poll_join_next_with_id(&mut self, context: &mut Context<'_>) -> Poll<Option<Joined<T>>> {
        self.poll_at(Site::caller(), context)
    }

    pub(crate) fn poll_at(
        &mut self,
        site: Site,
        context: &mut Context<'_>,
    ) -> Poll<Option<Joined<T>>> {
        let Some(ends) = self.ends.clone().filter(|_| !self.is_empty()) else {
            let polled = self.real.poll_join_next_with_id(context);
            return polled.map(|joined| joined.map(real_joined));
        };
        let polled = poll_by_hand(
            &ends.cell(),
            (Operation::Join, site),
            &mut self.polls,
            context,
            |context| poll_either(&mut self.real, &ends, context),
            same,
        );
        polled.map(|ended| self.settle(ended, site))
    }
}

fn poll_either<T: 'static>(
    real: &mut real::JoinSet<T>,
    ends: &Ends,
    context: &mut Context<'_>,
) -> Poll<Ended<T>> {
    match real.poll_join_next_with_id(context) {
        Poll::Ready(Some(joined)) => Poll::Ready(Ended::Real(real_joined(joined))),
        Poll::Ready(None) | Poll::Pending => ends.poll(context).map(Ended::Controlled),
    }
}

fn without_id<T>(joined: Joined<T>) -> Result<T, JoinError> {
    joined.map(|(_, output)| output)
}

fn real_joined<T>(joined: Result<(real::Id, T), real::JoinError>) -> Joined<T> {
    match joined {
        Ok((id, output)) => Ok((id.into(), output)),
        Err(error) => Err(error.into()),
    }
}

/// Aborts all, also those that have ended: whether they have is a matter of order.
fn abort<T>(handles: &[JoinHandle<T>], site: Site) {
    let tickets = handles.iter().filter_map(JoinHandle::ticket);
    tickets.for_each(|ticket| ticket.abort(site));
}

impl<T> Drop for JoinSet<T> {
    fn drop(&mut self) {
        abort(&self.controlled, self.made_at);
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinSet").field("len", &self.len()).finish()
    }
}

impl<T> Default for JoinSet<T> {
    #[track_caller]
    fn default() -> JoinSet<T> {
        JoinSet::new()
    }
}

impl<T, F> FromIterator<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = F>>(tasks: I) -> JoinSet<T> {
        let mut set = JoinSet::new();
        set.extend(tasks);
        set
    }
}

impl<T, F> Extend<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn extend<I: IntoIterator<Item = F>>(&mut self, tasks: I) {
        for task in tasks {
            self.spawn(task);
        }
    }
}
