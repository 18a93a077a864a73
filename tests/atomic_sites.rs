//! Operations before which nothing can be switched: which orders of whole blocks of them there are,
//! compared with brute force.
//!
//! Not here: how it is found out that they are atomic (`stall`).

#[path = "support/random.rs"]
mod random;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use leak_harness::sync::mpsc::{self, Sender};
use leak_harness::task::yield_now;
use leak_harness::{Builder, Coverage, Ending, Engine, Trace, spawn};
use random::Random;

#[derive(Clone, Copy, Debug)]
enum Op {
    /// On one of two channels: atomic.
    Send(usize),
    Look(usize),
    /// Others can go here.
    Yield,
}

type Program = Vec<Vec<Op>>;
type Channels = [Sender<usize>; 2];

/// An operation of a task, and what it saw. All atomic sites are here.
fn act(op: Op, task: usize, channels: &Channels) -> Option<usize> {
    match op {
        Op::Send(channel) => {
            channels[channel].try_send(task).unwrap();
            None
        }
        Op::Look(channel) => Some(channels[channel].capacity()),
        Op::Yield => unreachable!("it is awaited"),
    }
}

/// Makes the sites of `act` atomic: a real lock is held across them.
fn make_atomic() {
    let checked = Builder::new().engine(Engine::Systematic).check(|| async {
        let (tx, _rx) = mpsc::channel(16);
        let lock = Arc::new(Mutex::new(()));
        let tasks = [0, 1].map(|task| {
            let (lock, channels) = (lock.clone(), [tx.clone(), tx.clone()]);
            spawn(async move {
                let _guard = lock.lock().unwrap();
                for op in [Op::Send(0), Op::Look(0), Op::Send(0)] {
                    act(op, task, &channels);
                }
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
    });
    let coverage = checked.unwrap();
    assert_eq!(coverage.atomic_sites().len(), 2, "{coverage}");
}

/// What one execution showed: to each task, and the order in each channel.
#[derive(Clone, Default)]
struct Seen {
    looks: [Vec<usize>; 3],
    orders: [Vec<usize>; 2],
}

/// Everything that a program can show.
fn outcomes(engine: Engine, program: &Program) -> (BTreeSet<String>, Coverage) {
    let all = Arc::new(Mutex::new(BTreeSet::new()));
    let now = Arc::new(Mutex::new(Seen::default()));
    let (outcomes, last) = (Arc::clone(&all), Arc::clone(&now));
    let at_the_end = move |_: &Ending, _: &Trace| {
        let Seen { looks, orders } = std::mem::take(&mut *last.lock().unwrap());
        let outcome = format!("{looks:?} {orders:?}");
        outcomes.lock().unwrap().insert(outcome);
    };
    let program = program.clone();
    let body = move || {
        let (program, now) = (program.clone(), Arc::clone(&now));
        async move {
            *now.lock().unwrap() = Seen::default();
            let ends = [mpsc::channel(16), mpsc::channel(16)];
            let (senders, receivers): (Vec<_>, Vec<_>) = ends.into_iter().unzip();
            let channels = Arc::new((<[_; 2]>::try_from(senders).unwrap(), receivers));
            for (task, ops) in program.into_iter().enumerate() {
                let (channels, now) = (Arc::clone(&channels), Arc::clone(&now));
                spawn(async move {
                    for op in ops {
                        match op {
                            Op::Yield => yield_now().await,
                            Op::Send(channel) => {
                                act(op, task, &channels.0);
                                now.lock().unwrap().orders[channel].push(task);
                            }
                            Op::Look(_) => {
                                let look = act(op, task, &channels.0);
                                now.lock().unwrap().looks[task].extend(look);
                            }
                        }
                    }
                });
            }
        }
    };
    let builder = Builder::new().engine(engine).schedules(200_000);
    let coverage = builder.survey(at_the_end).check(body).unwrap();
    assert!(coverage.exhaustive(), "{coverage}");
    let outcomes = std::mem::take(&mut *all.lock().unwrap());
    (outcomes, coverage)
}

fn draw(random: &mut Random) -> Program {
    let tasks = 2 + random.below(2);
    let task = |random: &mut Random| {
        let ops = 1 + random.below(3);
        let op = |random: &mut Random| match random.below(6) {
            channel @ 0..=1 => Op::Send(channel as usize),
            channel @ 2..=3 => Op::Look(channel as usize - 2),
            4 => Op::Send(0),
            _ => Op::Yield,
        };
        (0..ops).map(|_| op(random)).collect()
    };
    (0..tasks).map(|_| task(random)).collect()
}

#[test]
fn blocks_of_atomic_operations_come_in_every_order() {
    make_atomic();
    let mut random = Random(1);
    let (mut several, mut fewer) = (0, 0);
    for _ in 0..150 {
        let program = draw(&mut random);
        let (expected, every_order) = outcomes(Engine::BruteForce, &program);
        let (seen, coverage) = outcomes(Engine::Systematic, &program);
        assert_eq!(seen, expected, "{program:?}");
        several += usize::from(expected.len() > 1);
        fewer += usize::from(coverage.schedules() < every_order.schedules());
    }
    assert!(several > 75 && fewer > 50, "{several}, {fewer}");
}
