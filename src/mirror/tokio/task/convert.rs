//! Handles of tasks, converted into tokio's own and back, for crates whose signatures want those.
//!
//! tokio's handles have no public constructor, so a task of tokio's stands in for one of ours: it
//! lives in a `LocalSet`, which needs no runtime, and a task of the execution drives that. It ends
//! as ours does, and ours is aborted when it is.
//!
//! Not here: what it means that real tokio has a part of something (`executor::foreign`).

use std::any::Any;
use std::convert::Infallible;
use std::future::{self, Future, poll_fn};
use std::mem;
use std::panic;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use ::tokio::sync::oneshot;
use ::tokio::task as real;

use super::ends::Ends;
use super::{AbortHandle, JoinError, JoinHandle, JoinSet, Plan, Ticket};
use crate::executor::object::ObjectCell;
use crate::executor::{current, foreign, operation};
use crate::mirror::tokio::runtime::{Home, executor};
use crate::trace::{ObjectKind, Site};

/// What the task is called that drives the stand-in of another.
const STANDS_IN: &str = "join for real tokio";

/// The outputs of a task, or what it panicked with.
type End<T> = Result<T, Box<dyn Any + Send>>;

/// Who is told that somebody aborted the stand-in: nothing else wakes its `LocalSet` before ours
/// has ended.
#[derive(Default)]
struct Aborts(Mutex<Asked>);

#[derive(Default)]
struct Asked {
    asked: bool,
    /// Who drives it.
    waker: Option<Waker>,
}

impl Aborts {
    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Aborts {
    fn wake(self: Arc<Self>) {
        let waker = {
            let mut asked = self.lock();
            asked.asked = true;
            asked.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }
}

/// What drives the stand-in of one task.
struct Driver<T, E> {
    ticket: Arc<Ticket>,
    /// How ours ends.
    ends: E,
    set: real::LocalSet,
    tells: oneshot::Sender<End<T>>,
    stand_in: real::AbortHandle,
    aborts: Arc<Aborts>,
    site: Site,
}

impl<T, E: Future<Output = Result<T, JoinError>> + Unpin> Driver<T, E> {
    async fn run(mut self) {
        let mut is_aborted = false;
        let end = poll_fn(|context| {
            let asked = {
                let mut asked = self.aborts.lock();
                asked.waker = Some(context.waker().clone());
                asked.asked
            };
            if asked && !mem::replace(&mut is_aborted, true) {
                self.ticket.abort(self.site);
            }
            Pin::new(&mut self.ends).poll(context)
        })
        .await;
        match end.map_err(JoinError::try_into_panic) {
            Ok(output) => drop(self.tells.send(Ok(output))),
            Err(Ok(payload)) => drop(self.tells.send(Err(payload))),
            Err(Err(_cancelled)) => self.stand_in.abort(),
        }
        self.set.await;
    }
}

/// Makes a stand-in for a task of ours: `spawn` adds it to a `LocalSet`.
fn stand_in<T, E, H>(
    ticket: Arc<Ticket>,
    ends: E,
    site: Site,
    spawn: impl FnOnce(&real::LocalSet, StandIn<T>) -> (real::AbortHandle, H),
) -> H
where
    T: 'static,
    E: Future<Output = Result<T, JoinError>> + Unpin + 'static,
{
    let executor = executor(None);
    foreign::give(ticket.cell(), site);
    let (tells, told) = oneshot::channel();
    let mut set = real::LocalSet::new();
    let (abort, handle) = spawn(&set, StandIn(told));
    let aborts = Arc::new(Aborts::default());
    // It waits from now on, and an abort is told.
    let waker = Waker::from(Arc::clone(&aborts));
    let polled = Pin::new(&mut set).poll(&mut Context::from_waker(&waker));
    debug_assert!(polled.is_pending(), "nobody has told its end");
    let driver = Driver {
        ticket,
        ends,
        set,
        tells,
        stand_in: abort,
        aborts,
        site,
    };
    let plan = Plan {
        name: Some(STANDS_IN),
        site,
    };
    let driven = plan.spawn_at(&executor, &Home::default(), driver.run());
    let driven = driven.ticket().expect("it is spawned on an execution");
    operation::mark_daemon(driven.task());
    handle
}

/// The task of tokio's that ends as ours does.
struct StandIn<T>(oneshot::Receiver<End<T>>);

impl<T> Future for StandIn<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match Pin::new(&mut self.0).poll(context) {
            Poll::Ready(Ok(Ok(output))) => Poll::Ready(output),
            Poll::Ready(Ok(Err(payload))) => panic::resume_unwind(payload),
            // Ours was cancelled, and it is aborted as well.
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    }
}

impl<T: 'static> From<JoinHandle<T>> for real::JoinHandle<T> {
    /// For a crate whose signatures want tokio's own type: it ends as the task does, and aborts it.
    /// In a leak test every order is explored from then on, whether it can differ or not, and the
    /// coverage says so. A panic of the task counts as looked at. A task that ends by itself
    /// although it was aborted there counts as aborted there.
    ///
    /// # Panics
    ///
    /// Panics on a thread that the leak test of the task does not run, and after it.
    #[track_caller]
    fn from(handle: JoinHandle<T>) -> real::JoinHandle<T> {
        let site = Site::caller();
        let handle = match handle.into_real() {
            Ok(handle) => return handle,
            Err(handle) => handle,
        };
        let ticket = Arc::clone(handle.ticket().expect(CONTROLLED));
        let site = site.or(ticket.cell().created_at());
        stand_in(ticket, handle, site, |set, stand_in| {
            let handle = set.spawn_local(stand_in);
            (handle.abort_handle(), handle)
        })
    }
}

const CONTROLLED: &str = "what tokio does not control, an execution does";

impl<T> From<real::JoinHandle<T>> for JoinHandle<T> {
    /// For a task that another crate spawned. In a leak test what it does is not seen: every order
    /// is explored from then on, whether it can differ or not, and the coverage says so.
    #[track_caller]
    fn from(handle: real::JoinHandle<T>) -> JoinHandle<T> {
        match current::in_task() {
            Some(_) => JoinHandle::foreign(handle),
            None => JoinHandle::real(handle),
        }
    }
}

impl From<AbortHandle> for real::AbortHandle {
    /// For a crate whose signatures want tokio's own type: it aborts the task. In a leak test every
    /// order is explored from then on, whether it can differ or not, and the coverage says so.
    ///
    /// # Panics
    ///
    /// Panics on a thread that the leak test of the task does not run, and after it.
    #[track_caller]
    fn from(handle: AbortHandle) -> real::AbortHandle {
        let site = Site::caller();
        let ticket = match handle.parts() {
            Ok(ticket) => ticket,
            Err(handle) => return handle,
        };
        let site = site.or(ticket.cell().created_at());
        let watched = Arc::clone(&ticket);
        let ends = poll_fn(move |context| watched.poll_ended(context).map(Ok));
        stand_in(ticket, ends, site, |set, stand_in: StandIn<()>| {
            let handle = set.spawn_local(stand_in).abort_handle();
            (handle.clone(), handle)
        })
    }
}

impl From<real::AbortHandle> for AbortHandle {
    /// For a task that another crate spawned.
    fn from(handle: real::AbortHandle) -> AbortHandle {
        AbortHandle::real(handle)
    }
}

impl<T: 'static> From<JoinSet<T>> for real::JoinSet<T> {
    /// For a crate whose signatures want tokio's own type: its tasks end as those of this set do, and
    /// it aborts them. In a leak test every order is explored from then on, whether it can differ or
    /// not, and the coverage says so.
    ///
    /// # Panics
    ///
    /// Panics on a thread that the leak test of its tasks does not run, and after it.
    #[track_caller]
    fn from(tasks: JoinSet<T>) -> real::JoinSet<T> {
        let site = Site::caller().or(tasks.made_at());
        let (mut real, controlled) = tasks.into_parts();
        for handle in controlled {
            let ticket = Arc::clone(handle.ticket().expect(CONTROLLED));
            stand_in(ticket, handle, site, |set, stand_in| {
                (real.spawn_local_on(stand_in, set), ())
            });
        }
        real
    }
}

impl<T: 'static> From<real::JoinSet<T>> for JoinSet<T> {
    /// For tasks that another crate spawned. In a leak test what they do is not seen: every order is
    /// explored from then on, whether it can differ or not, and the coverage says so.
    #[track_caller]
    fn from(tasks: real::JoinSet<T>) -> JoinSet<T> {
        let made_at = Site::caller();
        let cell = || ObjectCell::shared(ObjectKind::JoinSet, None);
        let ends = current::in_task().map(|_| Ends::new(cell(), made_at));
        JoinSet::of_real(tasks, ends, made_at)
    }
}

impl From<JoinError> for real::JoinError {
    /// For a crate whose signatures want tokio's own type. Its id is another one.
    fn from(error: JoinError) -> real::JoinError {
        let set = real::LocalSet::new();
        let payload = error.try_into_panic();
        let is_cancelled = payload.is_err();
        let mut failed = set.spawn_local(async move {
            match payload {
                Ok(payload) => panic::resume_unwind(payload),
                Err(_) => future::pending::<Infallible>().await,
            }
        });
        if is_cancelled {
            failed.abort();
        }
        let mut context = Context::from_waker(Waker::noop());
        let ended = pin!(set).poll(&mut context);
        debug_assert!(ended.is_ready(), "its one task has ended");
        match Pin::new(&mut failed).poll(&mut context) {
            Poll::Ready(Err(error)) => error,
            Poll::Ready(Ok(never)) => match never {},
            Poll::Pending => unreachable!("the task has ended"),
        }
    }
}
