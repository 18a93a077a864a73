//! What a task of a random program does, over the mirrored primitives.
//! - `act`: what never waits.
//! - `branch`: the waits of its `select!` and `timeout`.
//!
//! Not here: what programs there are (`program`), and who owns which end (`deal`).

mod act;
mod branch;

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use leak_harness::spawn;
use leak_harness::sync::{
    self, Notify, OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard,
    OwnedSemaphorePermit, broadcast, mpsc, oneshot, watch,
};
use leak_harness::task::{AbortHandle, JoinHandle, LocalSet, yield_now};
use leak_harness::time::{Duration, sleep};
use leak_harness_std::sync::atomic::{AtomicU16, Ordering};
use leak_harness_tokio_util::sync::CancellationToken;
use leak_harness_tokio_util::task::TaskTracker;

use super::deal::deal;
use super::objects::once::Once;
use super::objects::pipe::End;
use super::objects::tasks::Tasks;
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
    Once(Once),
    Tracker(TaskTracker),
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
    Watch(Option<watch::Sender<u16>>, Option<watch::Receiver<u16>>),
    Broadcast(
        Option<broadcast::Sender<u16>>,
        Option<broadcast::Receiver<u16>>,
    ),
    Pipe(End),
    Tasks(Tasks),
    Token(CancellationToken),
}

impl Own {
    /// What a task gives to one that it spawns.
    fn lend(&self) -> Own {
        match self {
            Own::Sender(sender) => Own::Sender(sender.clone()),
            Own::Unbounded(sender) => Own::Unbounded(sender.clone()),
            Own::Watch(sender, receiver) => Own::Watch(sender.clone(), receiver.clone()),
            Own::Broadcast(sender, receiver) => {
                let receiver = receiver.as_ref().map(broadcast::Receiver::resubscribe);
                Own::Broadcast(sender.clone(), receiver)
            }
            Own::Token(token) => Own::Token(token.clone()),
            _ => Own::None,
        }
    }
}

/// What a task does that another one spawns, and what it comes to.
pub type Errand = Pin<Box<dyn Future<Output = u16> + Send>>;

pub type Log = Arc<Mutex<Vec<Vec<u16>>>>;

/// What a task knows of those that were spawned before it. Nothing is shared but mirrored objects.
#[derive(Default)]
struct Handles {
    /// Of the task before it.
    join: Option<JoinHandle<()>>,
    aborts: Vec<AbortHandle>,
}

pub struct Actor {
    task: usize,
    step: u16,
    pub shared: Vec<Shared>,
    pub own: Vec<Own>,
    pub held: Vec<(usize, Box<dyn Any + Send>)>,
    handles: Handles,
    /// Whether it is a task of a `LocalSet`.
    pub local: bool,
    log: Log,
}

pub const CLOSED: u16 = 901;
pub const FAILED: u16 = 902;
pub const SKIPPED: u16 = 903;

impl Actor {
    pub fn value(&self) -> u16 {
        self.task as u16 * 10 + self.step
    }

    fn log(&self, result: u16) {
        self.log.lock().unwrap()[self.task].push(result);
    }

    /// A task of this one's, which has what can be lent.
    pub fn errand(&self, ops: Vec<Op>) -> Errand {
        let mut actor = Actor {
            task: self.task,
            step: self.step,
            shared: self.shared.clone(),
            own: self.own.iter().map(Own::lend).collect(),
            held: Vec::new(),
            handles: Handles::default(),
            local: self.local,
            log: Log::default(),
        };
        Box::pin(async move {
            let mut result = 1;
            for op in ops {
                result = actor.perform(op).await;
            }
            result
        })
    }

    /// The last thing of a kind that is held of an object.
    pub fn release<T: 'static>(&mut self, object: usize) -> Option<T> {
        let of_kind =
            |(held, thing): &(usize, Box<dyn Any + Send>)| *held == object && thing.is::<T>();
        let place = self.held.iter().rposition(of_kind)?;
        let thing = self.held.remove(place).1.downcast::<T>();
        thing.ok().map(|thing| *thing)
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
                Own::Watch(_, Some(receiver)) => match receiver.changed().await {
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
            Op::Once(object, act) => self.once(object, act).await,
            Op::Pipe(object, act) => self.pipe(object, act).await,
            Op::Tasks(object, act) => self.tasks(object, act).await,
            Op::Stop(object, act) => self.stop(object, act).await,
            Op::Channel(object, act) => self.channel(object, act).await,
            Op::Lock(object, act) => self.lock(object, act).await,
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
}

pub fn received(result: Result<u16, broadcast::error::RecvError>) -> u16 {
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
    let set = program.local.map(|_| LocalSet::new());
    spawn_all(&program, set.as_ref(), &log);
    let Some((set, local)) = set.zip(program.local) else {
        return;
    };
    match local.yields {
        None => set.await,
        Some(yields) => {
            let run = async {
                for _ in 0..yields {
                    yield_now().await;
                }
            };
            set.run_until(run).await;
        }
    }
}

fn spawn_all(program: &Program, set: Option<&LocalSet>, log: &Log) {
    let (shared, own) = deal(program);
    let mut join = None;
    let mut aborts = Vec::new();
    for ((task, ops), own) in program.tasks.iter().cloned().enumerate().zip(own) {
        let local = program.local.is_some_and(|local| local.has(task));
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
            local,
            log: Arc::clone(log),
        };
        let handle = match set.filter(|_| local) {
            Some(set) => set.spawn_local(actor.run(ops)),
            None => spawn(actor.run(ops)),
        };
        aborts.push(handle.abort_handle());
        join = Some(handle);
    }
}
