//! What real tokio has a part of: an end of a channel, a lock or a notification that was converted
//! into tokio's own type, or came from it, because another crate wants that.
//!
//! What is done through real tokio is not seen. So from then on no two steps of the execution can be
//! told to commute, and who waits for such an object is woken by real tokio alone.
//!
//! Not here: what that means to exploration (`explore::learned`).

use super::object::ObjectCell;
use super::operation::{Manner, Scope, enter};
use crate::trace::{Effect, Operation, Shared, Site};

/// The running task gives an object to real tokio, where this is called: or else, if only std knows
/// where that is, where the object was created.
#[track_caller]
pub(crate) fn give_here(cell: &ObjectCell) {
    give(cell, Site::caller().or(cell.created_at()));
}

/// The running task gives an end of an object to real tokio, or all of it.
pub(crate) fn give(cell: &ObjectCell, at: Site) {
    let scope = enter(cell, Operation::Give, at, Manner::Call);
    cell.share();
    if let Some(scope) = scope {
        scope.note_shared(cell, at);
        scope.leave(Effect::Done);
    }
}

impl Scope {
    fn note_shared(&self, cell: &ObjectCell, at: Site) {
        let mut core = self.runtime.core();
        let kind = cell.info().kind;
        if let Some(info) = &mut core.trace.objects[self.object().index()] {
            info.foreign = true;
        }
        core.note_opaque(self.task(), Some(Shared { kind, at }));
    }
}
