//! The executor: picks the next task, polls it, and ends it.
//!
//! Not here: what a pick costs (`host`), who decides (`chooser`), what quiescence means
//! (`quiescence`).

use std::any::Any;
use std::cell::{Cell, Ref, RefCell, RefMut};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use super::chooser::Chooser;
use super::core::Core;
use super::host::Host;
use super::inbox::Inbox;
use super::monitor::Monitor;
use super::quiescence::Quiet;
use super::task::{GroupChoice, JoinSink, Spawn, TaskFuture, TaskState};
use super::teardown::TornDown;
use super::waker::waker;
use crate::config::Flavor;
use crate::trace::{
    Choice, Effect, Ending, ExecutionId, ObjectId, Operation, Order, PanicNote, Site, TaskId, Trace,
};

/// The body of a check, started.
pub(crate) type BodyFuture = Pin<Box<dyn Future<Output = Result<(), String>>>>;
/// The body of a check: called once for each execution.
pub(crate) type Body = Arc<dyn Fn() -> BodyFuture + Send + Sync>;

/// Told of every execution's ending, which is then taken for clean: for testing the harness.
pub(crate) type Survey = Arc<dyn Fn(&Ending, &Trace) + Send + Sync>;

/// What an execution needs to know of the configuration.
#[derive(Clone)]
pub(crate) struct Settings {
    /// Where the check was called.
    pub(crate) site: Site,
    pub(crate) flavor: Flavor,
    pub(crate) early_timers: usize,
    /// Tasks that may live on: names, spawn files, functions.
    pub(crate) allow: Vec<String>,
    /// Synchronous operations before which nothing is switched.
    pub(crate) atomic_sites: Vec<Site>,
    /// Whether the first poll of each wait is to return `Pending`, as tokio's budget may make it:
    /// that shows whether the wait is polled alone.
    pub(crate) probe: Cell<bool>,
    /// Whether every poll of a branch of `select!` is a step of its own, even where that shows
    /// nothing new.
    pub(crate) fine: Cell<bool>,
    /// Tasks that somebody may abort: whether somebody did is a step of its own.
    pub(crate) abortable: RefCell<Vec<TaskId>>,
    /// The same, by the order in which they were spawned: for a schedule from elsewhere.
    pub(crate) abortable_ranks: RefCell<Vec<u32>>,
    /// Which task teardown begins or ends with, and that it is to be noted what goes with it.
    pub(crate) teardown_order: Cell<Option<Order>>,
    pub(crate) survey: Option<Survey>,
    /// How long to wait for a wake from another OS thread before a task counts as stuck.
    pub(crate) grace: Duration,
}

impl Settings {
    /// Whether the check for an abort is a step of its own for a task.
    fn is_abortable(&self, id: TaskId, trace: &Trace) -> bool {
        let ranks = self.abortable_ranks.borrow();
        let ranked = || {
            let rank = trace.rank(id);
            rank.is_some_and(|rank| ranks.contains(&(rank as u32)))
        };
        self.abortable.borrow().contains(&id) || (!ranks.is_empty() && ranked())
    }
}

/// Runs executions, one after the other, on one OS thread.
pub(crate) struct Runtime {
    core: RefCell<Core>,
    pub(super) host: Host,
    pub(crate) settings: Settings,
    pub(super) monitor: Arc<Monitor>,
    pub(super) inbox: Arc<Inbox>,
    /// Kept from one pick to the next.
    options: RefCell<Vec<TaskId>>,
    /// The execution that is on; none while the thread is not inside one.
    live: Cell<Option<ExecutionId>>,
}

static EXECUTIONS: AtomicU64 = AtomicU64::new(1);

/// What happens next.
enum Next {
    Run(TaskId),
    Over(Ending),
}

impl Runtime {
    pub(crate) fn new(settings: Settings, monitor: Arc<Monitor>, host: Host) -> Rc<Runtime> {
        super::panics::install();
        Rc::new(Runtime {
            core: RefCell::new(Core::new()),
            host,
            settings,
            monitor,
            inbox: Inbox::open(),
            options: RefCell::default(),
            live: Cell::new(None),
        })
    }

    /// The state of the execution. Never held across a switch.
    pub(super) fn core(&self) -> RefMut<'_, Core> {
        self.core.borrow_mut()
    }

    pub(super) fn try_core(&self) -> Option<RefMut<'_, Core>> {
        self.core.try_borrow_mut().ok()
    }

    /// The record of the execution that ran last.
    pub(crate) fn trace(&self) -> Ref<'_, Trace> {
        Ref::map(self.core.borrow(), |core| &core.trace)
    }

    /// Where tasks stood in the middle of a poll when a task panicked, in any execution so far.
    pub(crate) fn suspended_at_panic(&self) -> Vec<Site> {
        self.core().suspended_at_panic.clone()
    }

    /// The task that has control.
    pub(crate) fn running(&self) -> Option<TaskId> {
        self.core.try_borrow().ok().and_then(|core| core.running)
    }

    pub(super) fn is_live(&self, execution: ExecutionId) -> bool {
        self.live.get() == Some(execution)
    }

    /// Runs the body once; the chooser decides.
    pub(crate) fn run(self: &Rc<Self>, body: &Body, chooser: &mut dyn Chooser) -> Ending {
        self.begin(body);
        let ending = loop {
            match self.next(chooser) {
                Next::Run(task) => self.resume(task, chooser),
                Next::Over(ending) => break ending,
            }
        };
        let ending = self.survey(ending);
        self.verdict_known(&ending);
        self.tear_down();
        self.end();
        ending
    }

    /// Tells the survey, if there is one: for it every ending is a clean one.
    pub(super) fn survey(&self, ending: Ending) -> Ending {
        match &self.settings.survey {
            Some(survey) if ending != Ending::Cut && !self.settings.probe.get() => {
                survey(&ending, &self.trace());
                Ending::Clean
            }
            _ => ending,
        }
    }

    /// Whoever waits for the check must not lose the verdict, should teardown never end.
    pub(super) fn verdict_known(&self, ending: &Ending) {
        let probed = self.settings.probe.get();
        if !probed && !matches!(ending, Ending::Clean | Ending::Cut) {
            self.monitor.note_verdict(ending, &self.trace());
        }
    }

    /// Whether nobody waits for the check any more.
    pub(crate) fn is_retired(&self) -> bool {
        self.monitor.is_retired()
    }

    /// Words from other threads are not for this runtime any more. Said by hand, because a stack
    /// that was abandoned keeps its runtime for ever.
    pub(crate) fn close(&self) {
        self.inbox.close();
    }

    /// Opens a new execution with the body as its first task.
    pub(super) fn begin(self: &Rc<Self>, body: &Body) {
        let execution = ExecutionId(EXECUTIONS.fetch_add(1, Ordering::Relaxed));
        self.core().reset(execution, &self.settings);
        self.inbox.begin(execution);
        self.live.set(Some(execution));
        let body = Arc::clone(body);
        let runtime = Rc::downgrade(self);
        let future: TaskFuture = Box::pin(async move {
            let result = body().await;
            if let (Err(message), Some(runtime)) = (result, runtime.upgrade()) {
                runtime.body_failed(message);
            }
        });
        self.spawn(Spawn {
            future,
            join: Arc::new(BodySink),
            name: None,
            site: self.settings.site,
            type_name: "",
            group: GroupChoice::Flavor,
        });
    }

    pub(super) fn end(&self) {
        self.monitor.clear();
        self.monitor.beat();
        self.live.set(None);
    }

    fn body_failed(&self, message: String) {
        let site = self.settings.site;
        let note = PanicNote {
            task: TaskId::BODY,
            name: None,
            spawned_at: site,
            message,
            site: None,
        };
        self.core().ending = Some(Ending::Panicked(note));
    }

    /// Adds a task; it runs when it is chosen. Returns the object that stands for its completion.
    pub(crate) fn spawn(self: &Rc<Self>, spawn: Spawn) -> (TaskId, ObjectId) {
        let (task, object) = self.core().spawn(spawn, &self.settings);
        self.host.spawned(self, task);
        (task, object)
    }

    /// Wakes a task of the live execution.
    pub(super) fn wake(&self, task: TaskId) {
        let became_ready = self.core().wake(task);
        if became_ready {
            self.host.woken(task);
        }
    }

    fn next(&self, chooser: &mut dyn Chooser) -> Next {
        let mut options = self.options.borrow_mut();
        loop {
            match self.settle(&mut options) {
                Quiet::Over(ending) => return Next::Over(ending),
                Quiet::TimerFired => continue,
                Quiet::Run => {}
            }
            if self.core().clock.may_fire_early() {
                options.push(TaskId::CLOCK);
            }
            let Some(index) = self.choose(&options, chooser) else {
                return Next::Over(self.cut());
            };
            match options[index] {
                TaskId::CLOCK => self.fire_early(),
                task => return Next::Run(task),
            }
        }
    }

    /// The chooser ends the execution: it would only repeat an order. Not so if a task panicked
    /// because of a switch inside a poll, which no operation that is known explains.
    fn cut(&self) -> Ending {
        let core = self.core();
        let explained = core
            .panics
            .iter()
            .find(|note| super::panics::explained_by_switch(&note.message));
        match explained {
            Some(note) if !core.suspended_at_panic.is_empty() => Ending::Panicked(note.clone()),
            _ => Ending::Cut,
        }
    }

    fn choose(&self, options: &[TaskId], chooser: &mut dyn Chooser) -> Option<usize> {
        if options.len() == 1 {
            return Some(0);
        }
        let mut core = self.core();
        let running = core.running.filter(|running| options.contains(running));
        let index = chooser.next_task(options, running, &core.trace)?;
        debug_assert!(
            index < options.len(),
            "a chooser must take one of the options"
        );
        let choice = core.trace.choice(options, running, options[index]);
        core.trace.schedule.choices.push(choice);
        Some(index)
    }

    /// Gives control to a task until it gives it back.
    fn resume(self: &Rc<Self>, task: TaskId, chooser: &mut dyn Chooser) {
        self.monitor.beat();
        self.core().running = Some(task);
        self.host.run_slice(self, task, &mut |task, alternatives| {
            let branch = chooser.branch(task, alternatives);
            self.core().trace.schedule.choices.push(Choice {
                taken: (branch != 0).then_some(branch),
                of: alternatives,
            });
            branch
        });
    }

    /// Polls a task once, on the stack of a host, and deals with what comes of it.
    pub(super) fn poll_task(self: &Rc<Self>, id: TaskId) {
        let (mut future, execution, drop_only) = {
            let mut core = self.core();
            core.running = Some(id);
            core.turn_begins(id);
            core.begin_poll(id);
            let future = core
                .task_mut(id)
                .future
                .take()
                .expect("a live task has its future");
            if !core.is_tearing_down() && self.settings.is_abortable(id, &core.trace) {
                let site = core
                    .trace
                    .task(id)
                    .map_or(self.settings.site, |task| task.spawned_at);
                core.record(id, Operation::AbortCheck, None, site, Effect::Done);
                core.task_mut(id).acted = true;
            }
            let drop_only = core.is_tearing_down() || core.task(id).abort_requested;
            (future, core.execution, drop_only)
        };
        let waker = waker(execution, id);
        let mut context = Context::from_waker(&waker);
        let polled = if drop_only {
            Ok(Poll::Pending)
        } else {
            catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut context)))
        };
        match polled {
            Ok(Poll::Ready(())) => match drop_future(future) {
                Ok(()) => self.end_task(id, End::Completed),
                Err(payload) => self.end_task(id, End::Panicked(payload)),
            },
            Ok(Poll::Pending) => self.pending(id, future),
            Err(payload) => {
                // What the future still holds goes the same way as in tokio: dropped, and a panic
                // of a drop after a panic is swallowed.
                drop_future(future).unwrap_or_else(swallow);
                self.end_task(id, End::Panicked(payload));
            }
        }
    }

    fn pending(self: &Rc<Self>, id: TaskId, future: TaskFuture) {
        let mut core = self.core();
        if core.is_tearing_down() || core.task(id).abort_requested {
            drop(core);
            match drop_future(future) {
                Ok(()) => self.end_task(id, End::Cancelled),
                Err(payload) => self.end_task(id, End::Panicked(payload)),
            }
            return;
        }
        core.parked(id);
        core.turn_ends(id);
        core.group_of(id).inside_poll = None;
        let task = core.task_mut(id);
        task.future = Some(future);
        task.state = if task.notified {
            TaskState::Ready
        } else {
            TaskState::Parked
        };
    }

    /// The future is gone: tells whoever is interested. A step of its own.
    fn end_task(self: &Rc<Self>, id: TaskId, end: End) {
        let (join, site) = {
            let core = self.core();
            let site = core
                .trace
                .task(id)
                .map_or(self.settings.site, |task| task.spawned_at);
            (core.task(id).join.clone(), site)
        };
        // Nobody can see the end of a task without handles.
        let watched = join.as_ref().is_some_and(|join| join.watched());
        let object = self.core().task(id).object;
        if watched {
            self.switch_point(id, Some(object), site, false);
        }
        if let Some(set) = join.as_ref().and_then(|join| join.set()) {
            self.touch(id, &set, site);
        }
        self.tell_end(id, id, join, end, watched);
        self.core().group_of(id).inside_poll = None;
    }

    /// A task's future is gone, at the hands of `by`.
    pub(super) fn tell_end(
        self: &Rc<Self>,
        by: TaskId,
        id: TaskId,
        join: Option<Arc<dyn JoinSink>>,
        end: End,
        watched: bool,
    ) {
        let torn_down = matches!(&end, End::Panicked(payload) if payload.is::<TornDown>());
        {
            let mut core = self.core();
            let object = core.task(id).object;
            if !core.is_tearing_down() {
                let site = core
                    .trace
                    .task(id)
                    .map_or(self.settings.site, |task| task.spawned_at);
                // Where nobody sees it, nobody could go before it either.
                core.task_mut(by).goes_on = !watched;
                core.record(by, Operation::Complete, Some(object), site, Effect::Done);
                core.made_progress(by);
            }
            core.task_mut(id).waits.clear();
        }
        // An output that nobody wants is dropped here, and a foreign waker may be called: a panic
        // of theirs is nobody's, as in tokio.
        let told = catch_unwind(AssertUnwindSafe(|| match end {
            End::Completed => join.iter().for_each(|join| join.completed()),
            End::Panicked(payload) if !torn_down => self.note_panic(id, payload, join.as_deref()),
            End::Cancelled | End::Panicked(_) => join.iter().for_each(|join| join.cancelled()),
        }));
        told.unwrap_or_else(swallow);
        // Only now: others may have run in the middle of that drop.
        let unblocked: Vec<TaskId> = {
            let mut core = self.core();
            core.task_mut(id).state = TaskState::Done;
            if id == TaskId::BODY {
                core.body_done = true;
                core.body_done_at = core.clock.now;
            }
            let object = core.task(id).object;
            core.unblock(object).collect()
        };
        unblocked.into_iter().for_each(|task| self.host.woken(task));
    }

    fn note_panic(&self, id: TaskId, payload: Box<dyn Any + Send>, join: Option<&dyn JoinSink>) {
        let mut core = self.core();
        let note = super::panics::note(&mut core, id, payload.as_ref());
        if core.is_tearing_down() {
            return;
        }
        if super::panics::explained_by_switch(&note.message) {
            let suspended = self.monitor.suspensions().into_iter();
            let synchronous = suspended.filter(|one| one.synchronous);
            core.suspended_at_panic
                .extend(synchronous.map(|one| one.site));
        }
        if let Some(what) = super::panics::unsupported(&note) {
            core.ending.get_or_insert(Ending::Unsupported {
                what,
                site: note.site,
            });
        } else if id == TaskId::BODY {
            core.ending.get_or_insert(Ending::Panicked(note));
        } else {
            core.panics.push(note);
        }
        drop(core);
        if let Some(join) = join {
            join.panicked(payload);
        }
    }
}

/// Drops a task's future; its panic, if it does.
pub(super) fn drop_future(future: TaskFuture) -> Result<(), Box<dyn Any + Send>> {
    catch_unwind(AssertUnwindSafe(|| drop(future)))
}

/// Drops what a panic was about; should that panic as well, what that was about stays.
pub(super) fn swallow(payload: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.close();
    }
}

/// How a task ended.
pub(super) enum End {
    Completed,
    Panicked(Box<dyn Any + Send>),
    Cancelled,
}

/// Nobody joins the body.
struct BodySink;

impl JoinSink for BodySink {
    fn completed(&self) {}
    fn panicked(&self, _: Box<dyn Any + Send>) {}
    fn cancelled(&self) {}
    fn observed(&self) -> bool {
        true
    }
    fn watched(&self) -> bool {
        false
    }
}
