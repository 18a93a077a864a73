//! Tasks that a task spawns and owns: `JoinSet`, `JoinMap`, `AbortOnDropHandle`.
//!
//! Not here: tasks that a tracker counts (`stop`).

use leak_harness::spawn;
use leak_harness::task::{JoinError, JoinSet, spawn_local};
use leak_harness_tokio_util::task::{AbortOnDropHandle, JoinMap};

use crate::actor::{Actor, CLOSED, Errand, FAILED, Own, SKIPPED};
use crate::program::{Kind, Op};

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    /// A task that does this; in a map under a key, instead of another one.
    Spawn(u8, Vec<Op>),
    Join,
    TryJoin,
    /// What has a key, or the only one.
    Abort(u8),
    AbortAll,
    Shutdown,
    DetachAll,
    /// All of them, or the only one.
    Drop,
}

pub fn decode(kind: Kind, how: u8, errand: impl Fn() -> Vec<Op>) -> Act {
    let key = how / 16 % 2;
    match (how % 16, kind) {
        (0, _) => Act::Drop,
        (1, _) => Act::DetachAll,
        (2, Kind::AbortOnDrop) => Act::Abort(key),
        (2, _) => Act::AbortAll,
        (3, Kind::JoinSet) => Act::Shutdown,
        (3, _) => Act::Abort(key),
        (4 | 5, Kind::JoinSet | Kind::JoinMap) => Act::TryJoin,
        (6..=9, _) => Act::Join,
        _ => Act::Spawn(key, errand()),
    }
}

/// Each has a place for tasks when its owner begins.
pub enum Tasks {
    Set(JoinSet<u16>),
    Map(JoinMap<u8, u16>),
    One(Option<AbortOnDropHandle<u16>>),
}

fn joined(result: Result<u16, JoinError>) -> u16 {
    match result {
        Ok(value) => value,
        Err(error) if error.is_cancelled() => CLOSED,
        Err(_) => FAILED,
    }
}

impl Tasks {
    pub fn new(kind: Kind) -> Tasks {
        match kind {
            Kind::JoinSet => Tasks::Set(JoinSet::new()),
            Kind::JoinMap => Tasks::Map(JoinMap::new()),
            _ => Tasks::One(None),
        }
    }

    /// What waits in a `select!`; nothing is left to be waited for if there is no task.
    pub async fn join(&mut self) -> u16 {
        match self {
            Tasks::Set(set) => set.join_next().await.map_or(SKIPPED, joined),
            Tasks::Map(map) => {
                let next = map.join_next().await;
                next.map_or(SKIPPED, |(key, result)| {
                    u16::from(key) * 2_000 + joined(result)
                })
            }
            Tasks::One(one) => match one {
                Some(handle) => {
                    let result = joined(handle.await);
                    *one = None;
                    result
                }
                None => SKIPPED,
            },
        }
    }

    fn try_join(&mut self) -> u16 {
        match self {
            Tasks::Set(set) => set.try_join_next().map_or(SKIPPED, joined),
            Tasks::Map(map) => {
                let next = map.try_join_next();
                next.map_or(SKIPPED, |(key, result)| {
                    u16::from(key) * 2_000 + joined(result)
                })
            }
            Tasks::One(_) => SKIPPED,
        }
    }

    fn spawn(&mut self, key: u8, errand: Errand, local: bool) {
        match self {
            Tasks::Set(set) if local => drop(set.spawn_local(errand)),
            Tasks::Set(set) => drop(set.spawn(errand)),
            Tasks::Map(map) if local => map.spawn_local(key, errand),
            Tasks::Map(map) => map.spawn(key, errand),
            Tasks::One(one) => {
                let handle = if local {
                    spawn_local(errand)
                } else {
                    spawn(errand)
                };
                *one = Some(AbortOnDropHandle::new(handle));
            }
        }
    }

    fn abort_all(&mut self) {
        match self {
            Tasks::Set(set) => set.abort_all(),
            Tasks::Map(map) => map.abort_all(),
            Tasks::One(one) => one.iter().for_each(|handle| handle.abort()),
        }
    }

    fn abort(&mut self, key: u8) -> u16 {
        if let Tasks::Map(map) = self {
            return u16::from(map.abort(&key));
        }
        self.abort_all();
        1
    }

    fn detach_all(&mut self) {
        match self {
            Tasks::Set(set) => set.detach_all(),
            Tasks::Map(map) => map.detach_all(),
            Tasks::One(one) => drop(one.take().map(AbortOnDropHandle::detach)),
        }
    }

    async fn shut_down(&mut self) {
        match self {
            Tasks::Set(set) => set.shutdown().await,
            Tasks::Map(map) => map.shutdown().await,
            Tasks::One(_) => {}
        }
    }
}

impl Actor {
    pub async fn tasks(&mut self, object: usize, act: Act) -> u16 {
        if let Act::Spawn(key, ops) = act {
            let (errand, local) = (self.errand(ops), self.local);
            let Own::Tasks(tasks) = &mut self.own[object] else {
                return SKIPPED;
            };
            tasks.spawn(key, errand, local);
            return 1;
        }
        let own = &mut self.own[object];
        let Own::Tasks(tasks) = own else {
            return SKIPPED;
        };
        match act {
            Act::Join => return tasks.join().await,
            Act::TryJoin => return tasks.try_join(),
            Act::Abort(key) => return tasks.abort(key),
            Act::AbortAll => tasks.abort_all(),
            Act::DetachAll => tasks.detach_all(),
            Act::Shutdown => tasks.shut_down().await,
            Act::Drop | Act::Spawn(..) => *own = Own::None,
        }
        1
    }
}
