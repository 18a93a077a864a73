//! What tasks can do to objects.

use std::fmt;

/// What an object is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "each variant is the tokio or std type of that name"
)]
pub enum ObjectKind {
    Mpsc,
    UnboundedMpsc,
    Oneshot,
    Watch,
    Broadcast,
    Notify,
    Semaphore,
    Mutex,
    RwLock,
    Barrier,
    OnceCell,
    SetOnce,
    /// The completion of a spawned task, seen through its join and abort handles.
    Task,
    /// A sleep, or the delay of a timeout.
    Timer,
    /// An in-memory pipe: one direction of a `duplex`, or a `simplex`.
    Pipe,
    /// What the two halves of an `io::split` share.
    Split,
    CancellationToken,
    TaskTracker,
    /// The tasks that a `JoinSet` joins.
    JoinSet,
    /// The tasks that run whenever a `LocalSet` is run.
    LocalSet,
    StdMutex,
    StdRwLock,
    StdCondvar,
    StdMpsc,
    /// A `Once`, or a `OnceLock` or `LazyLock`, which are made of one.
    StdOnce,
    StdBarrier,
    /// A thread's token, which `unpark` gives and `park` takes.
    Thread,
    Atomic,
}

impl ObjectKind {
    /// What tokio's users call it.
    pub fn name(self) -> &'static str {
        match self {
            ObjectKind::Mpsc => "mpsc channel",
            ObjectKind::UnboundedMpsc => "unbounded mpsc channel",
            ObjectKind::Oneshot => "oneshot channel",
            ObjectKind::Watch => "watch channel",
            ObjectKind::Broadcast => "broadcast channel",
            ObjectKind::Notify => "Notify",
            ObjectKind::Semaphore => "Semaphore",
            ObjectKind::Mutex => "Mutex",
            ObjectKind::RwLock => "RwLock",
            ObjectKind::Barrier => "Barrier",
            ObjectKind::OnceCell => "OnceCell",
            ObjectKind::SetOnce => "SetOnce",
            ObjectKind::Task => "task",
            ObjectKind::Timer => "timer",
            ObjectKind::Pipe => "pipe",
            ObjectKind::Split => "split stream",
            ObjectKind::CancellationToken => "CancellationToken",
            ObjectKind::TaskTracker => "TaskTracker",
            ObjectKind::JoinSet => "JoinSet",
            ObjectKind::LocalSet => "LocalSet",
            ObjectKind::StdMutex => "std Mutex",
            ObjectKind::StdRwLock => "std RwLock",
            ObjectKind::StdCondvar => "std Condvar",
            ObjectKind::StdMpsc => "std mpsc channel",
            ObjectKind::StdOnce => "std Once",
            ObjectKind::StdBarrier => "std Barrier",
            ObjectKind::Thread => "thread",
            ObjectKind::Atomic => "atomic",
        }
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! operations {
    ($($(#[$meta:meta])* $variant:ident => $text:literal,)*) => {
        /// One use of one object by one task.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "each variant is the method of that name")]
        pub enum Operation { $($(#[$meta])* $variant,)* }

        impl Operation {
            /// The method's name, or a few words where there is none.
            pub fn name(self) -> &'static str {
                match self { $(Operation::$variant => $text,)* }
            }
        }
    };
}

operations! {
    // Channels.
    Send => "send",
    TrySend => "try_send",
    Reserve => "reserve",
    TryReserve => "try_reserve",
    Recv => "recv",
    RecvTimeout => "recv_timeout",
    RecvMany => "recv_many",
    TryRecv => "try_recv",
    Close => "close",
    Closed => "closed",
    /// A look at a channel's or lock's state that changes nothing.
    Inspect => "look",
    CloneSender => "clone of a sender",
    DropSender => "drop of a sender",
    DropReceiver => "drop of the receiver",
    DropPermit => "drop of a permit",
    /// A permit becomes a value in the channel.
    SendPermit => "send with a permit",
    /// A weak sender becomes a sender, if there is still one.
    Upgrade => "upgrade",
    Subscribe => "subscribe",
    CloneReceiver => "clone of a receiver",
    // Watch.
    Changed => "changed",
    WaitFor => "wait_for",
    SendModify => "send_modify",
    SendIfModified => "send_if_modified",
    SendReplace => "send_replace",
    Borrow => "borrow",
    BorrowAndUpdate => "borrow_and_update",
    DropBorrow => "drop of a borrow",
    // Notify.
    NotifyOne => "notify_one",
    NotifyLast => "notify_last",
    NotifyWaiters => "notify_waiters",
    NotifyAll => "notify_all",
    /// The call that makes a `Notified`, which sees later `notify_waiters`.
    CreateNotified => "creation of a Notified",
    Notified => "notified",
    EnableNotified => "enable",
    // Locks and semaphores.
    Lock => "lock",
    TryLock => "try_lock",
    Unlock => "unlock",
    Read => "read",
    TryRead => "try_read",
    Write => "write",
    TryWrite => "try_write",
    Downgrade => "downgrade",
    Acquire => "acquire",
    TryAcquire => "try_acquire",
    Release => "release of a permit",
    AddPermits => "add_permits",
    Forget => "forget",
    ForgetPermits => "forget_permits",
    /// A queued or granted wait is given up.
    Cancel => "cancelled wait",
    // Barrier, OnceCell, SetOnce.
    Wait => "wait",
    GetOrInit => "get_or_init",
    Set => "set",
    CallOnce => "call_once",
    Initialized => "end of the initialization",
    // Tasks.
    Spawn => "spawn",
    Join => "join",
    IsFinished => "is_finished",
    Abort => "abort",
    /// A task that somebody may abort looks whether somebody did.
    AbortCheck => "abort check",
    Complete => "end of the task",
    TryJoin => "try_join_next",
    /// A set lets go of its tasks.
    Detach => "detach_all",
    /// The end of a task is told to the set that it belongs to.
    Deliver => "end of a member",
    /// A `LocalSet` begins or ceases to be run.
    Drive => "run of a LocalSet",
    /// A task of a `LocalSet` looks whether that is run.
    Driven => "wait for the LocalSet to be run",
    /// A runtime is dropped, and waits for its tasks.
    ShutdownRuntime => "shutdown of the runtime",
    Yield => "yield_now",
    /// Tasks and timers of real tokio, which a dependency uses, get their turn.
    DriveReal => "run of real tokio",
    /// What the mirror knew becomes real tokio's own.
    Give => "hand-over to real tokio",
    /// A poll in which nothing of the mirror's was used, while other things take part.
    Unseen => "poll without operations",
    // Threads.
    Park => "park",
    ParkTimeout => "park_timeout",
    Unpark => "unpark",
    // Time.
    Sleep => "sleep",
    Timeout => "timeout",
    Tick => "tick",
    /// The test moves the clock by hand.
    Advance => "advance",
    /// The test stops the clock: time passes only when nothing else can happen.
    Pause => "pause",
    /// Nothing else could happen, so time passed.
    Fire => "timer fires",
    /// A raced timer fires although tasks can run.
    FireEarly => "timer fires early",
    Now => "look at the clock",
    // Pipes; what is read and written is `Read` and `Write`.
    Flush => "flush",
    Shutdown => "shutdown",
    DropReader => "drop of the reading end",
    DropWriter => "drop of the writing end",
    // CancellationToken.
    CancelToken => "cancel",
    /// A parent is cancelled, and its children with it.
    CancelWithParent => "cancel of a parent",
    Cancelled => "cancelled",
    IsCancelled => "is_cancelled",
    ChildToken => "child_token",
    DropToken => "drop of a token",
    // TaskTracker.
    Track => "tracking of a task",
    Untrack => "end of a tracked task",
    Reopen => "reopen",
    /// The call that makes a wait, which sees later ends even if the tracker is opened again.
    CreateWait => "creation of a wait",
    // Atomics.
    Load => "load",
    Store => "store",
    ReadModifyWrite => "read-modify-write",
    /// `select!` draws the branch that it polls first.
    SelectStart => "select! start",
}

impl Operation {
    /// Whether a poll of it that is not ready changes nothing that others see.
    pub(crate) fn only_looks(self) -> bool {
        matches!(
            self,
            Operation::Recv
                | Operation::Changed
                | Operation::Join
                | Operation::Yield
                | Operation::AbortCheck
        )
    }

    /// Whether it puts a value into a channel, if it succeeds.
    pub(crate) fn sends(self) -> bool {
        matches!(
            self,
            Operation::Send
                | Operation::TrySend
                | Operation::SendPermit
                | Operation::SendModify
                | Operation::SendIfModified
                | Operation::SendReplace
        )
    }

    /// Whether it is the end of a handle, a guard or a permit.
    pub(crate) fn gives_back(self) -> bool {
        matches!(
            self,
            Operation::DropSender
                | Operation::DropReceiver
                | Operation::DropPermit
                | Operation::DropBorrow
                | Operation::Unlock
                | Operation::Release
        )
    }

    /// Whether a wait for it keeps a place in a queue, so that giving it up is seen by others.
    pub(crate) fn keeps_a_place(self) -> bool {
        matches!(
            self,
            Operation::Send
                | Operation::Reserve
                | Operation::Acquire
                | Operation::Lock
                | Operation::Read
                | Operation::Write
                | Operation::Notified
        )
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an operation came to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Effect {
    /// It succeeded, and others may see the difference.
    Done,
    /// It gave an answer without changing anything: a failed `try_*`, a load, a look.
    Idle,
    /// It was not ready: the task waits.
    Pending,
    /// It failed, or told the end, because the other side is gone or has closed.
    Closed,
}
