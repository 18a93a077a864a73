//! Runs a script: makes its things, deals their ends, spawns its parties.
//!
//! Not here: what a party does (`actor`).

use std::sync::Arc;

use super::actor::{Actor, Held};
use super::script::{End, Script, Thing};
use crate::mirror::tokio::sync::{
    Barrier, Mutex, Notify, RwLock, Semaphore, broadcast, mpsc, oneshot, watch,
};
use crate::mirror::tokio::task;

impl Script {
    /// Runs the script: this is the body.
    ///
    /// ```
    /// use leak_harness::protocol::{self, Script};
    /// use leak_harness::{Builder, FailureKind};
    /// use proptest::strategy::{Strategy, ValueTree};
    /// use proptest::test_runner::TestRunner;
    ///
    /// let mut runner = TestRunner::deterministic();
    /// let script = protocol::well_behaved().new_tree(&mut runner).unwrap().current();
    /// let checked = Builder::new().schedules(50).check(move || {
    ///     let script = script.clone();
    ///     async move { script.run().await }
    /// });
    /// checked.unwrap();
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the script has a [`problem`](Script::problem), and outside of a leak test as
    /// [`spawn`](crate::spawn) does.
    pub async fn run(&self) {
        self.must_be_possible();
        let mut hands = Hands::make(self);
        for (place, party) in self.parties.iter().enumerate().skip(1) {
            let ends = party.ends().into_iter();
            let mut actor = Actor {
                things: self.things.clone(),
                held: ends
                    .map(|end| (end, hands.give(self, place, end)))
                    .collect(),
            };
            let steps = party.steps.clone();
            let task = task::Builder::new()
                .name(&self.task_name(place))
                .spawn(async move { actor.steps(&steps).await });
            let task = Held::Task(task.expect("spawning has no error"));
            hands.keep(self, End::Task(place), task);
        }
        // The body's variables are dropped in the reverse order of their declarations.
        hands.0.reverse();
        let mut actor = Actor {
            things: self.things.clone(),
            held: hands.0,
        };
        actor.steps(&self.parties[0].steps).await;
    }
}

/// The ends that are not dealt yet, and those of the body, in the order in which they were made.
struct Hands(Vec<(End, Held)>);

impl Hands {
    fn make(script: &Script) -> Hands {
        let mut hands = Hands(Vec::new());
        for (place, thing) in script.things.iter().enumerate() {
            match create(*thing) {
                (None, shared) => hands.keep(script, End::Shared(place), shared),
                (Some(sender), receiver) => {
                    hands.keep(script, End::Sender(place), sender);
                    hands.keep(script, End::Receiver(place), receiver);
                }
            }
        }
        hands
    }

    /// An end that was made; dropped at once if no party has it.
    fn keep(&mut self, script: &Script, end: End, held: Held) {
        if script
            .parties
            .iter()
            .any(|party| party.ends().contains(&end))
        {
            self.0.push((end, held));
        }
    }

    fn give(&mut self, script: &Script, party: usize, end: End) -> Held {
        let place = self.0.iter().position(|(held, _)| *held == end);
        let place = place.expect("every end that a party has was made");
        if script.is_last_owner(party, end) {
            return self.0.remove(place).1;
        }
        self.0[place].1.another()
    }
}

/// The sender of a thing, if it has one, and its receiver or itself.
fn create(thing: Thing) -> (Option<Held>, Held) {
    match thing {
        Thing::Mpsc { room } => {
            let (sender, receiver) = mpsc::channel(room);
            (Some(Held::Sender(sender)), Held::Receiver(receiver))
        }
        Thing::Unbounded => {
            let (sender, receiver) = mpsc::unbounded_channel();
            let receiver = Held::UnboundedReceiver(receiver);
            (Some(Held::Unbounded(sender)), receiver)
        }
        Thing::Queue { room } => {
            let (sender, receiver) = mpsc::channel(room);
            let receiver = Held::Queue(Arc::new(Mutex::new(receiver)));
            (Some(Held::Sender(sender)), receiver)
        }
        Thing::Requests { room, .. } => {
            let (sender, receiver) = mpsc::channel(room);
            let receiver = Held::RequestsReceiver(receiver);
            (Some(Held::Requests(sender)), receiver)
        }
        Thing::Oneshot => {
            let (sender, receiver) = oneshot::channel();
            (Some(Held::Once(sender)), Held::OnceReceiver(receiver))
        }
        Thing::Broadcast { room } => {
            let (sender, receiver) = broadcast::channel(room);
            let receiver = Held::BroadcastReceiver(receiver);
            (Some(Held::Broadcast(sender)), receiver)
        }
        Thing::Watch => {
            let (sender, receiver) = watch::channel(0);
            (Some(Held::Watch(sender)), Held::WatchReceiver(receiver))
        }
        Thing::Mutex => (None, Held::Mutex(Arc::new(Mutex::new(0)))),
        Thing::RwLock => (None, Held::RwLock(Arc::new(RwLock::new(0)))),
        Thing::Semaphore { permits } => (None, Held::Semaphore(Arc::new(Semaphore::new(permits)))),
        Thing::Notify => (None, Held::Notify(Arc::new(Notify::new()))),
        Thing::Barrier { parties } => (None, Held::Barrier(Arc::new(Barrier::new(parties)))),
        Thing::Gate => {
            let gate = (Mutex::new(false), Notify::new());
            (None, Held::Gate(Arc::new(gate)))
        }
        Thing::Token => (None, Held::Token(Arc::new(watch::Sender::new(false)))),
    }
}
