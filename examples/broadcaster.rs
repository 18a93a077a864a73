//! A broadcaster that the slowest of its subscribers holds up.
//!
//! A hub has a queue for each subscriber, and publishes by sending to one after the other. A
//! subscriber that reads no more, but is not gone, has a full queue in the end: the hub waits for
//! it, and nobody gets anything any more. The repaired hub does not wait. Whoever has no room is
//! unsubscribed, and finds its queue closed.
//!
//! Run it with `cargo run --example broadcaster`: it prints the fewest messages and subscribers that
//! hang, and how the repaired hub fares.
#![expect(clippy::print_stdout, reason = "what it is for")]

use leak_harness::proptest::collection::vec;
use leak_harness::proptest::test_runner::Config;
use leak_harness::sync::{mpsc, watch};
use leak_harness::{Builder, Counterexample, Coverage, Failure, spawn};

/// Messages that wait for a subscriber.
const ROOM: usize = 1;

#[derive(Default)]
struct Hub {
    subscribers: Vec<mpsc::Sender<u32>>,
}

impl Hub {
    fn subscribe(&mut self) -> mpsc::Receiver<u32> {
        let (queue, messages) = mpsc::channel(ROOM);
        self.subscribers.push(queue);
        messages
    }

    async fn publish(&mut self, message: u32) {
        for subscriber in &self.subscribers {
            subscriber.send(message).await.ok(); // waits for the slowest
        }
    }

    fn publish_repaired(&mut self, message: u32) {
        self.subscribers
            .retain(|subscriber| subscriber.try_send(message).is_ok());
    }
}

/// Reads so many messages, and then stays subscribed until the service ends: a page in a browser
/// that nobody looks at.
async fn subscriber(
    mut messages: mpsc::Receiver<u32>,
    reads: usize,
    mut ends: watch::Receiver<bool>,
) {
    for _ in 0..reads {
        if messages.recv().await.is_none() {
            break;
        }
    }
    ends.wait_for(|ended| *ended).await.ok();
}

/// So many messages, for subscribers of which each reads so many.
pub type Use = (Vec<usize>, usize);

async fn run((subscribers, messages): Use, repaired: bool) {
    let mut hub = Hub::default();
    let (end, ends) = watch::channel(false);
    for reads in subscribers {
        spawn(subscriber(hub.subscribe(), reads, ends.clone()));
    }
    for message in 0..messages as u32 {
        match repaired {
            false => hub.publish(message).await,
            true => hub.publish_repaired(message),
        }
    }
    end.send(true).ok();
}

/// The property: whatever its subscribers read, the hub publishes everything, and the service ends.
pub fn property(builder: &Builder, repaired: bool) -> Result<Coverage, Counterexample<Use>> {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let uses = (vec(0..3_usize, 0..3), 0..4_usize);
    builder.check_all(config, uses, move |service| run(service, repaired))
}

/// The repaired hub in every schedule.
pub fn exhaustively(service: Use) -> Result<Coverage, Failure> {
    let builder = Builder::new().name("broadcaster, repaired");
    let run = move || run(service.clone(), true);
    builder.exhaustive(true).check(run)
}

/// Services that can be explored to the end in no time.
pub fn small_sizes() -> Vec<Use> {
    vec![(vec![0], 2), (vec![1], 3), (vec![0, 1], 2)]
}

fn main() {
    match property(&Builder::new().name("broadcaster"), false) {
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
