//! What an OS thread keeps from one check to the next: the stacks of its workers, and the buffers of
//! a core.
//!
//! Not here: what is kept from one execution of a check to the next, which the core itself does.

use std::cell::Cell;

use super::core::Core;
use super::host::Stacks;

/// Stacks and buffers that the next check on this thread uses.
#[derive(Default)]
pub(crate) struct Spare {
    pub(crate) stacks: Stacks,
    core: Cell<Option<Core>>,
}

impl Spare {
    /// A core that knows nothing.
    pub(super) fn take_core(&self) -> Core {
        self.core.take().unwrap_or_else(Core::new)
    }

    /// Keeps the buffers of a core that is not needed any more.
    pub(super) fn put_back(&self, mut core: Core) {
        core.forget_all();
        self.core.set(Some(core));
    }
}
