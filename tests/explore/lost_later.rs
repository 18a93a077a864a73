//! Programs over the newer objects, and with the rarer operations, of which the systematic engine
//! lost an outcome once.
//!
//! Not here: random programs (`differential`), and the programs over the objects that they began
//! with (`lost`).

use leak_harness::Flavor;

use super::lost::{none_is_lost, written};
use super::objects::{once, stop, tasks};
use super::program::{Kind, Local, Op, Program, Wait};

const WAIT: Op = Op::Once(0, once::Act::Wait);
const CANCEL: Op = Op::Stop(0, stop::Act::Cancel);
const IS_CANCELLED: Op = Op::Stop(0, stop::Act::IsCancelled);

/// Programs that lost an outcome once, each with what was wrong.
#[test]
fn programs_over_newer_objects_that_lost_an_outcome_once() {
    none_is_lost([
        (
            "a child whose handles are gone was not cancelled with its parent",
            Flavor::MultiThread,
            written(
                &[Kind::Token],
                &[
                    &[CANCEL],
                    &[Op::Stop(0, stop::Act::RunUntil(Wait::Yield)), IS_CANCELLED],
                ],
            ),
        ),
        (
            "only the first part of a step was taken for what has to come before it",
            Flavor::MultiThread,
            written(
                &[Kind::Token],
                &[
                    &[IS_CANCELLED],
                    &[Op::Select(false, Wait::For(0), Wait::Yield)],
                    &[CANCEL],
                ],
            ),
        ),
        (
            "what an aborted task waited for could not come before its abort",
            Flavor::MultiThread,
            written(&[Kind::Barrier(2)], &[&[WAIT], &[Op::Abort(0)], &[WAIT]]),
        ),
        (
            "a poll in the middle of a poll was not a part of that",
            Flavor::CurrentThread,
            Program {
                local: Some(Local {
                    tasks: 1,
                    yields: Some(1),
                }),
                ..written(&[Kind::Barrier(2)], &[&[WAIT], &[WAIT]])
            },
        ),
        (
            "a task that a set let go of was none whose end the set could have seen",
            Flavor::MultiThread,
            written(
                &[Kind::JoinSet],
                &[
                    &[
                        Op::Tasks(0, tasks::Act::Spawn(0, Vec::new())),
                        Op::Tasks(0, tasks::Act::TryJoin),
                        Op::Tasks(0, tasks::Act::DetachAll),
                    ],
                    &[Op::Yield],
                ],
            ),
        ),
        (
            "what a sleeping task's step would depend on comes after what it was seen to do instead",
            Flavor::CurrentThread,
            Program {
                local: Some(Local {
                    tasks: 6,
                    yields: Some(1),
                }),
                ..written(
                    &[Kind::Atomic],
                    &[
                        &[Op::Add(0)],
                        &[Op::Load(0), Op::Join],
                        &[Op::Yield, Op::Join],
                    ],
                )
            },
        ),
        (
            "a reversal began with a step of a task that slept, and was not run",
            Flavor::MultiThread,
            written(
                &[Kind::Barrier(2), Kind::JoinSet],
                &[
                    &[WAIT, Op::Select(false, Wait::For(0), Wait::For(0))],
                    &[Op::Tasks(1, tasks::Act::Spawn(0, vec![Op::Yield, WAIT]))],
                ],
            ),
        ),
        (
            "who was woken twice need not come after the first that woke it, nor what it did then",
            Flavor::CurrentThread,
            written(
                &[Kind::Bounded(1), Kind::Atomic, Kind::Unbounded],
                &[
                    &[Op::Load(1), Op::Select(true, Wait::Recv(2), Wait::Recv(0))],
                    &[Op::TrySend(0)],
                    &[Op::DropSender(2), Op::Store(1, 9)],
                ],
            ),
        ),
        (
            "what a task drops in a panic was taken for a step that others could go before",
            Flavor::MultiThread,
            written(
                &[Kind::Oneshot, Kind::Notify],
                &[
                    &[
                        Op::TryRecv(0),
                        Op::Select(false, Wait::Recv(0), Wait::Notified(1)),
                    ],
                    &[Op::NotifyOne(1)],
                ],
            ),
        ),
        (
            "a sleeping step stood for steps that were to follow it only where reversals are whole",
            Flavor::MultiThread,
            written(
                &[Kind::Semaphore(0), Kind::Atomic],
                &[
                    &[Op::Store(1, 29)],
                    &[
                        Op::Join,
                        Op::Select(false, Wait::Acquire(0), Wait::Acquire(0)),
                    ],
                    &[Op::Abort(1), Op::Add(1)],
                ],
            ),
        ),
        (
            "what is after the first part of a step was taken for not after a later part of it",
            Flavor::MultiThread,
            written(
                &[Kind::Token],
                &[
                    &[IS_CANCELLED],
                    &[Op::Select(false, Wait::For(0), Wait::For(0))],
                    &[Op::Stop(0, stop::Act::Guard)],
                ],
            ),
        ),
        (
            "a value that cannot be set, because it is there, could be set if that came first",
            Flavor::MultiThread,
            written(
                &[Kind::OnceCell],
                &[
                    &[Op::Once(0, once::Act::Set)],
                    &[Op::Once(0, once::Act::Get)],
                    &[Op::Once(0, once::Act::Get), Op::Once(0, once::Act::Set)],
                ],
            ),
        ),
    ]);
}
