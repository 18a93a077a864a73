//! Tasks on pooled coroutines.
//!
//! A stack is needed only during a poll: a task that is parked between polls has none. So the pool
//! holds *workers*, coroutines that poll one task after the other; a worker belongs to a task only
//! while that task is switched out in the middle of a poll.
#![expect(
    unsafe_code,
    reason = "the running worker's yielder, and whom it asks, are reached through pointers"
)]

use std::cell::{Cell, RefCell};
use std::mem;
use std::ptr::{self, NonNull};
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
    /// Return, so that the stack can be freed.
    Exit,
}

/// Why a worker gave control back.
enum Yielded {
    /// The poll is over.
    Idle,
    /// The task is at a switch point, or blocked.
    Suspended(Suspension),
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
    /// Who is asked on behalf of the slice that has control; none while the executor has it.
    turn: Cell<Option<NonNull<dyn Turn>>>,
}

impl CoroutineHost {
    pub(super) fn new(stacks: Stacks) -> CoroutineHost {
        CoroutineHost {
            idle: stacks,
            suspended: RefCell::default(),
            yielder: Cell::new(ptr::null()),
            turn: Cell::new(None),
        }
    }

    pub(super) fn run_slice(&self, runtime: &Rc<Runtime>, task: TaskId, turn: &mut dyn Turn) {
        let (mut worker, input) = match self.take_suspended(task) {
            Some(worker) => {
                runtime.places.borrow_mut().resume(task);
                (worker, Resume::Continue)
            }
            None => (self.idle.take(), Resume::Poll(Rc::clone(runtime), task)),
        };
        self.turn.set(Some(erase(turn)));
        let result = worker.resume(input);
        self.turn.set(None);
        self.yielder.set(ptr::null());
        match result {
            CoroutineResult::Yield(Yielded::Idle) => self.idle.put_back(worker),
            CoroutineResult::Yield(Yielded::Suspended(suspension)) => {
                let mut places = runtime.places.borrow_mut();
                places.suspend(&runtime.monitor, suspension);
                self.suspended.borrow_mut().push((suspension.task, worker));
            }
            // Never resumed, never unwound, never unmapped: whatever it still holds stays.
            CoroutineResult::Yield(Yielded::Abandoned) => {
                mem::forget(worker);
                runtime.core().task_mut(task).state = TaskState::Done;
            }
            CoroutineResult::Return(()) => {}
        }
    }

    /// Asks on behalf of the slice that has control, on its own stack: most of the time it goes on,
    /// and then nothing is switched. None in the middle of a question: then it is no task that asks,
    /// but a waker that was called, as a part of the answer.
    fn ask<R>(&self, question: impl FnOnce(&mut dyn Turn) -> R) -> Option<R> {
        let mut turn = self.turn.take()?;
        let _back = PutBack(&self.turn, turn);
        // SAFETY: `run_slice` made the pointer from the one reference that there is, and waits in
        // `resume` until this worker gives control back: neither does that reference end, nor is it
        // used, before the pointer is gone. Nor is a second one made from it while this one is in
        // use: until then the pointer is not there.
        Some(question(unsafe { turn.as_mut() }))
    }

    pub(super) fn has_stack(&self, task: TaskId) -> bool {
        let suspended = self.suspended.borrow();
        suspended.iter().any(|&(owner, _)| owner == task)
    }

    #[inline]
    fn take_suspended(&self, task: TaskId) -> Option<Worker> {
        let mut suspended = self.suspended.borrow_mut();
        let place = suspended.iter().position(|&(owner, _)| owner == task)?;
        Some(suspended.swap_remove(place).1)
    }

    /// Gives control back to the executor, until it returns it.
    #[inline]
    fn suspend(&self, why: Yielded) {
        let yielder = self.yielder.get();
        assert!(
            !yielder.is_null(),
            "only a running task can give control back"
        );
        // SAFETY: the pointer was set by the worker that has control (here, or in its main loop),
        // from a reference to its own yielder. That lives at the root of the worker's stack for as
        // long as the worker does, and this code runs on that very stack, above it.
        unsafe { &*yielder }.suspend(why);
        self.yielder.set(yielder);
    }

    pub(super) fn can_ask(&self) -> bool {
        self.turn.get().is_some()
    }

    #[inline]
    pub(super) fn switch(&self, runtime: &Runtime, at: Suspension) {
        if self.can_ask() {
            runtime.core().suspends(at.task);
            self.give_way(runtime, at);
        }
    }

    pub(super) fn block(&self, runtime: &Runtime, at: Suspension) {
        runtime.core().turn_ends(at.task);
        self.give_way(runtime, at);
    }

    /// Lets others go, if any goes first.
    #[inline]
    fn give_way(&self, runtime: &Runtime, at: Suspension) {
        let goes_on = self.ask(|turn| turn.goes_on(at.task));
        if !goes_on.expect("only a task can be blocked") {
            self.suspend(Yielded::Suspended(at));
        }
        resumed(runtime, at.task);
    }

    pub(super) fn branch(&self, task: TaskId, alternatives: u32) -> u32 {
        self.ask(|turn| turn.branch(task, alternatives))
            .unwrap_or(0)
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

/// Puts back whom to ask, once the question is over: also when a waker panicked in it.
struct PutBack<'a>(&'a Cell<Option<NonNull<dyn Turn>>>, NonNull<dyn Turn>);

impl Drop for PutBack<'_> {
    fn drop(&mut self) {
        self.0.set(Some(self.1));
    }
}

/// A pointer to what is borrowed for as long as a slice runs.
fn erase<'a>(turn: &'a mut (dyn Turn + 'a)) -> NonNull<dyn Turn> {
    let turn: NonNull<dyn Turn + 'a> = NonNull::from(turn);
    // SAFETY: the types differ in a lifetime alone. Who uses the pointer says why it is alive.
    unsafe { mem::transmute::<NonNull<dyn Turn + 'a>, NonNull<dyn Turn + 'static>>(turn) }
}

#[inline]
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
                super::Host::Coroutine(host) => {
                    host.yielder.set(yielder);
                    let mut next = Some(task);
                    while let Some(task) = next {
                        runtime.poll_task(task);
                        next = host.ask(|turn| turn.next_poll()).flatten();
                    }
                }
                #[cfg(feature = "loom")]
                super::Host::Loom(host) => {
                    host.polls().begin(task, yielder);
                    runtime.poll_task(task);
                }
            }
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
