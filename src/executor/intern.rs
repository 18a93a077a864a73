//! Stable names: the n-th child of a parent has the same number in every execution of a check.

/// Hands out dense numbers for (parent, n) pairs, and remembers them for the whole check.
#[derive(Default)]
pub(super) struct Intern {
    children: Vec<Vec<u32>>,
    len: u32,
}

impl Intern {
    /// An interner whose first `reserved` numbers are taken.
    pub(super) fn new(reserved: u32) -> Intern {
        Intern {
            children: Vec::new(),
            len: reserved,
        }
    }

    /// The number of the `nth` child of `parent`.
    pub(super) fn name(&mut self, parent: usize, nth: usize) -> u32 {
        if self.children.len() <= parent {
            self.children.resize_with(parent + 1, Vec::new);
        }
        let row = &mut self.children[parent];
        while row.len() <= nth {
            row.push(self.len);
            self.len += 1;
        }
        row[nth]
    }

    /// A number of its own.
    pub(super) fn fresh(&mut self) -> u32 {
        self.len += 1;
        self.len - 1
    }
}
