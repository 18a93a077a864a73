//! The object behind a mirrored primitive: how a handle names it, and what the executor keeps.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::core::Core;
use super::operation::Manner;
use crate::trace::{ExecutionId, Held, ObjectId, ObjectInfo, ObjectKind, Shared, Site, TaskId};

const OBJECT_BITS: u32 = 24;

/// What a mirrored primitive carries beside the real one: its kind, where it was created, and
/// which object it is in the execution that uses it.
///
/// It takes part in an execution from the first use there; created inside one, from its creation.
#[derive(Debug)]
pub(crate) struct ObjectCell {
    kind: ObjectKind,
    created_at: Site,
    /// How much it has room for, where that is fixed.
    capacity: Option<u32>,
    /// Whether it was created inside an execution, and so belongs to it.
    born_inside: bool,
    /// (execution, object), packed; 0 while it took part in none.
    key: AtomicU64,
    /// Whether real tokio has a part of it.
    foreign: AtomicBool,
}

impl ObjectCell {
    /// A cell that joins an execution at its first use: for statics and `const fn`.
    #[track_caller]
    pub(crate) const fn lazy(kind: ObjectKind) -> ObjectCell {
        ObjectCell {
            kind,
            created_at: Site::caller(),
            capacity: None,
            born_inside: false,
            key: AtomicU64::new(0),
            foreign: AtomicBool::new(false),
        }
    }

    /// A cell that joins the current execution at once, if there is one.
    #[track_caller]
    pub(crate) fn new(kind: ObjectKind) -> ObjectCell {
        ObjectCell::lazy(kind).join()
    }

    /// Like [`ObjectCell::new`], for an object with room for so many permits or values.
    #[track_caller]
    pub(crate) fn sized(kind: ObjectKind, capacity: usize) -> ObjectCell {
        ObjectCell::lazy(kind).with_capacity(capacity).join()
    }

    /// Like [`ObjectCell::new`], for a caller whose place is known.
    pub(crate) fn made_at(site: Site, kind: ObjectKind) -> ObjectCell {
        ObjectCell::lazy_at(site, kind).join()
    }

    /// Like [`ObjectCell::lazy`], for a place that is known.
    pub(crate) fn lazy_at(site: Site, kind: ObjectKind) -> ObjectCell {
        let mut cell = ObjectCell::lazy(kind);
        cell.created_at = site;
        cell
    }

    fn join(self) -> ObjectCell {
        let mut cell = self;
        if let Some(runtime) = super::current::in_task() {
            let mut core = runtime.core();
            let id = core.create_object(cell.info());
            cell.set(core.execution, id);
            cell.born_inside = true;
            cell.tell_foreign(&mut core);
        }
        cell
    }

    /// The same cell, with how many permits or values it has room for.
    pub(crate) const fn with_capacity(mut self, capacity: usize) -> ObjectCell {
        let small = capacity <= u32::MAX as usize;
        self.capacity = if small { Some(capacity as u32) } else { None };
        self
    }

    /// A cell for an object that the executor has named.
    pub(crate) fn known(id: ObjectId, created_at: Site, runtime: &super::Runtime) -> ObjectCell {
        let cell = ObjectCell {
            kind: ObjectKind::Task,
            created_at,
            capacity: None,
            born_inside: true,
            key: AtomicU64::new(0),
            foreign: AtomicBool::new(false),
        };
        cell.set(runtime.core().execution, id);
        cell
    }

    /// Where it was created.
    pub(crate) fn created_at(&self) -> Site {
        self.created_at
    }

    pub(crate) fn info(&self) -> ObjectInfo {
        ObjectInfo {
            kind: self.kind,
            created_at: self.created_at,
            capacity: self.capacity,
            namesake: None,
            foreign: self.foreign.load(Ordering::Relaxed),
        }
    }

    /// A cell for one end of something that came from real tokio, which may have other ends of it.
    #[track_caller]
    pub(crate) fn shared(kind: ObjectKind, capacity: Option<usize>) -> ObjectCell {
        let cell = ObjectCell::lazy(kind);
        cell.foreign.store(true, Ordering::Relaxed);
        match capacity {
            Some(capacity) => cell.with_capacity(capacity),
            None => cell,
        }
        .join()
    }

    /// From now on real tokio has a part of it.
    pub(super) fn share(&self) {
        self.foreign.store(true, Ordering::Relaxed);
    }

    /// It joined an execution: if real tokio has a part of it, that is to be known.
    fn tell_foreign(&self, core: &mut Core) {
        if let Some(task) = core.running.filter(|_| self.info().foreign) {
            let (kind, at) = (self.kind, self.created_at);
            core.note_opaque(task, Some(Shared { kind, at }));
        }
    }

    /// A thread that runs no execution uses it: word for the execution whose own it is. What was
    /// created outside, such as a static, may be used by threads that have no part in the test.
    pub(super) fn used_outside(&self, site: Site) {
        if let Some(execution) = self.execution() {
            super::inbox::post_use(execution, site, self.born_inside);
        }
    }

    /// The execution that it last took part in.
    pub(super) fn execution(&self) -> Option<ExecutionId> {
        let key = self.key.load(Ordering::Relaxed);
        (key != 0).then_some(ExecutionId(key >> OBJECT_BITS))
    }

    /// Its name in an execution, if it takes part in it.
    #[inline]
    pub(super) fn id_in(&self, execution: ExecutionId) -> Option<ObjectId> {
        let key = self.key.load(Ordering::Relaxed);
        (key >> OBJECT_BITS == execution.0)
            .then_some(ObjectId((key & ((1 << OBJECT_BITS) - 1)) as u32))
    }

    /// Whether the execution that is on has used it, or nothing is controlled here.
    pub(crate) fn takes_part(&self) -> bool {
        super::current::in_task().is_none_or(|runtime| self.id_in(runtime.execution()).is_some())
    }

    /// Its name in the execution of `core`, which it joins if it has not yet.
    #[inline]
    pub(super) fn id(&self, core: &mut Core) -> ObjectId {
        if let Some(id) = self.id_in(core.execution) {
            return id;
        }
        let id = core.adopt_object(self.info());
        self.set(core.execution, id);
        self.tell_foreign(core);
        id
    }

    fn set(&self, execution: ExecutionId, id: ObjectId) {
        debug_assert!(id.0 < 1 << OBJECT_BITS);
        self.key.store(
            (execution.0 << OBJECT_BITS) | u64::from(id.0),
            Ordering::Relaxed,
        );
    }
}

/// What the executor keeps of an object while an execution lasts.
#[derive(Default, Debug)]
pub(super) struct Object {
    /// The task in the middle of an operation on it that runs user code under a lock of tokio's,
    /// and how many such operations are nested. Others block until it is over.
    pub(super) busy: Option<(TaskId, u32)>,
    /// Readers that are alive (watch `Ref`s): writers block until they are gone.
    pub(super) readers: u32,
    /// Who holds the lock that it is.
    pub(super) holder: Option<Held>,
}

impl Object {
    /// Whether a task may begin an operation on it now: no other is in the middle of one, and
    /// those are gone who hold or read it, as far as the manner says.
    #[inline]
    pub(super) fn is_free_for(&self, task: TaskId, manner: Manner) -> bool {
        let unread = self.readers == 0;
        let free = match manner {
            Manner::Lock => unread && self.holder.is_none(),
            // Of readers the last one counts as the holder.
            Manner::Share => !unread || self.holder.is_none(),
            Manner::Exclusive | Manner::PollExclusive => unread,
            Manner::Call | Manner::Poll | Manner::Private => true,
        };
        free && self.busy.is_none_or(|(user, _)| user == task)
    }
}
