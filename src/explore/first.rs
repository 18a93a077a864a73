//! The executions before a search: one that is judged, and may be the first of the search, and one
//! that only teaches.
//!
//! Not here: what is learnt (`learned`).

use std::rc::Rc;

use super::search::Search;
use crate::executor::chooser::{Chooser, Picks};
use crate::executor::{Body, Runtime};
use crate::trace::{Ending, TaskId, Trace};

/// A task goes on for as long as it can; then the one that was spawned first.
struct Straight;

impl Chooser for Straight {
    fn next_task(
        &mut self,
        options: &[TaskId],
        running: Option<TaskId>,
        _: &Trace,
    ) -> Option<usize> {
        let stays = options.iter().position(|&task| Some(task) == running);
        Some(stays.unwrap_or(0))
    }

    fn branch(&mut self, _: TaskId, _: u32, _: &Trace) -> u32 {
        0
    }
}

/// Goes straight, and lets a search take that for its own, as long as there is no choice, and nothing
/// that has to be looked at before it is over. The search would go the same way.
struct First<'a> {
    search: &'a mut Search,
    is_of_search: bool,
}

impl Chooser for First<'_> {
    fn next_task(
        &mut self,
        options: &[TaskId],
        running: Option<TaskId>,
        trace: &Trace,
    ) -> Option<usize> {
        self.is_of_search &= !trace.is_inside_operation();
        if self.is_of_search {
            self.search.next_task(options, running, trace)
        } else {
            Straight.next_task(options, running, trace)
        }
    }

    fn branch(&mut self, _: TaskId, _: u32, _: &Trace) -> u32 {
        self.is_of_search = false;
        0
    }

    fn picks(&mut self) -> Option<&mut Picks> {
        self.search.picks()
    }
}

/// The schedule with the fewest switches, and whether the search can take it for its own. Most
/// failures need no other, and what a body does to the process (statics, threads that are blocked
/// for ever) it does here first, where it is judged.
pub(super) fn run(runtime: &Rc<Runtime>, body: &Body, search: &mut Search) -> (Ending, bool) {
    search.begin();
    let mut first = First {
        search,
        is_of_search: true,
    };
    let ending = runtime.run(body, &mut first);
    (ending, first.is_of_search)
}

/// One execution that is not judged, in which every wait first says that it is not ready: that
/// shows which waits are polled alone. How it ended.
pub(super) fn probe(runtime: &Rc<Runtime>, body: &Body) -> Ending {
    runtime.settings.probe.set(true);
    let ending = runtime.run(body, &mut Straight);
    runtime.settings.probe.set(false);
    ending
}
