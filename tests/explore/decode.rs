//! What the genes of a program mean.
//!
//! Not here: the operations of the newer objects, which each family decodes (`objects`).

use super::objects::{channels, locks, once, pipe, stop, tasks};
use super::program::{Features, Gene, Kind, Op, Program, Wait, is_receiver};

/// The operation of a task that a gene stands for.
pub fn decode(gene: Gene, objects: &[Kind], task: usize, features: Features) -> Op {
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
                _ => Op::Timeout(wait(which, objects, task, features.rare)),
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
    let errand = || errand(which / objects.len() as u8, what, objects, task, features);
    let wait = || wait(what / 16, objects, task, features.rare);
    match objects[object] {
        kind @ (Kind::Barrier(_) | Kind::OnceCell | Kind::SetOnce) => {
            Op::Once(object, once::decode(kind, how, wait))
        }
        Kind::Duplex(_) | Kind::Simplex(_) if task > 1 => Op::Yield,
        kind @ (Kind::Duplex(_) | Kind::Simplex(_)) => {
            Op::Pipe(object, pipe::decode(kind, is_receiver(object, task), how))
        }
        kind @ (Kind::JoinSet | Kind::JoinMap | Kind::AbortOnDrop) => {
            Op::Tasks(object, tasks::decode(kind, how, errand))
        }
        kind @ (Kind::Token | Kind::Tracker) => stop::decode(kind, object, how, errand, wait),
        kind => operation(kind, object, task, how, features),
    }
}

/// What a task does that another one spawns.
fn errand(which: u8, how: u8, objects: &[Kind], task: usize, features: Features) -> Vec<Op> {
    let object = usize::from(which) % objects.len();
    let how = how.rotate_left(4);
    let wait = || Wait::For(object);
    let op = match objects[object] {
        Kind::Bounded(_) | Kind::Unbounded if is_receiver(object, task) => Op::Yield,
        // Only one has each end of these, and the tasks of a set are their owner's.
        Kind::Oneshot | Kind::Duplex(_) | Kind::Simplex(_) => Op::Yield,
        Kind::JoinSet | Kind::JoinMap | Kind::AbortOnDrop => Op::Yield,
        kind @ (Kind::Barrier(_) | Kind::OnceCell | Kind::SetOnce) => {
            Op::Once(object, once::decode(kind, how, wait))
        }
        kind @ (Kind::Token | Kind::Tracker) => stop::decode(kind, object, how, Vec::new, wait),
        kind => operation(kind, object, task, how, features),
    };
    match which / 64 {
        0 => Vec::new(),
        1 => vec![Op::Yield, op],
        _ => vec![op],
    }
}

/// A task that waits for several things at once, again and again, and others that make them come:
/// the first of the genes are the worker's. Its objects have even numbers, an atomic has another.
pub fn worker_of(objects: &[Kind], genes: &[Vec<Gene>]) -> Program {
    let mut all = Vec::new();
    for &object in objects {
        all.extend([object, Kind::Atomic]);
    }
    let wait = |of: u8| match usize::from(of) % (objects.len() * 2 + 1) {
        last if last == objects.len() * 2 => Wait::Yield,
        other => self::wait(2 * (other % objects.len()) as u8, &all, 0, false),
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

fn operation(kind: Kind, object: usize, task: usize, how: u8, features: Features) -> Op {
    let receiver = is_receiver(object, task);
    let tries = features.tries;
    if features.rare && how.is_multiple_of(2) {
        let rare = channels::decode(kind, receiver, how / 2).map(|act| Op::Channel(object, act));
        let rare = rare.or_else(|| locks::decode(kind, how / 2).map(|act| Op::Lock(object, act)));
        if let Some(rare) = rare {
            return rare;
        }
    }
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
        _ => Op::Yield,
    }
}

/// A wait of a `select!`, which may be one for the clock. Not beside a yield: when time passes for
/// a task that only yields depends on how often the others went.
fn timed_wait(which: u8, objects: &[Kind], task: usize, features: Features) -> Wait {
    match which / 32 {
        0 | 1 if features.timers => Wait::Sleep(u64::from(which / 32) + 1),
        _ => match wait(which, objects, task, features.rare) {
            Wait::Yield if features.timers => Wait::Sleep(1),
            wait => wait,
        },
    }
}

fn wait(which: u8, objects: &[Kind], task: usize, rare: bool) -> Wait {
    let object = usize::from(which) % objects.len();
    let receives = is_receiver(object, task);
    match objects[object] {
        Kind::Bounded(_) | Kind::Unbounded | Kind::Oneshot if rare && which >= 128 && !receives => {
            Wait::Closed(object)
        }
        Kind::Watch if rare && which >= 128 => Wait::Large(object),
        Kind::Bounded(_) if !is_receiver(object, task) => Wait::Send(object),
        Kind::Bounded(_) | Kind::Unbounded | Kind::Oneshot if is_receiver(object, task) => {
            Wait::Recv(object)
        }
        Kind::Semaphore(_) | Kind::Mutex | Kind::RwLock => Wait::Acquire(object),
        Kind::Notify => Wait::Notified(object),
        Kind::Watch => Wait::Changed(object),
        Kind::Broadcast(_) => Wait::Recv(object),
        Kind::Barrier(_) | Kind::OnceCell | Kind::SetOnce => Wait::For(object),
        Kind::JoinSet | Kind::JoinMap | Kind::AbortOnDrop => Wait::For(object),
        Kind::Token | Kind::Tracker => Wait::For(object),
        Kind::Duplex(_) | Kind::Simplex(_) if task < 2 => Wait::For(object),
        _ => Wait::Yield,
    }
}
