//! Tasks on pooled coroutines.
//!
//! A stack is needed only during a poll: a task that is parked between polls has none. So the pool
//! holds *workers*, coroutines that poll one task after the other; a worker belongs to a task only
//! while that task is switched out in the middle of a poll.
#![expect(
    unsafe_code,
    reason = "the running worker's yielder is reached through a pointer"
)]

use std::cell::{Cell, RefCell};
use std::mem;
use std::ptr;
use std::rc::Rc;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};

use super::super::Runtime;
use super::super::monitor::Suspension;
use super::super::task::TaskState;
use super::Turn;
use crate::trace::TaskId;

/// Mapped lazily: a worker that stays shallow uses a few pages of it.
const STACK_BYTES: usize = 4 << 20;

/// What a worker is resumed with.
enum Resume {
    /// Poll this task.
    Poll(Rc<Runtime>, TaskId),
    /// Go on from where it gave control back.
    Continue,
    /// The answer to a branch.
    Branch(u32),
    /// Return, so that the stack can be freed.
    Exit,
}

/// Why a worker gave control back.
enum Yielded {
    /// The poll is over.
    Idle,
    /// The task is at a switch point, or blocked.
    Suspended(Suspension),
    /// The task wants to know which of several ways of its own to take.
    Branch(TaskId, u32),
    /// The task must never go on.
    Abandoned,
}

type Worker = Coroutine<Resume, Yielded, ()>;

/// The workers of an OS thread that poll nothing: whoever hosts tasks there takes them from here.
#[derive(Clone, Default)]
pub(crate) struct Stacks(Rc<Idle>);

#[derive(Default)]
struct Idle(RefCell<Vec<Worker>>);

impl Stacks {
    fn take(&self) -> Worker {
        self.0.0.borrow_mut().pop().unwrap_or_else(new_worker)
    }

    fn put_back(&self, worker: Worker) {
        self.0.0.borrow_mut().push(worker);
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        for mut worker in self.0.get_mut().drain(..) {
            worker.resume(Resume::Exit);
        }
    }
}

pub(crate) struct CoroutineHost {
    idle: Stacks,
    /// Workers of tasks that are switched out in the middle of a poll.
    suspended: RefCell<Vec<(TaskId, Worker)>>,
    /// The yielder of the worker that has control; null while the executor has it.
    yielder: Cell<*const Yielder<Resume, Yielded>>,
}

impl CoroutineHost {
    pub(super) fn new(stacks: Stacks) -> CoroutineHost {
        CoroutineHost {
            idle: stacks,
            suspended: RefCell::default(),
            yielder: Cell::new(ptr::null()),
        }
    }

    pub(super) fn run_slice(&self, runtime: &Rc<Runtime>, task: TaskId, turn: &mut dyn Turn) {
        let (mut worker, mut input) = match self.take_suspended(task) {
            Some(worker) => {
                runtime.monitor.resume(task);
                (worker, Resume::Continue)
            }
            None => (self.idle.take(), Resume::Poll(Rc::clone(runtime), task)),
        };
        loop {
            let result = worker.resume(input);
            self.yielder.set(ptr::null());
            match result {
                CoroutineResult::Yield(Yielded::Branch(task, alternatives)) => {
                    input = Resume::Branch(turn.branch(task, alternatives));
                    continue;
                }
                CoroutineResult::Yield(Yielded::Idle) => self.idle.put_back(worker),
                CoroutineResult::Yield(Yielded::Suspended(suspension)) => {
                    if turn.goes_on(task) {
                        input = Resume::Continue;
                        continue;
                    }
                    runtime.monitor.suspend(suspension);
                    self.suspended.borrow_mut().push((task, worker));
                }
                // Never resumed, never unwound, never unmapped: whatever it still holds stays.
                CoroutineResult::Yield(Yielded::Abandoned) => {
                    mem::forget(worker);
                    runtime.core().task_mut(task).state = TaskState::Done;
                }
                CoroutineResult::Return(()) => {}
            }
            return;
        }
    }

    fn take_suspended(&self, task: TaskId) -> Option<Worker> {
        let mut suspended = self.suspended.borrow_mut();
        let place = suspended.iter().position(|&(owner, _)| owner == task)?;
        Some(suspended.swap_remove(place).1)
    }

    /// Gives control back to the executor; what it gave when it returned it.
    fn suspend(&self, why: Yielded) -> Resume {
        let yielder = self.yielder.get();
        assert!(
            !yielder.is_null(),
            "only a running task can give control back"
        );
        // SAFETY: the pointer was set by the worker that has control (here, or in its main loop),
        // from a reference to its own yielder. That lives at the root of the worker's stack for as
        // long as the worker does, and this code runs on that very stack, above it.
        let input = unsafe { &*yielder }.suspend(why);
        self.yielder.set(yielder);
        input
    }

    pub(super) fn switch(&self, runtime: &Runtime, at: Suspension) {
        runtime.core().suspends(at.task);
        self.suspend(Yielded::Suspended(at));
        resumed(runtime, at.task);
    }

    pub(super) fn block(&self, runtime: &Runtime, at: Suspension) {
        runtime.core().turn_ends(at.task);
        self.suspend(Yielded::Suspended(at));
        resumed(runtime, at.task);
    }

    pub(super) fn branch(&self, task: TaskId, alternatives: u32) -> u32 {
        match self.suspend(Yielded::Branch(task, alternatives)) {
            Resume::Branch(branch) => branch,
            _ => 0,
        }
    }

    pub(super) fn abandon(&self) -> ! {
        self.suspend(Yielded::Abandoned);
        unreachable!("an abandoned worker is never resumed")
    }
}

/// Polls on workers inside loom's threads. Loom switches them; of ours they have only the stack,
/// which is larger than loom's, and which can be abandoned.
#[cfg(feature = "loom")]
pub(super) struct Polls {
    idle: Stacks,
    /// The workers in the middle of a poll.
    yielders: RefCell<Vec<(TaskId, *const Yielder<Resume, Yielded>)>>,
}

#[cfg(feature = "loom")]
impl Polls {
    pub(super) fn new(stacks: Stacks) -> Polls {
        Polls {
            idle: stacks,
            yielders: RefCell::default(),
        }
    }

    /// Polls a task; whether its stack came back.
    pub(super) fn poll(&self, runtime: &Rc<Runtime>, task: TaskId) -> bool {
        let mut worker = self.idle.take();
        let result = worker.resume(Resume::Poll(Rc::clone(runtime), task));
        self.yielders
            .borrow_mut()
            .retain(|&(owner, _)| owner != task);
        match result {
            CoroutineResult::Yield(Yielded::Idle) => {
                self.idle.put_back(worker);
                true
            }
            _ => {
                mem::forget(worker);
                false
            }
        }
    }

    fn begin(&self, task: TaskId, yielder: &Yielder<Resume, Yielded>) {
        self.yielders.borrow_mut().push((task, yielder));
    }

    pub(super) fn abandon(&self, task: TaskId) -> ! {
        let inside = self
            .yielders
            .borrow()
            .iter()
            .find(|(owner, _)| *owner == task)
            .copied();
        let (_, yielder) = inside.expect("only a task inside a poll can be abandoned");
        // SAFETY: the pointer was set by the worker that polls this task, from a reference to its
        // own yielder, and is forgotten as soon as the poll is over. This code runs inside that
        // poll, on that worker's stack, at whose root the yielder lives.
        unsafe { &*yielder }.suspend(Yielded::Abandoned);
        unreachable!("an abandoned worker is never resumed")
    }
}

fn resumed(runtime: &Runtime, task: TaskId) {
    let mut core = runtime.core();
    core.running = Some(task);
    core.turn_begins(task);
    core.task_mut(task).state = TaskState::Polling;
}

fn new_worker() -> Worker {
    let stack = DefaultStack::new(STACK_BYTES)
        .unwrap_or_else(|error| panic!("no memory for the stack of a task: {error}"));
    Coroutine::with_stack(stack, |yielder, mut input| {
        while let Resume::Poll(runtime, task) = input {
            match &runtime.host {
                super::Host::Coroutine(host) => host.yielder.set(yielder),
                #[cfg(feature = "loom")]
                super::Host::Loom(host) => host.polls().begin(task, yielder),
            }
            runtime.poll_task(task);
            drop(runtime);
            input = yielder.suspend(Yielded::Idle);
        }
    })
}

impl Drop for CoroutineHost {
    fn drop(&mut self) {
        // A worker in the middle of a poll would have to be unwound through user code: it stays.
        self.suspended.get_mut().drain(..).for_each(mem::forget);
    }
}
