//! Why a task is stuck, as plain data.
//!
//! Not here: how it is found (`diagnose`) and how it is told (`report`).

use crate::trace::{Site, TaskId};

/// One end of something that tasks share.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum HandleKind {
    /// The sending end of a channel.
    Sender,
    /// The receiving end of a channel.
    Receiver,
    /// The guard of a lock.
    Guard,
    /// A permit of a semaphore.
    Permit,
}

/// Who has a handle.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum HeldBy {
    /// One task alone.
    Task(TaskId),
    /// Several tasks, through something that they share, such as an `Arc`.
    Tasks(Vec<TaskId>),
    /// What a task returned, and nobody took.
    Output,
    /// A message that was sent, and nobody received.
    Message {
        /// Where the channel was created that it is in.
        channel: Site,
        /// Where it was sent, if all that is left in the channel was sent there.
        sent_at: Option<Site>,
    },
    /// No task: it is in a static, in a ring of `Arc`s, or was forgotten.
    Nobody,
    /// Code that uses real tokio: one like it was converted into tokio's own type, or came from it,
    /// and who has it then is not seen.
    RealTokio,
}

/// Handles of one place in the code that are alive, and who has them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Holder {
    /// What kind of handle.
    pub handle: HandleKind,
    /// Where it was made or cloned; for guards and permits, where it was taken.
    pub made_at: Site,
    /// Who has it.
    pub by: HeldBy,
    /// How many of them.
    pub count: usize,
}

/// One task of a lock cycle.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CycleStep {
    /// The task.
    pub task: TaskId,
    /// Where it took the lock that the task before it wants.
    pub took_at: Site,
    /// Where it waits for the lock that the task after it has.
    pub wants_at: Site,
}

/// In which way a task runs on without end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Endless {
    /// It sleeps, again and again.
    Timer,
    /// It yields, again and again.
    Yield,
    /// It tries something that does not wait, again and again.
    Try,
}

/// Why a task waits for ever.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Cause {
    /// It waits for a value, a sender is left, and none will send.
    NoSenderWillSend {
        /// The senders that are left.
        senders: Vec<Holder>,
        /// Who sent last, and where.
        last: Option<(TaskId, Site)>,
    },
    /// It waits for room, the receiver is alive, and nobody will receive.
    NoReceiverWillReceive {
        /// The receivers that are left.
        receivers: Vec<Holder>,
        /// Who received last, and where.
        last: Option<(TaskId, Site)>,
    },
    /// What would answer it is in messages of another channel, which nobody receives.
    AnswerNeverReceived {
        /// The senders that are left, in those messages.
        senders: Vec<Holder>,
        /// The receiver that is left of the channel that the first of them is in; if that is in a
        /// message too, then the one of the channel of that, and so on.
        receivers: Vec<Holder>,
        /// Who received last from the outermost channel, and where.
        last: Option<(TaskId, Site)>,
    },
    /// It waits until the channel is closed, and a receiver is left.
    NeverClosed {
        /// The receivers that are left.
        receivers: Vec<Holder>,
    },
    /// Tasks hold locks and want each other's.
    LockCycle {
        /// Every task waits for a lock that the next one holds, the last for one of the first's.
        cycle: Vec<CycleStep>,
    },
    /// It holds the lock that it waits for.
    LockTakenTwice {
        /// Where it took it.
        taken_at: Site,
    },
    /// Another task holds the lock, and does not give it back.
    LockHeld {
        /// Which task.
        by: TaskId,
        /// Where it took it.
        taken_at: Site,
    },
    /// A guard or a permit was taken, and nobody has it who could give it back.
    Forgotten {
        /// What it is.
        what: HandleKind,
        /// Who took it.
        by: TaskId,
        /// Where it was taken, or forgotten by hand.
        at: Site,
    },
    /// Permits are out, and do not come back.
    PermitsHeld {
        /// Who has them.
        holders: Vec<Holder>,
    },
    /// It was notified before it waited.
    LostWakeup {
        /// Who notified it.
        by: TaskId,
        /// Where.
        notified_at: Site,
    },
    /// Nobody signals what it waits for: no notification, permit or value comes (any more).
    NeverSignalled,
    /// It waits for a tracker that nobody closed, or whose tasks do not all end.
    TrackerOpen {
        /// Whether somebody closed it.
        is_closed: bool,
        /// How many of its tasks have not ended.
        tracked: usize,
    },
    /// It waits for the end of a task that does not end.
    Joins {
        /// Which task.
        task: TaskId,
    },
    /// Fewer tasks come to the barrier than it waits for.
    BarrierShort {
        /// How many wait.
        arrived: usize,
        /// How many it takes.
        of: Option<u32>,
    },
    /// It runs on and on, and nothing tells it to stop.
    NoExit {
        /// In which way.
        by: Endless,
    },
}
