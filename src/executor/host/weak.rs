//! Mirrored atomics on loom's own, so that loom sees their orderings.
//!
//! loom's atomics must be made before any thread is spawned, and a mirrored one has a `const`
//! constructor: so a pool is made, and an atomic joins it at its first use. A cell holds not the
//! value but its number in a table, where 0 stands for the value at the start of the execution.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::Ordering;

use loom::sync::atomic::{AtomicUsize, fence};

use super::super::memory::Access;
use crate::trace::ObjectId;

/// The most atomics of an execution that loom knows; others are sequentially consistent.
const CELLS: usize = 8;

/// The atomics of one execution.
#[derive(Default)]
pub(super) struct WeakMemory {
    cells: RefCell<Vec<Cell>>,
}

struct Cell {
    object: Option<ObjectId>,
    number: Rc<AtomicUsize>,
    /// Values by number.
    values: Vec<u64>,
}

impl WeakMemory {
    /// Makes the pool, inside loom's model.
    pub(super) fn fill(&self) {
        let cell = || Cell {
            object: None,
            number: Rc::new(AtomicUsize::new(0)),
            values: Vec::new(),
        };
        self.cells.borrow_mut().extend((0..CELLS).map(|_| cell()));
    }

    /// loom's objects must not outlive loom's execution.
    pub(super) fn clear(&self) {
        self.cells.borrow_mut().clear();
    }

    /// The place of an object in the pool, which it joins if it has not yet.
    pub(super) fn place(&self, object: ObjectId, initial: u64) -> Option<usize> {
        let mut cells = self.cells.borrow_mut();
        let known = cells.iter().position(|cell| cell.object == Some(object));
        known.or_else(|| {
            let free = cells.iter().position(|cell| cell.object.is_none())?;
            cells[free].object = Some(object);
            cells[free].values.push(initial);
            Some(free)
        })
    }

    fn value(&self, place: usize, number: usize) -> u64 {
        self.cells.borrow()[place].values[number]
    }

    /// The number of a value: equal values have equal ones.
    fn number(&self, place: usize, value: u64) -> usize {
        let values = &mut self.cells.borrow_mut()[place].values;
        values
            .iter()
            .position(|&known| known == value)
            .unwrap_or_else(|| {
                values.push(value);
                values.len() - 1
            })
    }

    /// Performs an access: the value before it, and whether it changed it.
    ///
    /// loom takes `SeqCst` accesses for acquire and release only; the fences restore the rest.
    pub(super) fn access(&self, place: usize, access: Access<'_>) -> (u64, bool) {
        let cell = Rc::clone(&self.cells.borrow()[place].number);
        match access {
            Access::Load(order) => {
                fence_if_total(order);
                (self.value(place, cell.load(order)), false)
            }
            Access::Store(value, order) => {
                cell.store(self.number(place, value), order);
                fence_if_total(order);
                (value, true)
            }
            Access::Update(update, success, failure) => {
                fence_if_total(success);
                let updated = cell.fetch_update(success, failure, |number| {
                    let new = update(self.value(place, number))?;
                    Some(self.number(place, new))
                });
                fence_if_total(success);
                match updated {
                    Ok(number) => (self.value(place, number), true),
                    Err(number) => (self.value(place, number), false),
                }
            }
        }
    }
}

fn fence_if_total(order: Ordering) {
    if order == Ordering::SeqCst {
        fence(Ordering::SeqCst);
    }
}
