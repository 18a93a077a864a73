//! An actor that answers requests, asked by clients that do not wait for ever.
//!
//! At most one request may be on at a time: a client takes a slot, and the actor gives the slot back
//! when it has answered. If the client gave up meanwhile, the answer finds nobody, and the actor goes
//! on to the next request without giving the slot back. From then on nobody gets one. In the repaired
//! actor the slot travels with the request, and is free when the request is gone, whatever became of
//! it.
//!
//! The clients are not written by hand: the actor is a `protocol::Component`, and random workloads
//! drive it, against a model of what it must answer.
//!
//! Run it with `cargo run --example request_actor`: it prints the smallest workload that hangs, and
//! how the repaired actor fares.
#![expect(clippy::print_stdout, reason = "what it is for")]

use std::sync::Arc;

use leak_harness::proptest::test_runner::Config;
use leak_harness::protocol::{self, Behaviour, Client, Component, Model, ShutDown, Workload};
use leak_harness::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use leak_harness::task::JoinHandle;
use leak_harness::{Builder, Counterexample, Coverage, Failure, spawn};

/// Asks for a number to be added, and for the sum.
struct Request {
    add: u32,
    reply: oneshot::Sender<u32>,
    /// Of the repaired actor alone: free again when the request is dropped.
    _slot: Option<OwnedSemaphorePermit>,
}

/// The actor, as its author would write it: `repaired` or not.
#[derive(Clone, Copy)]
struct Counter {
    repaired: bool,
}

#[derive(Clone)]
struct Handle {
    repaired: bool,
    requests: mpsc::Sender<Request>,
    slots: Arc<Semaphore>,
}

async fn serve(mut inbox: mpsc::Receiver<Request>, slots: Arc<Semaphore>, repaired: bool) {
    let mut sum = 0;
    while let Some(request) = inbox.recv().await {
        sum += request.add;
        if request.reply.send(sum).is_err() {
            continue; // the client is gone; and its slot?
        }
        if !repaired {
            slots.add_permits(1);
        }
    }
}

impl Component for Counter {
    type Handle = Handle;
    type Running = JoinHandle<()>;
    type Request = u32;
    type Reply = u32;

    fn start(&self) -> (Handle, JoinHandle<()>) {
        let (requests, inbox) = mpsc::channel(1);
        let slots = Arc::new(Semaphore::new(1));
        let actor = spawn(serve(inbox, Arc::clone(&slots), self.repaired));
        let handle = Handle {
            repaired: self.repaired,
            requests,
            slots,
        };
        (handle, actor)
    }

    async fn call(handle: Handle, add: u32) -> Option<u32> {
        let slot = handle.slots.acquire_owned().await.ok()?;
        let slot = match handle.repaired {
            true => Some(slot),
            false => {
                slot.forget();
                None
            }
        };
        let (reply, answer) = oneshot::channel();
        let request = Request {
            add,
            reply,
            _slot: slot,
        };
        handle.requests.send(request).await.ok()?;
        answer.await.ok()
    }

    async fn shut_down(actor: JoinHandle<()>) {
        // It ends with its last handle.
        actor.await.expect("the actor does not panic");
    }
}

/// What a counter answers.
#[derive(Clone, Default)]
struct Sum(u32);

impl Model for Sum {
    type Request = u32;
    type Reply = u32;

    fn apply(&mut self, add: &u32) -> u32 {
        self.0 += add;
        self.0
    }
}

async fn run(workload: Workload<u32>, repaired: bool) {
    protocol::drive(&Counter { repaired }, Sum::default(), &workload).await;
}

/// The property: whatever its clients do, the actor answers the others, and ends.
pub fn property(
    builder: &Builder,
    repaired: bool,
) -> Result<Coverage, Counterexample<Workload<u32>>> {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let behaviours = [Behaviour::GivesUp, Behaviour::IsAborted, Behaviour::Panics];
    let workloads = protocol::workloads(1..4_u32, &behaviours);
    builder.check_all(config, workloads, move |workload| run(workload, repaired))
}

/// The repaired actor under one workload, in every schedule.
pub fn exhaustively(workload: Workload<u32>) -> Result<Coverage, Failure> {
    let builder = Builder::new().name("request_actor, repaired");
    let run = move || run(workload.clone(), true);
    builder.exhaustive(true).check(run)
}

/// Workloads that can be explored to the end in no time.
pub fn small_sizes() -> Vec<Workload<u32>> {
    let behaviours = [Behaviour::GivesUp, Behaviour::IsAborted, Behaviour::Panics];
    let workload = |behaviour| {
        let client = |behaviour| Client {
            requests: vec![1],
            behaviour,
        };
        Workload {
            clients: vec![client(behaviour), client(Behaviour::Waits)],
            shut_down: ShutDown::AfterClients,
        }
    };
    behaviours.map(workload).to_vec()
}

fn main() {
    match property(&Builder::new().name("request_actor"), false) {
        Ok(coverage) => println!("no leak, in {coverage}"),
        Err(found) => println!("{found}"),
    }
    for size in small_sizes() {
        match exhaustively(size.clone()) {
            Ok(coverage) => println!("repaired, {size:?}:\nno leak, in {coverage}."),
            Err(failure) => println!("{failure}"),
        }
    }
}
