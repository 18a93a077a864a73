//! `LocalSet`: tasks that share the thread of whoever runs the set, and run only while it is run.
//!
//! Inside an execution they are tasks like all others, of the thread group of the task that
//! spawned them; each of their polls first looks whether the set is run.

use std::any::type_name;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use ::tokio::task as real;
use pin_project_lite::pin_project;

use super::{JoinHandle, Plan, Ticket};
use crate::executor::current;
use crate::executor::drive;
use crate::executor::locals::{self, Entered};
use crate::executor::object::ObjectCell;
use crate::executor::operation::{Manner, done, enter, perform};
use crate::executor::task::GroupChoice;
use crate::executor::waits::Polls;
use crate::mirror::tokio::runtime::{Home, Id, Runtime};
use crate::trace::{Effect, ObjectKind, Operation, Site};

/// Its address is the key under which a task keeps the set that it is in.
static KEY: u8 = 0;

fn key() -> usize {
    std::ptr::from_ref(&KEY).addr()
}

/// What a set and its tasks share.
struct Local {
    cell: ObjectCell,
    made_at: Site,
    id: u64,
    /// How many futures run the set now.
    driven: Cell<u32>,
    /// How many of its tasks have not ended.
    alive: Cell<usize>,
    /// Tasks that wait for the set to be run.
    idle: RefCell<Vec<Waker>>,
    /// Who waits for all of its tasks.
    waiter: RefCell<Option<Waker>>,
    tasks: RefCell<Vec<Arc<Ticket>>>,
}

impl Local {
    fn drive(&self, site: Site) {
        let begin = || self.driven.set(self.driven.get() + 1);
        perform(&self.cell, Operation::Drive, site, begin, done);
        self.idle.take().into_iter().for_each(Waker::wake);
    }

    fn cease(&self, site: Site) {
        let end = || self.driven.set(self.driven.get().saturating_sub(1));
        perform(&self.cell, Operation::Drive, site, end, done);
    }

    fn spawn<F>(self: &Rc<Self>, plan: Plan<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let executor = current::in_task()
            .expect("the task of a LocalSet can be spawned only in the execution of the set");
        self.alive.set(self.alive.get() + 1);
        let member = Member {
            future: Some(future),
            local: Rc::clone(self),
            polls: Polls::unbudgeted(),
        };
        let types = type_name::<F>();
        let home = Home::current();
        let handle = plan.launch(
            &executor,
            &home,
            GroupChoice::Spawner,
            types,
            home.inside(member),
        );
        let ticket = handle.ticket().map(Arc::clone);
        self.tasks.borrow_mut().extend(ticket);
        handle
    }

    /// A task ended.
    fn left(&self) {
        self.alive.set(self.alive.get().saturating_sub(1));
        drive::note(&self.cell, Operation::Deliver, self.made_at);
        if self.alive.get() == 0 {
            self.waiter.take().into_iter().for_each(Waker::wake);
        }
    }
}

pin_project! {
    /// A task of a set.
    struct Member<F> {
        #[pin]
        future: Option<F>,
        local: Rc<Local>,
        polls: Polls,
    }

    impl<F> PinnedDrop for Member<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let entered = locals::enter(key(), Rc::clone(this.local));
            this.future.set(None);
            drop(entered);
            this.local.left();
        }
    }
}

impl<F: Future> Future for Member<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        const FINISHED: &str = "a task is not polled after it is done";
        let mut this = self.project();
        let local = Rc::clone(this.local);
        let scope = enter(&local.cell, Operation::Driven, local.made_at, Manner::Poll);
        let scope = scope.and_then(|scope| this.polls.begin(scope, context));
        if local.driven.get() == 0 {
            local.idle.borrow_mut().push(context.waker().clone());
            if let Some(scope) = scope {
                this.polls.pend(scope);
            }
            return Poll::Pending;
        }
        this.polls.end();
        if let Some(scope) = scope {
            scope.leave(Effect::Idle);
        }
        let entered = locals::enter(key(), local);
        let polled = this
            .future
            .as_mut()
            .as_pin_mut()
            .expect(FINISHED)
            .poll(context);
        if polled.is_ready() {
            this.future.set(None);
        }
        drop(entered);
        polled
    }
}

/// Tasks that need not be `Send`: `tokio::task::LocalSet`.
pub struct LocalSet {
    inner: Inner,
    polls: Polls,
    /// Whether it was polled as a future, and is run since.
    driving: bool,
    _not_send: PhantomData<*const ()>,
}

enum Inner {
    Real(real::LocalSet),
    Controlled(Rc<Local>),
}

impl LocalSet {
    /// A set without tasks: `tokio::task::LocalSet::new`.
    #[track_caller]
    pub fn new() -> LocalSet {
        let site = Site::caller();
        let inner = match current::in_task() {
            None => Inner::Real(real::LocalSet::new()),
            Some(executor) => Inner::Controlled(Rc::new(Local {
                cell: ObjectCell::made_at(site, ObjectKind::LocalSet),
                made_at: site,
                id: executor.make_group() as u64,
                driven: Cell::new(0),
                alive: Cell::new(0),
                idle: RefCell::default(),
                waiter: RefCell::default(),
                tasks: RefCell::default(),
            })),
        };
        LocalSet {
            inner,
            polls: Polls::default(),
            driving: false,
            _not_send: PhantomData,
        }
    }

    /// Makes `spawn_local` spawn here until the guard is dropped: `tokio::task::LocalSet::enter`.
    pub fn enter(&self) -> LocalEnterGuard {
        match &self.inner {
            Inner::Real(set) => LocalEnterGuard {
                _real: Some(set.enter()),
                _entered: None,
            },
            Inner::Controlled(local) => LocalEnterGuard {
                _real: None,
                _entered: Some(locals::enter(key(), Rc::clone(local))),
            },
        }
    }

    /// Spawns a task on the set: `tokio::task::LocalSet::spawn_local`.
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.spawn_as(Plan::unnamed(), future)
    }

    pub(super) fn spawn_as<F>(&self, plan: Plan<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        match &self.inner {
            Inner::Real(set) => JoinHandle::real(set.spawn_local(future)),
            Inner::Controlled(local) => local.spawn(plan, future),
        }
    }

    /// The real set, outside of executions.
    pub(super) fn real(&self) -> Option<&real::LocalSet> {
        match &self.inner {
            Inner::Real(set) => Some(set),
            Inner::Controlled(_) => None,
        }
    }

    /// Runs the set on a runtime until a future is ready: `tokio::task::LocalSet::block_on`.
    ///
    /// # Panics
    ///
    /// Panics inside async code, as tokio's does.
    #[track_caller]
    pub fn block_on<F>(&self, runtime: &Runtime, future: F) -> F::Output
    where
        F: Future,
    {
        runtime.block_on(self.run_until(future))
    }

    /// Runs the set until a future is ready: `tokio::task::LocalSet::run_until`.
    #[track_caller]
    pub fn run_until<F>(&self, future: F) -> impl Future<Output = F::Output>
    where
        F: Future,
    {
        let site = Site::caller();
        async move {
            match &self.inner {
                Inner::Real(set) => set.run_until(future).await,
                Inner::Controlled(local) => {
                    let local = Rc::clone(local);
                    let driving = false;
                    RunUntil {
                        future,
                        local,
                        site,
                        driving,
                    }
                    .await
                }
            }
        }
    }

    /// Tells sets apart: `tokio::task::LocalSet::id`.
    pub fn id(&self) -> Id {
        match &self.inner {
            Inner::Real(set) => set.id().into(),
            Inner::Controlled(local) => Id::controlled(local.id),
        }
    }
}

pin_project! {
    /// A future during which a set is run.
    struct RunUntil<F> {
        #[pin]
        future: F,
        local: Rc<Local>,
        site: Site,
        driving: bool,
    }

    impl<F> PinnedDrop for RunUntil<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if *this.driving {
                this.local.cease(*this.site);
            }
        }
    }
}

impl<F: Future> Future for RunUntil<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if !std::mem::replace(this.driving, true) {
            this.local.drive(*this.site);
        }
        let entered = locals::enter(key(), Rc::clone(this.local));
        let polled = this.future.poll(context);
        drop(entered);
        if polled.is_ready() {
            *this.driving = false;
            this.local.cease(*this.site);
        }
        polled
    }
}

impl Future for LocalSet {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let local = match &mut this.inner {
            Inner::Real(set) => return Pin::new(set).poll(context),
            Inner::Controlled(local) => Rc::clone(local),
        };
        if !std::mem::replace(&mut this.driving, true) {
            local.drive(local.made_at);
        }
        let scope = enter(&local.cell, Operation::Join, local.made_at, Manner::Poll);
        let scope = match scope {
            None => None,
            Some(scope) => match this.polls.begin(scope, context) {
                None => return Poll::Pending,
                scope => scope,
            },
        };
        if local.alive.get() > 0 {
            *local.waiter.borrow_mut() = Some(context.waker().clone());
            if let Some(scope) = scope {
                this.polls.pend(scope);
            }
            return Poll::Pending;
        }
        this.polls = Polls::default();
        if let Some(scope) = scope {
            scope.leave(Effect::Idle);
        }
        this.driving = false;
        local.cease(local.made_at);
        Poll::Ready(())
    }
}

impl Drop for LocalSet {
    fn drop(&mut self) {
        if let Inner::Controlled(local) = &self.inner {
            let tasks = local.tasks.take();
            let site = local.made_at;
            tasks.iter().for_each(|ticket| ticket.abort(site));
            tasks
                .iter()
                .for_each(|ticket| ticket.wait_for_end(site, None));
        }
    }
}

impl Default for LocalSet {
    #[track_caller]
    fn default() -> LocalSet {
        LocalSet::new()
    }
}

impl fmt::Debug for LocalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSet").finish()
    }
}

/// Makes `spawn_local` spawn on a set: `tokio::task::LocalEnterGuard`.
pub struct LocalEnterGuard {
    _real: Option<real::LocalEnterGuard>,
    _entered: Option<Entered<Rc<Local>>>,
}

impl fmt::Debug for LocalEnterGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalEnterGuard").finish()
    }
}

/// The set that the running task is in.
fn current_set() -> Option<Rc<Local>> {
    let slot = locals::slot::<Rc<Local>>(key())?;
    let local = slot.borrow();
    local.clone()
}

/// Whether the running task is in a set.
pub(crate) fn is_inside() -> bool {
    current_set().is_some()
}

/// Spawns a task on the current `LocalSet` or `LocalRuntime`: `tokio::task::spawn_local`.
///
/// # Panics
///
/// Panics outside of either, as tokio's does.
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    spawn_local_as(Plan::unnamed(), future)
}

#[track_caller]
pub(crate) fn spawn_local_as<F>(plan: Plan<'_>, future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let Some(executor) = current::in_task() else {
        return JoinHandle::real(real::spawn_local(future));
    };
    let home = Home::current();
    if home.is_local() {
        return plan.spawn_at(&executor, &home, future);
    }
    match current_set() {
        Some(local) => local.spawn(plan, future),
        None => panic!(
            "`spawn_local` called from outside of a `task::LocalSet` or `runtime::LocalRuntime`"
        ),
    }
}
