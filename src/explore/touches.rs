//! Who touched what last: what an event can depend on, without a look at the whole trace.

use crate::trace::dependence::{Access, AccessKind, Key, depends};

/// The last event of a task that touched a key in one way.
#[derive(Clone, Copy, Debug)]
struct Touch {
    task: u32,
    kind: AccessKind,
    event: u32,
}

/// Where the touches of a key are.
#[derive(Clone, Copy, Debug)]
enum Row {
    /// Of an object, as such or of its room.
    Object(usize, usize),
    Other(usize),
}

/// What an event changed, so that it can be taken back.
#[derive(Clone, Copy, Debug)]
struct Change {
    event: u32,
    row: Row,
    /// The touch that is one of this event now, and the event that it was one of before; none if it
    /// is new, and so the last.
    before: Option<(u32, u32)>,
}

/// The last touches of every key.
#[derive(Default)]
pub(super) struct Touches {
    /// By object: the object as such, and its room.
    objects: Vec<[Vec<Touch>; 2]>,
    others: Vec<(Key, Vec<Touch>)>,
    changes: Vec<Change>,
}

impl Touches {
    /// Forgets the events from this one on.
    pub(super) fn rewind(&mut self, event: u32) {
        while let Some(change) = self.changes.pop_if(|change| change.event >= event) {
            let touches = self.touches(change.row);
            match change.before {
                Some((place, before)) => touches[place as usize].event = before,
                None => {
                    touches.pop();
                }
            }
        }
    }

    fn row(&self, key: Key) -> &[Touch] {
        match place(key) {
            Some((object, half)) => self.objects.get(object).map_or(&[], |rows| &rows[half]),
            None => {
                let row = self.others.iter().find(|(other, _)| *other == key);
                row.map_or(&[], |(_, touches)| touches)
            }
        }
    }

    fn make_row(&mut self, key: Key) -> Row {
        if let Some((object, half)) = place(key) {
            if self.objects.len() <= object {
                self.objects.resize_with(object + 1, Default::default);
            }
            return Row::Object(object, half);
        }
        let known = self.others.iter().position(|(other, _)| *other == key);
        Row::Other(known.unwrap_or_else(|| {
            self.others.push((key, Vec::new()));
            self.others.len() - 1
        }))
    }

    fn touches(&mut self, row: Row) -> &mut Vec<Touch> {
        match row {
            Row::Object(object, half) => &mut self.objects[object][half],
            Row::Other(index) => &mut self.others[index].1,
        }
    }

    /// The last event of each other task, for each way in which it touched the key, that an access
    /// depends on.
    pub(super) fn dependent(&self, access: Access, task: u32) -> impl Iterator<Item = u32> + '_ {
        self.row(access.key)
            .iter()
            .filter(move |touch| {
                let other = Access {
                    key: access.key,
                    kind: touch.kind,
                };
                touch.task != task && depends(access, other)
            })
            .map(|touch| touch.event)
    }

    /// An event of a task touched these.
    pub(super) fn add(&mut self, event: u32, task: u32, accesses: &[Access]) {
        for access in accesses {
            let row = self.make_row(access.key);
            let touches = self.touches(row);
            let own = |one: &Touch| one.task == task && one.kind == access.kind;
            let place = touches.iter().position(own);
            let before = place.map(|place| {
                let before = std::mem::replace(&mut touches[place].event, event);
                (place as u32, before)
            });
            if before.is_none() {
                touches.push(Touch {
                    task,
                    kind: access.kind,
                    event,
                });
            }
            self.changes.push(Change { event, row, before });
        }
    }
}

fn place(key: Key) -> Option<(usize, usize)> {
    match key {
        Key::Object(object) => Some((object.index(), 0)),
        Key::Room(object) => Some((object.index(), 1)),
        Key::Abort(_) | Key::Wake(_) | Key::Time | Key::All => None,
    }
}
