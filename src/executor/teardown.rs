//! After the verdict: every unfinished task is dropped, one after the other.
//!
//! Mirrored operations then act on the real objects, without switching and without unwinding, so
//! that the user's own `Drop` code runs to its end. Only what would wait, or runs on and on, is
//! unwound with a private payload, and never while the task is already panicking; what catches
//! even that is left where it is: its stack is never used or freed again.

use std::panic::resume_unwind;
use std::rc::Rc;

use super::core::Core;
use super::task::TaskState;
use super::{Runtime, current};
use crate::trace::TaskId;

/// Operations that one task may still perform.
const FUEL: u32 = 1_000;
/// Payloads that one task may catch.
const PAYLOADS: u32 = 4;
/// Tasks that teardown drops before it forgets what is left: drops that spawn for ever.
const TASKS: usize = 10_000;

/// Unwinds a task that will not end by itself. Never seen by users, unless they catch it.
pub(super) struct TornDown;

/// Whether this thread is inside a teardown.
pub(crate) fn is_on() -> bool {
    current::runtime().is_some_and(|runtime| runtime.core().is_tearing_down())
}

/// Called where the thread is about to block on a real lock that is taken: right outside of
/// executions; in teardown it does not return, for the holder may be a task that cannot run.
pub(crate) fn refuse_to_block() {
    if let Some(runtime) = current::in_task() {
        runtime.refuse_to_wait();
    }
}

/// What is left of the task that is being dropped.
pub(super) struct Teardown {
    fuel: u32,
    payloads: u32,
}

impl Teardown {
    fn new() -> Teardown {
        Teardown {
            fuel: FUEL,
            payloads: PAYLOADS,
        }
    }
}

/// How a task must go on during teardown.
enum Burn {
    Act,
    Unwind,
    Abandon,
}

impl Runtime {
    /// Drops every unfinished task, in the order in which they were spawned.
    pub(super) fn tear_down(self: &Rc<Self>) {
        let mut index = 0;
        loop {
            let id = {
                let mut core = self.core();
                core.teardown = Some(Teardown::new());
                let Some(&id) = core.spawned.get(index) else {
                    break;
                };
                id
            };
            index += 1;
            if index > TASKS {
                std::mem::forget(self.core().task_mut(id).future.take());
                continue;
            }
            self.monitor.beat();
            self.drop_task(id);
        }
        self.release_joins();
    }

    /// What tasks returned is dropped with their handles; the executor keeps none.
    pub(super) fn release_joins(&self) {
        let mut core = self.core();
        core.running = None;
        let spawned = std::mem::take(&mut core.spawned);
        let joins: Vec<_> = spawned
            .iter()
            .map(|&id| core.task_mut(id).join.take())
            .collect();
        core.spawned = spawned;
        drop(core);
        drop(joins);
    }

    fn drop_task(self: &Rc<Self>, id: TaskId) {
        let state = {
            let mut core = self.core();
            core.running = Some(id);
            let state = core.task(id).state;
            if state == TaskState::Parked {
                core.task_mut(id).state = TaskState::Ready;
            }
            state
        };
        match state {
            TaskState::Absent | TaskState::Done => {}
            _ => self.host.run_slice(self, id, &mut |_, _| 0),
        }
    }

    /// Called by every operation during teardown: lets it act, or does not return.
    pub(super) fn burn_fuel(&self) {
        let burn = {
            let mut core = self.core();
            let Some(teardown) = core.teardown.as_mut() else {
                return;
            };
            if teardown.fuel > 0 {
                teardown.fuel -= 1;
                Burn::Act
            } else {
                teardown.unwind()
            }
        };
        self.obey(burn);
    }

    /// Called instead of waiting during teardown: does not return.
    pub(super) fn refuse_to_wait(&self) {
        let burn = {
            let mut core = self.core();
            let Some(teardown) = core.teardown.as_mut() else {
                return;
            };
            teardown.unwind()
        };
        self.obey(burn);
    }

    fn obey(&self, burn: Burn) {
        match burn {
            Burn::Act => {}
            Burn::Unwind => resume_unwind(Box::new(TornDown)),
            Burn::Abandon => self.host.abandon(),
        }
    }
}

impl Core {
    /// Ends all waiting: every task is dropped from now on.
    #[cfg(feature = "loom")]
    pub(super) fn begin_teardown(&mut self) {
        self.teardown = Some(Teardown::new());
    }

    /// The next task is dropped: what the one before it used up does not count.
    #[cfg(feature = "loom")]
    pub(super) fn refuel(&mut self) {
        if self.teardown.is_some() {
            self.teardown = Some(Teardown::new());
        }
    }

    /// Whether `task` is to be polled; in teardown, which is its drop, a parked one is too.
    #[cfg(feature = "loom")]
    pub(super) fn ready_to_poll(&mut self, task: TaskId) -> bool {
        self.refuel();
        if self.is_tearing_down() && self.task(task).state == TaskState::Parked {
            self.task_mut(task).state = TaskState::Ready;
        }
        self.task(task).state == TaskState::Ready
    }
}

impl Teardown {
    fn unwind(&mut self) -> Burn {
        if std::thread::panicking() || self.payloads == 0 {
            return Burn::Abandon;
        }
        self.payloads -= 1;
        // For the drops on the way out.
        self.fuel = FUEL;
        Burn::Unwind
    }
}
