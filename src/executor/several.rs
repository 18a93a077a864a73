//! One operation that reaches several objects: a token that is cancelled with its children.
//!
//! Not here: operations on one object (`operation`).

use super::current;
use super::host::Upcoming;
use super::object::ObjectCell;
use super::operation::{Manner, Scope, begin, enter};
use crate::trace::{Effect, Operation, Site};

/// Performs a synchronous operation on an object that is, at the same time, `nested` on each of
/// the `others`: all of it is one step. What it comes to is known before it is done.
pub(crate) fn perform_on_all<'a, R>(
    cell: &ObjectCell,
    others: impl Iterator<Item = &'a ObjectCell>,
    (operation, nested): (Operation, Operation),
    site: Site,
    action: impl FnOnce() -> R,
    effect: impl FnOnce() -> Effect,
) -> R {
    let others: Vec<&ObjectCell> = others.collect();
    announce_to(&others, site);
    let Some(scope) = enter(cell, operation, site, Manner::Call) else {
        return action();
    };
    let effect = effect();
    for other in others {
        nest(other, nested, site)
            .into_iter()
            .for_each(|scope| scope.leave(effect));
    }
    let result = action();
    scope.leave(effect);
    result
}

/// A host that does not see whole steps is told of every object before the step.
fn announce_to(others: &[&ObjectCell], site: Site) {
    let Some(runtime) = current::in_task().filter(|runtime| !runtime.host.is_stepwise()) else {
        return;
    };
    for other in others {
        if let Some((task, object)) = runtime.announce(other, Manner::Call) {
            runtime.switch_point(task, Upcoming::Use(object), site, true);
        }
    }
}

/// An operation within the step that is on.
fn nest(cell: &ObjectCell, operation: Operation, site: Site) -> Option<Scope> {
    let runtime = current::in_task()?;
    let named = runtime.announce(cell, Manner::Private)?;
    begin(runtime, named, (operation, site), Manner::Private)
}
