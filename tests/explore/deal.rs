//! Who owns which end of the objects of a random program.

use std::sync::Arc;

use leak_harness::io::{duplex, simplex};
use leak_harness::sync::{
    self, Barrier, Notify, OnceCell, SetOnce, broadcast, mpsc, oneshot, watch,
};
use leak_harness_std::sync::atomic::AtomicU16;
use leak_harness_tokio_util::sync::CancellationToken;
use leak_harness_tokio_util::task::TaskTracker;

use super::actor::{Own, Shared};
use super::objects::once::{self, Make, Once};
use super::objects::pipe::End;
use super::objects::stop;
use super::objects::tasks::{self, Tasks};
use super::program::{Kind, Op, Program, Wait, is_receiver};

fn uses_sender(op: &Op, object: usize) -> bool {
    let waits = |wait: &Wait| [Wait::Send(object), Wait::Closed(object)].contains(wait);
    match op {
        Op::Send(it) | Op::TrySend(it) | Op::DropSender(it) => *it == object,
        Op::Reserve(it) | Op::TryReserve(it) => *it == object,
        Op::Select(_, one, two) | Op::SelectIf(_, one, two) => waits(one) || waits(two),
        Op::SelectOfThree(all) => all.iter().any(waits),
        Op::Timeout(wait) => waits(wait),
        Op::Stop(_, stop::Act::RunUntil(wait)) => waits(wait),
        Op::Once(_, once::Act::Init(Make::Waits(wait))) => waits(wait),
        Op::Channel(it, _) => *it == object,
        // It lends what it has.
        Op::Tasks(_, tasks::Act::Spawn(_, ops)) | Op::Stop(_, stop::Act::Spawn(ops)) => {
            ops.iter().any(|op| uses_sender(op, object))
        }
        _ => false,
    }
}

/// Gives each task what it owns of each object.
pub fn deal(program: &Program) -> (Vec<Shared>, Vec<Vec<Own>>) {
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
            Kind::Barrier(n) => Shared::Once(Once::Barrier(Arc::new(Barrier::new(n)))),
            Kind::OnceCell => Shared::Once(Once::Cell(Arc::new(OnceCell::new()))),
            Kind::SetOnce => Shared::Once(Once::Value(Arc::new(SetOnce::new()))),
            Kind::Tracker => Shared::Tracker(TaskTracker::new()),
            _ => Shared::None,
        });
        match kind {
            Kind::Bounded(room) => {
                let (tx, rx) = mpsc::channel(room);
                hand_out(&mut own, &users, object, || Own::Sender(tx.clone()));
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
                    own[object] = Own::Watch(users[task].then(|| tx.clone()), Some(rx.clone()));
                }
            }
            Kind::Broadcast(room) => {
                let (tx, rx) = broadcast::channel(room);
                for (task, own) in own.iter_mut().enumerate() {
                    let sender = users[task].then(|| tx.clone());
                    own[object] = Own::Broadcast(sender, Some(rx.resubscribe()));
                }
            }
            Kind::Duplex(room) => {
                let (one, two) = duplex(room);
                let [first, second] = two_of(&mut own);
                first[object] = Own::Pipe(End::Both(one));
                second[object] = Own::Pipe(End::Both(two));
            }
            Kind::Simplex(room) => {
                let (reads, writes) = simplex(room);
                let [mut first, mut second] = two_of(&mut own);
                if is_receiver(object, 1) {
                    std::mem::swap(&mut first, &mut second);
                }
                first[object] = Own::Pipe(End::Reads(reads));
                second[object] = Own::Pipe(End::Writes(writes));
            }
            Kind::JoinSet | Kind::JoinMap | Kind::AbortOnDrop => {
                own.iter_mut()
                    .for_each(|own| own[object] = Own::Tasks(Tasks::new(kind)));
            }
            Kind::Token => {
                let token = CancellationToken::new();
                let child = token.child_token();
                for (task, own) in own.iter_mut().enumerate() {
                    let token = if task % 2 == 1 { &child } else { &token };
                    own[object] = Own::Token(token.clone());
                }
            }
            _ => {}
        }
    }
    (shared, own)
}

/// The first two tasks: there are two at least.
fn two_of(own: &mut [Vec<Own>]) -> [&mut Vec<Own>; 2] {
    let (first, rest) = own.split_at_mut(1);
    [&mut first[0], &mut rest[0]]
}

fn hand_out(own: &mut [Vec<Own>], users: &[bool], object: usize, sender: impl Fn() -> Own) {
    for (task, own) in own.iter_mut().enumerate() {
        if users[task] && !is_receiver(object, task) {
            own[object] = sender();
        }
    }
}
