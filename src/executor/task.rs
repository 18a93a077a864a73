//! A task as a state machine.
//!
//! Not here: its stack (`host`), and what its future is made of (`mirror::tokio::task`).

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use super::clock::TimerId;
use super::object::ObjectCell;
use crate::trace::{ObjectId, Operation, Site, TaskId};

/// What a task runs. Its output is stored by the future itself, for the [`JoinSink`] to hand on.
pub(crate) type TaskFuture = Pin<Box<dyn Future<Output = ()>>>;

/// Where the end of a task is reported to.
pub(crate) trait JoinSink {
    /// It ran to its end; wakes whoever joins it.
    fn completed(&self);
    /// It panicked.
    fn panicked(&self, payload: Box<dyn Any + Send>);
    /// It was aborted, and its future is dropped.
    fn cancelled(&self);
    /// Whether somebody looked at how it ended.
    fn observed(&self) -> bool;
    /// Who can see its end.
    fn audience(&self) -> Audience;
}

/// Who can see the end of a task.
pub(crate) struct Audience {
    /// Whether anybody has a handle that shows it.
    pub(crate) watches: bool,
    /// What it is told to: a `JoinSet`, or a `LocalSet`.
    pub(crate) set: Option<Arc<ObjectCell>>,
}

/// A task's life, in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TaskState {
    /// Not spawned in this execution.
    Absent,
    /// To be polled: new, or woken.
    Ready,
    /// Inside a poll, with control.
    Polling,
    /// Switched out inside a poll, at a switch point; it can go on.
    Suspended,
    /// Inside a poll, and blocked like a thread until an object is released.
    Blocked,
    /// Its poll returned `Pending`.
    Parked,
    /// Its future is gone.
    Done,
}

/// A wait that returned `Pending` and was neither finished nor given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Wait {
    pub(super) id: WaitId,
    pub(super) operation: Operation,
    pub(super) object: ObjectId,
    pub(super) site: Site,
    /// The timer that ends it, if it is a wait for time.
    pub(super) timer: Option<TimerId>,
    /// For a poll by hand, the poll of the task that it was part of: in later ones it may have been
    /// given up.
    pub(super) by_hand: Option<u64>,
    /// It was polled with another waker than its task's.
    pub(super) apart: bool,
}

/// A wait like a thread's that is known to observe nothing else: the task does nothing meanwhile.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Blocking {
    /// As a future's; 0 if there is none.
    pub(super) leaf: u32,
    /// Whether a timer ends it.
    pub(super) timed: bool,
}

/// A wait's name within its execution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct WaitId(pub(super) u64);

/// How far a poll of `select!` without a fixed order has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Looking {
    /// None is on, or it did something that others see.
    Not,
    /// No branch was polled yet.
    Began,
    /// Its branches only looked so far, and were not ready.
    Looked,
}

/// How often tokio lets a task's operations succeed in one poll before it makes them yield.
pub(super) const COOP_BUDGET: u8 = 128;

/// Everything the executor knows of a task; kept and cleared from one execution to the next.
pub(super) struct Task {
    pub(super) state: TaskState,
    /// Taken while a poll is on, and gone when the task is done.
    pub(super) future: Option<TaskFuture>,
    pub(super) join: Option<Arc<dyn JoinSink>>,
    /// How many tasks were spawned before it.
    pub(super) place: u32,
    /// Which group it belongs to: tasks that share a thread.
    pub(super) group: usize,
    /// The object that stands for its completion.
    pub(super) object: ObjectId,
    /// Nothing was recorded of the poll that is on.
    pub(super) starts_poll: bool,
    /// The event in which it was woken for the poll that comes, or is on.
    pub(super) woken_by: Option<u32>,
    /// Woken during its own poll.
    pub(super) notified: bool,
    pub(super) abort_requested: bool,
    /// How far a poll of `select!` without a fixed order has come.
    pub(super) looking: Looking,
    /// It polls one of several branches of a `select!`.
    pub(super) among: bool,
    /// The operation that begins had no switch point: it belongs to the step before it.
    pub(super) goes_on: bool,
    /// Asked for another turn in the poll that is on.
    pub(super) yielded: bool,
    /// May live on after the body.
    pub(super) daemon: bool,
    /// Whether this slice performed an operation: the next one has a switch point.
    pub(super) acted: bool,
    /// Operations in progress, one inside the other.
    pub(super) nesting: u8,
    pub(super) waits: Vec<Wait>,
    /// How often it was polled.
    pub(super) polls: u64,
    /// Every object that it ever waited on, sorted: a loop that sleeps waits on ever new ones.
    pub(super) waited_on: Vec<ObjectId>,
    /// What it is blocked on, while [`TaskState::Blocked`].
    pub(super) blocked: Option<(Operation, ObjectId, Site)>,
    /// While it is blocked: what that wait is called, and whether a timer ends it.
    pub(super) blocking: Blocking,
    /// Whose scope it runs in: that task goes on only once this one has ended.
    pub(super) scoped_by: Option<TaskId>,
    /// Whether it is blocked between two polls of a future that it drives: a wake ends that.
    pub(super) drives: bool,
    /// It is a thread of its own, not a future.
    pub(super) is_thread: bool,
    /// It may block its thread: a blocking closure, or inside `block_in_place` and the like.
    pub(super) may_block: bool,
    /// How often an operation may still succeed in this poll; none if any number of times.
    pub(super) budget: Option<u8>,
    /// Values that are the task's own, by the address of their key.
    pub(super) locals: Vec<(usize, Rc<dyn Any>)>,
    /// How many tasks and objects it created: names of its next ones.
    pub(super) tasks_created: usize,
    pub(super) objects_created: usize,
    pub(super) fairness: super::fairness::Turns,
}

impl Task {
    pub(super) fn absent() -> Task {
        Task {
            state: TaskState::Absent,
            future: None,
            join: None,
            place: 0,
            group: 0,
            object: ObjectId(0),
            starts_poll: false,
            woken_by: None,
            notified: false,
            abort_requested: false,
            looking: Looking::Not,
            among: false,
            goes_on: false,
            yielded: false,
            daemon: false,
            acted: false,
            nesting: 0,
            waits: Vec::new(),
            waited_on: Vec::new(),
            polls: 0,
            blocked: None,
            blocking: Blocking::default(),
            scoped_by: None,
            drives: false,
            is_thread: false,
            may_block: false,
            budget: Some(COOP_BUDGET),
            locals: Vec::new(),
            tasks_created: 0,
            objects_created: 0,
            fairness: super::fairness::Turns::default(),
        }
    }

    /// Makes it a new task that waits for its first poll.
    pub(super) fn begin(&mut self, future: TaskFuture, join: Arc<dyn JoinSink>, group: usize) {
        self.forget();
        self.state = TaskState::Ready;
        self.future = Some(future);
        self.join = Some(join);
        self.group = group;
    }

    /// Nothing of it is left but its buffers.
    pub(super) fn forget(&mut self) {
        let (mut waits, mut waited_on) = (
            std::mem::take(&mut self.waits),
            std::mem::take(&mut self.waited_on),
        );
        waits.clear();
        waited_on.clear();
        // Left behind by a stack that was abandoned: it may still borrow them.
        self.locals.drain(..).for_each(std::mem::forget);
        *self = Task {
            waits,
            waited_on,
            ..Task::absent()
        };
    }

    /// Whether a wait is on in its current poll.
    pub(super) fn is_current(&self, wait: &Wait) -> bool {
        wait.by_hand.is_none_or(|poll| poll == self.polls)
    }

    /// The waits that are on in its current poll.
    pub(super) fn current_waits(&self) -> impl Iterator<Item = &Wait> {
        self.waits.iter().filter(|wait| self.is_current(wait))
    }

    /// Whether it does nothing until it is woken.
    pub(super) fn is_parked(&self) -> bool {
        self.state == TaskState::Parked || (self.state == TaskState::Blocked && self.drives)
    }

    pub(super) fn is_alive(&self) -> bool {
        !matches!(self.state, TaskState::Absent | TaskState::Done)
    }

    /// Whether it could go on, its group permitting.
    pub(super) fn can_run(&self) -> bool {
        matches!(
            self.state,
            TaskState::Ready | TaskState::Polling | TaskState::Suspended
        )
    }
}

/// What a new task is called, and which group it joins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    pub(crate) task: TaskId,
    /// The object of its completion.
    pub(crate) object: ObjectId,
    pub(super) group: usize,
    /// Whether it is a thread of its own, which it may block.
    pub(super) is_thread: bool,
}

/// What the executor needs to spawn a task.
pub(crate) struct Spawn {
    pub(crate) named: Named,
    pub(crate) future: TaskFuture,
    pub(crate) join: Arc<dyn JoinSink>,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) site: Site,
    /// The type of the user's future.
    pub(crate) type_name: &'static str,
}

/// Which group a new task joins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum GroupChoice {
    /// What the flavor says for async tasks.
    Flavor,
    /// The group of the task that spawns it: `spawn_local`.
    Spawner,
    /// A thread of its own, which it may block: blocking closures, mirrored threads.
    Own,
    /// A group of its own, which it must not block.
    Alone,
    /// A group that was made before: the tasks of a runtime with one thread.
    Given(usize),
}
