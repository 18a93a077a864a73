//! What a task of a random program does, over the mirrored primitives.
//! - `branch`: the waits of its `select!` and `timeout`.
//!
//! Not here: what programs there are (`program`), and who owns which end (`deal`).

mod branch;

use std::any::Any;
use std::sync::{Arc, Mutex};

use leak_harness::spawn;
use leak_harness::sync::{
    self, Notify, OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard,
    OwnedSemaphorePermit, broadcast, mpsc, oneshot, watch,
};
use leak_harness::task::{AbortHandle, JoinHandle, yield_now};
use leak_harness::time::{Duration, sleep};
use leak_harness_std::sync::atomic::{AtomicU16, Ordering};

use super::deal::deal;
use super::program::{Op, Program};

/// The objects that all tasks share.
#[derive(Clone)]
pub enum Shared {
    None,
    Semaphore(Arc<sync::Semaphore>),
    Mutex(Arc<sync::Mutex<u16>>),
    RwLock(Arc<sync::RwLock<u16>>),
    Notify(Arc<Notify>),
    Atomic(Arc<AtomicU16>),
}

/// What a task owns of an object.
pub enum Own {
    None,
    Sender(mpsc::Sender<u16>),
    Receiver(mpsc::Receiver<u16>),
    Unbounded(mpsc::UnboundedSender<u16>),
    UnboundedReceiver(mpsc::UnboundedReceiver<u16>),
    Once(oneshot::Sender<u16>),
    OnceReceiver(oneshot::Receiver<u16>),
    Watch(Option<watch::Sender<u16>>, watch::Receiver<u16>),
    Broadcast(
        Option<broadcast::Sender<u16>>,
        Option<broadcast::Receiver<u16>>,
    ),
}

pub type Log = Arc<Mutex<Vec<Vec<u16>>>>;

/// What a task knows of those that were spawned before it. Nothing is shared but mirrored objects.
#[derive(Default)]
struct Handles {
    /// Of the task before it.
    join: Option<JoinHandle<()>>,
    aborts: Vec<AbortHandle>,
}

struct Actor {
    task: usize,
    step: u16,
    shared: Vec<Shared>,
    own: Vec<Own>,
    held: Vec<(usize, Box<dyn Any + Send>)>,
    handles: Handles,
    log: Log,
}

const CLOSED: u16 = 901;
const FAILED: u16 = 902;
const SKIPPED: u16 = 903;

impl Actor {
    fn value(&self) -> u16 {
        self.task as u16 * 10 + self.step
    }

    fn log(&self, result: u16) {
        self.log.lock().unwrap()[self.task].push(result);
    }

    async fn run(mut self, ops: Vec<Op>) {
        for op in ops {
            self.step += 1;
            let result = self.perform(op).await;
            self.log(result);
        }
    }

    async fn perform(&mut self, op: Op) -> u16 {
        match op {
            Op::Send(object) => self.send(object).await,
            Op::Recv(object) => self.recv(object).await,
            Op::Acquire(object, amount) => self.acquire(object, amount).await,
            Op::Reserve(object) => match &self.own[object] {
                Own::Sender(sender) => match sender.clone().reserve_owned().await {
                    Ok(permit) => {
                        self.held.push((object, Box::new(permit)));
                        1
                    }
                    Err(_) => CLOSED,
                },
                _ => SKIPPED,
            },
            Op::Write(object) => match &self.shared[object] {
                Shared::RwLock(lock) => {
                    let guard: OwnedRwLockWriteGuard<u16> = lock.clone().write_owned().await;
                    self.held.push((object, Box::new(guard)));
                    1
                }
                _ => SKIPPED,
            },
            Op::Notified(object) => match &self.shared[object] {
                Shared::Notify(notify) => {
                    notify.notified().await;
                    1
                }
                _ => SKIPPED,
            },
            Op::Changed(object) => match &mut self.own[object] {
                Own::Watch(_, receiver) => match receiver.changed().await {
                    Ok(()) => *receiver.borrow_and_update(),
                    Err(_) => CLOSED,
                },
                _ => SKIPPED,
            },
            Op::Yield => {
                yield_now().await;
                1
            }
            Op::Sleep(time) => {
                sleep(Duration::from_millis(time)).await;
                1
            }
            Op::Join => match self.handles.join.take() {
                Some(handle) => match handle.await {
                    Ok(()) => 1,
                    Err(error) if error.is_cancelled() => CLOSED,
                    Err(_) => FAILED,
                },
                None => SKIPPED,
            },
            Op::Select(biased, one, two) => self.select(biased, one, two).await,
            Op::SelectIf(flag, one, two) => {
                let on = match &self.shared[flag] {
                    Shared::Atomic(atomic) => atomic.load(Ordering::SeqCst) != 0,
                    _ => true,
                };
                self.select_if(on, one, two).await
            }
            Op::SelectOfThree(waits) => self.select_of_three(waits).await,
            Op::Timeout(wait) => self.timeout(wait).await,
            _ => self.act(op),
        }
    }

    async fn send(&mut self, object: usize) -> u16 {
        let value = self.value();
        match &mut self.own[object] {
            Own::Sender(sender) => sender.send(value).await.map_or(CLOSED, |()| 1),
            Own::Unbounded(sender) => sender.send(value).map_or(CLOSED, |()| 1),
            Own::Watch(Some(sender), _) => sender.send(value).map_or(CLOSED, |()| 1),
            Own::Broadcast(Some(sender), _) => sender.send(value).map_or(CLOSED, |n| n as u16),
            own @ Own::Once(_) => match std::mem::replace(own, Own::None) {
                Own::Once(sender) => sender.send(value).map_or(CLOSED, |()| 1),
                _ => SKIPPED,
            },
            _ => SKIPPED,
        }
    }

    async fn recv(&mut self, object: usize) -> u16 {
        match &mut self.own[object] {
            Own::Receiver(receiver) => receiver.recv().await.unwrap_or(CLOSED),
            Own::UnboundedReceiver(receiver) => receiver.recv().await.unwrap_or(CLOSED),
            Own::Broadcast(_, Some(receiver)) => received(receiver.recv().await),
            own @ Own::OnceReceiver(_) => match std::mem::replace(own, Own::None) {
                Own::OnceReceiver(receiver) => receiver.await.unwrap_or(CLOSED),
                _ => SKIPPED,
            },
            _ => SKIPPED,
        }
    }

    async fn acquire(&mut self, object: usize, amount: u32) -> u16 {
        let guard: Box<dyn Any + Send> = match &self.shared[object] {
            Shared::Semaphore(semaphore) => {
                match semaphore.clone().acquire_many_owned(amount).await {
                    Ok(permit) => {
                        let permit: OwnedSemaphorePermit = permit;
                        Box::new(permit)
                    }
                    Err(_) => return CLOSED,
                }
            }
            Shared::Mutex(mutex) => {
                let guard: OwnedMutexGuard<u16> = mutex.clone().lock_owned().await;
                Box::new(guard)
            }
            Shared::RwLock(lock) => {
                let guard: OwnedRwLockReadGuard<u16> = lock.clone().read_owned().await;
                Box::new(guard)
            }
            _ => return SKIPPED,
        };
        self.held.push((object, guard));
        1
    }

    /// The operations that never wait.
    fn act(&mut self, op: Op) -> u16 {
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
                Own::Watch(_, receiver) => *receiver.borrow(),
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

fn received(result: Result<u16, broadcast::error::RecvError>) -> u16 {
    match result {
        Ok(value) => value,
        Err(broadcast::error::RecvError::Closed) => CLOSED,
        Err(broadcast::error::RecvError::Lagged(missed)) => 700 + missed as u16,
    }
}

fn tried(result: Result<u16, mpsc::error::TryRecvError>) -> u16 {
    match result {
        Ok(value) => value,
        Err(mpsc::error::TryRecvError::Empty) => FAILED,
        Err(mpsc::error::TryRecvError::Disconnected) => CLOSED,
    }
}

/// The body of a check that runs a program.
pub async fn body(program: Program, log: Log) {
    let (shared, own) = deal(&program);
    let mut join = None;
    let mut aborts = Vec::new();
    for ((task, ops), own) in program.tasks.iter().cloned().enumerate().zip(own) {
        let actor = Actor {
            task,
            step: 0,
            shared: shared.clone(),
            own,
            held: Vec::new(),
            handles: Handles {
                join: join.take(),
                aborts: aborts.clone(),
            },
            log: Arc::clone(&log),
        };
        let handle = spawn(actor.run(ops));
        aborts.push(handle.abort_handle());
        join = Some(handle);
    }
}
