//! The shadow of a `Barrier`: who has come, and which coming let the others go on.

use super::{Edges, Seen};
use crate::trace::dependence::{AccessKind, Key};
use crate::trace::{Effect, Operation};

/// The first poll of a wait is the coming, and in which order tasks come decides who leads; a wait
/// that is given up has come all the same. Later polls only see whether all have come.
#[derive(Clone, Debug)]
pub(super) struct Barrier {
    size: u32,
    /// How many have come since it opened last.
    come: u32,
    /// The comings that opened it.
    opened: Vec<u32>,
    /// Futures that wait, and how often it had opened when they came.
    waiting: Vec<(u32, usize)>,
}

impl Barrier {
    pub(super) fn new(size: u32) -> Barrier {
        Barrier {
            // As tokio has it.
            size: size.max(1),
            come: 0,
            opened: Vec::new(),
            waiting: Vec::new(),
        }
    }

    pub(super) fn touch(&mut self, seen: &Seen<'_>, edges: &mut Edges) -> Option<()> {
        let (key, leaf) = (Key::Object(seen.object), seen.event.leaf);
        if seen.event.operation != Operation::Wait || leaf == 0 {
            return None;
        }
        let done = seen.event.effect == Effect::Done;
        if !seen.polled {
            edges.touch(key, AccessKind::Write);
            self.come += 1;
            let opens = self.come == self.size;
            if opens {
                self.come = 0;
                self.opened.push(seen.index);
            } else {
                self.waiting.push((leaf, self.opened.len()));
            }
            return (opens == done).then_some(());
        }
        if seen.observed {
            edges.touch(key, AccessKind::Read);
        }
        let place = self.waiting.iter().position(|&(it, _)| it == leaf)?;
        let opened = self.opened.get(self.waiting[place].1).copied();
        if let Some(opened) = opened.filter(|_| done) {
            self.waiting.swap_remove(place);
            if !seen.observed {
                edges.hard.push(opened);
            }
        }
        (opened.is_some() == done).then_some(())
    }
}
