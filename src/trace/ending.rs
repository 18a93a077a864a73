//! How an execution ended: what was true at quiescence, before teardown.

use std::sync::Arc;

use super::{ObjectId, ObjectKind, Operation, Site, TaskId};

/// How an execution ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ending {
    /// The body and every task that has to end did end.
    Clean,
    /// Nothing more can happen, and tasks are parked. `body` says whether the body is one of them.
    Stuck {
        /// Whether the body itself is parked.
        body: bool,
        /// Every task that is stuck, in the order in which they were spawned.
        tasks: Vec<Stuck>,
    },
    /// Tasks run on without ever getting anywhere.
    Looping(Vec<Stuck>),
    /// The body, or a task that nobody looked at, panicked.
    Panicked(PanicNote),
    /// The body did something the harness cannot control.
    Unsupported {
        /// What it did.
        what: String,
        /// Where (`file:line:column`), if that is known.
        site: Option<String>,
    },
    /// The engine ended the execution before it was over; it shows nothing.
    Cut,
}

/// A task that did not end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stuck {
    /// Which task.
    pub task: TaskId,
    /// The name the user gave it, if any.
    pub name: Option<Arc<str>>,
    /// Where it was spawned.
    pub spawned_at: Site,
    /// The type of its future, which names the function that it was written in.
    pub future: &'static str,
    /// In which way it is stuck.
    pub state: StuckState,
    /// What it waits on; more than one inside `select!`, `join!` and the like. For a task that
    /// loops, the operations that it repeats.
    pub waits: Vec<Waiting>,
}

/// In which way a task is stuck.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StuckState {
    /// Its future returned `Pending`, and nobody will wake it.
    Parked,
    /// Its thread is blocked inside a poll, on something that will not be released.
    Blocked,
    /// It runs on without getting anywhere.
    Looping,
}

/// What a stuck task waits on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// What it wants to do.
    pub operation: Operation,
    /// To which object.
    pub object: Option<ObjectId>,
    /// What that object is.
    pub kind: Option<ObjectKind>,
    /// Where that object was created.
    pub created_at: Option<Site>,
    /// Where it waits.
    pub awaited_at: Site,
    /// Who keeps it from going on, where the runtime knows.
    pub held_by: Option<Held>,
}

/// Who holds what a stuck task waits for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// Which task holds it.
    pub task: TaskId,
    /// Where it took it.
    pub taken_at: Site,
}

/// A panic, caught at the root of its task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PanicNote {
    /// Which task panicked.
    pub task: TaskId,
    /// The name the user gave it, if any.
    pub name: Option<Arc<str>>,
    /// Where it was spawned.
    pub spawned_at: Site,
    /// What it said.
    pub message: String,
    /// Where it panicked (`file:line:column`).
    pub site: Option<String>,
}
