//! Small random programs over mirrored primitives, and what is seen of each of their executions.
//!
//! A program is made of genes, three small numbers for each operation, so that proptest can shrink
//! it; what a gene means follows from the object it is about and the role of its task. Every task
//! that uses an end of a channel owns one. What an execution shows is each task's log of results,
//! and how it ended: which tasks are stuck, on what.

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use leak_harness::sync::{
    self, Notify, OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard,
    OwnedSemaphorePermit, mpsc, oneshot, watch,
};
use leak_harness::task::{AbortHandle, JoinHandle, yield_now};
use leak_harness::time::{Duration, sleep, timeout};
use leak_harness::{Builder, Coverage, Ending, Engine, Failure, Flavor, select, spawn};
use leak_harness_std::sync::atomic::{AtomicU16, Ordering};

/// What an object is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Bounded(usize),
    Unbounded,
    Oneshot,
    Semaphore(usize),
    Mutex,
    RwLock,
    Notify,
    Watch,
    Atomic,
}

pub const KINDS: [Kind; 12] = [
    Kind::Bounded(1),
    Kind::Bounded(2),
    Kind::Unbounded,
    Kind::Oneshot,
    Kind::Semaphore(0),
    Kind::Semaphore(1),
    Kind::Semaphore(2),
    Kind::Mutex,
    Kind::RwLock,
    Kind::Notify,
    Kind::Watch,
    Kind::Atomic,
];

/// One operation of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    Send(usize),
    TrySend(usize),
    DropSender(usize),
    Recv(usize),
    TryRecv(usize),
    Close(usize),
    DropReceiver(usize),
    Acquire(usize, u32),
    TryAcquire(usize, u32),
    Release(usize),
    AddPermits(usize),
    Write(usize),
    TryWrite(usize),
    NotifyOne(usize),
    NotifyWaiters(usize),
    Notified(usize),
    Changed(usize),
    Borrow(usize),
    Load(usize),
    Store(usize, u16),
    Add(usize),
    Yield,
    Sleep(u64),
    /// Of the task that was spawned before it.
    Join,
    Abort(usize),
    IsFinished(usize),
    /// `select!` over two waits; whether it is biased.
    Select(bool, Wait, Wait),
    Timeout(Wait),
}

/// What `select!` and `timeout` wait for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    Send(usize),
    Recv(usize),
    Acquire(usize),
    Notified(usize),
    Changed(usize),
    Yield,
}

/// Which operations programs have.
#[derive(Clone, Copy, Debug, Default)]
pub struct Features {
    pub tries: bool,
    pub selects: bool,
    pub timers: bool,
    pub aborts: bool,
}

pub type Gene = (u8, u8, u8);

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    pub objects: Vec<Kind>,
    pub tasks: Vec<Vec<Op>>,
}

impl Program {
    pub fn new(objects: Vec<Kind>, genes: &[Vec<Gene>], features: Features) -> Program {
        let decode = |task: usize, genes: &Vec<Gene>| {
            genes
                .iter()
                .map(|&gene| decode(gene, &objects, task, features))
                .collect()
        };
        let tasks = genes
            .iter()
            .enumerate()
            .map(|(task, genes)| decode(task, genes))
            .collect();
        Program { objects, tasks }
    }
}

fn is_receiver(object: usize, task: usize) -> bool {
    // The same for any number of tasks, so that shrinking does not change roles.
    object % 2 == task % 2 && task < 2
}

fn decode(gene: Gene, objects: &[Kind], task: usize, features: Features) -> Op {
    let (what, which, how) = gene;
    let other = usize::from(how % 4);
    match what % 16 {
        0 => return Op::Yield,
        1 => return Op::Join,
        2 if features.aborts => {
            return if how % 3 == 0 {
                Op::IsFinished(other)
            } else {
                Op::Abort(other)
            };
        }
        3 if features.timers => {
            return match how % 3 {
                0 => Op::Sleep(u64::from(which % 2) + 1),
                _ => Op::Timeout(wait(which, objects, task)),
            };
        }
        4 | 5 if features.selects => {
            return Op::Select(
                what == 4,
                wait(which, objects, task),
                wait(how, objects, task),
            );
        }
        _ => {}
    }
    let object = usize::from(which) % objects.len();
    operation(objects[object], object, task, how, features.tries)
}

fn operation(kind: Kind, object: usize, task: usize, how: u8, tries: bool) -> Op {
    let receiver = is_receiver(object, task);
    match kind {
        Kind::Bounded(_) | Kind::Unbounded | Kind::Oneshot if receiver => match how % 9 {
            0 => Op::Close(object),
            1 => Op::DropReceiver(object),
            2 | 3 if tries => Op::TryRecv(object),
            _ => Op::Recv(object),
        },
        Kind::Bounded(_) | Kind::Unbounded | Kind::Oneshot => match how % 8 {
            0 => Op::DropSender(object),
            1 | 2 if tries => Op::TrySend(object),
            _ => Op::Send(object),
        },
        Kind::Semaphore(_) => match how % 9 {
            0 => Op::AddPermits(object),
            1..=3 => Op::Release(object),
            4 if tries => Op::TryAcquire(object, 1),
            5 => Op::Acquire(object, 2),
            _ => Op::Acquire(object, 1),
        },
        Kind::Mutex => match how % 8 {
            0..=2 => Op::Release(object),
            3 if tries => Op::TryAcquire(object, 1),
            _ => Op::Acquire(object, 1),
        },
        Kind::RwLock => match how % 9 {
            0..=2 => Op::Release(object),
            3 if tries => Op::TryAcquire(object, 1),
            4 if tries => Op::TryWrite(object),
            5 | 6 => Op::Write(object),
            _ => Op::Acquire(object, 1),
        },
        Kind::Notify => match how % 7 {
            0 | 1 => Op::NotifyOne(object),
            2 => Op::NotifyWaiters(object),
            _ => Op::Notified(object),
        },
        Kind::Watch => match how % 7 {
            0 => Op::DropSender(object),
            1 | 2 => Op::Send(object),
            3 => Op::Borrow(object),
            _ => Op::Changed(object),
        },
        Kind::Atomic => match how % 4 {
            0 => Op::Load(object),
            1 => Op::Store(object, u16::from(how)),
            2 => Op::Add(object),
            _ => Op::Load(object),
        },
    }
}

fn wait(which: u8, objects: &[Kind], task: usize) -> Wait {
    let object = usize::from(which) % objects.len();
    match objects[object] {
        Kind::Bounded(_) if !is_receiver(object, task) => Wait::Send(object),
        Kind::Bounded(_) | Kind::Unbounded | Kind::Oneshot if is_receiver(object, task) => {
            Wait::Recv(object)
        }
        Kind::Semaphore(_) | Kind::Mutex | Kind::RwLock => Wait::Acquire(object),
        Kind::Notify => Wait::Notified(object),
        Kind::Watch => Wait::Changed(object),
        _ => Wait::Yield,
    }
}

/// The objects that all tasks share.
#[derive(Clone)]
enum Shared {
    None,
    Semaphore(Arc<sync::Semaphore>),
    Mutex(Arc<sync::Mutex<u16>>),
    RwLock(Arc<sync::RwLock<u16>>),
    Notify(Arc<Notify>),
    Atomic(Arc<AtomicU16>),
}

/// What a task owns of an object.
enum Own {
    None,
    Sender(mpsc::Sender<u16>),
    Receiver(mpsc::Receiver<u16>),
    Unbounded(mpsc::UnboundedSender<u16>),
    UnboundedReceiver(mpsc::UnboundedReceiver<u16>),
    Once(oneshot::Sender<u16>),
    OnceReceiver(oneshot::Receiver<u16>),
    Watch(Option<watch::Sender<u16>>, watch::Receiver<u16>),
}

type Log = Arc<Mutex<Vec<Vec<u16>>>>;

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
            Op::TryRecv(object) => match &mut self.own[object] {
                Own::Receiver(receiver) => tried(receiver.try_recv()),
                Own::UnboundedReceiver(receiver) => tried(receiver.try_recv()),
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
                _ => SKIPPED,
            },
            Op::DropReceiver(object) => match &mut self.own[object] {
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

    /// Both waits are taken out of the actor, so that they can be polled side by side.
    async fn select(&mut self, biased: bool, one: Wait, two: Wait) -> u16 {
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

    async fn timeout(&mut self, wait: Wait) -> u16 {
        let value = self.value();
        let mut branch = self.take(wait);
        let result = timeout(Duration::from_millis(5), branch.wait(value)).await;
        self.put(wait, branch);
        result.unwrap_or(FAILED)
    }

    fn take(&mut self, wait: Wait) -> Branch {
        match wait {
            Wait::Send(object) | Wait::Recv(object) | Wait::Changed(object) => {
                Branch::Own(std::mem::replace(&mut self.own[object], Own::None), None)
            }
            Wait::Acquire(object) | Wait::Notified(object) => {
                Branch::Shared(self.shared[object].clone(), None)
            }
            Wait::Yield => Branch::Yield,
        }
    }

    fn put(&mut self, wait: Wait, branch: Branch) {
        match (wait, branch) {
            // A second branch for the same end had nothing.
            (_, Branch::Own(Own::None, _)) => {}
            (
                Wait::Send(object) | Wait::Recv(object) | Wait::Changed(object),
                Branch::Own(own, _),
            ) => {
                self.own[object] = own;
            }
            (Wait::Acquire(object), Branch::Shared(_, Some(guard))) => {
                self.held.push((object, guard));
            }
            _ => {}
        }
    }
}

/// A wait of `select!` or `timeout`, with what it needs.
enum Branch {
    Own(Own, Option<()>),
    Shared(Shared, Option<Box<dyn Any + Send>>),
    Yield,
}

impl Branch {
    async fn wait(&mut self, value: u16) -> u16 {
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
            Branch::Own(Own::Watch(_, receiver), _) => match receiver.changed().await {
                Ok(()) => *receiver.borrow_and_update(),
                Err(_) => CLOSED,
            },
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

fn tried(result: Result<u16, mpsc::error::TryRecvError>) -> u16 {
    match result {
        Ok(value) => value,
        Err(mpsc::error::TryRecvError::Empty) => FAILED,
        Err(mpsc::error::TryRecvError::Disconnected) => CLOSED,
    }
}

fn uses_sender(op: &Op, object: usize) -> bool {
    let waits = |wait: &Wait| *wait == Wait::Send(object);
    match op {
        Op::Send(it) | Op::TrySend(it) | Op::DropSender(it) => *it == object,
        Op::Select(_, one, two) => waits(one) || waits(two),
        Op::Timeout(wait) => waits(wait),
        _ => false,
    }
}

/// Gives each task what it owns of each object.
fn deal(program: &Program) -> (Vec<Shared>, Vec<Vec<Own>>) {
    let mut shared = Vec::new();
    let mut own: Vec<Vec<Own>> = program.tasks.iter().map(|_| Vec::new()).collect();
    for (object, &kind) in program.objects.iter().enumerate() {
        let users: Vec<bool> = program
            .tasks
            .iter()
            .map(|ops| ops.iter().any(|op| uses_sender(op, object)))
            .collect();
        own.iter_mut().for_each(|own| own.push(Own::None));
        let receiver = (0..own.len()).find(|&task| is_receiver(object, task));
        shared.push(match kind {
            Kind::Semaphore(permits) => Shared::Semaphore(Arc::new(sync::Semaphore::new(permits))),
            Kind::Mutex => Shared::Mutex(Arc::new(sync::Mutex::new(0))),
            Kind::RwLock => Shared::RwLock(Arc::new(sync::RwLock::new(0))),
            Kind::Notify => Shared::Notify(Arc::new(Notify::new())),
            Kind::Atomic => Shared::Atomic(Arc::new(AtomicU16::new(0))),
            _ => Shared::None,
        });
        match kind {
            Kind::Bounded(room) => {
                let (tx, rx) = mpsc::channel(room);
                hand_out(&mut own, &users, object, || Own::Sender(tx.clone()));
                receiver.into_iter().for_each(|_| {});
                if let Some(task) = receiver {
                    own[task][object] = Own::Receiver(rx);
                }
            }
            Kind::Unbounded => {
                let (tx, rx) = mpsc::unbounded_channel();
                hand_out(&mut own, &users, object, || Own::Unbounded(tx.clone()));
                if let Some(task) = receiver {
                    own[task][object] = Own::UnboundedReceiver(rx);
                }
            }
            Kind::Oneshot => {
                let (tx, rx) = oneshot::channel();
                let sender = (0..own.len()).find(|&task| users[task] && Some(task) != receiver);
                if let Some(task) = sender {
                    own[task][object] = Own::Once(tx);
                }
                if let Some(task) = receiver {
                    own[task][object] = Own::OnceReceiver(rx);
                }
            }
            Kind::Watch => {
                let (tx, rx) = watch::channel(0);
                for (task, own) in own.iter_mut().enumerate() {
                    own[object] = Own::Watch(users[task].then(|| tx.clone()), rx.clone());
                }
            }
            _ => {}
        }
    }
    (shared, own)
}

fn hand_out(own: &mut [Vec<Own>], users: &[bool], object: usize, sender: impl Fn() -> Own) {
    for (task, own) in own.iter_mut().enumerate() {
        if users[task] && !is_receiver(object, task) {
            own[object] = sender();
        }
    }
}

async fn body(program: Program, log: Log) {
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

/// Everything that can be seen of the executions of a program.
pub struct Seen {
    pub outcomes: BTreeSet<String>,
    pub coverage: Coverage,
}

/// Runs a program with an engine.
pub fn run(
    program: &Program,
    engine: Engine,
    flavor: Flavor,
    schedules: usize,
) -> Result<Seen, Failure> {
    let log: Log = Arc::default();
    let outcomes: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let (seen, read) = (Arc::clone(&outcomes), Arc::clone(&log));
    let (program, tasks) = (program.clone(), program.tasks.len());
    let coverage = Builder::new()
        .engine(engine)
        .flavor(flavor)
        .schedules(schedules)
        .survey(move |ending, _| {
            let mut outcome = format!("{:?}", read.lock().unwrap());
            describe(ending, &mut outcome);
            seen.lock().unwrap().insert(outcome);
        })
        .check(move || {
            *log.lock().unwrap() = vec![Vec::new(); tasks];
            body(program.clone(), Arc::clone(&log))
        })?;
    let outcomes = std::mem::take(&mut *outcomes.lock().unwrap());
    Ok(Seen { outcomes, coverage })
}

fn describe(ending: &Ending, outcome: &mut String) {
    match ending {
        Ending::Stuck { tasks, .. } => {
            // On what follows from how far its log has come.
            for stuck in tasks {
                write!(outcome, " {}: {:?}", stuck.task, stuck.state).unwrap();
            }
        }
        Ending::Clean => outcome.push_str(" clean"),
        other => write!(outcome, " {other:?}").unwrap(),
    }
}
