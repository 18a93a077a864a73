//! Who touched what last: what an event can depend on, without a look at the whole trace.

use crate::trace::dependence::{Access, AccessKind, Key, dependent_kinds};

/// The last event of a task that touched a key in one way.
#[derive(Clone, Copy, Debug)]
struct Touch {
    task: u32,
    kind: AccessKind,
    event: u32,
}

/// What an event changed, so that it can be taken back.
#[derive(Clone, Copy, Debug)]
struct Change {
    event: u32,
    /// The row, and the touch in it, that is one of this event now.
    row: u32,
    place: u32,
    /// The event that it was one of before; [`NONE`] if it is new, and so the last.
    before: u32,
}

const NONE: u32 = u32::MAX;
/// Rows of keys that are about no object have this bit in their numbers.
const OTHER: u32 = 1 << 31;

/// The last touches of every key.
#[derive(Default)]
pub(super) struct Touches {
    /// Two for each object: of the object as such, and of its room.
    objects: Vec<Vec<Touch>>,
    others: Vec<(Key, Vec<Touch>)>,
    changes: Vec<Change>,
}

impl Touches {
    /// Forgets the events from this one on.
    pub(super) fn rewind(&mut self, event: u32) {
        while let Some(change) = self.changes.pop_if(|change| change.event >= event) {
            let touches = self.row_mut(change.row);
            if change.before == NONE {
                touches.pop();
            } else {
                touches[change.place as usize].event = change.before;
            }
        }
    }

    /// Forgets which keys there are that are about no object; nothing touched any.
    pub(super) fn forget_keys(&mut self) {
        self.others.clear();
    }

    #[inline]
    fn row(&self, key: Key) -> &[Touch] {
        match place(key) {
            Some(place) => self.objects.get(place).map_or(&[], Vec::as_slice),
            None => {
                let row = self.others.iter().find(|(other, _)| *other == key);
                row.map_or(&[], |(_, touches)| touches)
            }
        }
    }

    /// The number of a key's row, which is there from now on.
    #[inline]
    fn make_row(&mut self, key: Key) -> u32 {
        if let Some(place) = place(key) {
            if self.objects.len() <= place {
                self.objects.resize_with(place + 1, Vec::new);
            }
            return place as u32;
        }
        let known = self.others.iter().position(|(other, _)| *other == key);
        let index = known.unwrap_or_else(|| {
            self.others.push((key, Vec::new()));
            self.others.len() - 1
        });
        index as u32 | OTHER
    }

    #[inline]
    fn row_mut(&mut self, row: u32) -> &mut Vec<Touch> {
        if row & OTHER == 0 {
            &mut self.objects[row as usize]
        } else {
            &mut self.others[(row & !OTHER) as usize].1
        }
    }

    /// The last event of each other task, for each way in which it touched the key, that an access
    /// depends on.
    #[inline]
    pub(super) fn dependent(&self, access: Access, task: u32) -> impl Iterator<Item = u32> + '_ {
        let kinds = dependent_kinds(access.kind);
        self.row(access.key)
            .iter()
            .filter(move |touch| touch.task != task && kinds.contain(touch.kind))
            .map(|touch| touch.event)
    }

    /// An event of a task touched these.
    #[inline]
    pub(super) fn add(&mut self, event: u32, task: u32, accesses: &[Access]) {
        for access in accesses {
            let row = self.make_row(access.key);
            let touches = self.row_mut(row);
            let own = |one: &Touch| one.task == task && one.kind == access.kind;
            let (place, before) = match touches.iter().position(own) {
                Some(place) => (place, std::mem::replace(&mut touches[place].event, event)),
                None => {
                    touches.push(Touch {
                        task,
                        kind: access.kind,
                        event,
                    });
                    (touches.len() - 1, NONE)
                }
            };
            self.changes.push(Change {
                event,
                row,
                place: place as u32,
                before,
            });
        }
    }
}

/// Where in the rows of objects a key's is, if it is about one.
#[inline]
fn place(key: Key) -> Option<usize> {
    match key {
        Key::Object(object) => Some(2 * object.index()),
        Key::Room(object) => Some(2 * object.index() + 1),
        Key::Abort(_) | Key::Wake(_) | Key::Time | Key::All => None,
    }
}
