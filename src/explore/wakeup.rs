//! Wakeup trees: the sequences of steps that are still to be run from a decision, kept as trees, so
//! that what several begin with is run once.
//!
//! (Abdulla, Aronis, Jonsson, Sagonas: *Source Sets*, JACM 2017, section 6.) Not here: which
//! sequences there are (`reversal`), and how they are followed (`search`).

use super::reversal::Sequence;
use crate::trace::TaskId;
use crate::trace::dependence::Access;

const NONE: u32 = u32::MAX;

/// Steps that can come next, each with those that are to follow it; the first is tried first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tree(u32);

impl Default for Tree {
    fn default() -> Tree {
        Tree(NONE)
    }
}

impl Tree {
    pub(super) fn is_empty(&self) -> bool {
        self.0 == NONE
    }
}

#[derive(Debug)]
struct Twig {
    task: TaskId,
    /// What the step touches, if that is known.
    accesses: Vec<Access>,
    known: bool,
    child: u32,
    sibling: u32,
}

/// All trees of a search; what one does not need any more is used for the next.
#[derive(Default)]
pub(super) struct Trees {
    twigs: Vec<Twig>,
    free: Vec<u32>,
}

impl Trees {
    /// Takes the first step that can be taken now, and returns what is to follow it.
    pub(super) fn take(
        &mut self,
        tree: &mut Tree,
        can: impl Fn(TaskId) -> bool,
    ) -> Option<(TaskId, Tree)> {
        let (mut before, mut at) = (NONE, tree.0);
        while at != NONE && !can(self.twigs[at as usize].task) {
            (before, at) = (at, self.twigs[at as usize].sibling);
        }
        let twig = self.twigs.get_mut(at as usize)?;
        let (task, child, sibling) = (twig.task, twig.child, twig.sibling);
        self.free.push(at);
        match self.twigs.get_mut(before as usize) {
            Some(before) => before.sibling = sibling,
            None => tree.0 = sibling,
        }
        Some((task, Tree(child)))
    }

    /// Gives a tree up. It may be as deep as an execution is long.
    pub(super) fn clear(&mut self, tree: &mut Tree) {
        let mut next = self.free.len();
        let mut more = [std::mem::take(tree).0, NONE];
        loop {
            self.free.extend(more.into_iter().filter(|&it| it != NONE));
            let Some(&at) = self.free.get(next) else {
                return;
            };
            next += 1;
            let twig = &self.twigs[at as usize];
            more = [twig.child, twig.sibling];
        }
    }

    /// The tasks whose steps can come next.
    pub(super) fn tasks(&self, tree: &Tree) -> impl Iterator<Item = TaskId> + '_ {
        let twig = |at: u32| self.twigs.get(at as usize);
        std::iter::successors(twig(tree.0), move |it| twig(it.sibling)).map(|twig| twig.task)
    }

    /// Adds a step of which nothing more is known.
    pub(super) fn add(&mut self, tree: &mut Tree, task: TaskId) {
        let twig = self.grow(task);
        self.append(tree, twig);
    }

    /// Adds a sequence, unless one that is there begins with it, or can be run as its beginning.
    pub(super) fn insert(&mut self, tree: &mut Tree, sequence: &mut Sequence<'_>) {
        let mut parent = NONE;
        let mut at = tree.0;
        while at != NONE {
            let twig = &self.twigs[at as usize];
            let accesses = twig.known.then_some(&twig.accesses[..]);
            if !sequence.take_first(twig.task, accesses) {
                at = twig.sibling;
                continue;
            }
            if twig.child == NONE || sequence.is_empty() {
                return;
            }
            (parent, at) = (at, twig.child);
        }
        while let Some((task, accesses)) = sequence.pop() {
            let new = self.grow(task);
            let twig = &mut self.twigs[new as usize];
            twig.known = accesses.is_some();
            twig.accesses
                .extend_from_slice(accesses.unwrap_or_default());
            match parent {
                NONE => self.append(tree, new),
                parent => {
                    let mut below = Tree(self.twigs[parent as usize].child);
                    self.append(&mut below, new);
                    self.twigs[parent as usize].child = below.0;
                }
            }
            parent = new;
        }
    }

    fn grow(&mut self, task: TaskId) -> u32 {
        let new = self.free.pop().unwrap_or_else(|| {
            self.twigs.push(Twig {
                task,
                accesses: Vec::new(),
                known: false,
                child: NONE,
                sibling: NONE,
            });
            self.twigs.len() as u32 - 1
        });
        let twig = &mut self.twigs[new as usize];
        (twig.task, twig.known) = (task, false);
        (twig.child, twig.sibling) = (NONE, NONE);
        twig.accesses.clear();
        new
    }

    fn append(&mut self, tree: &mut Tree, twig: u32) {
        let mut last = tree.0;
        if last == NONE {
            tree.0 = twig;
            return;
        }
        while self.twigs[last as usize].sibling != NONE {
            last = self.twigs[last as usize].sibling;
        }
        self.twigs[last as usize].sibling = twig;
    }
}
