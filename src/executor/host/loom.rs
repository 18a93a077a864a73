//! Tasks on loom's threads: loom decides who goes next, at every touch of one of its atomics.
//!
//! Every object has one loom atomic, which an operation touches before it acts on the real primitive:
//! for loom's reduction, operations that touch one object depend and all others commute. Which do is
//! said by `reduction`; where memory is weak all do, or loom would lose what happens before what. Parks
//! are loom's parks. The last task to park finds out about quiescence, so that loom itself never
//! sees a deadlock. Nothing ever panics through a loom thread: each one catches at its root.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use corosensei::stack::DefaultStack;
use loom::sync::atomic::AtomicUsize;
use loom::thread::Thread;

use super::super::memory::Access;
use super::super::monitor::Suspension;
use super::super::quiescence::Quiet;
use super::super::task::TaskState;
use super::super::{Body, Runtime, current};
use super::Upcoming;
use super::coroutine::{Polls, Stacks};
use super::reduction::{Reduction, is_abort};
use super::weak::WeakMemory;
use crate::trace::{Ending, ObjectId, TaskId};

/// Tasks that a body may spawn: loom has five threads, and the body is one.
pub(crate) const MAX_SPAWNED: usize = loom::MAX_THREADS - 1;
/// Switch points of one execution, before it is cut.
pub(crate) const MAX_TOUCHES: usize = 15_000;
/// The most atomics that are made for each execution.
const MAX_WIDTH: usize = 64;
/// loom's own stacks are 32 KiB: polls run on stacks of ours.
const STACK_BYTES: usize = 4 << 20;

pub(crate) struct LoomHost {
    /// How many objects have an atomic of their own; two that share one seem to depend.
    width: usize,
    polls: Polls,
    /// For drops of user code outside of polls.
    stack: RefCell<Option<DefaultStack>>,
    /// By task; loom threads of the execution that is on.
    threads: RefCell<Vec<Option<Thread>>>,
    /// What objects touch, by their number modulo the length. All are made before any thread is
    /// spawned: loom takes a touch that does not happen after the making for a race.
    objects: RefCell<Vec<Rc<AtomicUsize>>>,
    /// The same, for the looks of tasks whether they are to end.
    aborts: RefCell<Vec<Rc<AtomicUsize>>>,
    memory: WeakMemory,
    reduction: Reduction,
    /// One per group of several tasks: who enters a poll first is a choice.
    gate: RefCell<Option<Rc<AtomicUsize>>>,
    /// Loom threads that have not returned.
    running_threads: Cell<usize>,
    touches: Cell<usize>,
    ending: RefCell<Option<Ending>>,
}

impl Runtime {
    /// Runs the body once, inside loom's model, on the loom thread that calls this.
    pub(crate) fn run_in_loom(self: &Rc<Self>, body: &Body) -> Ending {
        let super::Host::Loom(host) = &self.host else {
            unreachable!("only a runtime on the loom host runs in loom")
        };
        host.reset();
        self.begin(body);
        host.task_loop(self, TaskId::BODY);
        while host.running_threads.get() > 0 {
            loom::thread::yield_now();
        }
        // Drops may have spawned tasks, and too many tasks have no threads.
        self.tear_down();
        host.release_loom_objects();
        self.end();
        host.ending.borrow_mut().take().unwrap_or(Ending::Cut)
    }
}

impl Runtime {
    /// What loom is not told of, if this is a runtime on its host.
    pub(crate) fn reduction(&self) -> Option<&Reduction> {
        match &self.host {
            super::Host::Loom(host) => Some(&host.reduction),
            super::Host::Coroutine(_) => None,
        }
    }
}

impl LoomHost {
    /// A host for bodies of about so many objects, and what is known of their waits.
    pub(crate) fn new(stacks: &Stacks, objects: usize, reduction: Reduction) -> LoomHost {
        LoomHost {
            width: objects.clamp(1, MAX_WIDTH),
            polls: Polls::new(stacks.clone()),
            stack: RefCell::default(),
            threads: RefCell::default(),
            objects: RefCell::default(),
            aborts: RefCell::default(),
            memory: WeakMemory::default(),
            reduction,
            gate: RefCell::default(),
            running_threads: Cell::new(0),
            touches: Cell::new(0),
            ending: RefCell::default(),
        }
    }

    fn reset(&self) {
        self.release_loom_objects();
        self.running_threads.set(0);
        self.touches.set(0);
        self.ending.borrow_mut().take();
        *self.gate.borrow_mut() = Some(Rc::new(AtomicUsize::new(0)));
        for atomics in [&self.objects, &self.aborts] {
            let made = (0..self.width).map(|_| Rc::new(AtomicUsize::new(0)));
            atomics.borrow_mut().extend(made);
        }
        self.memory.fill();
    }

    /// loom's objects must not outlive loom's execution.
    fn release_loom_objects(&self) {
        self.threads.borrow_mut().clear();
        self.objects.borrow_mut().clear();
        self.aborts.borrow_mut().clear();
        self.memory.clear();
        self.gate.borrow_mut().take();
    }

    pub(super) fn spawned(&self, runtime: &Rc<Runtime>, task: TaskId) {
        if task == TaskId::BODY {
            self.register(task, loom::thread::current());
            return;
        }
        if runtime.core().is_tearing_down() {
            return;
        }
        let spawned = runtime.core().spawned.len() - 1;
        if spawned > MAX_SPAWNED {
            let mut core = runtime.core();
            let what = format!(
                "more than {MAX_SPAWNED} spawned tasks on the loom engine, finished ones included"
            );
            let site = core
                .trace
                .task(task)
                .map(|task| task.spawned_at.to_string());
            core.ending
                .get_or_insert(Ending::Unsupported { what, site });
            return;
        }
        self.running_threads.set(self.running_threads.get() + 1);
        let root = Rc::clone(runtime);
        let handle = loom::thread::spawn(move || {
            if let super::Host::Loom(host) = &root.host {
                host.task_loop(&root, task);
                host.running_threads.set(host.running_threads.get() - 1);
            }
        });
        self.register(task, handle.thread().clone());
    }

    fn register(&self, task: TaskId, thread: Thread) {
        let mut threads = self.threads.borrow_mut();
        if threads.len() <= task.index() {
            threads.resize_with(task.index() + 1, || None);
        }
        threads[task.index()] = Some(thread);
    }

    pub(super) fn woken(&self, task: TaskId) {
        let thread = self.threads.borrow().get(task.index()).cloned().flatten();
        if let Some(thread) = thread {
            thread.unpark();
        }
    }

    /// What a task's loom thread does: polls it whenever it is ready, until it is done.
    fn task_loop(&self, runtime: &Rc<Runtime>, task: TaskId) {
        loop {
            self.wait_until(runtime, task, |state| {
                matches!(state, TaskState::Ready | TaskState::Done)
            });
            self.enter_group(runtime, task);
            self.check_for_abort(runtime, task);
            if runtime.core().ready_to_poll(task) {
                self.poll_on_stack(runtime, task);
            }
            self.leave_group(runtime, task);
            if runtime.core().task(task).state == TaskState::Done {
                self.look_for_the_end(runtime);
                return;
            }
            self.take_turns(runtime, task);
        }
    }

    /// A poll begins with a look whether the task is to end: where tasks are aborted, loom is told.
    fn check_for_abort(&self, runtime: &Runtime, task: TaskId) {
        let object = {
            let core = runtime.core();
            core.task(task).object
        };
        if self.reduction.is_aborted(object) && !runtime.core().is_tearing_down() {
            self.touched(runtime);
            self.abort_of(object)
                .fetch_add(1, std::sync::atomic::Ordering::AcqRel);
        }
    }

    /// A task that was woken during its own poll goes on at once. If it only spins, others go
    /// first, or nothing changes any more: no operation of its own would tell loom so.
    fn take_turns(&self, runtime: &Rc<Runtime>, task: TaskId) {
        let (ready, spinning, deferred) = {
            let core = runtime.core();
            let ready = core.task(task).state == TaskState::Ready;
            (ready, core.all_spin(), core.is_deferred(task))
        };
        if ready && (spinning || deferred) {
            self.look_for_the_end(runtime);
            self.touched(runtime);
            loom::thread::yield_now();
        }
    }

    fn poll_on_stack(&self, runtime: &Rc<Runtime>, task: TaskId) {
        if !self.polls.poll(runtime, task) {
            runtime.core().task_mut(task).state = TaskState::Done;
        }
    }

    pub(super) fn polls(&self) -> &Polls {
        &self.polls
    }

    pub(super) fn on_stack(&self, action: &mut dyn FnMut()) {
        let stack = self.stack.borrow_mut().take();
        let mut stack = stack.unwrap_or_else(|| {
            DefaultStack::new(STACK_BYTES)
                .unwrap_or_else(|error| panic!("no memory for a stack: {error}"))
        });
        corosensei::on_stack(&mut stack, action);
        *self.stack.borrow_mut() = Some(stack);
    }

    /// Parks the loom thread until the task's state is as wanted, or teardown has begun.
    fn wait_until(&self, runtime: &Rc<Runtime>, task: TaskId, wanted: impl Fn(TaskState) -> bool) {
        loop {
            {
                let core = runtime.core();
                if wanted(core.task(task).state) || core.is_tearing_down() {
                    return;
                }
            }
            if !self.look_for_the_end(runtime) && !wanted(runtime.core().task(task).state) {
                loom::thread::park();
            }
        }
    }

    /// If nothing can run: fires a timer, or ends the execution. Whether it was ended.
    fn look_for_the_end(&self, runtime: &Rc<Runtime>) -> bool {
        if runtime.core().is_tearing_down() {
            return true;
        }
        let mut options = Vec::new();
        let over = match runtime.settle(&mut options) {
            Quiet::Run | Quiet::Again => return false,
            Quiet::Over(ending) => ending,
        };
        self.finish(runtime, over);
        true
    }

    /// The verdict is known: every task is dropped, each on its own loom thread.
    fn finish(&self, runtime: &Rc<Runtime>, ending: Ending) {
        let ending = runtime.judge(ending);
        self.ending.borrow_mut().get_or_insert(ending);
        runtime.core().begin_teardown();
        let threads: Vec<Thread> = self.threads.borrow().iter().flatten().cloned().collect();
        threads.iter().for_each(Thread::unpark);
    }

    /// During teardown a task's thread drops it by itself; what is left has no thread.
    pub(super) fn run_to_end(&self, runtime: &Rc<Runtime>, task: TaskId) {
        if runtime.core().ready_to_poll(task) {
            self.poll_on_stack(runtime, task);
        }
    }

    /// Who of a group enters a poll first is a choice, made by a touch of the gate.
    fn enter_group(&self, runtime: &Rc<Runtime>, task: TaskId) {
        while !runtime.core().is_tearing_down() {
            if runtime.core().shares_group(task) {
                let gate = self.gate.borrow().clone();
                if let Some(gate) = gate {
                    self.touched(runtime);
                    gate.fetch_add(1, std::sync::atomic::Ordering::AcqRel);
                }
            }
            let inside = runtime.core().group_of(task).inside_poll;
            match inside {
                Some(other) if other != task => loom::thread::park(),
                _ => return,
            }
        }
    }

    fn leave_group(&self, runtime: &Rc<Runtime>, task: TaskId) {
        let waiting: Vec<TaskId> = {
            let core = runtime.core();
            core.group_members(task)
                .filter(|&other| core.task(other).state == TaskState::Ready)
                .collect()
        };
        waiting.into_iter().for_each(|other| self.woken(other));
    }

    /// Lets other loom threads go on, which are torn down each by itself.
    pub(super) fn let_others(&self, runtime: &Runtime, task: TaskId) {
        loom::thread::yield_now();
        resumed(runtime, task);
    }

    /// Counts a switch point; past the limit the execution is cut.
    fn touched(&self, runtime: &Runtime) {
        self.touches.set(self.touches.get() + 1);
        if self.touches.get() > MAX_TOUCHES {
            runtime.core().ending.get_or_insert(Ending::Cut);
        }
    }

    pub(super) fn touch(&self, runtime: &Runtime, at: Suspension, next: Upcoming) {
        let task = at.task;
        runtime.monitor.beat();
        if runtime.core().owns_everything(task) {
            self.end_if_decided();
            return;
        }
        if self.reduction.commutes(&runtime.core(), at, next) {
            return;
        }
        let spinning = {
            let mut core = runtime.core();
            core.suspends(task);
            core.is_deferred(task)
        };
        self.touched(runtime);
        let object = match next {
            Upcoming::Use(object) | Upcoming::Perform(object, _) if !spinning => Some(object),
            _ => None,
        };
        runtime.places.borrow_mut().suspend(&runtime.monitor, at);
        match object {
            Some(object) => {
                self.atomic(object)
                    .fetch_add(1, std::sync::atomic::Ordering::AcqRel);
                if self.reduction.is_aborted(object) && aborts(next) {
                    self.abort_of(object)
                        .fetch_add(1, std::sync::atomic::Ordering::AcqRel);
                }
            }
            None => loom::thread::yield_now(),
        }
        runtime.places.borrow_mut().resume(task);
        resumed(runtime, task);
        self.end_if_decided();
    }

    /// An access to a mirrored atomic: loom's own is the switch point.
    pub(super) fn access(
        &self,
        runtime: &Runtime,
        task: TaskId,
        object: ObjectId,
        access: Access<'_>,
        initial: u64,
    ) -> Option<(u64, bool)> {
        let place = self.memory.place(object, initial)?;
        self.reduction.give_up();
        runtime.monitor.beat();
        let spinning = {
            let mut core = runtime.core();
            core.suspends(task);
            core.is_deferred(task)
        };
        self.touched(runtime);
        if spinning {
            loom::thread::yield_now();
        }
        // loom keeps the last access alone. One that reads hides what others read before it from a
        // write of the same task behind it; so reads are told apart like writes, in no way that would
        // make anything happen before anything.
        self.atomic(object)
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let seen = self.memory.access(place, access);
        resumed(runtime, task);
        self.end_if_decided();
        Some(seen)
    }

    /// Something decided the verdict while other tasks can still run: teardown begins here.
    fn end_if_decided(&self) {
        let Some(runtime) = current::runtime() else {
            return;
        };
        let decided = {
            let core = runtime.core();
            let overdue = core.ending.is_some()
                || runtime.monitor.is_retired()
                || (core.is_overdue() && core.all_spin());
            !core.is_tearing_down() && overdue
        };
        if decided {
            self.look_for_the_end(&runtime);
        }
    }

    fn atomic(&self, object: ObjectId) -> Rc<AtomicUsize> {
        Rc::clone(&self.objects.borrow()[object.index() % self.width])
    }

    fn abort_of(&self, object: ObjectId) -> Rc<AtomicUsize> {
        Rc::clone(&self.aborts.borrow()[object.index() % self.width])
    }

    pub(super) fn block(&self, runtime: &Runtime, task: TaskId) {
        let Some(owner) = current::runtime() else {
            return;
        };
        owner.core().turn_ends(task);
        // Between two polls of what it drives, others of its group may run.
        let released = owner.core().group_of(task).inside_poll != Some(task);
        if released {
            self.leave_group(&owner, task);
        }
        self.wait_until(&owner, task, |state| state != TaskState::Blocked);
        if released {
            self.enter_group(&owner, task);
        }
        resumed(runtime, task);
    }

    /// The loom thread goes on without the task's stack.
    pub(super) fn abandon(&self, task: TaskId) -> ! {
        self.polls.abandon(task)
    }
}

/// Whether what a task does next may ask another one to end.
fn aborts(next: Upcoming) -> bool {
    match next {
        Upcoming::Perform(_, operation) => is_abort(operation),
        Upcoming::Use(_) => true,
        Upcoming::Unknown => false,
    }
}

fn resumed(runtime: &Runtime, task: TaskId) {
    let mut core = runtime.core();
    core.running = Some(task);
    core.refuel();
    core.turn_begins(task);
    core.task_mut(task).state = TaskState::Polling;
}
