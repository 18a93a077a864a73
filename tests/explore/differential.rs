//! The systematic engine sees exactly what brute force sees, on random small programs.

use std::cell::Cell;

use leak_harness::{Engine, Flavor};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use super::program::{self, Features, Gene, KINDS, Kind, Program, run};

/// Programs with more orders than this are left out.
const BRUTE_FORCE: usize = 2_000;

fn genes(tasks: usize, operations: usize) -> impl Strategy<Value = Vec<Vec<Gene>>> {
    let gene = (any::<u8>(), any::<u8>(), any::<u8>());
    vec(vec(gene, 1..=operations), 2..=tasks)
}

/// Any objects, up to three.
fn plain(features: Features) -> impl Strategy<Value = Program> {
    let objects = vec(0..KINDS.len(), 1..=3);
    (objects, genes(3, 3)).prop_map(move |(objects, genes)| {
        let objects = objects.into_iter().map(|kind| KINDS[kind]).collect();
        Program::new(objects, &genes, features)
    })
}

/// One object, and an atomic that tasks write before they use it and read after: whatever order
/// the object's operations take shows.
fn causal(features: Features) -> impl Strategy<Value = Program> {
    (0..KINDS.len(), genes(3, 3)).prop_map(move |(kind, genes)| {
        Program::new(vec![KINDS[kind], Kind::Atomic], &genes, features)
    })
}

/// One task that waits for several things at once.
fn worker(_: Features) -> impl Strategy<Value = Program> {
    let kinds = [
        Kind::Unbounded,
        Kind::Oneshot,
        Kind::Bounded(1),
        Kind::Watch,
    ];
    let objects = vec(0..kinds.len(), 2..=3);
    (objects, genes(3, 3)).prop_map(move |(objects, genes)| {
        let objects: Vec<Kind> = objects.into_iter().map(|kind| kinds[kind]).collect();
        program::worker(&objects, &genes)
    })
}

/// Compares the engines on a program; whether it was small enough to.
pub fn agree(program: &Program, flavor: Flavor) -> Result<bool, TestCaseError> {
    agree_within(BRUTE_FORCE, program, flavor)
}

pub fn agree_within(
    orders: usize,
    program: &Program,
    flavor: Flavor,
) -> Result<bool, TestCaseError> {
    let fail = |failure| TestCaseError::fail(format!("{failure}"));
    let brute = run(program, Engine::BruteForce, flavor, orders).map_err(fail)?;
    if !brute.coverage.exhaustive() {
        return Ok(false);
    }
    let systematic = run(program, Engine::Systematic, flavor, 10_000).map_err(fail)?;
    prop_assert!(
        systematic.coverage.exhaustive(),
        "not exhausted: {}",
        systematic.coverage
    );
    let missed: Vec<_> = brute.outcomes.difference(&systematic.outcomes).collect();
    let invented: Vec<_> = systematic.outcomes.difference(&brute.outcomes).collect();
    prop_assert!(
        missed.is_empty() && invented.is_empty(),
        "{} schedules against {}\nmissed: {missed:#?}\ninvented: {invented:#?}",
        systematic.coverage.schedules(),
        brute.coverage.schedules(),
    );
    Ok(true)
}

/// The same for loom, which must see what brute force sees. More only where memory is weak.
fn loom_agrees(program: &Program, flavor: Flavor) -> Result<bool, TestCaseError> {
    let fail = |failure| TestCaseError::fail(format!("{failure}"));
    let brute = run(program, Engine::BruteForce, flavor, BRUTE_FORCE).map_err(fail)?;
    if !brute.coverage.exhaustive() {
        return Ok(false);
    }
    let loom = run(program, Engine::Loom, flavor, 4 * BRUTE_FORCE).map_err(fail)?;
    if !loom.coverage.exhaustive() {
        return Ok(false);
    }
    let weak = program.objects.contains(&Kind::Atomic);
    let missed: Vec<_> = brute.outcomes.difference(&loom.outcomes).collect();
    let invented: Vec<_> = loom.outcomes.difference(&brute.outcomes).collect();
    prop_assert!(
        missed.is_empty() && (weak || invented.is_empty()),
        "{} schedules on loom against {}\nmissed: {missed:#?}\ninvented: {invented:#?}",
        loom.coverage.schedules(),
        brute.coverage.schedules(),
    );
    Ok(true)
}

/// Compares on so many random programs, the same ones each time.
fn differential(
    programs: u32,
    seed: u8,
    flavor: Flavor,
    strategy: impl Strategy<Value = Program>,
    agree: fn(&Program, Flavor) -> Result<bool, TestCaseError>,
) {
    let config = Config {
        cases: programs,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let compared = Cell::new(0_u32);
    let result = runner.run(&strategy, |program| {
        compared.set(compared.get() + u32::from(agree(&program, flavor)?));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let compared = compared.get();
    assert!(
        compared * 2 > programs,
        "only {compared} of {programs} programs were small enough"
    );
}

const PROGRAMS: u32 = 160;

/// loom takes longer for each.
const FEWER_ON_LOOM: u32 = 8;

/// Of all kinds together, in the long run.
const LONG: u32 = 200_000;

fn programs() -> u32 {
    std::env::var("LEAK_TEST_PROGRAMS").map_or(PROGRAMS, |n| n.parse().unwrap())
}

macro_rules! differential {
    ($($name:ident: $strategy:ident, $seed:literal, $flavor:ident, $features:expr;)*) => {
        #[test]
        #[ignore = "takes hours: `cargo test --release -- --ignored differential_long`"]
        fn differential_long() {
            let kinds = [$(stringify!($name)),*].len() as u32;
            $(differential(LONG.div_ceil(kinds), $seed, Flavor::$flavor, $strategy($features), agree);)*
        }

        $(#[test] fn $name() {
            let programs = programs();
            differential(programs, $seed, Flavor::$flavor, $strategy($features), agree);
        })*
    };
}

const NONE: Features = Features {
    tries: false,
    selects: false,
    timers: false,
    aborts: false,
};
const TRIES: Features = Features {
    tries: true,
    ..NONE
};
const SELECTS: Features = Features {
    selects: true,
    ..TRIES
};
const TIMERS: Features = Features {
    timers: true,
    ..TRIES
};
const ALL_BUT_ABORTS: Features = Features {
    timers: true,
    ..SELECTS
};
const ABORTS: Features = Features {
    aborts: true,
    ..TRIES
};

differential! {
    plain_waits: plain, 1, MultiThread, NONE;
    causal_waits: causal, 2, MultiThread, NONE;
    plain_tries: plain, 3, MultiThread, TRIES;
    causal_tries: causal, 4, MultiThread, TRIES;
    plain_selects: plain, 5, MultiThread, SELECTS;
    causal_selects: causal, 6, MultiThread, SELECTS;
    plain_timers: plain, 7, MultiThread, TIMERS;
    causal_timers: causal, 8, MultiThread, TIMERS;
    plain_aborts: plain, 9, MultiThread, ABORTS;
    causal_aborts: causal, 10, MultiThread, ABORTS;
    plain_on_one_thread: plain, 11, CurrentThread, TRIES;
    causal_on_one_thread: causal, 12, CurrentThread, SELECTS;
    plain_timed_selects: plain, 15, MultiThread, ALL_BUT_ABORTS;
    causal_timed_selects: causal, 16, MultiThread, ALL_BUT_ABORTS;
    workers: worker, 13, MultiThread, NONE;
    workers_on_one_thread: worker, 14, CurrentThread, NONE;
}

// loom has no choices of a task's own, and no early timers.
macro_rules! differential_on_loom {
    ($($name:ident: $strategy:ident, $seed:literal, $flavor:ident, $features:expr;)*) => {
        $(#[test] fn $name() {
            let programs = programs() / FEWER_ON_LOOM;
            differential(programs, $seed, Flavor::$flavor, $strategy($features), loom_agrees);
        })*
    };
}

differential_on_loom! {
    plain_waits_on_loom: plain, 21, MultiThread, NONE;
    plain_tries_on_loom: plain, 22, MultiThread, TRIES;
    plain_aborts_on_loom: plain, 23, MultiThread, ABORTS;
    causal_tries_on_loom: causal, 24, MultiThread, TRIES;
    plain_tries_on_loom_and_one_thread: plain, 25, CurrentThread, TRIES;
}
