//! Programs of which the systematic engine lost an outcome once: what is left of random ones.
//!
//! Not here: random programs (`differential`), and programs over the newer objects
//! (`lost_later`).

use std::fmt::Write as _;

use leak_harness::Flavor;

use super::differential::agree_within;
use super::program::{Kind, Op, Program, Wait};

/// Programs that lost an outcome once, each with what was wrong.
#[test]
fn programs_that_lost_an_outcome_once() {
    let cases: [(&str, Flavor, Program); 17] = [
        (
            "stops in the middle of a poll counted as turns without progress",
            Flavor::MultiThread,
            written(
                &[Kind::Atomic, Kind::Bounded(1)],
                &[
                    &[Op::Sleep(1), Op::TrySend(1)],
                    &[Op::Select(false, Wait::Recv(1), Wait::Recv(1)), Op::Load(0)],
                ],
            ),
        ),
        (
            "time passed while a task only yielded",
            Flavor::MultiThread,
            written(
                &[Kind::Bounded(1)],
                &[
                    &[Op::Sleep(1), Op::TrySend(0)],
                    &[
                        Op::Select(false, Wait::Yield, Wait::Recv(0)),
                        Op::Select(false, Wait::Sleep(1), Wait::Yield),
                    ],
                ],
            ),
        ),
        (
            "who woke a task that was ready anyway hid what it raced with later",
            Flavor::CurrentThread,
            written(
                &[
                    Kind::Oneshot,
                    Kind::Atomic,
                    Kind::Unbounded,
                    Kind::Atomic,
                    Kind::Bounded(1),
                ],
                &[
                    &[
                        Op::Select(false, Wait::Recv(4), Wait::Recv(0)),
                        Op::SelectIf(1, Wait::Recv(4), Wait::Recv(0)),
                    ],
                    &[Op::Send(0)],
                    &[Op::TrySend(4), Op::Send(4)],
                ],
            ),
        ),
        (
            "a timer that is set first may fire before an earlier one is set",
            Flavor::MultiThread,
            written(
                &[Kind::Bounded(1), Kind::Unbounded],
                &[
                    &[Op::Sleep(1)],
                    &[Op::Timeout(Wait::Recv(1))],
                    &[Op::DropSender(1)],
                ],
            ),
        ),
        (
            "room that is kept is lost to a receiver that closed",
            Flavor::MultiThread,
            written(
                &[Kind::Bounded(1)],
                &[&[Op::Yield], &[Op::Reserve(0), Op::Send(0)]],
            ),
        ),
        (
            "a yielding task was put behind one that had gone already",
            Flavor::MultiThread,
            written(
                &[Kind::Unbounded, Kind::Atomic],
                &[
                    &[Op::Load(1)],
                    &[Op::Yield, Op::Select(false, Wait::Yield, Wait::Yield)],
                    &[Op::Join, Op::Send(0)],
                ],
            ),
        ),
        (
            "a raced timer that fired at quiescence counted as after everything",
            Flavor::MultiThread,
            written(
                &[Kind::Semaphore(0), Kind::Atomic],
                &[
                    &[Op::Load(1)],
                    &[Op::Timeout(Wait::Acquire(0)), Op::Store(1, 13)],
                ],
            ),
        ),
        (
            "biased receives",
            Flavor::MultiThread,
            written(
                &[Kind::Bounded(1), Kind::Semaphore(0), Kind::Bounded(1)],
                &[
                    &[
                        Op::Select(true, Wait::Recv(0), Wait::Recv(2)),
                        Op::TryRecv(0),
                        Op::Acquire(1, 2),
                    ],
                    &[Op::TrySend(0)],
                ],
            ),
        ),
        (
            "a poll on a shared thread is one step",
            Flavor::CurrentThread,
            written(
                &[Kind::Atomic],
                &[
                    &[Op::Load(0)],
                    &[Op::Load(0)],
                    &[Op::Load(0), Op::Store(0, 105)],
                ],
            ),
        ),
        (
            "objects named in order of first use are one",
            Flavor::CurrentThread,
            written(
                &[Kind::Atomic, Kind::Atomic],
                &[
                    &[Op::Load(0), Op::Store(1, 169)],
                    &[Op::Add(1)],
                    &[Op::Load(1)],
                ],
            ),
        ),
        (
            "on a shared thread every wait observes",
            Flavor::CurrentThread,
            written(
                &[Kind::Bounded(2), Kind::Atomic],
                &[
                    &[Op::TryRecv(0), Op::Recv(0)],
                    &[Op::Send(0)],
                    &[Op::Send(0), Op::Send(0)],
                ],
            ),
        ),
        (
            "all ways of one select! sleep together",
            Flavor::MultiThread,
            written(
                &[Kind::Bounded(1), Kind::Bounded(1), Kind::Bounded(1)],
                &[
                    &[Op::Select(false, Wait::Send(1), Wait::Recv(2))],
                    &[Op::TryRecv(1)],
                ],
            ),
        ),
        (
            "reversed, a step touches other things than it did",
            Flavor::MultiThread,
            written(
                &[Kind::Bounded(1)],
                &[&[Op::Join], &[Op::Send(0), Op::Send(0)], &[Op::Send(0)]],
            ),
        ),
        (
            "that a timer cannot fire early any more is no race",
            Flavor::MultiThread,
            written(
                &[Kind::Notify],
                &[
                    &[Op::NotifyOne(0)],
                    &[Op::Sleep(1)],
                    &[Op::Timeout(Wait::Notified(0))],
                ],
            ),
        ),
        (
            "a choice was made again, where it could have been another one",
            Flavor::MultiThread,
            written(
                &[Kind::Bounded(1), Kind::Atomic],
                &[
                    &[Op::Load(1)],
                    &[
                        Op::Select(false, Wait::Send(0), Wait::Send(0)),
                        Op::Store(1, 69),
                    ],
                    &[Op::Load(1)],
                ],
            ),
        ),
        (
            "a choice behind the race was taken for a part of its reversal",
            Flavor::MultiThread,
            written(
                &[Kind::Bounded(1)],
                &[
                    &[Op::Yield],
                    &[Op::TrySend(0)],
                    &[Op::Select(false, Wait::Yield, Wait::Yield)],
                ],
            ),
        ),
        (
            "the same, with a wait that keeps a place",
            Flavor::MultiThread,
            written(
                &[Kind::Unbounded, Kind::Semaphore(1)],
                &[
                    &[Op::DropReceiver(0)],
                    &[
                        Op::Acquire(1, 1),
                        Op::Select(false, Wait::Yield, Wait::Acquire(1)),
                        Op::Send(0),
                    ],
                    &[Op::AddPermits(1)],
                ],
            ),
        ),
    ];
    none_is_lost(cases);
}

/// No outcome of these is lost any more.
pub fn none_is_lost(cases: impl IntoIterator<Item = (&'static str, Flavor, Program)>) {
    let mut lost = String::new();
    for (what, flavor, program) in cases {
        let agreed = agree_within(50_000, &program, flavor);
        if !matches!(agreed, Ok(true)) {
            writeln!(lost, "{what}: {agreed:?}\n{program:?}").unwrap();
        }
    }
    assert!(lost.is_empty(), "{lost}");
}

pub fn written(objects: &[Kind], tasks: &[&[Op]]) -> Program {
    let tasks = tasks.iter().map(|ops| ops.to_vec()).collect();
    Program {
        objects: objects.to_vec(),
        tasks,
        local: None,
    }
}
