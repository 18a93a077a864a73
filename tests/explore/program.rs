//! Small random programs over mirrored primitives, and what is seen of each of their executions.
//!
//! A program is made of genes, three small numbers for each operation, so that proptest can shrink
//! it; what a gene means follows from the object it is about and the role of its task. Every task
//! that uses an end of a channel owns one. What an execution shows is each task's log of results,
//! and how it ended: which tasks are stuck, on what.
//!
//! Not here: what genes mean (`decode`), and what operations do (`actor`, `objects`).

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use leak_harness::{Builder, Coverage, Ending, Engine, Failure, Flavor};

use super::actor::{Log, body};
use super::decode::decode;
use super::objects::{channels, locks, once, pipe, stop, tasks};

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
    Barrier(usize),
    OnceCell,
    SetOnce,
    /// A pipe in each direction, with room for so many bytes; the first two tasks have the ends.
    Duplex(usize),
    /// A pipe, with room for so many bytes; one of the first two tasks reads, the other one writes.
    Simplex(usize),
    /// Each task that uses it has its own, and so for the next two.
    JoinSet,
    JoinMap,
    AbortOnDrop,
    /// The first two tasks have a token and a child of it.
    Token,
    Tracker,
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

pub const ONCE: [Kind; 4] = [
    Kind::Barrier(2),
    Kind::Barrier(3),
    Kind::OnceCell,
    Kind::SetOnce,
];

pub const PIPES: [Kind; 4] = [
    Kind::Duplex(1),
    Kind::Duplex(2),
    Kind::Simplex(1),
    Kind::Simplex(2),
];

pub const TASKS: [Kind; 3] = [Kind::JoinSet, Kind::JoinMap, Kind::AbortOnDrop];

pub const STOPS: [Kind; 2] = [Kind::Token, Kind::Tracker];

/// One operation of a task.
#[derive(Clone, PartialEq, Eq, Debug)]
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
    Once(usize, once::Act),
    Pipe(usize, pipe::Act),
    Tasks(usize, tasks::Act),
    Stop(usize, stop::Act),
    Channel(usize, channels::Act),
    Lock(usize, locks::Act),
}

/// What `select!` and `timeout` wait for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    Send(usize),
    Recv(usize),
    Acquire(usize),
    Notified(usize),
    Changed(usize),
    /// What is waited for at an object of the newer kinds.
    For(usize),
    /// That nobody receives any more.
    Closed(usize),
    /// A large value of a watch.
    Large(usize),
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
    /// The rarer operations of channels, locks, semaphores and `Notify`.
    pub rare: bool,
}

pub type Gene = (u8, u8, u8);

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    pub objects: Vec<Kind>,
    pub tasks: Vec<Vec<Op>>,
    /// Which of them are tasks of a `LocalSet`.
    pub local: Option<Local>,
}

/// Tasks of a `LocalSet`, which the body runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Local {
    /// One bit for each task.
    pub tasks: u8,
    /// How often the body yields while it runs the set, which it drops then; or it awaits the set.
    pub yields: Option<u8>,
}

impl Local {
    pub fn has(&self, task: usize) -> bool {
        self.tasks >> task & 1 == 1
    }
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
        Program {
            objects,
            tasks,
            local: None,
        }
    }
}

/// Whether a task has the receiving end of an object.
pub fn is_receiver(object: usize, task: usize) -> bool {
    // The same for any number of tasks, so that shrinking does not change roles.
    object % 2 == task % 2 && task < 2
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
