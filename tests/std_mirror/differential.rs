//! The systematic engine sees exactly what brute force sees, on random small programs of threads.
//!
//! Not here: how these are drawn (`program`) and run (`actor`), and programs over tokio's primitives
//! (`explore/differential`).

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::{Arc, Mutex as Real};

use leak_harness::{Builder, Coverage, Ending, Engine, Flavor};

use crate::actor::{Log, body};
use crate::program::{Kind, Op, Program, random};
use crate::random::Random;

/// Programs with more orders than this are left out.
const BRUTE_FORCE: usize = 2_000;
const PROGRAMS: u64 = 150;

/// Everything that can be seen of the executions of a program.
fn run(
    program: &Arc<Program>,
    engine: Engine,
    flavor: Flavor,
    schedules: usize,
) -> (BTreeSet<String>, Coverage) {
    let log: Log = Arc::default();
    let outcomes: Arc<Real<BTreeSet<String>>> = Arc::default();
    let (seen, read) = (Arc::clone(&outcomes), Arc::clone(&log));
    let checked = Arc::clone(program);
    let coverage = Builder::new()
        .engine(engine)
        .flavor(flavor)
        .schedules(schedules)
        .survey(move |ending, _| {
            let mut outcome = format!("{:?}", read.lock().unwrap());
            match ending {
                Ending::Clean => outcome.push_str(" clean"),
                Ending::Stuck { tasks, .. } => {
                    for stuck in tasks {
                        write!(outcome, " {}: {:?}", stuck.task, stuck.state).unwrap();
                    }
                }
                other => write!(outcome, " {other:?}").unwrap(),
            }
            seen.lock().unwrap().insert(outcome);
        })
        .check(move || {
            *log.lock().unwrap() = vec![Vec::new(); checked.threads.len()];
            body(Arc::clone(&checked), Arc::clone(&log))
        });
    let coverage = coverage.unwrap_or_else(|failure| panic!("{program:?}\n{failure}"));
    let outcomes = std::mem::take(&mut *outcomes.lock().unwrap());
    (outcomes, coverage)
}

/// Compares the engines on a program; whether it was small enough to.
fn agree(program: Program, flavor: Flavor) -> bool {
    let program = Arc::new(program);
    let (expected, brute) = run(&program, Engine::BruteForce, flavor, BRUTE_FORCE);
    if !brute.exhaustive() {
        return false;
    }
    let (seen, systematic) = run(&program, Engine::Systematic, flavor, 10_000);
    assert!(systematic.exhaustive(), "{program:?}: {systematic}");
    assert_eq!(seen, expected, "{program:?}\n{systematic} against {brute}");
    true
}

fn differential(flavor: Flavor, seed: u64) {
    let programs = std::env::var("LEAK_TEST_PROGRAMS").map_or(PROGRAMS, |n| n.parse().unwrap());
    let mut numbers = Random(seed);
    let drawn = (0..programs).map(|_| random(&mut numbers));
    let compared = drawn
        .filter(|program| agree(program.clone(), flavor))
        .count() as u64;
    assert!(
        compared * 2 > programs,
        "only {compared} of {programs} programs were small enough"
    );
}

#[test]
fn threads_on_a_runtime_of_several() {
    differential(Flavor::MultiThread, 1);
}

#[test]
fn threads_beside_a_runtime_of_one() {
    differential(Flavor::CurrentThread, 2);
}

/// What was wrong, and the program that showed it.
type Case<'a> = (&'a str, Flavor, &'a [Kind], &'a [&'a [Op]]);

#[test]
fn programs_that_lost_an_outcome_once() {
    let cases: [Case; 5] = [
        (
            "who is blocked to the end never took the lock",
            Flavor::MultiThread,
            &[Kind::Atomic, Kind::Mutex],
            &[&[Op::Lock(1)], &[Op::TryLock(1), Op::Add(0), Op::Lock(1)]],
        ),
        (
            "a failed try is no obstacle to who takes the lock after it",
            Flavor::CurrentThread,
            &[Kind::Atomic, Kind::Mutex],
            &[
                &[Op::Lock(1), Op::Load(0)],
                &[Op::TryLock(1), Op::TryLock(1), Op::Load(0)],
            ],
        ),
        (
            "who reads twice is in the way twice",
            Flavor::CurrentThread,
            &[Kind::Atomic, Kind::RwLock],
            &[
                &[Op::Unpark(2), Op::Lock(1)],
                &[Op::Park, Op::Unlock(1)],
                &[Op::Read(1), Op::Read(1), Op::Add(0)],
            ],
        ),
        (
            "what comes after a failed try was put before it, where it does not fail",
            Flavor::CurrentThread,
            &[Kind::Atomic, Kind::RwLock],
            &[
                &[Op::Read(1)],
                &[Op::TryLock(1)],
                &[Op::Read(1), Op::Unlock(1)],
            ],
        ),
        (
            "the same as the first, with a timer",
            Flavor::CurrentThread,
            &[Kind::Atomic, Kind::RwLock],
            &[
                &[Op::Lock(1), Op::Unlock(1), Op::Load(0)],
                &[Op::TryRead(1)],
                &[Op::Lock(1), Op::Sleep, Op::Park],
            ],
        ),
    ];
    for (what, flavor, objects, threads) in cases {
        let program = Program {
            objects: objects.to_vec(),
            threads: threads.iter().map(|ops| ops.to_vec()).collect(),
        };
        assert!(agree(program, flavor), "{what}: too large");
    }
}
