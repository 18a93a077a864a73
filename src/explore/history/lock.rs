//! The shadow of what gives permits in FIFO order: locks and semaphores.

use super::super::fifo::{Fifo, Grant};
use super::super::learned::Learned;
use super::{Edges, READERS, Seen};
use crate::trace::dependence::{AccessKind, Key};
use crate::trace::{Effect, ObjectKind, Operation};

/// A later poll of a wait for permits; whether it found them granted.
pub(super) fn later_poll(
    grant: Option<Grant>,
    key: Key,
    observed: bool,
    edges: &mut Edges,
) -> bool {
    if observed {
        edges.touch(key, AccessKind::PermitsSeen);
    }
    let Some(grant) = grant else { return false };
    if observed {
        edges.soft.extend(grant.behind);
        edges.race.push(grant.by);
    } else {
        edges.hard.extend(grant.behind);
    }
    true
}

/// A semaphore that had permits for all from the start: in which order they came and went cannot be
/// told. Whether it is one, as far as this event shows.
fn touch_plentiful(fifo: &mut Fifo, seen: &Seen<'_>, learned: &mut Learned) -> bool {
    if learned.is_contended(seen.object) {
        return false;
    }
    let event = seen.event;
    let plentiful = match event.operation {
        Operation::Acquire if event.leaf > 0 && !seen.polled => {
            fifo.can_spare(event.amount) && event.effect == Effect::Done
        }
        Operation::Release | Operation::AddPermits => true,
        _ => false,
    };
    if !plentiful {
        learned.set_contended(seen.object);
        return false;
    }
    match event.operation {
        Operation::Acquire => {
            fifo.ticket(event.leaf, event.amount);
        }
        _ => fifo.release(seen.index, event.amount),
    }
    true
}

pub(super) fn touch_lock(
    fifo: &mut Fifo,
    kind: ObjectKind,
    seen: &Seen<'_>,
    learned: &mut Learned,
    edges: &mut Edges,
) -> Option<()> {
    if kind == ObjectKind::Semaphore && touch_plentiful(fifo, seen, learned) {
        return Some(());
    }
    let (key, event) = (Key::Object(seen.object), seen.event);
    let amount = match (event.operation, kind) {
        (Operation::Write | Operation::TryWrite, _) => READERS,
        (Operation::Unlock, ObjectKind::RwLock) if event.amount > 1 => READERS,
        _ => event.amount,
    };
    let shared = matches!(event.operation, Operation::Read | Operation::TryRead);
    match event.operation {
        Operation::Lock | Operation::Read | Operation::Write | Operation::Acquire
            if event.leaf > 0 =>
        {
            let granted = if seen.polled {
                later_poll(fifo.take_grant(event.leaf), key, seen.observed, edges)
            } else {
                let ticket = if shared {
                    AccessKind::TicketShared
                } else {
                    AccessKind::Ticket
                };
                edges.touch(key, ticket);
                if seen.observed {
                    edges.touch(key, AccessKind::PermitsSeen);
                }
                let granted = fifo.ticket(event.leaf, amount);
                edges.soft.extend(granted.iter().flatten());
                granted.is_some()
            };
            let done = event.effect == Effect::Done;
            (granted == done && event.effect != Effect::Closed).then_some(())
        }
        Operation::TryLock | Operation::TryRead | Operation::TryWrite | Operation::TryAcquire => {
            if event.effect != Effect::Done {
                edges.touch(key, AccessKind::TryFail);
                return (!fifo.has(amount)).then_some(());
            }
            let ok = if shared {
                AccessKind::TryOkShared
            } else {
                AccessKind::TryOk
            };
            edges.touch(key, ok);
            edges.soft.extend(
                fifo.has(amount)
                    .then(|| fifo.ticket(u32::MAX, amount))
                    .flatten()?,
            );
            Some(())
        }
        Operation::Unlock | Operation::Release | Operation::AddPermits => {
            let counted = kind == ObjectKind::Semaphore;
            let release = if counted {
                AccessKind::ReleaseCounted
            } else {
                AccessKind::Release
            };
            edges.touch(key, release);
            fifo.release(seen.index, amount);
            Some(())
        }
        Operation::Downgrade => {
            if event.effect == Effect::Done {
                edges.touch(key, AccessKind::Release);
                fifo.release(seen.index, READERS - 1);
            }
            Some(())
        }
        Operation::Cancel => {
            if fifo.cancel(event.leaf, seen.index) {
                let mutex = kind == ObjectKind::Mutex;
                edges.touch(
                    key,
                    if mutex {
                        AccessKind::CancelMutex
                    } else {
                        AccessKind::Cancel
                    },
                );
            }
            Some(())
        }
        _ => None,
    }
}
