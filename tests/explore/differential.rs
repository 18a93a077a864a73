//! The systematic engine sees exactly what brute force sees, on random small programs.
//!
//! Not here: which programs there are (`strategies`), and those that lost an outcome once (`lost`).

use std::cell::Cell;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

use leak_harness::{Engine, Flavor};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use super::program::{Kind, ONCE, PIPES, Program, STOPS, TASKS, run};
use super::strategies::{
    ABORTS, ALL_BUT_ABORTS, NONE, RARE, RARE_AND_ABORTS, RARE_TIMERS, RARE_TRIES, SELECTS, TIMERS,
    TRIES, alone, any_of_all, causal, causal_with, large, local, plain, with, worker,
};

/// Programs with more orders than this are left out.
const BRUTE_FORCE: usize = 2_000;

/// Compares the engines on a program; whether it was small enough to.
fn agree(program: &Program, flavor: Flavor) -> Result<bool, TestCaseError> {
    agree_within(BRUTE_FORCE, program, flavor)
}

/// The same, where there are many kinds of programs and little time.
fn agree_soon(program: &Program, flavor: Flavor) -> Result<bool, TestCaseError> {
    let orders = match asked_for() {
        Some(_) => BRUTE_FORCE,
        None => BRUTE_FORCE / 2,
    };
    agree_within(orders, program, flavor)
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

/// The same for loom, which must see what brute force sees. More only where memory is weak. It has no
/// room for more than four tasks.
fn loom_agrees(program: &Program, flavor: Flavor) -> Result<bool, TestCaseError> {
    let fail = |failure| TestCaseError::fail(format!("{failure}"));
    let brute = run(program, Engine::BruteForce, flavor, BRUTE_FORCE).map_err(fail)?;
    if !brute.coverage.exhaustive() {
        return Ok(false);
    }
    let loom = run(program, Engine::Loom, flavor, 4 * BRUTE_FORCE).map_err(fail)?;
    let has_room = |outcome: &String| !outcome.contains("Unsupported");
    if !loom.coverage.exhaustive() || !loom.outcomes.iter().all(has_room) {
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

/// Compares on so many random programs, the same ones each time for a series.
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
    let mut seeds = [seed; 32];
    seeds[0] ^= series();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seeds);
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

/// Compares on so many programs of each kind, even if others fail.
#[expect(
    clippy::disallowed_methods,
    reason = "checks of different threads have nothing in common"
)]
fn on_all_cores(kinds: &[fn(u32)], programs: u32) {
    let next = AtomicUsize::new(0);
    let failed = AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(kind) = kinds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = catch_unwind(|| kind(programs));
                    failed.fetch_add(usize::from(result.is_err()), Ordering::Relaxed);
                }
            });
        }
    });
    let failed = failed.into_inner();
    assert_eq!(failed, 0, "{failed} kinds of programs failed, see above");
}

const PROGRAMS: u32 = 100;

/// Of workers: of fewer of them too many are too large.
const WORKERS: u32 = 160;

/// Of the kinds that have the newer objects: there are more of these.
const FEWER_PROGRAMS: u32 = 40;

/// loom takes longer for each.
const FEWER_ON_LOOM: u32 = 8;

/// Of all kinds together, in the long run.
const LONG: u32 = 200_000;

fn asked_for() -> Option<u32> {
    let programs = std::env::var("LEAK_TEST_PROGRAMS").ok();
    programs.map(|programs| programs.parse().unwrap())
}

/// Which of the series of programs is drawn.
fn series() -> u8 {
    let series = std::env::var("LEAK_TEST_SERIES").ok();
    series.map_or(0, |series| series.parse().unwrap())
}

fn programs() -> u32 {
    asked_for().unwrap_or(PROGRAMS)
}

fn workers() -> u32 {
    asked_for().unwrap_or(WORKERS)
}

fn fewer_programs() -> u32 {
    asked_for().unwrap_or(FEWER_PROGRAMS)
}

/// Kinds of programs: how many of each and how they are compared, and then for each kind what is
/// drawn, the seed, and the flavor.
macro_rules! differential {
    ($(
        $programs:ident, $agree:ident =>
        { $($name:ident: $strategy:expr, $seed:literal, $flavor:ident;)* }
    )*) => {
        #[test]
        #[ignore = "takes half an hour: `cargo test --release -- --ignored differential_long`"]
        fn differential_long() {
            let kinds: &[fn(u32)] = &[$($(
                |programs| differential(programs, $seed, Flavor::$flavor, $strategy, agree),
            )*)*];
            on_all_cores(kinds, LONG.div_ceil(kinds.len() as u32));
        }

        $($(#[test] fn $name() {
            differential($programs(), $seed, Flavor::$flavor, $strategy, $agree);
        })*)*
    };
}

differential! {
    programs, agree => {
        plain_waits: plain(NONE), 1, MultiThread;
        causal_waits: causal(NONE), 2, MultiThread;
        plain_tries: plain(TRIES), 3, MultiThread;
        causal_tries: causal(TRIES), 4, MultiThread;
        plain_selects: plain(SELECTS), 5, MultiThread;
        causal_selects: causal(SELECTS), 6, MultiThread;
        plain_timers: plain(TIMERS), 7, MultiThread;
        causal_timers: causal(TIMERS), 8, MultiThread;
        plain_aborts: plain(ABORTS), 9, MultiThread;
        causal_aborts: causal(ABORTS), 10, MultiThread;
        plain_on_one_thread: plain(TRIES), 11, CurrentThread;
        causal_on_one_thread: causal(SELECTS), 12, CurrentThread;
        plain_timed_selects: plain(ALL_BUT_ABORTS), 15, MultiThread;
        causal_timed_selects: causal(ALL_BUT_ABORTS), 16, MultiThread;
    }
    workers, agree => {
        busy_workers: worker(), 13, MultiThread;
        busy_workers_on_one_thread: worker(), 14, CurrentThread;
    }
    fewer_programs, agree_soon => {
        plain_rare: plain(RARE), 31, MultiThread;
        causal_rare: causal(RARE_AND_ABORTS), 32, MultiThread;
        plain_once: with(&ONCE, RARE), 33, MultiThread;
        causal_once: causal_with(&ONCE, RARE_AND_ABORTS), 34, MultiThread;
        plain_pipes: with(&PIPES, RARE), 35, MultiThread;
        causal_pipes: causal_with(&PIPES, RARE_AND_ABORTS), 36, MultiThread;
        plain_tasks: with(&TASKS, RARE), 37, MultiThread;
        causal_tasks: causal_with(&TASKS, RARE), 38, MultiThread;
        plain_stops: with(&STOPS, RARE), 39, MultiThread;
        causal_stops: causal_with(&STOPS, RARE_AND_ABORTS), 40, MultiThread;
        rare_on_one_thread: plain(RARE_AND_ABORTS), 41, CurrentThread;
        once_on_one_thread: causal_with(&ONCE, RARE), 42, CurrentThread;
        pipes_on_one_thread: causal_with(&PIPES, RARE), 43, CurrentThread;
        tasks_on_one_thread: with(&TASKS, RARE), 44, CurrentThread;
        stops_on_one_thread: causal_with(&STOPS, RARE), 45, CurrentThread;
        local_tasks: local(RARE), 46, MultiThread;
        local_tasks_on_one_thread: local(RARE_AND_ABORTS), 47, CurrentThread;
        any_timers: any_of_all(RARE_TIMERS), 49, MultiThread;
        any_aborts: any_of_all(RARE_AND_ABORTS), 50, MultiThread;
        any_on_one_thread: any_of_all(RARE_AND_ABORTS), 51, CurrentThread;
    }
    fewer_programs, agree => {
        large_programs: large(RARE), 48, MultiThread;
    }
}

// loom has no choices of a task's own, and no early timers.
macro_rules! differential_on_loom {
    ($($name:ident: $strategy:expr, $seed:literal, $flavor:ident;)*) => {
        $(#[test] fn $name() {
            let programs = programs() / FEWER_ON_LOOM;
            differential(programs, $seed, Flavor::$flavor, $strategy, loom_agrees);
        })*
    };
}

differential_on_loom! {
    plain_waits_on_loom: plain(NONE), 21, MultiThread;
    plain_tries_on_loom: plain(TRIES), 22, MultiThread;
    plain_aborts_on_loom: plain(ABORTS), 23, MultiThread;
    causal_tries_on_loom: causal(TRIES), 24, MultiThread;
    plain_tries_on_loom_and_one_thread: plain(TRIES), 25, CurrentThread;
    rare_on_loom: plain(RARE_TRIES), 26, MultiThread;
    once_on_loom: alone(&ONCE, 2, RARE_TRIES), 27, MultiThread;
    pipes_on_loom: alone(&PIPES, 2, RARE_TRIES), 28, MultiThread;
    stops_on_loom: alone(&STOPS, 3, RARE_TRIES), 29, MultiThread;
    tasks_on_loom: alone(&TASKS, 2, RARE_TRIES), 30, MultiThread;
}
