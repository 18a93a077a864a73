//! Small programs of threads: what they do to which objects.
//!
//! Not here: how a program is run (`actor`), and what it is for (`differential`).

use crate::random::Random;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Queue,
    Room(usize),
    Once,
    Barrier,
    Mutex,
    RwLock,
    /// With the mutex that it belongs to.
    Condvar,
    Atomic,
}

/// One operation of a thread, on the object of that number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
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
    /// Written to, and then held for reading.
    Downgrade(usize),
    Unlock(usize),
    WaitTimeout(usize),
    NotifyOne(usize),
    NotifyAll(usize),
    Load(usize),
    Add(usize),
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
pub struct Program {
    pub objects: Vec<Kind>,
    /// The body's come last, and are what it does once it has started the others.
    pub threads: Vec<Vec<Op>>,
}

pub fn random(random: &mut Random) -> Program {
    let kinds = [
        Kind::Queue,
        Kind::Queue,
        Kind::Room(0),
        Kind::Room(1),
        Kind::Once,
        Kind::Barrier,
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
            3 => Op::Lock(object),
            4 => Op::Downgrade(object),
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
