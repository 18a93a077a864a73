//! Which random programs there are.
//!
//! Not here: what their genes mean (`decode`), and what is done with them (`differential`).

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::decode::worker_of;
use super::program::{Features, Gene, KINDS, Kind, Local, ONCE, PIPES, Program, STOPS, TASKS};

pub const NONE: Features = Features {
    tries: false,
    selects: false,
    timers: false,
    aborts: false,
    rare: false,
};
pub const TRIES: Features = Features {
    tries: true,
    ..NONE
};
pub const SELECTS: Features = Features {
    selects: true,
    ..TRIES
};
pub const TIMERS: Features = Features {
    timers: true,
    ..TRIES
};
pub const ALL_BUT_ABORTS: Features = Features {
    timers: true,
    ..SELECTS
};
pub const ABORTS: Features = Features {
    aborts: true,
    ..TRIES
};
/// The rarer operations too.
pub const RARE: Features = Features {
    rare: true,
    ..SELECTS
};
pub const RARE_TRIES: Features = Features {
    rare: true,
    ..TRIES
};
pub const RARE_TIMERS: Features = Features {
    rare: true,
    ..TIMERS
};
pub const RARE_AND_ABORTS: Features = Features {
    aborts: true,
    ..RARE
};

fn genes(tasks: usize, operations: usize) -> impl Strategy<Value = Vec<Vec<Gene>>> {
    let gene = (any::<u8>(), any::<u8>(), any::<u8>());
    vec(vec(gene, 1..=operations), 2..=tasks)
}

/// Any objects, up to three.
pub fn plain(features: Features) -> impl Strategy<Value = Program> {
    let objects = vec(0..KINDS.len(), 1..=3);
    (objects, genes(3, 3)).prop_map(move |(objects, genes)| {
        let objects = objects.into_iter().map(|kind| KINDS[kind]).collect();
        Program::new(objects, &genes, features)
    })
}

/// One object, and an atomic that tasks write before they use it and read after: whatever order
/// the object's operations take shows.
pub fn causal(features: Features) -> impl Strategy<Value = Program> {
    (0..KINDS.len(), genes(3, 3)).prop_map(move |(kind, genes)| {
        Program::new(vec![KINDS[kind], Kind::Atomic], &genes, features)
    })
}

/// One task that waits for several things at once.
pub fn worker() -> impl Strategy<Value = Program> {
    let kinds = [
        Kind::Unbounded,
        Kind::Oneshot,
        Kind::Bounded(1),
        Kind::Watch,
    ];
    let objects = vec(0..kinds.len(), 2..=3);
    (objects, genes(3, 3)).prop_map(move |(objects, genes)| {
        let objects: Vec<Kind> = objects.into_iter().map(|kind| kinds[kind]).collect();
        worker_of(&objects, &genes)
    })
}

/// Up to three objects of any family.
pub fn any_of_all(features: Features) -> impl Strategy<Value = Program> {
    let objects = vec(any_kind(), 1..=3);
    (objects, genes(3, 3)).prop_map(move |(objects, genes)| Program::new(objects, &genes, features))
}

/// One object of a family, and nothing else.
pub fn alone(
    family: &'static [Kind],
    tasks: usize,
    features: Features,
) -> impl Strategy<Value = Program> {
    (select(family), genes(tasks, 3))
        .prop_map(move |(kind, genes)| Program::new(vec![kind], &genes, features))
}

/// Objects of one family, and any others besides, up to three in all.
pub fn with(family: &'static [Kind], features: Features) -> impl Strategy<Value = Program> {
    let first = select(family);
    let others = vec(any_kind(), 0..=2);
    (first, others, genes(3, 3)).prop_map(move |(first, others, genes)| {
        let objects = [vec![first], others].concat();
        Program::new(objects, &genes, features)
    })
}

/// One object of a family, and an atomic that shows in which order it is used.
pub fn causal_with(family: &'static [Kind], features: Features) -> impl Strategy<Value = Program> {
    (select(family), genes(3, 3))
        .prop_map(move |(kind, genes)| Program::new(vec![kind, Kind::Atomic], &genes, features))
}

/// Any objects, and tasks of which some are those of a `LocalSet`.
pub fn local(features: Features) -> impl Strategy<Value = Program> {
    let objects = vec(any_kind(), 1..=2);
    let yields = proptest::option::of(0..3_u8);
    (objects, genes(3, 3), 1..8_u8, yields).prop_map(move |(objects, genes, tasks, yields)| {
        let mut program = Program::new(objects, &genes, features);
        program.local = Some(Local { tasks, yields });
        program
    })
}

/// Up to four of any objects, up to four tasks, up to five operations each; of all tasks together
/// few enough that most programs can be run in all orders.
pub fn large(features: Features) -> impl Strategy<Value = Program> {
    let objects = vec(any_kind(), 1..=4);
    (objects, genes(4, 5)).prop_map(move |(objects, mut genes)| {
        while genes.iter().map(Vec::len).sum::<usize>() > MOST_OPERATIONS {
            let longest = genes.iter_mut().max_by_key(|genes| genes.len());
            longest.and_then(Vec::pop);
        }
        Program::new(objects, &genes, features)
    })
}

const MOST_OPERATIONS: usize = 6;

/// An object of any family.
fn any_kind() -> impl Strategy<Value = Kind> {
    let families = [&KINDS[..], &ONCE, &PIPES, &TASKS, &STOPS];
    select(families.concat())
}
