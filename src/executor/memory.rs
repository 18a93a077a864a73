//! The seam towards mirrored atomics where memory is weak: on the loom host, loom performs them.
//!
//! Everywhere else memory is sequentially consistent, an atomic is an object like any other, and
//! the functions here answer `None`. Values travel as bits.

use std::sync::atomic::Ordering;

use super::object::ObjectCell;
use crate::trace::Site;

/// What is done to an atomic.
#[cfg_attr(
    not(feature = "loom"),
    expect(dead_code, reason = "only loom has weak memory")
)]
pub(crate) enum Access<'a> {
    Load(Ordering),
    Store(u64, Ordering),
    /// The new value for the one that is there, if there is one; orderings of success and failure.
    Update(&'a mut dyn FnMut(u64) -> Option<u64>, Ordering, Ordering),
}

/// Performs an access, if memory is weak here: the value before it, and whether it changed it.
///
/// `initial` is the value that the atomic has when the execution first uses it.
#[cfg(feature = "loom")]
pub(crate) fn access(
    cell: &ObjectCell,
    site: Site,
    access: Access<'_>,
    initial: impl FnOnce() -> u64,
) -> Option<(u64, bool)> {
    use super::current;
    use super::operation::{Manner, begin};
    use crate::trace::{Effect, Operation};

    let runtime = current::in_task()?;
    if !runtime.host.has_weak_memory() || std::thread::panicking() {
        return None;
    }
    let (task, object) = runtime.announce(cell, Manner::Call)?;
    let operation = match &access {
        Access::Load(_) => Operation::Load,
        Access::Store(..) => Operation::Store,
        Access::Update(..) => Operation::ReadModifyWrite,
    };
    let (before, changed) = runtime
        .host
        .access(&runtime, task, object, access, initial())?;
    let effect = if changed { Effect::Done } else { Effect::Idle };
    if let Some(scope) = begin(runtime, (task, object), (operation, site), Manner::Call) {
        scope.leave(effect);
    }
    Some((before, changed))
}

/// Performs an access, if memory is weak here: never without the loom host.
#[cfg(not(feature = "loom"))]
pub(crate) fn access(
    _: &ObjectCell,
    _: Site,
    _: Access<'_>,
    _: impl FnOnce() -> u64,
) -> Option<(u64, bool)> {
    None
}
