//! What a runtime and a local one have in common: they own tasks, and are shut down once.
//!
//! Not here: what is spawned on them (`owned`, `local`), and what shutting down does (`home`).

use super::home::Wait;
use super::{Handle, Home};

/// A runtime of tokio's, or one of an execution.
pub(super) struct Owner<R> {
    /// Taken when it is shut down.
    kind: Option<Kind<R>>,
    handle: Handle,
}

pub(super) enum Kind<R> {
    /// Outside of executions.
    Real(R),
    /// Inside an execution.
    Controlled(Home),
}

impl<R> Owner<R> {
    pub(super) fn of_real(real: R, handle: ::tokio::runtime::Handle) -> Owner<R> {
        Owner {
            kind: Some(Kind::Real(real)),
            handle: Handle::of_real(handle),
        }
    }

    pub(super) fn of_home(home: Home) -> Owner<R> {
        Owner {
            handle: Handle::of_home(home.clone()),
            kind: Some(Kind::Controlled(home)),
        }
    }

    pub(super) fn kind(&self) -> &Kind<R> {
        self.kind
            .as_ref()
            .expect("what is shut down is used up by it")
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Ends its tasks; how long it waits for those that block, `wait` says, or `shut_down` for a
    /// real one.
    pub(super) fn shut_down(mut self, wait: Wait, shut_down: impl FnOnce(R)) {
        match self.kind.take() {
            Some(Kind::Real(real)) => shut_down(real),
            Some(Kind::Controlled(home)) => home.shut_down(wait),
            None => {}
        }
    }
}

impl<R> Drop for Owner<R> {
    fn drop(&mut self) {
        if let Some(Kind::Controlled(home)) = self.kind.take() {
            home.drop_runtime();
        }
    }
}
