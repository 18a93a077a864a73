//! What a party of a script does, step by step.
//!
//! Not here: what each step is in Rust (`source`); both do the same in the same order.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::script::{End, Patience, Step, Thing};
use crate::mirror::tokio::select::poll_select_budget;
use crate::mirror::tokio::sync::{
    Barrier, Mutex, Notify, RwLock, Semaphore, broadcast, mpsc, oneshot, watch,
};
use crate::mirror::tokio::task::{JoinHandle, yield_now};
use crate::mirror::tokio::time::{sleep, timeout};

/// How long a party sleeps, and waits before it gives up.
const PAUSE: Duration = Duration::from_secs(1);

/// An end that a party owns.
pub(super) enum Held {
    Sender(mpsc::Sender<u32>),
    Unbounded(mpsc::UnboundedSender<u32>),
    Requests(mpsc::Sender<mpsc::Sender<u32>>),
    Once(oneshot::Sender<u32>),
    Broadcast(broadcast::Sender<u32>),
    Watch(watch::Sender<u32>),
    Receiver(mpsc::Receiver<u32>),
    UnboundedReceiver(mpsc::UnboundedReceiver<u32>),
    Queue(Arc<Mutex<mpsc::Receiver<u32>>>),
    RequestsReceiver(mpsc::Receiver<mpsc::Sender<u32>>),
    OnceReceiver(oneshot::Receiver<u32>),
    BroadcastReceiver(broadcast::Receiver<u32>),
    WatchReceiver(watch::Receiver<u32>),
    Mutex(Arc<Mutex<u32>>),
    RwLock(Arc<RwLock<u32>>),
    Semaphore(Arc<Semaphore>),
    Notify(Arc<Notify>),
    Barrier(Arc<Barrier>),
    Gate(Arc<(Mutex<bool>, Notify)>),
    Token(Arc<watch::Sender<bool>>),
    Task(JoinHandle<()>),
}

impl Held {
    /// Another one, of an end that several parties can own.
    pub(super) fn another(&self) -> Held {
        match self {
            Held::Sender(sender) => Held::Sender(sender.clone()),
            Held::Unbounded(sender) => Held::Unbounded(sender.clone()),
            Held::Requests(sender) => Held::Requests(sender.clone()),
            Held::Broadcast(sender) => Held::Broadcast(sender.clone()),
            Held::Watch(sender) => Held::Watch(sender.clone()),
            Held::Queue(receiver) => Held::Queue(Arc::clone(receiver)),
            Held::BroadcastReceiver(receiver) => Held::BroadcastReceiver(receiver.resubscribe()),
            Held::WatchReceiver(receiver) => Held::WatchReceiver(receiver.clone()),
            Held::Mutex(mutex) => Held::Mutex(Arc::clone(mutex)),
            Held::RwLock(lock) => Held::RwLock(Arc::clone(lock)),
            Held::Semaphore(semaphore) => Held::Semaphore(Arc::clone(semaphore)),
            Held::Notify(notify) => Held::Notify(Arc::clone(notify)),
            Held::Barrier(barrier) => Held::Barrier(Arc::clone(barrier)),
            Held::Gate(gate) => Held::Gate(Arc::clone(gate)),
            Held::Token(token) => Held::Token(Arc::clone(token)),
            Held::Once(_)
            | Held::Receiver(_)
            | Held::UnboundedReceiver(_)
            | Held::RequestsReceiver(_)
            | Held::OnceReceiver(_)
            | Held::Task(_) => unreachable!("a script that can be run has one owner of it"),
        }
    }
}

/// A party at work.
pub(super) struct Actor {
    pub(super) things: Vec<Thing>,
    /// What it owns, in the order in which it is dropped.
    pub(super) held: Vec<(End, Held)>,
}

/// Steps of steps need a type that does not grow.
type Work<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

impl Actor {
    pub(super) fn steps<'a>(&'a mut self, steps: &'a [Step]) -> Work<'a> {
        Box::pin(async move {
            for step in steps {
                self.step(step).await;
            }
        })
    }

    fn step<'a>(&'a mut self, step: &'a Step) -> Work<'a> {
        Box::pin(async move {
            match step {
                Step::Each(place, steps) => {
                    while self.receive(*place).await {
                        self.steps(steps).await;
                    }
                }
                Step::EachUntil { from, token, steps } => {
                    while self.receive_until(*from, *token).await {
                        self.steps(steps).await;
                    }
                }
                Step::Until(place, steps) => {
                    while !*self.token(*place).borrow() {
                        self.steps(steps).await;
                    }
                }
                Step::Repeat(times, steps) => {
                    for _ in 0..*times {
                        self.steps(steps).await;
                    }
                }
                Step::Timeout(step) => {
                    timeout(PAUSE, self.step(step)).await.ok();
                }
                Step::Ask(place, patience) => self.ask(*place, *patience).await,
                Step::Serve(place, steps) => self.serve(*place, steps).await,
                Step::Lock(..) | Step::Read(..) | Step::Write(..) | Step::Permit(..) => {
                    self.guarded(step).await;
                }
                Step::Sleep => sleep(PAUSE).await,
                Step::Yield => yield_now().await,
                Step::Panic => panic!("as scripted"),
                _ => self.simple(step).await,
            }
        })
    }

    fn place_of(&self, end: End) -> usize {
        let place = self.held.iter().position(|(held, _)| *held == end);
        place.expect("a script that can be run uses what it has")
    }

    fn held(&mut self, end: End) -> &mut Held {
        let place = self.place_of(end);
        &mut self.held[place].1
    }

    fn take(&mut self, end: End) -> Held {
        let place = self.place_of(end);
        self.held.remove(place).1
    }

    fn token(&mut self, place: usize) -> Arc<watch::Sender<bool>> {
        match self.held(End::Shared(place)) {
            Held::Token(token) => Arc::clone(token),
            _ => misfit(),
        }
    }

    /// Receives once; whether there was something.
    async fn receive(&mut self, place: usize) -> bool {
        match self.held(End::Receiver(place)) {
            Held::Receiver(receiver) => receiver.recv().await.is_some(),
            Held::UnboundedReceiver(receiver) => receiver.recv().await.is_some(),
            Held::Queue(receiver) => receiver.lock().await.recv().await.is_some(),
            Held::BroadcastReceiver(receiver) => {
                receiver.recv().await != Err(broadcast::error::RecvError::Closed)
            }
            Held::WatchReceiver(receiver) => receiver.changed().await.is_ok(),
            _ => misfit(),
        }
    }

    /// A biased `select!` of the token and the channel.
    async fn receive_until(&mut self, from: usize, token: usize) -> bool {
        let token = self.token(token);
        match self.held(End::Receiver(from)) {
            Held::Receiver(receiver) => first(&token, receiver.recv()).await,
            Held::UnboundedReceiver(receiver) => first(&token, receiver.recv()).await,
            _ => misfit(),
        }
    }

    async fn ask(&mut self, place: usize, patience: Patience) {
        let Thing::Requests { answer_room, .. } = self.things[place] else {
            misfit()
        };
        let (reply, mut answer) = mpsc::channel(answer_room);
        match self.held(End::Sender(place)) {
            Held::Requests(sender) => sender.send(reply).await.ok(),
            _ => misfit(),
        };
        match patience {
            Patience::Leaves => {}
            Patience::Waits => while answer.recv().await.is_some() {},
            Patience::GivesUp | Patience::GivesUpAndKeeps => {
                let read = async { while answer.recv().await.is_some() {} };
                timeout(PAUSE, read).await.ok();
            }
        }
        if patience == Patience::GivesUpAndKeeps {
            std::mem::forget(answer);
        }
    }

    async fn serve(&mut self, place: usize, steps: &[Step]) {
        let Thing::Requests { parts, .. } = self.things[place] else {
            misfit()
        };
        loop {
            let reply = match self.held(End::Receiver(place)) {
                Held::RequestsReceiver(receiver) => receiver.recv().await,
                _ => misfit(),
            };
            let Some(reply) = reply else { return };
            self.steps(steps).await;
            for _ in 0..parts {
                reply.send(1).await.ok();
            }
        }
    }

    async fn guarded(&mut self, step: &Step) {
        let (Step::Lock(place, steps)
        | Step::Read(place, steps)
        | Step::Write(place, steps)
        | Step::Permit(place, steps)) = step
        else {
            misfit()
        };
        match (step, self.held(End::Shared(*place))) {
            (Step::Lock(..), Held::Mutex(mutex)) => {
                let mutex = Arc::clone(mutex);
                let _guard = mutex.lock().await;
                self.steps(steps).await;
            }
            (Step::Read(..), Held::RwLock(lock)) => {
                let lock = Arc::clone(lock);
                let _guard = lock.read().await;
                self.steps(steps).await;
            }
            (Step::Write(..), Held::RwLock(lock)) => {
                let lock = Arc::clone(lock);
                let _guard = lock.write().await;
                self.steps(steps).await;
            }
            (Step::Permit(..), Held::Semaphore(semaphore)) => {
                let semaphore = Arc::clone(semaphore);
                let _permit = semaphore.acquire().await;
                self.steps(steps).await;
            }
            _ => misfit(),
        }
    }

    /// The steps that have no steps inside.
    async fn simple(&mut self, step: &Step) {
        match *step {
            Step::Send(place) => self.send(place).await,
            Step::Recv(place) => match self.held(End::Receiver(place)) {
                Held::OnceReceiver(_) => match self.take(End::Receiver(place)) {
                    Held::OnceReceiver(receiver) => drop(receiver.await),
                    _ => misfit(),
                },
                _ => {
                    self.receive(place).await;
                }
            },
            Step::TryRecv(place) => match self.held(End::Receiver(place)) {
                Held::Receiver(receiver) => drop(receiver.try_recv()),
                Held::UnboundedReceiver(receiver) => drop(receiver.try_recv()),
                _ => misfit(),
            },
            Step::Closed(place) => self.closed(place).await,
            Step::Drop(end) => drop(self.take(end)),
            Step::Keep(end) => std::mem::forget(self.take(end)),
            Step::Join(party) => match self.take(End::Task(party)) {
                Held::Task(task) => drop(task.await),
                _ => misfit(),
            },
            Step::Abort(party) => match self.held(End::Task(party)) {
                Held::Task(task) => task.abort(),
                _ => misfit(),
            },
            _ => self.signal(step).await,
        }
    }

    async fn send(&mut self, place: usize) {
        match self.held(End::Sender(place)) {
            Held::Sender(sender) => drop(sender.send(1).await),
            Held::Unbounded(sender) => drop(sender.send(1)),
            Held::Broadcast(sender) => drop(sender.send(1)),
            Held::Watch(sender) => drop(sender.send(1)),
            Held::Once(_) => match self.take(End::Sender(place)) {
                Held::Once(sender) => drop(sender.send(1)),
                _ => misfit(),
            },
            _ => misfit(),
        }
    }

    async fn closed(&mut self, place: usize) {
        match self.held(End::Sender(place)) {
            Held::Sender(sender) => sender.closed().await,
            Held::Unbounded(sender) => sender.closed().await,
            Held::Requests(sender) => sender.closed().await,
            Held::Once(sender) => sender.closed().await,
            Held::Broadcast(sender) => sender.closed().await,
            Held::Watch(sender) => sender.closed().await,
            _ => misfit(),
        }
    }

    /// The steps on what is shared.
    async fn signal(&mut self, step: &Step) {
        let (Step::TakeForGood(place)
        | Step::NotifyOne(place)
        | Step::NotifyAll(place)
        | Step::Notified(place)
        | Step::Arrive(place)
        | Step::Open(place)
        | Step::Pass(place)
        | Step::PassLate(place)
        | Step::Cancel(place)
        | Step::Cancelled(place)) = *step
        else {
            misfit()
        };
        match (step, self.held(End::Shared(place))) {
            (Step::TakeForGood(_), Held::Mutex(mutex)) => std::mem::forget(mutex.lock().await),
            (Step::TakeForGood(_), Held::Semaphore(semaphore)) => {
                let permit = semaphore.acquire().await;
                permit.expect("nobody closes it").forget();
            }
            (Step::NotifyOne(_), Held::Notify(notify)) => notify.notify_one(),
            (Step::NotifyAll(_), Held::Notify(notify)) => notify.notify_waiters(),
            (Step::Notified(_), Held::Notify(notify)) => notify.notified().await,
            (Step::Arrive(_), Held::Barrier(barrier)) => {
                barrier.wait().await;
            }
            (Step::Open(_), Held::Gate(gate)) => {
                *gate.0.lock().await = true;
                gate.1.notify_waiters();
            }
            (Step::Pass(_), Held::Gate(gate)) => {
                let notified = gate.1.notified();
                let open = *gate.0.lock().await;
                if !open {
                    notified.await;
                }
            }
            (Step::PassLate(_), Held::Gate(gate)) => {
                let open = *gate.0.lock().await;
                if !open {
                    gate.1.notified().await;
                }
            }
            (Step::Cancel(_), Held::Token(token)) => {
                token.send_replace(true);
            }
            (Step::Cancelled(_), Held::Token(token)) => cancelled(token).await,
            _ => misfit(),
        }
    }
}

fn misfit() -> ! {
    unreachable!("a script that can be run has steps that fit their things")
}

async fn cancelled(token: &watch::Sender<bool>) {
    let mut seen = token.subscribe();
    seen.wait_for(|cancelled| *cancelled).await.ok();
}

/// A biased `select!`: whether a message came before the token was cancelled.
async fn first(token: &watch::Sender<bool>, message: impl Future<Output = Option<u32>>) -> bool {
    let mut message = pin!(message);
    let mut cancelled = pin!(cancelled(token));
    poll_fn(|context| {
        if poll_select_budget(context).is_pending() {
            return Poll::Pending;
        }
        if cancelled.as_mut().poll(context).is_ready() {
            return Poll::Ready(false);
        }
        message.as_mut().poll(context).map(|got| got.is_some())
    })
    .await
}
