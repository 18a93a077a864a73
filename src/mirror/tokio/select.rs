//! What `select!` asks of the runtime at each poll.

use std::task::{Context, Poll};

use crate::executor::current;

/// The branch that is polled first: a choice of the execution, a drawn number outside of one.
#[must_use]
pub fn select_start(branches: u32) -> u32 {
    match current::in_task() {
        Some(runtime) => runtime.branch(branches),
        None => drawn(branches),
    }
}

/// Whether the task has cooperative budget left; if not, it is woken at once and must yield.
pub fn poll_select_budget(context: &mut Context<'_>) -> Poll<()> {
    match current::in_task() {
        Some(runtime) => runtime.poll_budget(context),
        None => Poll::Ready(()),
    }
}

/// Outside of executions only fairness counts: the branches take turns, over all `select!`s.
fn drawn(branches: u32) -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static TURN: AtomicU32 = AtomicU32::new(0);
    // A step that is coprime to every small number of branches.
    TURN.fetch_add(0x9e37_79b1, Ordering::Relaxed)
        .wrapping_shr(7)
        % branches.max(1)
}
