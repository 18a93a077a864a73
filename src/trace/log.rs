//! The record of one execution.

use std::sync::Arc;

use super::{Choice, Effect, ObjectId, ObjectKind, Operation, Schedule, Site, TaskId};

/// A task, as a report names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaskInfo {
    /// Its name in this check.
    pub id: TaskId,
    /// The name the user gave it, if any.
    pub name: Option<Arc<str>>,
    /// Where it was spawned; for the body, where the check was called.
    pub spawned_at: Site,
    /// The type of its future, which names the function that it was written in.
    pub future: &'static str,
    /// Its thread group: tasks of one group never interleave inside a poll.
    pub group: usize,
}

/// An object, as a report names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ObjectInfo {
    /// What it is.
    pub kind: ObjectKind,
    /// Where it was created.
    pub created_at: Site,
    /// How many permits, or values, it has room for, where that is fixed when it is created.
    pub capacity: Option<u32>,
    /// For an object that is named when it is first used, the first that was created at the same
    /// place: which of them has which name depends on the order of use, so they count as one.
    pub namesake: Option<ObjectId>,
    /// Whether real tokio has a part of it, or had: what is done to that is not seen.
    pub foreign: bool,
}

/// Something that the mirror does not know takes part: no two steps can be told to commute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opaque {
    /// The task that was woken by it, or that gave something away.
    pub task: TaskId,
    /// Where that task was spawned.
    pub spawned_at: Site,
    /// What real tokio got a part of; none if it is not known what woke the task.
    pub shared: Option<Shared>,
}

/// Something of the mirror's of which real tokio has a part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shared {
    /// What it is.
    pub kind: ObjectKind,
    /// Where it was converted.
    pub at: Site,
}

/// One operation that was performed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event {
    /// Who did it.
    pub task: TaskId,
    /// What was done.
    pub operation: Operation,
    /// To what; none for operations on no object, such as a yield.
    pub object: Option<ObjectId>,
    /// Where in the user's code.
    pub site: Site,
    /// What it came to.
    pub effect: Effect,
    /// How deep inside other operations: 0 is a step, more belongs to the step before it.
    pub depth: u8,
    /// Which future performed it, for polls of one that may take several; 0 for all else.
    pub leaf: u32,
    /// How many permits it is about, for locks and semaphores.
    pub amount: u32,
    /// For a poll that returned `Pending`: the task parked at once, on this alone. For a timer: it
    /// could fire only when nothing else could happen.
    pub alone: bool,
    /// Whether it registered a timer.
    pub sets_timer: bool,
    /// Whether it was polled as one of several branches of a `select!`.
    pub among: bool,
    /// Whether it said that it is not ready without a look: the executor probed.
    pub probed: bool,
    /// Whether it is the first of its task's poll.
    pub starts_poll: bool,
    /// Whether no other task could go before it: it belongs to the step of the event before it.
    pub goes_on: bool,
    /// For the first operation of a poll: the event in which the task was woken.
    pub woken_by: Option<u32>,
}

impl Event {
    /// A step that was done, with nothing more to be said of it.
    pub(crate) fn new(
        task: TaskId,
        operation: Operation,
        object: Option<ObjectId>,
        site: Site,
    ) -> Event {
        Event {
            task,
            operation,
            object,
            site,
            effect: Effect::Done,
            depth: 0,
            leaf: 0,
            amount: 1,
            alone: false,
            sets_timer: false,
            among: false,
            probed: false,
            starts_poll: false,
            goes_on: false,
            woken_by: None,
        }
    }
}

/// A task made a choice of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Branch {
    /// Whose it is.
    pub task: TaskId,
    /// The event that came next.
    pub event: u32,
    /// The way that was taken, of so many.
    pub(crate) taken: u32,
    pub(crate) of: u32,
    /// Whether it is the branch that a `select!` polls first.
    pub select: bool,
    /// The branches that were polled and not ready, one bit for each.
    pub(crate) pending: u64,
    /// Whether each poll of a branch that was not ready was one event.
    pub(crate) is_apart: bool,
    /// The branch that it ended with, if one was ready in that poll, and the event that came next.
    pub won: Option<(u32, u32)>,
}

/// The waker of a task was called in the middle of a wait that others can disturb; or a part of it was
/// woken, perhaps, without that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wake {
    /// The last event before the call, or what did it.
    pub event: u32,
    /// The task.
    pub task: TaskId,
}

/// A task in the middle of a poll let another one of its thread end, and waited for that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Lent {
    /// The event that came next.
    pub(crate) event: u32,
    pub(crate) by: TaskId,
    pub(crate) to: TaskId,
}

/// A step whose task may have seen in it, without an operation, that nothing has happened to an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Look {
    /// An event of the step.
    pub event: u32,
    /// The object.
    pub object: ObjectId,
}

/// The record of one execution; its buffers are kept from one execution to the next.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trace {
    /// Tasks in the order in which they were spawned; the body first.
    pub tasks: Vec<TaskInfo>,
    /// Whether any two tasks belong to one thread group.
    pub shares_threads: bool,
    /// Whether nothing could be switched before some operation, for a lock that cannot be seen or
    /// for a panic: it belongs to the step of the one before it.
    pub has_atomic: bool,
    /// Objects by [`ObjectId`]; none where the name belongs to another execution.
    pub objects: Vec<Option<ObjectInfo>>,
    /// Operations in the order in which they were performed.
    pub events: Vec<Event>,
    /// Choices of tasks, in order.
    pub branches: Vec<Branch>,
    /// Wakes that can be told apart by their order.
    pub wakes: Vec<Wake>,
    /// Wakes of tasks that were woken already.
    pub(crate) rewakes: Vec<Wake>,
    /// Polls in the middle of polls.
    pub(crate) lent: Vec<Lent>,
    /// What was seen without operations, in the order of the events.
    pub looks: Vec<Look>,
    /// Whether something takes part that no mirrored operation explains.
    pub opaque: Option<Opaque>,
    /// Whether time passed while tasks could run, because they only spun. Whether a task does by then
    /// can depend on the order of steps that are independent otherwise.
    pub(crate) has_spun: bool,
    /// The decisions that led here.
    pub schedule: Schedule,
    /// The places of tasks in the order of spawning, by their names.
    pub(crate) ranks: Vec<u32>,
    /// How many operations have begun and not ended.
    pub(crate) operations: u32,
}

impl Trace {
    pub(crate) fn clear(&mut self) {
        self.tasks.clear();
        self.ranks.clear();
        self.shares_threads = false;
        self.has_atomic = false;
        self.has_spun = false;
        self.operations = 0;
        self.objects.fill(None);
        self.events.clear();
        self.wakes.clear();
        self.rewakes.clear();
        self.lent.clear();
        self.looks.clear();
        self.branches.clear();
        self.opaque = None;
        self.schedule.choices.clear();
    }

    /// What is known of a task.
    pub fn task(&self, id: TaskId) -> Option<&TaskInfo> {
        self.tasks.get(self.rank(id)?)
    }

    /// Whether a task belongs to a thread group with others.
    #[inline]
    pub(crate) fn shares_thread(&self, id: TaskId) -> bool {
        self.shares_threads
            && self.task(id).is_some_and(|own| {
                self.tasks
                    .iter()
                    .any(|other| other.id != id && other.group == own.group)
            })
    }

    /// The task in the middle of whose poll another one was when an event came, if it was.
    #[inline]
    pub(crate) fn lender(&self, task: TaskId, event: usize) -> Option<TaskId> {
        // It ends there, so that all that it did since belongs to that poll.
        let here = |lent: &&Lent| lent.to == task && lent.event as usize <= event;
        self.lent.iter().find(here).map(|lent| lent.by)
    }

    /// Whether another task's event belongs to a poll of this one.
    #[inline]
    pub(crate) fn is_inside_poll_of(&self, own: TaskId, other: TaskId, event: usize) -> bool {
        let mut task = other;
        while let Some(lender) = self.lender(task, event) {
            if lender == own {
                return true;
            }
            task = lender;
        }
        false
    }

    /// The object that an object counts as where orders are compared.
    pub(crate) fn namesake(&self, id: ObjectId) -> ObjectId {
        self.object(id).and_then(|info| info.namesake).unwrap_or(id)
    }

    /// The task whose end an object stands for.
    pub(crate) fn task_of(&self, object: ObjectId) -> Option<TaskId> {
        let spawns = self
            .events
            .iter()
            .filter(|event| event.operation == Operation::Spawn);
        // The body is not spawned by anybody.
        let mut spawned = spawns.zip(self.tasks.iter().skip(1));
        spawned
            .find(|(event, _)| event.object == Some(object))
            .map(|(_, task)| task.id)
    }

    /// Which of the tasks it was, in the order in which they were spawned; the body is 0.
    pub(crate) fn rank(&self, id: TaskId) -> Option<usize> {
        let rank = self.ranks.get(id.index())?;
        Some(*rank as usize)
    }

    /// What it costs to run it again, in steps of an execution with few tasks.
    pub(crate) fn cost(&self) -> usize {
        self.events.len() * (1 + self.tasks.len() / 8)
    }

    /// A new task.
    pub(crate) fn add_task(&mut self, task: TaskInfo) {
        let index = task.id.index();
        if self.ranks.len() <= index {
            self.ranks.resize(index + 1, u32::MAX);
        }
        self.ranks[index] = self.tasks.len() as u32;
        self.tasks.push(task);
    }

    /// Where a task comes in the order of spawning, the clock last. Names of tasks are given as
    /// they come up in a process; this order is the same in all.
    fn place(&self, id: TaskId) -> u32 {
        self.ranks.get(id.index()).copied().unwrap_or(u32::MAX)
    }

    /// Who goes next when nothing speaks against it: who went last, or else who was spawned first.
    /// The clock never does.
    pub(crate) fn straight(&self, options: &[TaskId], running: Option<TaskId>) -> TaskId {
        let first = || options.iter().copied().min_by_key(|&task| self.place(task));
        running.or_else(first).unwrap_or(TaskId::BODY)
    }

    /// The tasks that can go next, in the order in which they were spawned, the clock last.
    pub(crate) fn in_spawn_order(&self, options: &[TaskId]) -> Vec<TaskId> {
        let mut options = options.to_vec();
        options.sort_by_key(|&task| self.place(task));
        options
    }

    /// Whether an operation has begun and not ended.
    pub(crate) fn is_inside_operation(&self) -> bool {
        self.operations > 0
    }

    /// The decision for one of the tasks that can go next.
    #[inline]
    pub(crate) fn choice(
        &self,
        options: &[TaskId],
        running: Option<TaskId>,
        task: TaskId,
    ) -> Choice {
        let before = |&&other: &&TaskId| self.place(other) < self.place(task);
        let rank = || options.iter().filter(before).count() as u32;
        Choice {
            taken: (task != self.straight(options, running)).then(rank),
            of: options.len() as u32,
        }
    }

    /// Which task a decision was for, by what is kept of it; `None` if there are not so many.
    pub(crate) fn chosen(
        &self,
        taken: Option<u32>,
        options: &[TaskId],
        running: Option<TaskId>,
    ) -> Option<TaskId> {
        match taken {
            None => Some(self.straight(options, running)),
            Some(rank) => self.in_spawn_order(options).get(rank as usize).copied(),
        }
    }

    /// What is known of an object.
    pub fn object(&self, id: ObjectId) -> Option<&ObjectInfo> {
        self.objects.get(id.index()).and_then(Option::as_ref)
    }

    /// Whether two executions did the same things in the same order.
    pub fn same_events(&self, other: &Trace) -> bool {
        self.events == other.events && self.schedule == other.schedule
    }

    /// Whether an execution in which waits were probed did the same things as this one, but for that.
    pub(crate) fn is_same_probed(&self, probed: &Trace) -> bool {
        // A probe ends a poll: what comes next begins another one.
        let bare = |event: &Event| Event {
            starts_poll: false,
            goes_on: false,
            woken_by: None,
            ..*event
        };
        let rest = probed.events.iter().filter(|event| !event.probed);
        self.events.iter().map(bare).eq(rest.map(bare))
    }
}
