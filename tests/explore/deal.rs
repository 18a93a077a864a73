//! Who owns which end of the objects of a random program.

use std::sync::Arc;

use leak_harness::sync::{self, Notify, broadcast, mpsc, oneshot, watch};
use leak_harness_std::sync::atomic::AtomicU16;

use super::actor::{Own, Shared};
use super::program::{Kind, Op, Program, Wait, is_receiver};

fn uses_sender(op: &Op, object: usize) -> bool {
    let waits = |wait: &Wait| *wait == Wait::Send(object);
    match op {
        Op::Send(it) | Op::TrySend(it) | Op::DropSender(it) => *it == object,
        Op::Reserve(it) | Op::TryReserve(it) => *it == object,
        Op::Select(_, one, two) | Op::SelectIf(_, one, two) => waits(one) || waits(two),
        Op::SelectOfThree(all) => all.iter().any(waits),
        Op::Timeout(wait) => waits(wait),
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
                    own[object] = Own::Watch(users[task].then(|| tx.clone()), rx.clone());
                }
            }
            Kind::Broadcast(room) => {
                let (tx, rx) = broadcast::channel(room);
                for (task, own) in own.iter_mut().enumerate() {
                    let sender = users[task].then(|| tx.clone());
                    own[object] = Own::Broadcast(sender, Some(rx.resubscribe()));
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
