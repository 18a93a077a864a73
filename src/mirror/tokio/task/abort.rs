//! Abort handles.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use ::tokio::task as real;

use super::{Id, Ticket};
use crate::trace::Site;

/// Aborts a task: `tokio::task::AbortHandle`. Dropping it does nothing.
pub struct AbortHandle(Abort);

enum Abort {
    Real(real::AbortHandle),
    Controlled(Arc<Ticket>),
}

impl AbortHandle {
    pub(super) fn real(handle: real::AbortHandle) -> AbortHandle {
        AbortHandle(Abort::Real(handle))
    }

    pub(super) fn controlled(ticket: Arc<Ticket>) -> AbortHandle {
        AbortHandle(Abort::Controlled(ticket))
    }

    /// What shows of the task if a check controls it, or tokio's handle.
    pub(super) fn parts(self) -> Result<Arc<Ticket>, real::AbortHandle> {
        match self.0 {
            Abort::Real(handle) => Err(handle),
            Abort::Controlled(ticket) => Ok(ticket),
        }
    }

    /// Asks the task to end at its next await: `tokio::task::AbortHandle::abort`.
    #[track_caller]
    pub fn abort(&self) {
        match &self.0 {
            Abort::Real(handle) => handle.abort(),
            Abort::Controlled(ticket) => ticket.abort(Site::caller()),
        }
    }

    /// Whether the task has ended: `tokio::task::AbortHandle::is_finished`.
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            Abort::Real(handle) => handle.is_finished(),
            Abort::Controlled(ticket) => ticket.is_finished(Site::caller()),
        }
    }

    /// The task's id: `tokio::task::AbortHandle::id`.
    pub fn id(&self) -> Id {
        match &self.0 {
            Abort::Real(handle) => handle.id().into(),
            Abort::Controlled(ticket) => ticket.id(),
        }
    }
}

impl Clone for AbortHandle {
    fn clone(&self) -> AbortHandle {
        AbortHandle(match &self.0 {
            Abort::Real(handle) => Abort::Real(handle.clone()),
            Abort::Controlled(ticket) => Abort::Controlled(Arc::clone(ticket)),
        })
    }
}

impl UnwindSafe for AbortHandle {}
impl RefUnwindSafe for AbortHandle {}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle")
            .field("id", &self.id())
            .finish()
    }
}
