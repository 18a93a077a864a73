//! What happens once, or to all together: `Barrier`, `OnceCell`, `SetOnce`.

use std::sync::Arc;

use leak_harness::select;
use leak_harness::sync::{Barrier, OnceCell, SetError, SetOnce};
use leak_harness::task::yield_now;

use crate::actor::{Actor, CLOSED, FAILED, SKIPPED, Shared};
use crate::program::{Kind, Wait};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// For the others, or for the value.
    Wait,
    Get,
    Set,
    /// `get_or_init`, or `get_or_try_init`.
    Init(Make),
}

/// How a task makes the value of a `OnceCell`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Make {
    AtOnce,
    Yields,
    Fails,
    Waits(Wait),
    /// It is given up, if others go on while it yields.
    GivenUp,
}

pub fn decode(kind: Kind, how: u8, wait: impl Fn() -> Wait) -> Act {
    match kind {
        Kind::Barrier(_) => Act::Wait,
        Kind::OnceCell => match how % 9 {
            0 | 1 => Act::Get,
            2 => Act::Set,
            3 | 4 => Act::Init(Make::AtOnce),
            5 => Act::Init(Make::Yields),
            6 => Act::Init(Make::Fails),
            7 => Act::Init(Make::Waits(wait())),
            _ => Act::Init(Make::GivenUp),
        },
        _ => match how % 7 {
            0 => Act::Get,
            1..=3 => Act::Set,
            _ => Act::Wait,
        },
    }
}

#[derive(Clone)]
pub enum Once {
    Barrier(Arc<Barrier>),
    Cell(Arc<OnceCell<u16>>),
    Value(Arc<SetOnce<u16>>),
}

impl Once {
    /// What waits in a `select!`.
    pub async fn wait(&self, value: u16) -> u16 {
        match self {
            Once::Barrier(barrier) => u16::from(barrier.wait().await.is_leader()),
            Once::Value(once) => *once.wait().await,
            Once::Cell(cell) => make_slowly(cell, value).await,
        }
    }

    fn get(&self) -> u16 {
        let value = match self {
            Once::Barrier(_) => None,
            Once::Cell(cell) => cell.get(),
            Once::Value(once) => once.get(),
        };
        value.copied().unwrap_or(FAILED)
    }

    fn set(&self, value: u16) -> u16 {
        match self {
            Once::Barrier(_) => SKIPPED,
            Once::Cell(cell) => match cell.set(value) {
                Ok(()) => 1,
                Err(SetError::AlreadyInitializedError(_)) => CLOSED,
                Err(SetError::InitializingError(_)) => FAILED,
            },
            Once::Value(once) => once.set(value).map_or(CLOSED, |()| 1),
        }
    }
}

impl Actor {
    pub async fn once(&mut self, object: usize, act: Act) -> u16 {
        let Shared::Once(once) = self.shared[object].clone() else {
            return SKIPPED;
        };
        match (act, &once) {
            (Act::Wait, _) => once.wait(self.value()).await,
            (Act::Get, _) => once.get(),
            (Act::Set, _) => once.set(self.value()),
            (Act::Init(make), Once::Cell(cell)) => self.initialise(cell, make).await,
            _ => SKIPPED,
        }
    }

    async fn initialise(&mut self, cell: &OnceCell<u16>, make: Make) -> u16 {
        let value = self.value();
        match make {
            Make::AtOnce => *cell.get_or_init(|| async { value }).await,
            Make::Yields => make_slowly(cell, value).await,
            Make::Fails => {
                let fails = || async {
                    yield_now().await;
                    Err::<u16, u16>(FAILED)
                };
                cell.get_or_try_init(fails).await.copied().unwrap_or(FAILED)
            }
            Make::Waits(wait) => {
                let mut branch = self.take(wait);
                let made = *cell.get_or_init(|| branch.wait(value)).await;
                self.put(wait, branch);
                made
            }
            Make::GivenUp => select! {
                biased;
                made = make_slowly(cell, value) => made,
                () = yield_now() => FAILED,
            },
        }
    }
}

async fn make_slowly(cell: &OnceCell<u16>, value: u16) -> u16 {
    let make = || async {
        yield_now().await;
        value
    };
    *cell.get_or_init(make).await
}
