//! What exploration has learned of a body: it only ever grows.
//!
//! A wait that parks its task at once, alone, observes nothing; the same wait among others does.
//! Which it is cannot be seen when it is ready at once, so it is learned, from executions that
//! probe it; until then a wait counts as observing. What turns out to observe after all makes the
//! search start over.

use crate::trace::{Event, ObjectId, Site, TaskId};

/// What is known of the waits of one task at one site.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum WaitKind {
    /// It parked its task at once, alone, whenever it was seen.
    Plain,
    /// It was polled together with others, or by hand.
    Observed,
}

/// What exploration has learned of a body.
#[derive(Default, Debug)]
pub(crate) struct Learned {
    waits: Vec<(Site, TaskId, WaitKind)>,
    /// Objects whose operations the table does not all know.
    unknown: Vec<ObjectId>,
    /// Channels whose room somebody looks at, or that are closed by hand.
    watched_rooms: Vec<ObjectId>,
    /// Semaphores that did not have permits for all from the start.
    contended: Vec<ObjectId>,
    /// Tasks that somebody may abort.
    abortable: Vec<TaskId>,
    /// Nothing commutes: something that no mirrored operation explains takes part, or time passed
    /// beside tasks that only spun.
    opaque: bool,
    /// Whether something was learned that makes what was explored before incomplete.
    outdated: bool,
}

impl Learned {
    /// Learns from a poll that returned `Pending`, or that was made together with others.
    pub(super) fn wait(&mut self, event: &Event) {
        let seen = if event.alone && !event.among {
            WaitKind::Plain
        } else {
            WaitKind::Observed
        };
        match self
            .waits
            .iter_mut()
            .find(|(site, task, _)| *task == event.task && site.is_same(event.site))
        {
            None => self.waits.push((event.site, event.task, seen)),
            Some((_, _, known)) if *known == WaitKind::Plain && seen == WaitKind::Observed => {
                *known = WaitKind::Observed;
                self.outdated = true;
            }
            Some(_) => {}
        }
    }

    /// Whether a wait of a task at a site observes nothing.
    pub(super) fn is_plain(&self, event: &Event) -> bool {
        !self.abortable.contains(&event.task)
            && self.waits.iter().any(|&(site, task, kind)| {
                task == event.task && kind == WaitKind::Plain && site.is_same(event.site)
            })
    }

    /// Whether a wait of a task at a site is known to observe.
    pub(super) fn is_observed(&self, event: &Event) -> bool {
        self.abortable.contains(&event.task)
            || self.waits.iter().any(|&(site, task, kind)| {
                task == event.task && kind == WaitKind::Observed && site.is_same(event.site)
            })
    }

    /// The places at which no wait of any task observes anything.
    #[cfg(feature = "loom")]
    pub(super) fn plain_sites(&self) -> Vec<Site> {
        let observes = |site| {
            let mut waits = self.waits.iter();
            waits.any(|&(other, _, kind)| other == site && kind == WaitKind::Observed)
        };
        let sites = self.waits.iter().map(|&(site, _, _)| site);
        sites.filter(|&site| !observes(site)).collect()
    }

    pub(super) fn set_unknown(&mut self, object: ObjectId) {
        self.outdated |= add(&mut self.unknown, object);
    }

    pub(super) fn is_unknown(&self, object: ObjectId) -> bool {
        self.unknown.contains(&object)
    }

    pub(super) fn set_room_watched(&mut self, object: ObjectId) {
        self.outdated |= add(&mut self.watched_rooms, object);
    }

    pub(super) fn is_room_watched(&self, object: ObjectId) -> bool {
        self.watched_rooms.contains(&object)
    }

    pub(super) fn set_contended(&mut self, object: ObjectId) {
        self.outdated |= add(&mut self.contended, object);
    }

    pub(super) fn is_contended(&self, object: ObjectId) -> bool {
        self.contended.contains(&object)
    }

    pub(super) fn set_abortable(&mut self, task: TaskId) {
        self.outdated |= add(&mut self.abortable, task);
    }

    pub(super) fn is_abortable(&self, task: TaskId) -> bool {
        self.abortable.contains(&task)
    }

    /// Tasks that somebody may abort.
    pub(crate) fn abortable(&self) -> &[TaskId] {
        &self.abortable
    }

    pub(super) fn set_opaque(&mut self) {
        self.outdated |= !self.opaque;
        self.opaque = true;
    }

    pub(super) fn is_opaque(&self) -> bool {
        self.opaque
    }

    /// Whether the search has to start over; asking settles it.
    pub(super) fn take_outdated(&mut self) -> bool {
        std::mem::take(&mut self.outdated)
    }
}

/// Adds what is not there; whether it was not.
fn add<T: PartialEq>(list: &mut Vec<T>, item: T) -> bool {
    let new = !list.contains(&item);
    if new {
        list.push(item);
    }
    new
}
