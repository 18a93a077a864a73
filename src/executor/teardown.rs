//! After the verdict: every unfinished task is dropped, one after the other.
//!
//! Mirrored operations then act on the real objects, without switching and without unwinding, so
//! that the user's own `Drop` code runs to its end. Only what would wait, or runs on and on, is
//! unwound with a private payload, and never while the task is already panicking; what catches
//! even that is left where it is: its stack is never used or freed again.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;

use super::core::Core;
use super::host::LastTurn;
use super::poll::swallow;
use super::task::{JoinSink, TaskState};
use super::{Runtime, current, threads};
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
    /// The tasks are gone: what they returned is dropped.
    outputs: bool,
}

impl Teardown {
    fn new() -> Teardown {
        Teardown {
            outputs: false,
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
    /// Drops every unfinished task, in the order in which they were spawned, then what the tasks
    /// returned and nobody took, then the tasks that those drops spawned.
    pub(super) fn tear_down(self: &Rc<Self>) {
        let order = self.settings.teardown_order.get();
        self.core().order_teardown(order);
        let mut dropped = 0;
        let mut released = 0;
        while let Some(id) = self.next_to_drop(dropped) {
            self.drop_task(id, dropped < TASKS);
            dropped += 1;
            if self.next_to_drop(dropped).is_none() {
                self.core()
                    .teardown
                    .iter_mut()
                    .for_each(|it| it.outputs = true);
                self.host.on_stack(&mut || {
                    let joins = (released..dropped).filter_map(|index| self.take_join(index));
                    joins.for_each(release);
                });
                released = dropped;
            }
        }
        self.core().running = None;
    }

    fn next_to_drop(&self, index: usize) -> Option<TaskId> {
        let mut core = self.core();
        core.teardown = Some(Teardown::new());
        core.spawned.get(index).copied()
    }

    /// The executor's share in how a task ended.
    fn take_join(&self, index: usize) -> Option<Arc<dyn JoinSink>> {
        let mut core = self.core();
        let id = core.spawned[index];
        core.task_mut(id).join.take()
    }

    fn drop_task(self: &Rc<Self>, id: TaskId, for_real: bool) {
        if !for_real {
            std::mem::forget(self.core().task_mut(id).future.take());
            return;
        }
        if self.core().is_gone(id) {
            return;
        }
        self.monitor.beat();
        // What they borrow is on this task's stack.
        let scoped = self.core().scoped_by(id);
        for scoped in scoped {
            self.drop_task(scoped, true);
            self.core().teardown = Some(Teardown::new());
        }
        let state = {
            let mut core = self.core();
            core.running = Some(id);
            core.emptied.clear();
            let state = core.task(id).state;
            if state == TaskState::Parked {
                core.task_mut(id).state = TaskState::Ready;
            }
            state
        };
        match state {
            TaskState::Absent | TaskState::Done => {}
            _ => self.host.run_slice(self, id, &mut LastTurn),
        }
        self.end_thread(id);
    }

    /// The values that a thread keeps go with the last of its tasks.
    fn end_thread(&self, id: TaskId) {
        let over = {
            let mut core = self.core();
            core.running = Some(id);
            core.has_locals(id) && core.thread_is_over(id)
        };
        if over {
            self.host.on_stack(&mut || {
                catch_unwind(AssertUnwindSafe(threads::destroy_locals)).unwrap_or_else(swallow);
            });
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
            Burn::Abandon => {
                let task = self.running().unwrap_or(TaskId::BODY);
                self.host.abandon(task)
            }
        }
    }
}

/// Drops what a task returned, if nobody else holds it.
fn release(join: Arc<dyn JoinSink>) {
    catch_unwind(AssertUnwindSafe(|| drop(join))).unwrap_or_else(swallow);
}

impl Core {
    /// Whether nothing is left of a task, nor of its thread.
    fn is_gone(&mut self, id: TaskId) -> bool {
        self.task(id).state == TaskState::Done && !self.has_scopes && !self.has_locals(id)
    }

    /// Whether the task that has control is being dropped.
    pub(super) fn is_dropping_tasks(&self) -> bool {
        self.teardown.as_ref().is_some_and(|it| !it.outputs)
    }

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
