//! Names of tasks, objects and executions.

use std::fmt;

/// A task of a check.
///
/// The name depends only on who spawned the task, and how many it had spawned before, so it is the
/// same in all executions of a check, whatever order the tasks ran in. The body is task 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub(crate) u32);

impl TaskId {
    /// The test's own future.
    pub const BODY: TaskId = TaskId(0);
    /// Not a task: the virtual clock, when it is scheduled like one (a raced timer fires early).
    pub const CLOCK: TaskId = TaskId(u32::MAX);

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            TaskId::BODY => f.write_str("body"),
            TaskId::CLOCK => f.write_str("clock"),
            TaskId(n) => write!(f, "task {n}"),
        }
    }
}

/// An object of a check; like a [`TaskId`], named by its creator and the creator's count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectId(pub(crate) u32);

impl ObjectId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// One run of a body; unique in the process and never 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ExecutionId(pub(crate) u64);
