//! What `select!` asks of the runtime at each poll.

use std::task::{Context, Poll};

use crate::executor::current;

/// Which branch a poll of `select!` tries first.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// The branch; the others follow in their order.
    pub first: u32,
    /// The choice of the execution that it was.
    choice: Option<u32>,
}

impl Start {
    /// The poll ends with this branch. Where trying another branch first could not have ended
    /// otherwise, that need not be explored.
    pub fn won(&self, branch: u32) {
        if let (Some(choice), Some(runtime)) = (self.choice, current::in_task()) {
            runtime.branch_won(choice, branch);
        }
    }
}

/// The branch that is polled first: a choice of the execution, a drawn number outside of one.
#[must_use]
pub fn select_start(branches: u32) -> Start {
    match current::in_task() {
        Some(runtime) => {
            let (first, choice) = runtime.branch(branches, true);
            Start { first, choice }
        }
        None => Start {
            first: drawn(branches),
            choice: None,
        },
    }
}

/// A biased `select!` always begins with its first branch.
#[must_use]
pub fn select_biased() -> Start {
    Start {
        first: 0,
        choice: None,
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
