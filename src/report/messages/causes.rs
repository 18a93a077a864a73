//! Why a task is stuck, and what to change: the sentences.
//!
//! Not here: which cause it is (`diagnose`).

use crate::outcome::{Cause, Endless, StuckTask};
use crate::trace::{ObjectKind, Operation, Site, StuckState, TaskId, Trace, Waiting};

/// What stands before why a task is stuck, and before what to change, in texts.
pub(in crate::report) const WHY: &str = "why:";
pub(in crate::report) const CHANGE: &str = "change:";

/// What there is to say of a cause: a sentence, the lines that prove it, and what to change.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::report) struct Told {
    pub(in crate::report) why: String,
    pub(in crate::report) proof: Vec<String>,
    pub(in crate::report) change: String,
}

/// What the sentences refer to.
pub(in crate::report) struct Scene<'a> {
    pub(in crate::report) trace: &'a Trace,
    pub(in crate::report) stuck: &'a [StuckTask],
    /// The task that is stuck.
    pub(in crate::report) task: &'a StuckTask,
    pub(in crate::report) wait: &'a Waiting,
}

pub(in crate::report) fn told(cause: &Cause, scene: &Scene<'_>) -> Told {
    match cause {
        Cause::NoSenderWillSend { senders, last } => scene.no_sender(senders, *last),
        Cause::NoReceiverWillReceive { receivers, last } => scene.no_receiver(receivers, *last),
        Cause::AnswerNeverReceived {
            senders,
            receivers,
            last,
        } => scene.answer_never_received(senders, receivers, *last),
        Cause::NeverClosed { receivers } => scene.never_closed(receivers),
        Cause::LockCycle { cycle } => scene.cycle(cycle),
        Cause::LockTakenTwice { taken_at } => scene.taken_twice(*taken_at),
        Cause::LockHeld { by, taken_at } => scene.lock_held(*by, *taken_at),
        Cause::Forgotten { what, by, at } => scene.forgotten(*what, *by, *at),
        Cause::PermitsHeld { holders } => scene.permits_held(holders),
        Cause::LostWakeup { by, notified_at } => scene.lost_wakeup(*by, *notified_at),
        Cause::NeverSignalled => scene.never_signalled(),
        Cause::Joins { task } => scene.joins(*task),
        Cause::TrackerOpen { is_closed, tracked } => scene.tracker(*is_closed, *tracked),
        Cause::BarrierShort { arrived, of } => scene.barrier(*arrived, *of),
        Cause::NoExit { by } => scene.no_exit(*by),
    }
}

/// A cause in a few plain lines.
pub(in crate::report) fn in_lines(told: &Told) -> String {
    let proof: String = told
        .proof
        .iter()
        .map(|line| format!("- {line}\n"))
        .collect();
    format!("{WHY} {}\n{proof}{CHANGE} {}", told.why, told.change)
}

impl Scene<'_> {
    pub(super) fn kind(&self) -> &'static str {
        self.wait.kind.map_or("object", ObjectKind::name)
    }

    pub(super) fn who(&self, task: TaskId) -> String {
        let name = self.trace.task(task).and_then(|info| info.name.as_deref());
        super::task_name(task, name)
    }

    pub(super) fn this_or(&self, task: TaskId) -> String {
        if task == self.task.id() {
            return "this task".to_owned();
        }
        self.who(task)
    }

    fn spawned_at(&self, task: TaskId) -> String {
        let info = self.trace.task(task);
        info.map_or_else(|| task.to_string(), |info| info.spawned_at.to_string())
    }

    fn joins(&self, task: TaskId) -> Told {
        let spawned_at = self.spawned_at(task);
        Told {
            why: format!("{} never ends", self.who(task)),
            proof: Vec::new(),
            change: match self.task.state() {
                // A thread is joined, and cannot be aborted.
                StuckState::Blocked => {
                    format!("make the thread of {spawned_at} end before it is joined")
                }
                _ => {
                    format!("make the task of {spawned_at} end, or abort() it before it is joined")
                }
            },
        }
    }

    fn lost_wakeup(&self, by: TaskId, notified_at: Site) -> Told {
        Told {
            why: format!(
                "the wakeup was lost: {} notified at {notified_at}, before this task waited, and \
                 such a notification is not kept",
                self.who(by)
            ),
            proof: Vec::new(),
            change: self.register_first(),
        }
    }

    fn register_first(&self) -> String {
        let at = self.wait.awaited_at;
        match self.wait.kind {
            Some(ObjectKind::StdCondvar) => format!(
                "look at the condition under the lock before the wait at {at}, and change it under \
                 that lock: wait_while() does the first"
            ),
            _ => format!(
                "call notified() before the look at the condition, and await it at {at} only after; or \
                 use notify_one(), which is kept for the next that waits"
            ),
        }
    }

    fn never_signalled(&self) -> Told {
        let (why, change) = match self.wait.kind {
            Some(ObjectKind::Semaphore) => (
                "no permits are left, none is out, and nobody adds any",
                "add_permits(), or close() the semaphore to end the wait",
            ),
            Some(ObjectKind::CancellationToken) => (
                "nobody cancels the token",
                "cancel() it, or a token above it, on every path; or give it to a drop_guard()",
            ),
            Some(ObjectKind::Thread) if self.is_ever_unparked() => (
                "nobody unparks it any more: tokens do not add up, and it took those that there were",
                "look at what it waits for in a loop around park(), and unpark() it after each change",
            ),
            Some(ObjectKind::Thread) => (
                "nobody unparks it",
                "unpark() it where what it waits for happens, on error paths too",
            ),
            Some(ObjectKind::StdOnce) => (
                "nobody initializes it",
                "initialize it on every path, error paths too",
            ),
            Some(ObjectKind::SetOnce) => {
                ("nobody sets it", "set() it on every path, error paths too")
            }
            _ if !self.is_ever_notified() => (
                "nobody ever notifies it",
                "notify it where what it waits for happens, on error paths too",
            ),
            _ => (
                "nobody notifies it any more: each notification there was has woken another wait",
                "notify once for each that waits, or notify_waiters() when there is nothing more to \
                 wait for",
            ),
        };
        let at = self.wait.awaited_at;
        match self.kept_from(self.task.id()) {
            Some((taken_at, proof)) => Told {
                why: format!("{why}:"),
                proof: vec![proof],
                change: format!(
                    "drop the guard of {taken_at} before the wait at {at}; or {change}"
                ),
            },
            None => Told {
                why: why.to_owned(),
                proof: Vec::new(),
                change: format!("{change}; it waits at {at}"),
            },
        }
    }

    /// Which stuck tasks wait for a lock that this one holds while it waits itself: they might have
    /// ended its wait.
    fn kept_from(&self, holder: TaskId) -> Option<(Site, String)> {
        let mut waiting = self.stuck.iter().filter_map(|task| match task.cause() {
            Some(Cause::LockHeld { by, taken_at }) if *by == holder => Some((task, *taken_at)),
            _ => None,
        });
        let (first, taken_at) = waiting.next()?;
        let others = waiting.filter(|(_, at)| *at == taken_at).count();
        let mut who = super::task_name(first.id(), first.name());
        if others > 0 {
            who = format!("{who} {}", super::more(others));
        }
        let line = format!(
            "it keeps the lock of {taken_at} while it waits, and {who} cannot go on without that lock"
        );
        Some((taken_at, line))
    }

    fn is_ever_notified(&self) -> bool {
        self.trace.events.iter().any(|event| {
            let notify = matches!(
                event.operation,
                Operation::NotifyOne | Operation::NotifyLast | Operation::NotifyWaiters
            );
            notify && event.object == self.wait.object
        })
    }

    fn is_ever_unparked(&self) -> bool {
        self.trace
            .events
            .iter()
            .any(|event| event.operation == Operation::Unpark && event.object == self.wait.object)
    }

    fn barrier(&self, arrived: usize, of: Option<u32>) -> Told {
        let of = of.map_or_else(|| "more".to_owned(), |of| of.to_string());
        let made = self.wait.created_at.map(|at| format!(" of {at}"));
        Told {
            why: format!(
                "{arrived} of {of} came to the barrier, and no other task is left to come"
            ),
            proof: Vec::new(),
            change: format!(
                "make the barrier{} for as many as come, or have every task come, on error paths too",
                made.unwrap_or_default()
            ),
        }
    }

    fn tracker(&self, is_closed: bool, tracked: usize) -> Told {
        let at = self.wait.awaited_at;
        let (why, change) = if is_closed {
            (
                format!("the tracker is closed, and {tracked} of its tasks never end"),
                format!("tell its tasks to end before the wait at {at}, with a CancellationToken"),
            )
        } else {
            (
                "the tracker is never closed: its wait() ends only then".to_owned(),
                format!("close() the tracker before the wait at {at}"),
            )
        };
        Told {
            why,
            proof: Vec::new(),
            change,
        }
    }

    fn no_exit(&self, by: Endless) -> Told {
        let at = self.wait.awaited_at;
        let why = match by {
            Endless::Timer => {
                "only a timer wakes it, again and again, and nothing tells it to stop"
            }
            Endless::Yield => "the loop only yields: nothing it looks at changes any more",
            Endless::Try => "the loop tries again and again, and nothing it tries can succeed",
        };
        Told {
            why: why.to_owned(),
            proof: Vec::new(),
            change: format!(
                "give the loop around {at} an end: select! with a CancellationToken or a watch \
                 channel, or abort() the task"
            ),
        }
    }
}
