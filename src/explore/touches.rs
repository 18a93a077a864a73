//! Who touched what last: what an event can depend on, without a look at the whole trace.

use crate::trace::dependence::{Access, AccessKind, Key, depends};

/// The last event of a task that touched a key in one way.
#[derive(Clone, Copy, Debug)]
struct Touch {
    task: u32,
    kind: AccessKind,
    event: u32,
}

/// The last touches of every key.
#[derive(Default)]
pub(super) struct Touches {
    /// By object: the object as such, and its room.
    objects: Vec<[Vec<Touch>; 2]>,
    others: Vec<(Key, Vec<Touch>)>,
}

impl Touches {
    pub(super) fn clear(&mut self) {
        self.objects.iter_mut().flatten().for_each(Vec::clear);
        self.others
            .iter_mut()
            .for_each(|(_, touches)| touches.clear());
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

    fn row_mut(&mut self, key: Key) -> &mut Vec<Touch> {
        if let Some((object, half)) = place(key) {
            if self.objects.len() <= object {
                self.objects.resize_with(object + 1, Default::default);
            }
            return &mut self.objects[object][half];
        }
        let known = self.others.iter().position(|(other, _)| *other == key);
        let index = known.unwrap_or_else(|| {
            self.others.push((key, Vec::new()));
            self.others.len() - 1
        });
        &mut self.others[index].1
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
            let row = self.row_mut(access.key);
            let known = row
                .iter_mut()
                .find(|one| one.task == task && one.kind == access.kind);
            match known {
                Some(touch) => touch.event = event,
                None => row.push(Touch {
                    task,
                    kind: access.kind,
                    event,
                }),
            }
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
