//! The executor: picks the next task, polls it, and ends it.
//!
//! Not here: what a pick costs (`host`), who decides (`chooser`), what quiescence means
//! (`quiescence`).

use std::any::Any;
use std::cell::{Cell, Ref, RefCell, RefMut};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::allow::means;
use super::chooser::{Chooser, Pick};
use super::core::Core;
use super::guest::{Guest, Invitation};
use super::host::{Host, Turn};
use super::inbox::Inbox;
use super::monitor::{Monitor, Places};
use super::quiescence::Quiet;
use super::spare::Spare;
use super::task::{Audience, GroupChoice, JoinSink, Named, Spawn, TaskFuture};
use crate::config::{Allow, Config, Flavor, TestRuntime};
use crate::trace::{Choice, Ending, ExecutionId, Order, PanicNote, Site, TaskId, TaskInfo, Trace};

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
    /// What the test says of its runtime.
    pub(crate) runtime: TestRuntime,
    pub(crate) early_timers: usize,
    /// Whether the body may panic once a timer has fired early.
    pub(crate) expects_time: bool,
    /// Tasks that may live on: names, spawn files, functions.
    pub(crate) allow: Vec<Allow>,
    /// Tasks that are aborted at any moment, named in the same way.
    pub(crate) cancel_anywhere: Vec<Allow>,
    /// Synchronous operations before which nothing is switched.
    pub(crate) atomic_sites: Vec<Site>,
    /// Whether the first poll of each wait is to return `Pending`, as tokio's budget may make it:
    /// that shows whether the wait is polled alone.
    pub(crate) probe: Cell<bool>,
    /// Whether every poll of a branch of `select!` is a step of its own, even where that shows
    /// nothing new.
    pub(crate) fine: Cell<bool>,
    /// Whether every poll in which nothing is seen is an event: something takes part that the mirror
    /// does not know.
    pub(crate) opaque: Cell<bool>,
    /// Tasks that somebody may abort: whether somebody did is a step of its own.
    pub(crate) abortable: RefCell<Vec<TaskId>>,
    /// The same, by the order in which they were spawned: for a schedule from elsewhere.
    pub(crate) abortable_ranks: RefCell<Vec<u32>>,
    /// Marks of sites that are atomic in a schedule from elsewhere.
    pub(crate) atomic_marks: RefCell<Vec<u16>>,
    /// Which task teardown begins or ends with, and that it is to be noted what goes with it.
    pub(crate) teardown_order: Cell<Option<Order>>,
    /// Tasks of which it is to be noted by which way they came to wait: it takes a backtrace each.
    pub(crate) chains_of: RefCell<Vec<TaskId>>,
    pub(crate) survey: Option<Survey>,
    /// How long to wait for a wake from another OS thread before a task counts as stuck.
    pub(crate) grace: Duration,
    /// What makes a guest, if a dependency needs one.
    pub(crate) guest: Option<Invitation>,
}

impl Settings {
    /// What a configuration says, for a check that was called here.
    pub(crate) fn new(site: Site, config: &Config) -> Settings {
        let is_paused = config.runtime.start_paused;
        Settings {
            site,
            flavor: config.flavor,
            runtime: config.runtime,
            early_timers: if is_paused { 0 } else { config.early_timers },
            expects_time: config.expects_time,
            allow: config.allow.clone(),
            cancel_anywhere: config.cancel_anywhere.clone(),
            atomic_sites: Vec::new(),
            probe: Cell::default(),
            fine: Cell::default(),
            abortable: RefCell::default(),
            abortable_ranks: RefCell::default(),
            opaque: Cell::default(),
            atomic_marks: RefCell::default(),
            teardown_order: Cell::default(),
            chains_of: RefCell::default(),
            survey: None,
            grace: Duration::ZERO,
            guest: None,
        }
    }

    /// Whether nothing is switched before a synchronous operation at this site.
    #[inline]
    pub(crate) fn is_atomic(&self, site: Site) -> bool {
        let marks = self.atomic_marks.borrow();
        let marked = || marks.contains(&site.mark());
        self.atomic_sites.contains(&site) || (!marks.is_empty() && marked())
    }

    /// Whether a task is to be aborted at any moment.
    fn cancels(&self, task: &TaskInfo) -> bool {
        let mut cancelled = self.cancel_anywhere.iter();
        cancelled.any(|cancelled| means(cancelled, task))
    }

    /// Whether the check for an abort is a step of its own for a task.
    #[inline]
    pub(super) fn is_abortable(&self, id: TaskId, trace: &Trace) -> bool {
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
    /// What the monitor was shown.
    pub(super) places: RefCell<Places>,
    pub(super) inbox: Arc<Inbox>,
    /// The guest of the execution that is on.
    pub(super) guest: RefCell<Option<Rc<dyn Guest>>>,
    /// For tasks that nobody joins.
    pub(super) unjoined: Arc<dyn JoinSink>,
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
    pub(crate) fn new(
        settings: Settings,
        monitor: Arc<Monitor>,
        host: Host,
        spare: &Spare,
    ) -> Rc<Runtime> {
        super::panics::install();
        Rc::new(Runtime {
            core: RefCell::new(spare.take_core()),
            host,
            settings,
            monitor,
            places: RefCell::default(),
            inbox: Inbox::open(),
            guest: RefCell::default(),
            unjoined: Arc::new(Unjoined),
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

    /// Where a dependency looked for a runtime of tokio's and found none, in any execution so far.
    pub(crate) fn misses_guest(&self) -> Option<String> {
        self.core().misses_guest.clone()
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
        let mut ending = Ending::Cut;
        self.with_guest(&mut || ending = self.run_once(body, chooser));
        ending
    }

    fn run_once(self: &Rc<Self>, body: &Body, chooser: &mut dyn Chooser) -> Ending {
        self.begin(body);
        self.core().picks = chooser.picks().map(std::mem::take);
        let mut next = self.next(chooser);
        let ending = loop {
            match next {
                Next::Run(task) => next = self.resume(task, chooser),
                Next::Over(ending) => break ending,
            }
        };
        if let (Some(picks), Some(made)) = (chooser.picks(), self.core().picks.take()) {
            *picks = made;
        }
        let ending = self.judge(ending);
        self.tear_down();
        self.end();
        ending
    }

    /// What an ending comes to: with a survey, which is told of it, every one is clean. Whoever
    /// waits for the check must not lose a failure, should teardown never end.
    pub(super) fn judge(&self, ending: Ending) -> Ending {
        if self.is_out_of_time(&ending) {
            return Ending::Clean;
        }
        if matches!(ending, Ending::Cut) || self.settings.probe.get() {
            return ending;
        }
        if let Some(survey) = &self.settings.survey {
            survey(&ending, &self.trace());
            return Ending::Clean;
        }
        if ending != Ending::Clean {
            self.monitor.note_verdict(&ending, &self.trace());
        }
        ending
    }

    /// Whether the body only says that it had less time than it expects.
    fn is_out_of_time(&self, ending: &Ending) -> bool {
        let by_body = matches!(ending, Ending::Panicked(note) if note.task == TaskId::BODY);
        let early = || self.core().clock.early_left < self.settings.early_timers;
        self.settings.expects_time && by_body && early()
    }

    /// Whether nobody waits for the check any more.
    pub(crate) fn is_retired(&self) -> bool {
        self.monitor.is_retired()
    }

    /// Words from other threads are not for this runtime any more, and nothing runs on it again: its
    /// buffers are for the next one. Said by hand, because a stack that was abandoned keeps its
    /// runtime for ever.
    pub(crate) fn close(&self, spare: &Spare) {
        self.inbox.close();
        // What was abandoned may still need it.
        if !std::thread::panicking() {
            spare.put_back(self.core.replace(Core::new()));
        }
    }

    /// Opens a new execution with the body as its first task.
    pub(super) fn begin(self: &Rc<Self>, body: &Body) {
        let execution = ExecutionId(EXECUTIONS.fetch_add(1, Ordering::Relaxed));
        self.core().reset(execution, &self.settings);
        self.inbox.begin(execution);
        self.monitor.enter();
        self.live.set(Some(execution));
        let body = Arc::clone(body);
        let runtime = Rc::downgrade(self);
        let future: TaskFuture = Box::pin(async move {
            runtime.upgrade().iter().for_each(Runtime::spawn_guest);
            let result = body().await;
            if let (Err(message), Some(runtime)) = (result, runtime.upgrade()) {
                runtime.body_failed(message);
            }
        });
        let site = self.settings.site;
        self.spawn(Spawn {
            named: self.name_task(site, GroupChoice::Flavor),
            future,
            join: Arc::clone(&self.unjoined),
            name: None,
            site,
            type_name: "",
        });
    }

    pub(super) fn end(&self) {
        self.places.borrow_mut().clear();
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

    /// Names a task that is spawned at once, of a group that is chosen.
    pub(crate) fn name_task(&self, site: Site, group: GroupChoice) -> Named {
        self.core().name_task(site, group, &self.settings)
    }

    /// Adds a task; it runs when it is chosen.
    pub(crate) fn spawn(self: &Rc<Self>, spawn: Spawn) {
        let task = spawn.named.task;
        self.core().spawn(spawn, &self.settings);
        self.host.spawned(self, task);
    }

    /// Whether a task that was just spawned is to be aborted at any moment.
    pub(crate) fn cancels(&self, task: TaskId) -> bool {
        !self.settings.cancel_anywhere.is_empty()
            && self
                .core()
                .trace
                .task(task)
                .is_some_and(|task| self.settings.cancels(task))
    }

    /// Wakes a task of the live execution.
    pub(super) fn wake(&self, task: TaskId) {
        let became_ready = self.core().wake(task);
        if became_ready {
            self.host.woken(task);
        }
    }

    fn next(&self, chooser: &mut dyn Chooser) -> Next {
        if !self.monitor.is_retired()
            && let Some(task) = self.core().next_as_before(None)
        {
            return Next::Run(task);
        }
        let mut options = self.options.borrow_mut();
        loop {
            match self.settle(&mut options) {
                Quiet::Over(ending) => return Next::Over(ending),
                Quiet::Again => continue,
                Quiet::Run => {}
            }
            if self.core().clock.may_fire_early() {
                options.push(TaskId::CLOCK);
            }
            let Some(pick) = self.choose(&options, chooser) else {
                return Next::Over(self.cut());
            };
            if let Some(picks) = &mut self.core().picks {
                picks.add(pick);
            }
            match pick.task {
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

    fn choose(&self, options: &[TaskId], chooser: &mut dyn Chooser) -> Option<Pick> {
        let mut core = self.core();
        let (events, choices) = (core.trace.events.len(), core.trace.schedule.choices.len());
        let (mut task, mut choice) = (options[0], None);
        if options.len() > 1 {
            let running = core.running.filter(|running| options.contains(running));
            task = options[chooser.next_task(options, running, &core.trace)?];
            let made = core.trace.choice(options, running, task);
            core.trace.schedule.choices.push(made);
            choice = Some(made);
        }
        Some(Pick {
            task,
            events,
            choices,
            choice,
        })
    }

    /// Gives control to a task until it gives it back; what happens then.
    fn resume(self: &Rc<Self>, task: TaskId, chooser: &mut dyn Chooser) -> Next {
        self.monitor.beat();
        self.core().running = Some(task);
        let mut slice = Slice {
            runtime: self,
            chooser,
            next: None,
        };
        self.host.run_slice(self, task, &mut slice);
        match slice.next {
            Some(next) => next,
            None => self.next(chooser),
        }
    }
}

/// What a task does until another one goes.
struct Slice<'a> {
    runtime: &'a Runtime,
    chooser: &'a mut dyn Chooser,
    /// What happens instead, once the task does not go on.
    next: Option<Next>,
}

impl Turn for Slice<'_> {
    fn branch(&mut self, task: TaskId, alternatives: u32) -> u32 {
        let mut core = self.runtime.core();
        let branch = self.chooser.branch(task, alternatives, &core.trace);
        core.trace.schedule.choices.push(Choice {
            taken: (branch != 0).then_some(branch),
            of: alternatives,
        });
        branch
    }

    fn goes_on(&mut self, task: TaskId) -> bool {
        match self.runtime.next(self.chooser) {
            Next::Run(next) if next == task => {
                self.runtime.monitor.beat();
                true
            }
            next => {
                self.next = Some(next);
                false
            }
        }
    }

    fn next_poll(&mut self) -> Option<TaskId> {
        match self.runtime.next(self.chooser) {
            Next::Run(next) if !self.runtime.host.has_stack(next) => {
                self.runtime.monitor.beat();
                Some(next)
            }
            next => {
                self.next = Some(next);
                None
            }
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.inbox.close();
    }
}

/// Nobody joins the body, nor the task that drives a guest.
struct Unjoined;

impl JoinSink for Unjoined {
    fn completed(&self) {}
    fn panicked(&self, _: Box<dyn Any + Send>) {}
    fn cancelled(&self) {}
    fn observed(&self) -> bool {
        true
    }
    fn audience(&self) -> Audience {
        Audience {
            watches: false,
            set: None,
        }
    }
}
