//! The systematic engine sees exactly what brute force sees, on random small programs of threads.
//!
//! Not here: programs over tokio's primitives (`explore/differential`).

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::{Arc, Mutex as Real};
use std::time::Duration;

use leak_harness::{Builder, Coverage, Ending, Engine, Flavor};
use leak_harness_std::sync::atomic::{AtomicU16, Ordering::SeqCst};
use leak_harness_std::sync::mpsc::{self, Receiver, RecvTimeoutError, TryRecvError};
use leak_harness_std::sync::{
    Barrier, Condvar, Mutex, OnceLock, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
use leak_harness_std::thread::{self, JoinHandle, Thread};

use crate::random::Random;

/// Programs with more orders than this are left out.
const BRUTE_FORCE: usize = 2_000;
const PROGRAMS: u64 = 150;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Queue,
    Room(usize),
    Once,
    Barrier,
    /// A lock that is held only while it is used, with code in between.
    Shared,
    Mutex,
    RwLock,
    /// With the mutex that it belongs to.
    Condvar,
    Atomic,
}

/// One operation of a thread, on the object of that number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Op {
    Send(usize),
    TrySend(usize),
    Recv(usize),
    RecvTimeout(usize),
    TryRecv(usize),
    DropEnd(usize),
    Init(usize),
    Set(usize),
    Get(usize),
    Wait(usize),
    /// Held until it is given back, or to the end.
    Lock(usize),
    TryLock(usize),
    Read(usize),
    TryRead(usize),
    Unlock(usize),
    WaitTimeout(usize),
    NotifyOne(usize),
    NotifyAll(usize),
    Load(usize),
    Add(usize),
    Look(usize),
    /// Adds to an atomic, reads what is locked, and writes to it.
    Change(usize),
    /// The same, and then reads on.
    ChangeAndLook(usize),
    /// Of a thread that was started before, or of the body.
    Unpark(usize),
    Park,
    ParkTimeout,
    /// Of the thread before it.
    Join,
    Yield,
    Sleep,
}

#[derive(Clone, Debug)]
struct Program {
    objects: Vec<Kind>,
    /// The body's come last, and are what it does once it has started the others.
    threads: Vec<Vec<Op>>,
}

fn random(random: &mut Random) -> Program {
    let kinds = [
        Kind::Queue,
        Kind::Queue,
        Kind::Room(0),
        Kind::Room(1),
        Kind::Once,
        Kind::Barrier,
        Kind::Shared,
        Kind::Mutex,
        Kind::Mutex,
        Kind::RwLock,
        Kind::RwLock,
        Kind::Condvar,
    ];
    // One object is written before and read after: whatever order others take shows.
    let mut objects = vec![Kind::Atomic];
    for _ in 0..=random.below(2) {
        objects.push(kinds[random.below(kinds.len() as u64) as usize]);
    }
    let threads = (0..2 + random.below(2)).map(|_| {
        let length = 1 + random.below(3);
        (0..length).map(|_| operation(random, &objects)).collect()
    });
    let threads = threads.collect();
    Program { objects, threads }
}

fn operation(random: &mut Random, objects: &[Kind]) -> Op {
    match random.below(12) {
        0 => return Op::Park,
        1 => return Op::Unpark(random.below(3) as usize),
        2 => return [Op::Join, Op::Yield, Op::Sleep, Op::ParkTimeout][random.below(4) as usize],
        _ => {}
    }
    let object = random.below(objects.len() as u64) as usize;
    let how = random.below(8);
    match objects[object] {
        Kind::Atomic if how < 5 => Op::Add(object),
        Kind::Atomic => Op::Load(object),
        Kind::Barrier => Op::Wait(object),
        Kind::Shared if how < 2 => Op::Change(object),
        Kind::Shared if how < 5 => Op::ChangeAndLook(object),
        Kind::Shared => Op::Look(object),
        Kind::Once => [
            Op::Init(object),
            Op::Set(object),
            Op::Get(object),
            Op::Wait(object),
        ][how as usize % 4],
        Kind::Mutex => [
            Op::Lock(object),
            Op::Lock(object),
            Op::Unlock(object),
            Op::TryLock(object),
        ][how as usize % 4],
        Kind::RwLock => match how {
            0 | 1 => Op::Read(object),
            2 => Op::TryRead(object),
            3 | 4 => Op::Lock(object),
            5 => Op::TryLock(object),
            _ => Op::Unlock(object),
        },
        Kind::Condvar => match how {
            0..=2 => Op::Wait(object),
            3 => Op::WaitTimeout(object),
            4 | 5 => Op::NotifyOne(object),
            6 => Op::NotifyAll(object),
            _ => Op::Lock(object),
        },
        Kind::Queue | Kind::Room(_) => match how {
            0 => Op::DropEnd(object),
            1 => Op::TryRecv(object),
            2 => Op::TrySend(object),
            3 => Op::RecvTimeout(object),
            4 | 5 => Op::Recv(object),
            _ => Op::Send(object),
        },
    }
}

/// What a thread has of an object; of a channel the first thread has the receiver.
enum Own {
    Sender(mpsc::Sender<u16>),
    SyncSender(mpsc::SyncSender<u16>),
    Receiver(Receiver<u16>),
    Once(Arc<OnceLock<u16>>),
    Barrier(Arc<Barrier>),
    Shared(Arc<RwLock<u16>>),
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
            Kind::Shared => {
                let lock = Arc::new(RwLock::new(0));
                (None, Box::new(move || Own::Shared(Arc::clone(&lock))))
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

type Log = Arc<Real<Vec<Vec<u16>>>>;

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
                Op::Lock(object) | Op::TryLock(object) | Op::Read(object) | Op::TryRead(object) => {
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
            Op::Lock(_) | Op::TryLock(_) | Op::Read(_) | Op::TryRead(_) | Op::Unlock(_) => {
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
            | Op::Look(object)
            | Op::Change(object)
            | Op::ChangeAndLook(object)
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
            (Op::Look(_), Own::Shared(lock)) => self.look(lock.read().unwrap()),
            (Op::Change(_), Own::Shared(lock)) => self.change(lock.write().unwrap(), value).0,
            (Op::ChangeAndLook(_), Own::Shared(lock)) => {
                let (before, guard) = self.change(lock.write().unwrap(), value);
                before + self.read_on(guard)
            }
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

/// What is done under a lock. Others may go while it is held.
impl Actor {
    fn atomic(&self) -> u16 {
        match &self.own[0] {
            Own::Atomic(atomic) => atomic.fetch_add(1, SeqCst),
            _ => SKIPPED,
        }
    }

    fn look(&self, guard: RwLockReadGuard<'_, u16>) -> u16 {
        100 * self.atomic() + *guard
    }

    fn change<'a>(
        &self,
        mut guard: RwLockWriteGuard<'a, u16>,
        value: u16,
    ) -> (u16, RwLockWriteGuard<'a, u16>) {
        let seen = 100 * self.atomic() + *guard;
        *guard = value;
        (seen, guard)
    }

    #[cfg(std_has_downgrade)]
    fn read_on(&self, guard: RwLockWriteGuard<'_, u16>) -> u16 {
        self.look(RwLockWriteGuard::downgrade(guard))
    }

    #[cfg(not(std_has_downgrade))]
    fn read_on(&self, guard: RwLockWriteGuard<'_, u16>) -> u16 {
        100 * self.atomic() + *guard
    }
}

async fn body(program: Arc<Program>, log: Log) {
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

/// Everything that can be seen of the executions of a program.
fn run(
    program: &Arc<Program>,
    engine: Engine,
    flavor: Flavor,
    schedules: usize,
) -> (BTreeSet<String>, Coverage) {
    let log: Log = Arc::default();
    let outcomes: Arc<Real<BTreeSet<String>>> = Arc::default();
    let (seen, read) = (Arc::clone(&outcomes), Arc::clone(&log));
    let checked = Arc::clone(program);
    let coverage = Builder::new()
        .engine(engine)
        .flavor(flavor)
        .schedules(schedules)
        .survey(move |ending, _| {
            let mut outcome = format!("{:?}", read.lock().unwrap());
            match ending {
                Ending::Clean => outcome.push_str(" clean"),
                Ending::Stuck { tasks, .. } => {
                    for stuck in tasks {
                        write!(outcome, " {}: {:?}", stuck.task, stuck.state).unwrap();
                    }
                }
                other => write!(outcome, " {other:?}").unwrap(),
            }
            seen.lock().unwrap().insert(outcome);
        })
        .check(move || {
            *log.lock().unwrap() = vec![Vec::new(); checked.threads.len()];
            body(Arc::clone(&checked), Arc::clone(&log))
        });
    let coverage = coverage.unwrap_or_else(|failure| panic!("{program:?}\n{failure}"));
    let outcomes = std::mem::take(&mut *outcomes.lock().unwrap());
    (outcomes, coverage)
}

/// Compares the engines on a program; whether it was small enough to.
fn agree(program: Program, flavor: Flavor) -> bool {
    let program = Arc::new(program);
    let (expected, brute) = run(&program, Engine::BruteForce, flavor, BRUTE_FORCE);
    if !brute.exhaustive() {
        return false;
    }
    let (seen, systematic) = run(&program, Engine::Systematic, flavor, 10_000);
    assert!(systematic.exhaustive(), "{program:?}: {systematic}");
    assert_eq!(seen, expected, "{program:?}\n{systematic} against {brute}");
    true
}

fn differential(flavor: Flavor, seed: u64) {
    let programs = std::env::var("LEAK_TEST_PROGRAMS").map_or(PROGRAMS, |n| n.parse().unwrap());
    let mut numbers = Random(seed);
    let drawn = (0..programs).map(|_| random(&mut numbers));
    let compared = drawn
        .filter(|program| agree(program.clone(), flavor))
        .count() as u64;
    assert!(
        compared * 2 > programs,
        "only {compared} of {programs} programs were small enough"
    );
}

#[test]
fn threads_on_a_runtime_of_several() {
    differential(Flavor::MultiThread, 1);
}

#[test]
fn threads_beside_a_runtime_of_one() {
    differential(Flavor::CurrentThread, 2);
}

/// What was wrong, and the program that showed it.
type Case<'a> = (&'a str, Flavor, &'a [Kind], &'a [&'a [Op]]);

#[test]
fn programs_that_lost_an_outcome_once() {
    let cases: [Case; 5] = [
        (
            "who is blocked to the end never took the lock",
            Flavor::MultiThread,
            &[Kind::Atomic, Kind::Mutex],
            &[&[Op::Lock(1)], &[Op::TryLock(1), Op::Add(0), Op::Lock(1)]],
        ),
        (
            "a failed try is no obstacle to who takes the lock after it",
            Flavor::CurrentThread,
            &[Kind::Atomic, Kind::Mutex],
            &[
                &[Op::Lock(1), Op::Load(0)],
                &[Op::TryLock(1), Op::TryLock(1), Op::Load(0)],
            ],
        ),
        (
            "who reads twice is in the way twice",
            Flavor::CurrentThread,
            &[Kind::Atomic, Kind::RwLock],
            &[
                &[Op::Unpark(2), Op::Lock(1)],
                &[Op::Park, Op::Unlock(1)],
                &[Op::Read(1), Op::Read(1), Op::Add(0)],
            ],
        ),
        (
            "what comes after a failed try was put before it, where it does not fail",
            Flavor::CurrentThread,
            &[Kind::Atomic, Kind::RwLock],
            &[
                &[Op::Read(1)],
                &[Op::TryLock(1)],
                &[Op::Read(1), Op::Unlock(1)],
            ],
        ),
        (
            "the same as the first, with a timer",
            Flavor::CurrentThread,
            &[Kind::Atomic, Kind::RwLock],
            &[
                &[Op::Lock(1), Op::Unlock(1), Op::Load(0)],
                &[Op::TryRead(1)],
                &[Op::Lock(1), Op::Sleep, Op::Park],
            ],
        ),
    ];
    for (what, flavor, objects, threads) in cases {
        let program = Program {
            objects: objects.to_vec(),
            threads: threads.iter().map(|ops| ops.to_vec()).collect(),
        };
        assert!(agree(program, flavor), "{what}: too large");
    }
}
