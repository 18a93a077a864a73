//! What is rarer with channels: waits for their end, weak senders, several values at once, polls
//! that are not waited for.

use std::pin::pin;
use std::task::Poll;

use futures::poll;
use leak_harness::sync::{broadcast, mpsc, watch};

use crate::actor::{Actor, CLOSED, FAILED, Own, SKIPPED, received};
use crate::program::Kind;

/// What is a large value of a watch: half of all tasks send one.
pub const LARGE: u16 = 10;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// Waits until nobody receives any more.
    Closed,
    /// The task's sender becomes a weak one.
    Downgrade,
    /// A weak sender becomes a sender again, if there is still one.
    Upgrade,
    /// Room for two, of which one is used.
    ReserveMany,
    RecvMany,
    /// One poll of a receive.
    PollRecv,
    Inspect,
    /// For a large value of a watch.
    WaitFor,
    /// Of a watch: changed only if that changes something.
    SendIfModified,
    Subscribe,
    /// Of a watch.
    DropReceiver,
}

pub fn decode(kind: Kind, receiver: bool, how: u8) -> Option<Act> {
    let act = match kind {
        Kind::Bounded(_) | Kind::Unbounded if receiver => match how % 3 {
            0 => Act::RecvMany,
            1 => Act::PollRecv,
            _ => Act::Inspect,
        },
        Kind::Bounded(_) | Kind::Unbounded => match how % 6 {
            0 => Act::Closed,
            1 | 2 => Act::Downgrade,
            3 => Act::Upgrade,
            4 if kind != Kind::Unbounded => Act::ReserveMany,
            _ => Act::Inspect,
        },
        Kind::Oneshot if receiver => match how % 2 {
            0 => Act::PollRecv,
            _ => return None,
        },
        Kind::Oneshot => match how % 3 {
            0 => Act::Closed,
            1 => Act::Inspect,
            _ => return None,
        },
        Kind::Watch => match how % 8 {
            0 => Act::Closed,
            7 => Act::DropReceiver,
            1 | 2 => Act::WaitFor,
            3 | 4 => Act::SendIfModified,
            5 => Act::Inspect,
            _ => Act::Subscribe,
        },
        Kind::Broadcast(_) => match how % 6 {
            0 => Act::Closed,
            1 => Act::Downgrade,
            2 => Act::Upgrade,
            3 => Act::PollRecv,
            4 => Act::Inspect,
            _ => Act::Subscribe,
        },
        _ => return None,
    };
    Some(act)
}

/// A value of a watch from now on.
pub async fn large(receiver: &mut watch::Receiver<u16>) -> u16 {
    let found = receiver.wait_for(|&value| value >= LARGE).await;
    found.map_or(CLOSED, |value| *value)
}

pub async fn closed(own: &mut Own) -> u16 {
    match own {
        Own::Sender(sender) => sender.closed().await,
        Own::Unbounded(sender) => sender.closed().await,
        Own::Once(sender) => sender.closed().await,
        Own::Watch(Some(sender), _) => sender.closed().await,
        Own::Broadcast(Some(sender), _) => sender.closed().await,
        _ => return SKIPPED,
    }
    1
}

/// Two values at most.
async fn recv_many(own: &mut Own) -> u16 {
    let mut values = Vec::new();
    let count = match own {
        Own::Receiver(receiver) => receiver.recv_many(&mut values, 2).await,
        Own::UnboundedReceiver(receiver) => receiver.recv_many(&mut values, 2).await,
        _ => return SKIPPED,
    };
    values
        .iter()
        .fold(count as u16, |all, &value| all * 100 + value)
}

async fn poll_recv(own: &mut Own) -> u16 {
    let polled = match own {
        Own::Receiver(receiver) => {
            poll!(pin!(receiver.recv())).map(|value| value.unwrap_or(CLOSED))
        }
        Own::UnboundedReceiver(receiver) => {
            poll!(pin!(receiver.recv())).map(|value| value.unwrap_or(CLOSED))
        }
        Own::Broadcast(_, Some(receiver)) => poll!(pin!(receiver.recv())).map(received),
        Own::OnceReceiver(receiver) => {
            let polled = poll!(receiver).map(|value| value.unwrap_or(CLOSED));
            if polled.is_ready() {
                *own = Own::None;
            }
            polled
        }
        _ => return SKIPPED,
    };
    match polled {
        Poll::Ready(value) => value,
        Poll::Pending => FAILED,
    }
}

fn inspect(own: &Own) -> u16 {
    let (number, flag) = match own {
        Own::Sender(sender) => (sender.capacity(), sender.is_closed()),
        Own::Receiver(receiver) => (receiver.len(), receiver.is_closed()),
        Own::Unbounded(sender) => (sender.strong_count(), sender.is_closed()),
        Own::UnboundedReceiver(receiver) => (receiver.len(), receiver.is_closed()),
        Own::Once(sender) => (0, sender.is_closed()),
        Own::Watch(sender, receiver) => {
            let receivers = sender.as_ref().map_or(0, |sender| sender.receiver_count());
            let changed = receiver.as_ref().map(|receiver| receiver.has_changed());
            (receivers, matches!(changed, Some(Ok(true))))
        }
        Own::Broadcast(sender, receiver) => (
            sender.as_ref().map_or(0, |sender| sender.len()),
            receiver
                .as_ref()
                .is_some_and(|receiver| receiver.is_empty()),
        ),
        _ => return SKIPPED,
    };
    number as u16 * 2 + u16::from(flag)
}

impl Actor {
    pub async fn channel(&mut self, object: usize, act: Act) -> u16 {
        let value = self.value();
        let own = &mut self.own[object];
        match (act, own) {
            (Act::Closed, own) => closed(own).await,
            (Act::RecvMany, own) => recv_many(own).await,
            (Act::PollRecv, own) => poll_recv(own).await,
            (Act::Inspect, own) => inspect(own),
            (Act::ReserveMany, Own::Sender(sender)) => match sender.reserve_many(2).await {
                Ok(mut permits) => {
                    permits.next().into_iter().for_each(|it| it.send(value));
                    1
                }
                Err(_) => CLOSED,
            },
            (Act::WaitFor, Own::Watch(_, Some(receiver))) => large(receiver).await,
            (Act::SendIfModified, Own::Watch(Some(sender), _)) => {
                u16::from(sender.send_if_modified(|old| {
                    let grows = value > *old;
                    *old = value.max(*old);
                    grows
                }))
            }
            (Act::Subscribe, Own::Watch(Some(sender), receiver)) => {
                *receiver = Some(sender.subscribe());
                1
            }
            (Act::Subscribe, Own::Broadcast(Some(sender), receiver)) => {
                *receiver = Some(sender.subscribe());
                1
            }
            (Act::DropReceiver, Own::Watch(_, receiver)) => u16::from(receiver.take().is_some()),
            (Act::Downgrade, _) => self.downgrade(object),
            (Act::Upgrade, _) => self.upgrade(object),
            _ => SKIPPED,
        }
    }

    fn downgrade(&mut self, object: usize) -> u16 {
        let own = &mut self.own[object];
        let weak: Box<dyn std::any::Any + Send> = match own {
            Own::Sender(sender) => Box::new(sender.downgrade()),
            Own::Unbounded(sender) => Box::new(sender.downgrade()),
            Own::Broadcast(Some(sender), _) => Box::new(sender.downgrade()),
            _ => return SKIPPED,
        };
        match own {
            Own::Broadcast(sender, _) => drop(sender.take()),
            own => *own = Own::None,
        }
        self.held.push((object, weak));
        1
    }

    fn upgrade(&mut self, object: usize) -> u16 {
        if let Some(weak) = self.release::<mpsc::WeakSender<u16>>(object) {
            return match weak.upgrade() {
                Some(sender) => {
                    self.own[object] = Own::Sender(sender);
                    1
                }
                None => CLOSED,
            };
        }
        if let Some(weak) = self.release::<mpsc::WeakUnboundedSender<u16>>(object) {
            return match weak.upgrade() {
                Some(sender) => {
                    self.own[object] = Own::Unbounded(sender);
                    1
                }
                None => CLOSED,
            };
        }
        let weak = self.release::<broadcast::WeakSender<u16>>(object);
        match (weak.map(|weak| weak.upgrade()), &mut self.own[object]) {
            (Some(Some(upgraded)), Own::Broadcast(sender, _)) => {
                *sender = Some(upgraded);
                1
            }
            (Some(None), _) => CLOSED,
            _ => SKIPPED,
        }
    }
}
