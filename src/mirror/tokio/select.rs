//! What `select!` asks of the runtime at each poll.

use std::task::{Context, Poll};

use crate::executor::{Runtime, current};

/// A poll of `select!`, and the branch that it tries first.
#[derive(Debug)]
pub struct Start {
    /// The branch; the others follow in their order.
    pub first: u32,
    /// The choice of the execution that it was.
    choice: Option<u32>,
    /// Whether the poll was part of another such poll before; none outside of an execution.
    among: Option<bool>,
}

impl Start {
    fn new(enabled: u32, choose: impl FnOnce(&Runtime) -> (u32, Option<u32>)) -> Option<Start> {
        let runtime = current::in_task()?;
        let (first, choice) = choose(&runtime);
        let among = runtime.set_among(enabled > 1);
        Some(Start {
            first,
            choice,
            among,
        })
    }

    fn outside(first: u32) -> Start {
        Start {
            first,
            choice: None,
            among: None,
        }
    }

    /// This branch was polled, and is not ready.
    pub fn pending(&self, branch: u32) {
        if let (Some(choice), Some(runtime)) = (self.choice, current::in_task()) {
            runtime.branch_pending(choice, branch);
        }
    }

    /// The poll ends with this branch. Where trying another branch first could not have ended
    /// otherwise, that need not be explored.
    pub fn won(&self, branch: u32) {
        if let (Some(choice), Some(runtime)) = (self.choice, current::in_task()) {
            runtime.branch_won(choice, branch);
        }
    }
}

impl Drop for Start {
    fn drop(&mut self) {
        if let (Some(among), Some(runtime)) = (self.among, current::in_task()) {
            runtime.set_among(among);
        }
    }
}

/// The branch that is polled first, of those some of which are enabled: a choice of the execution, a
/// drawn number outside of one.
#[must_use]
pub fn select_start(branches: u32, enabled: u32) -> Start {
    let start = Start::new(enabled, |runtime| runtime.branch(branches, true));
    start.unwrap_or_else(|| Start::outside(drawn(branches)))
}

/// A biased `select!` always begins with its first branch.
#[must_use]
pub fn select_biased(enabled: u32) -> Start {
    Start::new(enabled, |_| (0, None)).unwrap_or_else(|| Start::outside(0))
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
