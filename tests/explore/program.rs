//! Small random programs over mirrored primitives, and what is seen of each of their executions.
//!
//! A program is made of genes, three small numbers for each operation, so that proptest can shrink
//! it; what a gene means follows from the object it is about and the role of its task. Every task
//! that uses an end of a channel owns one. What an execution shows is each task's log of results,
//! and how it ended: which tasks are stuck, on what.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use leak_harness::{Builder, Coverage, Ending, Engine, Failure, Flavor};

use super::actor::{Log, body};

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
    Broadcast(usize),
    Atomic,
}

pub const KINDS: [Kind; 14] = [
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
    Kind::Broadcast(1),
    Kind::Broadcast(4),
    Kind::Atomic,
];

/// One operation of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    Send(usize),
    TrySend(usize),
    DropSender(usize),
    Reserve(usize),
    TryReserve(usize),
    SendPermit(usize),
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
    /// `select!` over three waits, in any order.
    SelectOfThree([Wait; 3]),
    /// `select!` over two waits in their order, the second only if an atomic is not 0.
    SelectIf(usize, Wait, Wait),
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
    Sleep(u64),
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

/// Whether a task has the receiving end of an object.
pub fn is_receiver(object: usize, task: usize) -> bool {
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
                timed_wait(which, objects, task, features),
                timed_wait(how, objects, task, features),
            );
        }
        _ => {}
    }
    let object = usize::from(which) % objects.len();
    operation(objects[object], object, task, how, features.tries)
}

/// A task that waits for several things at once, again and again, and others that make them come:
/// the first of the genes are the worker's. Its objects have even numbers, an atomic has another.
pub fn worker(objects: &[Kind], genes: &[Vec<Gene>]) -> Program {
    let mut all = Vec::new();
    for &object in objects {
        all.extend([object, Kind::Atomic]);
    }
    let wait = |of: u8| match usize::from(of) % (objects.len() * 2 + 1) {
        last if last == objects.len() * 2 => Wait::Yield,
        other => self::wait(2 * (other % objects.len()) as u8, &all, 0),
    };
    let selects = |&(what, which, how): &Gene| match what % 8 {
        0 => Op::Load(1),
        1 => Op::SelectIf(1, wait(which), wait(how)),
        2 => Op::Select(true, wait(which), wait(how)),
        3 | 4 => Op::SelectOfThree([wait(which), wait(how), wait(what / 8)]),
        _ => Op::Select(false, wait(which), wait(how)),
    };
    let features = Features {
        tries: true,
        ..Features::default()
    };
    let mut program = Program::new(all.clone(), genes, features);
    program.tasks[0] = genes[0].iter().map(selects).collect();
    program
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
        Kind::Bounded(_) if how >= 192 => match how % 6 {
            0 | 1 => Op::Reserve(object),
            2 if tries => Op::TryReserve(object),
            3 => Op::Release(object),
            _ => Op::SendPermit(object),
        },
        Kind::Broadcast(_) => match how % 9 {
            0 => Op::DropSender(object),
            1 => Op::DropReceiver(object),
            2..=4 => Op::Send(object),
            5 if tries => Op::TryRecv(object),
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

/// A wait of a `select!`, which may be one for the clock. Not beside a yield: when time passes for
/// a task that only yields depends on how often the others went.
fn timed_wait(which: u8, objects: &[Kind], task: usize, features: Features) -> Wait {
    match which / 32 {
        0 | 1 if features.timers => Wait::Sleep(u64::from(which / 32) + 1),
        _ => match wait(which, objects, task) {
            Wait::Yield if features.timers => Wait::Sleep(1),
            wait => wait,
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
        Kind::Broadcast(_) => Wait::Recv(object),
        _ => Wait::Yield,
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
