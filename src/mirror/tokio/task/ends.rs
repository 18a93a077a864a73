//! The ends of the tasks of a `JoinSet`, in the order in which they came.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::executor::drive;
use crate::executor::object::ObjectCell;
use crate::trace::{Operation, Site, TaskId};

/// Where tasks tell that they have ended.
pub(crate) struct Ends {
    cell: Arc<ObjectCell>,
    made_at: Site,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    queue: VecDeque<TaskId>,
    /// Tasks that the set let go of: it is not told of their ends.
    detached: Vec<TaskId>,
    waker: Option<Waker>,
}

impl Ends {
    pub(super) fn new(cell: ObjectCell, made_at: Site) -> Arc<Ends> {
        Arc::new(Ends {
            cell: Arc::new(cell),
            made_at,
            state: Mutex::default(),
        })
    }

    pub(super) fn cell(&self) -> Arc<ObjectCell> {
        Arc::clone(&self.cell)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A task has ended. Also of one that was let go of it is known: had it ended before, the set
    /// would have seen it.
    pub(super) fn deliver(&self, task: TaskId) {
        drive::note(&self.cell, Operation::Deliver, self.made_at);
        let waker = {
            let mut state = self.state();
            if let Some(place) = state.detached.iter().position(|&it| it == task) {
                state.detached.swap_remove(place);
                return;
            }
            state.queue.push_back(task);
            state.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    /// The task that ended first.
    pub(super) fn take(&self) -> Option<TaskId> {
        self.state().queue.pop_front()
    }

    /// Waits for the task that ended first.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<TaskId> {
        let mut state = self.state();
        match state.queue.pop_front() {
            Some(task) => Poll::Ready(task),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    /// Lets go of the tasks that were not joined.
    pub(super) fn detach(&self, tasks: impl Iterator<Item = TaskId>) {
        let mut state = self.state();
        let ended = std::mem::take(&mut state.queue);
        state
            .detached
            .extend(tasks.filter(|task| !ended.contains(task)));
    }
}
