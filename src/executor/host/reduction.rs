//! Which operations loom need not be told of, because nobody can see when they are done.
//!
//! That depends on how a body waits: it is learned beforehand, and looked after while loom runs. What
//! turns out otherwise makes loom start over. Not here: what can be told of an operation
//! (`trace::forecast`).

use std::cell::{Cell, RefCell};

use super::super::core::Core;
use super::super::monitor::Suspension;
use super::Upcoming;
use crate::trace::forecast::{Ahead, Forecast};
use crate::trace::{Effect, Event, ObjectId, Operation, Site, Trace};

/// What is known of the waits and objects of a body.
#[derive(Default)]
pub(crate) struct Reduction {
    /// Whether there is any: if not, loom is told of everything.
    on: Cell<bool>,
    /// Where waits park their task at once, alone, whenever they were seen.
    plain: RefCell<Vec<Site>>,
    /// Where objects are made that somebody watches: loom is told of all that is done to them.
    watched: RefCell<Vec<Site>>,
    /// What stands for the ends of tasks that are aborted: such a task looks for that at the beginning
    /// of each poll.
    aborted: RefCell<Vec<ObjectId>>,
    /// Something turned out otherwise.
    outdated: Cell<bool>,
}

impl Reduction {
    /// For a body whose waits at these sites are plain.
    pub(crate) fn new(plain: Vec<Site>) -> Reduction {
        Reduction {
            on: Cell::new(true),
            plain: RefCell::new(plain),
            ..Reduction::default()
        }
    }

    /// Whether loom is not told of all operations.
    pub(crate) fn is_on(&self) -> bool {
        self.on.get()
    }

    /// From now on loom is told of everything, as if nothing had ever been known.
    pub(crate) fn give_up(&self) {
        if self.on.replace(false) {
            self.aborted.borrow_mut().clear();
            self.outdated.set(true);
        }
    }

    /// Whether loom need not be told of what a task does next.
    pub(super) fn commutes(&self, core: &Core, at: Suspension, next: Upcoming) -> bool {
        let (object, operation) = match next {
            Upcoming::Perform(object, operation) if self.on.get() => (object, operation),
            _ => return false,
        };
        let Some(info) = core.trace.object(object) else {
            return false;
        };
        let waits = &core.task(at.task).waits;
        let ahead = Ahead {
            kind: info.kind,
            operation,
            // A task that may be aborted observes in all its waits.
            plain: self.is_plain(at.site) && !self.is_aborted(core.task(at.task).object),
            again: waits.iter().any(|wait| wait.object == object),
        };
        match ahead.forecast() {
            Forecast::Depends => false,
            Forecast::Commutes => !self.watched.borrow().contains(&info.created_at),
            Forecast::Watches => {
                let mut watched = self.watched.borrow_mut();
                if !watched.contains(&info.created_at) {
                    watched.push(info.created_at);
                    self.outdated.set(true);
                }
                false
            }
        }
    }

    fn is_plain(&self, site: Site) -> bool {
        self.plain.borrow().contains(&site)
    }

    /// Whether the task of which an object is the end is aborted, as far as is known.
    pub(super) fn is_aborted(&self, object: ObjectId) -> bool {
        self.aborted.borrow().contains(&object)
    }

    /// Learns from an execution, unless that was given up in the middle of it.
    pub(crate) fn learn(&self, trace: &Trace) {
        let ends_all = |event: &Event| event.operation == Operation::ShutdownRuntime;
        let shared = trace.shares_threads || trace.has_atomic || trace.opaque.is_some();
        if shared || trace.events.iter().any(ends_all) {
            self.give_up();
        }
        if self.outdated.get() && !self.is_on() {
            return;
        }
        for event in &trace.events {
            if let Some(object) = event.object.filter(|_| is_abort(event.operation)) {
                self.add_aborted(object);
            }
            let observes = (event.effect == Effect::Pending && !event.alone) || event.among;
            if event.leaf > 0 && observes {
                self.remove_plain(event.site);
            }
        }
    }

    fn add_aborted(&self, object: ObjectId) {
        if !self.is_aborted(object) {
            self.aborted.borrow_mut().push(object);
            self.outdated.set(true);
        }
    }

    fn remove_plain(&self, site: Site) {
        let mut plain = self.plain.borrow_mut();
        if let Some(place) = plain.iter().position(|&other| other == site) {
            plain.swap_remove(place);
            self.outdated.set(true);
        }
    }

    /// Whether loom has to start over; asking settles it.
    pub(crate) fn take_outdated(&self) -> bool {
        self.outdated.take()
    }
}

/// Whether an operation asks tasks to end.
pub(super) fn is_abort(operation: Operation) -> bool {
    matches!(operation, Operation::Abort | Operation::ShutdownRuntime)
}
