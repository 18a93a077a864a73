//! The operations of a task that never wait.
//!
//! Not here: those of the newer objects (`objects`).

use std::any::Any;

use leak_harness::sync::{broadcast, mpsc, oneshot};
use leak_harness_std::sync::atomic::Ordering;

use super::{Actor, CLOSED, FAILED, Own, SKIPPED, Shared, tried};
use crate::program::Op;

impl Actor {
    /// The operations that never wait.
    pub(super) fn act(&mut self, op: Op) -> u16 {
        let value = self.value();
        match op {
            Op::TrySend(object) => match &mut self.own[object] {
                Own::Sender(sender) => match sender.try_send(value) {
                    Ok(()) => 1,
                    Err(mpsc::error::TrySendError::Full(_)) => FAILED,
                    Err(mpsc::error::TrySendError::Closed(_)) => CLOSED,
                },
                _ => SKIPPED,
            },
            Op::TryReserve(object) => match &self.own[object] {
                Own::Sender(sender) => match sender.clone().try_reserve_owned() {
                    Ok(permit) => {
                        self.held.push((object, Box::new(permit)));
                        1
                    }
                    Err(mpsc::error::TrySendError::Full(_)) => FAILED,
                    Err(mpsc::error::TrySendError::Closed(_)) => CLOSED,
                },
                _ => SKIPPED,
            },
            Op::SendPermit(object) => {
                let place = self.held.iter().position(|(held, _)| *held == object);
                let held = place.map(|place| self.held.remove(place).1);
                match held.map(|held| held.downcast::<mpsc::OwnedPermit<u16>>()) {
                    Some(Ok(permit)) => {
                        permit.send(value);
                        1
                    }
                    _ => SKIPPED,
                }
            }
            Op::TryRecv(object) => match &mut self.own[object] {
                Own::Receiver(receiver) => tried(receiver.try_recv()),
                Own::UnboundedReceiver(receiver) => tried(receiver.try_recv()),
                Own::Broadcast(_, Some(receiver)) => match receiver.try_recv() {
                    Ok(value) => value,
                    Err(broadcast::error::TryRecvError::Empty) => FAILED,
                    Err(broadcast::error::TryRecvError::Closed) => CLOSED,
                    Err(broadcast::error::TryRecvError::Lagged(missed)) => 700 + missed as u16,
                },
                Own::OnceReceiver(receiver) => match receiver.try_recv() {
                    Ok(value) => value,
                    Err(oneshot::error::TryRecvError::Empty) => FAILED,
                    Err(oneshot::error::TryRecvError::Closed) => CLOSED,
                },
                _ => SKIPPED,
            },
            Op::DropSender(object) => match &mut self.own[object] {
                own @ (Own::Sender(_) | Own::Unbounded(_) | Own::Once(_)) => {
                    *own = Own::None;
                    1
                }
                Own::Watch(sender, _) => u16::from(sender.take().is_some()),
                Own::Broadcast(sender, _) => u16::from(sender.take().is_some()),
                _ => SKIPPED,
            },
            Op::DropReceiver(object) => match &mut self.own[object] {
                Own::Broadcast(_, receiver) => u16::from(receiver.take().is_some()),
                own @ (Own::Receiver(_) | Own::UnboundedReceiver(_) | Own::OnceReceiver(_)) => {
                    *own = Own::None;
                    1
                }
                _ => SKIPPED,
            },
            Op::Close(object) => {
                match &mut self.own[object] {
                    Own::Receiver(receiver) => receiver.close(),
                    Own::UnboundedReceiver(receiver) => receiver.close(),
                    Own::OnceReceiver(receiver) => receiver.close(),
                    _ => return SKIPPED,
                }
                1
            }
            Op::Borrow(object) => match &self.own[object] {
                Own::Watch(_, Some(receiver)) => *receiver.borrow(),
                _ => SKIPPED,
            },
            Op::IsFinished(task) => match self.handles.aborts.get(task) {
                Some(handle) => u16::from(handle.is_finished()),
                None => SKIPPED,
            },
            Op::Abort(task) => match self.handles.aborts.get(task) {
                Some(handle) => {
                    handle.abort();
                    1
                }
                None => SKIPPED,
            },
            Op::Release(object) => {
                let place = self.held.iter().position(|(held, _)| *held == object);
                match place {
                    Some(place) => {
                        drop(self.held.remove(place));
                        1
                    }
                    None => SKIPPED,
                }
            }
            _ => self.act_on_shared(op),
        }
    }

    fn act_on_shared(&mut self, op: Op) -> u16 {
        let (Op::TryAcquire(object, _)
        | Op::TryWrite(object)
        | Op::AddPermits(object)
        | Op::NotifyOne(object)
        | Op::NotifyWaiters(object)
        | Op::Load(object)
        | Op::Store(object, _)
        | Op::Add(object)) = op
        else {
            return SKIPPED;
        };
        let guard: Option<Box<dyn Any + Send>> = match (op, self.shared[object].clone()) {
            (Op::TryAcquire(_, amount), Shared::Semaphore(semaphore)) => semaphore
                .try_acquire_many_owned(amount)
                .ok()
                .map(|guard| Box::new(guard) as _),
            (Op::TryAcquire(..), Shared::Mutex(mutex)) => mutex
                .try_lock_owned()
                .ok()
                .map(|guard| Box::new(guard) as _),
            (Op::TryAcquire(..), Shared::RwLock(lock)) => {
                lock.try_read_owned().ok().map(|guard| Box::new(guard) as _)
            }
            (Op::TryWrite(_), Shared::RwLock(lock)) => lock
                .try_write_owned()
                .ok()
                .map(|guard| Box::new(guard) as _),
            (Op::AddPermits(_), Shared::Semaphore(semaphore)) => {
                semaphore.add_permits(1);
                return 1;
            }
            (Op::NotifyOne(_), Shared::Notify(notify)) => {
                notify.notify_one();
                return 1;
            }
            (Op::NotifyWaiters(_), Shared::Notify(notify)) => {
                notify.notify_waiters();
                return 1;
            }
            (Op::Load(_), Shared::Atomic(atomic)) => return atomic.load(Ordering::SeqCst),
            (Op::Store(_, value), Shared::Atomic(atomic)) => {
                atomic.store(value, Ordering::SeqCst);
                return 1;
            }
            (Op::Add(_), Shared::Atomic(atomic)) => return atomic.fetch_add(1, Ordering::SeqCst),
            _ => return SKIPPED,
        };
        match guard {
            Some(guard) => {
                self.held.push((object, guard));
                1
            }
            None => FAILED,
        }
    }
}
