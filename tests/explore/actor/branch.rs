//! The waits of a task that end together, in a `select!`, or that are given up, in a `timeout`.
//!
//! Not here: the waits that a task makes one after the other (`mod.rs`).

use std::any::Any;

use leak_harness::select;
use leak_harness::task::yield_now;
use leak_harness::time::{Duration, sleep, timeout};

use super::{Actor, CLOSED, FAILED, Own, SKIPPED, Shared, received};
use crate::objects::channels::{closed, large};
use crate::program::Wait;

/// A wait of `select!` or `timeout`, with what it needs.
pub enum Branch {
    Own(Own, Option<()>),
    /// The wait for the end of a channel.
    Closed(Own),
    /// The wait for a large value of a watch.
    Large(Own),
    Shared(Shared, Option<Box<dyn Any + Send>>),
    Sleep(u64),
    Yield,
}

impl Branch {
    pub async fn wait(&mut self, value: u16) -> u16 {
        match self {
            Branch::Own(Own::Sender(sender), _) => sender.send(value).await.map_or(CLOSED, |()| 1),
            Branch::Own(Own::Receiver(receiver), _) => receiver.recv().await.unwrap_or(CLOSED),
            Branch::Own(Own::UnboundedReceiver(receiver), _) => {
                receiver.recv().await.unwrap_or(CLOSED)
            }
            Branch::Own(Own::OnceReceiver(receiver), done) if done.is_none() => {
                let result = receiver.await.unwrap_or(CLOSED);
                *self = Branch::Own(Own::None, Some(()));
                result
            }
            Branch::Own(Own::Broadcast(_, Some(receiver)), _) => received(receiver.recv().await),
            Branch::Sleep(time) => {
                sleep(Duration::from_millis(*time)).await;
                1
            }
            Branch::Own(Own::Watch(_, Some(receiver)), _) => match receiver.changed().await {
                Ok(()) => *receiver.borrow_and_update(),
                Err(_) => CLOSED,
            },
            Branch::Own(Own::Pipe(end), _) => end.wait(value).await,
            Branch::Own(Own::Tasks(tasks), _) => tasks.join().await,
            Branch::Own(Own::Token(token), _) => {
                token.cancelled().await;
                1
            }
            Branch::Closed(own) => closed(own).await,
            Branch::Large(Own::Watch(_, Some(receiver))) => large(receiver).await,
            Branch::Shared(Shared::Once(once), _) => once.wait(value).await,
            Branch::Shared(Shared::Tracker(tracker), _) => {
                tracker.wait().await;
                1
            }
            Branch::Shared(Shared::Notify(notify), _) => {
                notify.notified().await;
                1
            }
            Branch::Shared(Shared::Semaphore(semaphore), guard) => {
                let permit = semaphore.clone().acquire_owned().await;
                *guard = permit.ok().map(|permit| Box::new(permit) as _);
                1
            }
            Branch::Shared(Shared::Mutex(mutex), guard) => {
                *guard = Some(Box::new(mutex.clone().lock_owned().await));
                1
            }
            Branch::Shared(Shared::RwLock(lock), guard) => {
                *guard = Some(Box::new(lock.clone().read_owned().await));
                1
            }
            _ => {
                yield_now().await;
                SKIPPED
            }
        }
    }
}

impl Actor {
    /// Both waits are taken out of the actor, so that they can be polled side by side.
    pub(super) async fn select(&mut self, biased: bool, one: Wait, two: Wait) -> u16 {
        let value = self.value();
        let (mut first, mut second) = (self.take(one), self.take(two));
        let result = if biased {
            select! {
                biased;
                result = first.wait(value) => result,
                result = second.wait(value) => 100 + result,
            }
        } else {
            select! {
                result = first.wait(value) => result,
                result = second.wait(value) => 100 + result,
            }
        };
        self.put(one, first);
        self.put(two, second);
        result
    }

    pub(super) async fn select_if(&mut self, on: bool, one: Wait, two: Wait) -> u16 {
        let value = self.value();
        let (mut first, mut second) = (self.take(one), self.take(two));
        let result = select! {
            biased;
            result = first.wait(value) => result,
            result = second.wait(value), if on => 100 + result,
        };
        self.put(one, first);
        self.put(two, second);
        result
    }

    pub(super) async fn select_of_three(&mut self, [one, two, three]: [Wait; 3]) -> u16 {
        let value = self.value();
        let mut first = self.take(one);
        let (mut second, mut third) = (self.take(two), self.take(three));
        let result = select! {
            result = first.wait(value) => result,
            result = second.wait(value) => 100 + result,
            result = third.wait(value) => 200 + result,
        };
        self.put(one, first);
        self.put(two, second);
        self.put(three, third);
        result
    }

    pub(super) async fn timeout(&mut self, wait: Wait) -> u16 {
        let value = self.value();
        let mut branch = self.take(wait);
        let result = timeout(Duration::from_millis(5), branch.wait(value)).await;
        self.put(wait, branch);
        result.unwrap_or(FAILED)
    }

    pub fn take(&mut self, wait: Wait) -> Branch {
        let mut own = |object: usize| std::mem::replace(&mut self.own[object], Own::None);
        match wait {
            Wait::Send(object) | Wait::Recv(object) | Wait::Changed(object) => {
                Branch::Own(own(object), None)
            }
            Wait::Closed(object) => Branch::Closed(own(object)),
            Wait::Large(object) => Branch::Large(own(object)),
            Wait::For(object) => match &self.shared[object] {
                Shared::None => Branch::Own(own(object), None),
                shared => Branch::Shared(shared.clone(), None),
            },
            Wait::Acquire(object) | Wait::Notified(object) => {
                Branch::Shared(self.shared[object].clone(), None)
            }
            Wait::Sleep(time) => Branch::Sleep(time),
            Wait::Yield => Branch::Yield,
        }
    }

    pub fn put(&mut self, wait: Wait, branch: Branch) {
        match (wait, branch) {
            // A second branch for the same end had nothing.
            (_, Branch::Own(Own::None, _) | Branch::Closed(Own::None)) => {}
            (_, Branch::Large(Own::None)) => {}
            (
                Wait::Send(object) | Wait::Recv(object) | Wait::Changed(object),
                Branch::Own(own, _),
            )
            | (Wait::For(object), Branch::Own(own, _))
            | (Wait::Closed(object), Branch::Closed(own))
            | (Wait::Large(object), Branch::Large(own)) => {
                self.own[object] = own;
            }
            (Wait::Acquire(object), Branch::Shared(_, Some(guard))) => {
                self.held.push((object, guard));
            }
            _ => {}
        }
    }
}
