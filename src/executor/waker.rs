//! Wakers that carry (execution, task) in their data pointer: nothing is allocated or counted.
#![expect(
    unsafe_code,
    reason = "a waker without allocation needs a hand-made vtable"
)]

use std::ptr;
use std::task::{RawWaker, RawWakerVTable, Waker};

use super::{current, inbox};
use crate::trace::{ExecutionId, TaskId};

#[cfg(not(target_pointer_width = "64"))]
compile_error!("leak-harness packs an execution and a task into a pointer: it needs 64 bits");

const TASK_BITS: u32 = 22;
/// The most tasks one check can name.
pub(super) const MAX_TASKS: u32 = 1 << TASK_BITS;

/// A waker for one task of one execution. Waking after the execution is over does nothing.
pub(super) fn waker(execution: ExecutionId, task: TaskId) -> Waker {
    debug_assert!(task.0 < MAX_TASKS);
    let packed = (execution.0 << TASK_BITS) | u64::from(task.0);
    let raw = RawWaker::new(ptr::without_provenance(packed as usize), &VTABLE);
    // SAFETY: the functions of VTABLE keep RawWakerVTable's contract. They never dereference the
    // data pointer, which is a number; cloning copies it and dropping does nothing, so any number
    // of clones may live for any time, on any thread: `act` touches only the thread's own current
    // runtime, or an inbox behind a lock.
    unsafe { Waker::from_raw(raw) }
}

/// Whether a waker is that of a task.
pub(super) fn is_of(waker: &Waker, execution: ExecutionId, task: TaskId) -> bool {
    let packed = (execution.0 << TASK_BITS) | u64::from(task.0);
    waker.data().addr() as u64 == packed && std::ptr::eq(waker.vtable(), &VTABLE)
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, drop);

fn clone(data: *const ()) -> RawWaker {
    RawWaker::new(data, &VTABLE)
}

fn drop(_: *const ()) {}

fn wake(data: *const ()) {
    let packed = data.addr() as u64;
    let execution = ExecutionId(packed >> TASK_BITS);
    let task = TaskId((packed & u64::from(MAX_TASKS - 1)) as u32);
    match current::runtime() {
        Some(runtime) if runtime.is_live(execution) => runtime.wake(task),
        _ => inbox::post_wake(execution),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wakers_of_one_task_are_equal_and_outlive_everything() {
        let first = waker(ExecutionId(7), TaskId(3));
        let second = first.clone();
        assert!(first.will_wake(&second));
        assert!(!first.will_wake(&waker(ExecutionId(7), TaskId(4))));
        assert!(is_of(&first, ExecutionId(7), TaskId(3)));
        assert!(!is_of(&first, ExecutionId(7), TaskId(4)));
        assert!(!is_of(Waker::noop(), ExecutionId(7), TaskId(3)));
        drop(first.data());
        second.wake_by_ref();
        second.wake();
    }
}
