//! Runs a program of threads, and logs what each of them sees.
//!
//! Not here: what a program is (`program`).

use std::sync::{Arc, Mutex as Real};
use std::time::Duration;

#[cfg(std_has_downgrade)]
use leak_harness_std::sync::RwLockWriteGuard;
use leak_harness_std::sync::atomic::{AtomicU16, Ordering::SeqCst};
use leak_harness_std::sync::mpsc::{self, Receiver, RecvTimeoutError, TryRecvError};
use leak_harness_std::sync::{Barrier, Condvar, Mutex, OnceLock, RwLock};
use leak_harness_std::thread::{self, JoinHandle, Thread};

use crate::program::{Kind, Op, Program};

/// What a thread has of an object; of a channel the first thread has the receiver.
enum Own {
    Sender(mpsc::Sender<u16>),
    SyncSender(mpsc::SyncSender<u16>),
    Receiver(Receiver<u16>),
    Once(Arc<OnceLock<u16>>),
    Barrier(Arc<Barrier>),
    Mutex(Arc<Mutex<u16>>),
    RwLock(Arc<RwLock<u16>>),
    Condvar(Arc<(Mutex<u16>, Condvar)>),
    Atomic(Arc<AtomicU16>),
    Gone,
}

/// Who owns what, by thread.
fn deal(program: &Program) -> Vec<Vec<Own>> {
    let mut owners: Vec<Vec<Own>> = program.threads.iter().map(|_| Vec::new()).collect();
    for kind in &program.objects {
        let (mut first, make): (Option<Own>, Box<dyn Fn() -> Own>) = match kind {
            Kind::Queue => {
                let (tx, rx) = mpsc::channel();
                (
                    Some(Own::Receiver(rx)),
                    Box::new(move || Own::Sender(tx.clone())),
                )
            }
            Kind::Room(room) => {
                let (tx, rx) = mpsc::sync_channel(*room);
                let sender = move || Own::SyncSender(tx.clone());
                (Some(Own::Receiver(rx)), Box::new(sender))
            }
            Kind::Once => {
                let once = Arc::new(OnceLock::new());
                (None, Box::new(move || Own::Once(Arc::clone(&once))))
            }
            Kind::Barrier => {
                let barrier = Arc::new(Barrier::new(2));
                (None, Box::new(move || Own::Barrier(Arc::clone(&barrier))))
            }
            Kind::Mutex => {
                let mutex = Arc::new(Mutex::new(0));
                (None, Box::new(move || Own::Mutex(Arc::clone(&mutex))))
            }
            Kind::RwLock => {
                let lock = Arc::new(RwLock::new(0));
                (None, Box::new(move || Own::RwLock(Arc::clone(&lock))))
            }
            Kind::Condvar => {
                let pair = Arc::new((Mutex::new(0), Condvar::new()));
                (None, Box::new(move || Own::Condvar(Arc::clone(&pair))))
            }
            Kind::Atomic => {
                let atomic = Arc::new(AtomicU16::new(0));
                (None, Box::new(move || Own::Atomic(Arc::clone(&atomic))))
            }
        };
        for own in &mut owners {
            own.push(first.take().unwrap_or_else(&make));
        }
    }
    owners
}

pub type Log = Arc<Real<Vec<Vec<u16>>>>;

const CLOSED: u16 = 901;
const FAILED: u16 = 902;
const SKIPPED: u16 = 903;

struct Actor {
    number: usize,
    own: Vec<Own>,
    before: Option<JoinHandle<()>>,
    others: Vec<Thread>,
    log: Log,
}

impl Actor {
    fn run(mut self, ops: &[Op]) {
        self.run_from(0, ops, None);
    }

    fn log(&self, result: u16) {
        self.log.lock().unwrap()[self.number].push(result);
    }

    /// Runs on from a step, until the lock that is held is given back; the step after that.
    fn run_from(&mut self, mut step: usize, ops: &[Op], held: Option<usize>) -> usize {
        while let Some(&op) = ops.get(step) {
            step += 1;
            let value = (self.number * 10 + step) as u16;
            match op {
                Op::Unlock(object) if held == Some(object) => return step,
                Op::Lock(object)
                | Op::TryLock(object)
                | Op::Read(object)
                | Op::TryRead(object)
                | Op::Downgrade(object) => {
                    step = self.hold(op, object, step, ops);
                }
                _ => {
                    let result = self.perform(op, value);
                    self.log(result);
                }
            }
        }
        step
    }

    /// Runs on with a lock, if it gets it. Who writes changes what the others see.
    fn hold(&mut self, op: Op, object: usize, step: usize, ops: &[Op]) -> usize {
        let write = |value: &mut u16| {
            self.log(*value);
            *value = self.number as u16 * 10 + step as u16;
        };
        match (op, &self.own[object]) {
            (Op::Lock(_), Own::Mutex(mutex)) => {
                let mutex = Arc::clone(mutex);
                let mut guard = mutex.lock().unwrap();
                write(&mut guard);
                return self.run_from(step, ops, Some(object));
            }
            (Op::TryLock(_), Own::Mutex(mutex)) => {
                let mutex = Arc::clone(mutex);
                if let Ok(mut guard) = mutex.try_lock() {
                    write(&mut guard);
                    return self.run_from(step, ops, Some(object));
                }
            }
            (Op::Lock(_), Own::Condvar(pair)) => {
                let pair = Arc::clone(pair);
                let mut guard = pair.0.lock().unwrap();
                write(&mut guard);
                return self.run_from(step, ops, Some(object));
            }
            (Op::Lock(_), Own::RwLock(lock)) => {
                let lock = Arc::clone(lock);
                let mut guard = lock.write().unwrap();
                write(&mut guard);
                return self.run_from(step, ops, Some(object));
            }
            (Op::Downgrade(_), Own::RwLock(lock)) => {
                let lock = Arc::clone(lock);
                let mut guard = lock.write().unwrap();
                write(&mut guard);
                #[cfg(std_has_downgrade)]
                let _guard = RwLockWriteGuard::downgrade(guard);
                return self.run_from(step, ops, Some(object));
            }
            (Op::TryLock(_), Own::RwLock(lock)) => {
                let lock = Arc::clone(lock);
                if let Ok(mut guard) = lock.try_write() {
                    write(&mut guard);
                    return self.run_from(step, ops, Some(object));
                }
            }
            (Op::Read(_), Own::RwLock(lock)) => {
                let lock = Arc::clone(lock);
                let guard = lock.read().unwrap();
                self.log(*guard);
                return self.run_from(step, ops, Some(object));
            }
            (Op::TryRead(_), Own::RwLock(lock)) => {
                let lock = Arc::clone(lock);
                if let Ok(guard) = lock.try_read() {
                    self.log(*guard);
                    return self.run_from(step, ops, Some(object));
                }
            }
            _ => {}
        }
        self.log(FAILED);
        step
    }

    fn perform(&mut self, op: Op, value: u16) -> u16 {
        match op {
            Op::Park => thread::park(),
            Op::ParkTimeout => thread::park_timeout(Duration::from_secs(1)),
            Op::Yield => thread::yield_now(),
            Op::Sleep => thread::sleep(Duration::from_secs(1)),
            Op::Unpark(other) => match self.others.get(other) {
                Some(thread) => thread.unpark(),
                None => return SKIPPED,
            },
            Op::Join => match self.before.take() {
                Some(thread) => thread.join().unwrap(),
                None => return SKIPPED,
            },
            // Locks are held by those who run on with them.
            Op::Lock(_)
            | Op::TryLock(_)
            | Op::Read(_)
            | Op::TryRead(_)
            | Op::Downgrade(_)
            | Op::Unlock(_) => {
                return SKIPPED;
            }
            Op::DropEnd(object) => self.own[object] = Own::Gone,
            Op::Send(object)
            | Op::TrySend(object)
            | Op::Recv(object)
            | Op::RecvTimeout(object)
            | Op::TryRecv(object)
            | Op::Init(object)
            | Op::Set(object)
            | Op::Get(object)
            | Op::Wait(object)
            | Op::WaitTimeout(object)
            | Op::NotifyOne(object)
            | Op::NotifyAll(object)
            | Op::Load(object)
            | Op::Add(object) => return self.use_object(op, object, value),
        }
        1
    }

    fn use_object(&self, op: Op, object: usize, value: u16) -> u16 {
        match (op, &self.own[object]) {
            (Op::Send(_), Own::Sender(tx)) => tx.send(value).map_or(CLOSED, |()| 1),
            (Op::Send(_), Own::SyncSender(tx)) => tx.send(value).map_or(CLOSED, |()| 1),
            (Op::TrySend(_), Own::SyncSender(tx)) => match tx.try_send(value) {
                Ok(()) => 1,
                Err(mpsc::TrySendError::Full(_)) => FAILED,
                Err(mpsc::TrySendError::Disconnected(_)) => CLOSED,
            },
            (Op::Recv(_), Own::Receiver(rx)) => rx.recv().unwrap_or(CLOSED),
            (Op::RecvTimeout(_), Own::Receiver(rx)) => {
                match rx.recv_timeout(Duration::from_secs(1)) {
                    Ok(value) => value,
                    Err(RecvTimeoutError::Timeout) => FAILED,
                    Err(RecvTimeoutError::Disconnected) => CLOSED,
                }
            }
            (Op::TryRecv(_), Own::Receiver(rx)) => match rx.try_recv() {
                Ok(value) => value,
                Err(TryRecvError::Empty) => FAILED,
                Err(TryRecvError::Disconnected) => CLOSED,
            },
            (Op::Init(_), Own::Once(once)) => {
                let Own::Atomic(atomic) = &self.own[0] else {
                    return SKIPPED;
                };
                *once.get_or_init(|| value + 100 * atomic.fetch_add(1, SeqCst))
            }
            (Op::Set(_), Own::Once(once)) => once.set(value).map_or_else(|_| FAILED, |()| 1),
            (Op::Get(_), Own::Once(once)) => once.get().copied().unwrap_or(FAILED),
            (Op::Wait(_), Own::Once(once)) => *once.wait(),
            (Op::Wait(_), Own::Barrier(barrier)) => u16::from(barrier.wait().is_leader()),
            (Op::Wait(_), Own::Condvar(pair)) => {
                let mut guard = pair.1.wait(pair.0.lock().unwrap()).unwrap();
                std::mem::replace(&mut *guard, value)
            }
            (Op::WaitTimeout(_), Own::Condvar(pair)) => {
                let guard = pair.0.lock().unwrap();
                let waited = pair.1.wait_timeout(guard, Duration::from_secs(1));
                let (mut guard, result) = waited.unwrap();
                std::mem::replace(&mut *guard, value) + 100 * u16::from(result.timed_out())
            }
            (Op::NotifyOne(_), Own::Condvar(pair)) => {
                pair.1.notify_one();
                1
            }
            (Op::NotifyAll(_), Own::Condvar(pair)) => {
                pair.1.notify_all();
                1
            }
            (Op::Load(_), Own::Atomic(atomic)) => atomic.load(SeqCst),
            (Op::Add(_), Own::Atomic(atomic)) => atomic.fetch_add(1, SeqCst),
            _ => SKIPPED,
        }
    }
}

pub async fn body(program: Arc<Program>, log: Log) {
    let owned = deal(&program);
    let last = owned.len() - 1;
    let mut others = vec![thread::current()];
    let mut before = None;
    for (number, own) in owned.into_iter().enumerate() {
        let actor = Actor {
            number,
            own,
            before: before.take(),
            others: others.clone(),
            log: Arc::clone(&log),
        };
        if number == last {
            return actor.run(&program.threads[number]);
        }
        let ops = Arc::clone(&program);
        let handle = thread::spawn(move || actor.run(&ops.threads[number]));
        others.push(handle.thread().clone());
        before = Some(handle);
    }
}
