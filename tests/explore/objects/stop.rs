//! What ends a service: `CancellationToken` with its children and guards, `TaskTracker`.

use leak_harness_tokio_util::sync::{CancellationToken, DropGuard};

use crate::actor::{Actor, FAILED, Own, SKIPPED, Shared};
use crate::program::{Kind, Op, Wait};

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    // Of a token.
    Cancel,
    Cancelled,
    IsCancelled,
    /// The task's token becomes a child of what it was.
    Child,
    /// One that cancels when it is released.
    Guard,
    /// The last guard cancels nothing.
    Disarm,
    /// Until that, or until it is cancelled.
    RunUntil(Wait),
    // Of a tracker.
    /// A token of it, until that is released.
    Track,
    /// A task that does this.
    Spawn(Vec<Op>),
    Close,
    Reopen,
    Wait,
    Inspect,
}

pub fn decode(
    kind: Kind,
    object: usize,
    how: u8,
    errand: impl Fn() -> Vec<Op>,
    wait: impl Fn() -> Wait,
) -> Op {
    let act = match (kind, how % 12) {
        (_, 0) => return Op::Release(object),
        (Kind::Token, 1 | 2) => Act::Cancel,
        (Kind::Token, 3 | 4) => Act::IsCancelled,
        (Kind::Token, 5) => Act::Child,
        (Kind::Token, 6) => Act::Guard,
        (Kind::Token, 7) if how >= 128 => Act::Disarm,
        (Kind::Token, 8) => Act::RunUntil(wait()),
        (Kind::Token, _) => Act::Cancelled,
        (_, 1) => Act::Track,
        (_, 2 | 3) => Act::Spawn(errand()),
        (_, 4..=6) => Act::Close,
        (_, 7) if how >= 128 => Act::Reopen,
        (_, 7 | 8) => Act::Inspect,
        _ => Act::Wait,
    };
    Op::Stop(object, act)
}

impl Actor {
    pub async fn stop(&mut self, object: usize, act: Act) -> u16 {
        if let Shared::Tracker(_) = self.shared[object] {
            return self.track(object, act).await;
        }
        let Own::Token(token) = &self.own[object] else {
            return SKIPPED;
        };
        match act {
            Act::Cancel => token.cancel(),
            Act::Cancelled => token.cancelled().await,
            Act::IsCancelled => return u16::from(token.is_cancelled()),
            Act::Child => {
                let child = token.child_token();
                self.own[object] = Own::Token(child);
            }
            Act::Guard => {
                let guard = token.clone().drop_guard();
                self.held.push((object, Box::new(guard)));
            }
            Act::Disarm => {
                let Some(guard) = self.release::<DropGuard>(object) else {
                    return SKIPPED;
                };
                drop(guard.disarm());
            }
            Act::RunUntil(wait) => {
                let token = token.clone();
                return self.run_until(&token, wait).await;
            }
            _ => return SKIPPED,
        }
        1
    }

    async fn run_until(&mut self, token: &CancellationToken, wait: Wait) -> u16 {
        let value = self.value();
        let mut branch = self.take(wait);
        let result = token.run_until_cancelled(branch.wait(value)).await;
        self.put(wait, branch);
        result.unwrap_or(FAILED)
    }

    async fn track(&mut self, object: usize, act: Act) -> u16 {
        let Shared::Tracker(tracker) = self.shared[object].clone() else {
            return SKIPPED;
        };
        match act {
            Act::Track => self.held.push((object, Box::new(tracker.token()))),
            Act::Spawn(ops) if self.local => drop(tracker.spawn_local(self.errand(ops))),
            Act::Spawn(ops) => drop(tracker.spawn(self.errand(ops))),
            Act::Close => return u16::from(tracker.close()),
            Act::Reopen => return u16::from(tracker.reopen()),
            Act::Wait => tracker.wait().await,
            Act::Inspect => {
                let closed = u16::from(tracker.is_closed());
                return tracker.len() as u16 * 2 + closed;
            }
            _ => return SKIPPED,
        }
        1
    }
}
