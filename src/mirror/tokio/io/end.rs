//! One end of a pipe, as the executor knows it.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::executor::object::ObjectCell;
use crate::executor::operation::{done, perform};
use crate::executor::waits::Polls;
use crate::mirror::leaf::{ok_or_closed, poll_by_hand};
use crate::trace::{Operation, Site};

/// What is polled of a pipe. Its callers are combinators, of which no user's place is known: its
/// operations are known by the place where the pipe was made.
#[derive(Debug)]
pub(super) struct End {
    cell: Arc<ObjectCell>,
    polls: Polls,
    made_at: Site,
}

impl End {
    pub(super) fn new(cell: &Arc<ObjectCell>, made_at: Site) -> End {
        End {
            cell: Arc::clone(cell),
            polls: Polls::default(),
            made_at,
        }
    }

    pub(super) fn cell(&self) -> &ObjectCell {
        &self.cell
    }

    pub(super) fn made_at(&self) -> Site {
        self.made_at
    }

    /// Reads or writes, or waits until that is possible.
    pub(super) fn poll<R>(
        &mut self,
        operation: Operation,
        context: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        let what = (operation, self.made_at);
        poll_by_hand(
            &self.cell,
            what,
            &mut self.polls,
            context,
            poll,
            ok_or_closed,
        )
    }

    /// Ends what is written; never waits.
    pub(super) fn shut_down<R>(&self, shut_down: impl FnOnce() -> R) -> R {
        perform(
            &self.cell,
            Operation::Shutdown,
            self.made_at,
            shut_down,
            done,
        )
    }
}
