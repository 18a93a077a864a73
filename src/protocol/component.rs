//! A component under test, driven by random clients.
//!
//! Not here: which clients (`workload`), and which replies fit together (`order`).

use std::future::{Future, poll_fn};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use super::order::{self, Call, Model};
use super::workload::{Behaviour, Client, ShutDown, Workload};
use crate::mirror::tokio::task::{self, JoinHandle};
use crate::mirror::tokio::time::timeout;

/// How long a client waits that gives up.
const PATIENCE: Duration = Duration::from_secs(1);

/// An actor, a pool, a service: what clients ask through handles, and what its owner shuts down.
///
/// ```
/// use leak_harness::protocol::{self, Behaviour, Component, Model};
/// use leak_harness::sync::{mpsc, oneshot};
/// use leak_harness::task::JoinHandle;
/// use leak_harness::{Builder, spawn};
/// use proptest::test_runner::Config;
///
/// /// Adds up what it is sent.
/// #[derive(Clone)]
/// struct Adder;
///
/// impl Component for Adder {
///     type Handle = mpsc::Sender<(u32, oneshot::Sender<u32>)>;
///     type Running = JoinHandle<()>;
///     type Request = u32;
///     type Reply = u32;
///
///     fn start(&self) -> (Self::Handle, Self::Running) {
///         let (handle, mut inbox) = mpsc::channel::<(u32, oneshot::Sender<u32>)>(1);
///         let actor = spawn(async move {
///             let mut sum = 0;
///             while let Some((n, reply)) = inbox.recv().await {
///                 sum += n;
///                 reply.send(sum).ok();
///             }
///         });
///         (handle, actor)
///     }
///
///     async fn call(handle: Self::Handle, n: u32) -> Option<u32> {
///         let (reply, answer) = oneshot::channel();
///         handle.send((n, reply)).await.ok()?;
///         answer.await.ok()
///     }
///
///     async fn shut_down(actor: Self::Running) {
///         actor.await.unwrap();
///     }
/// }
///
/// #[derive(Clone, Default)]
/// struct Sum(u32);
///
/// impl Model for Sum {
///     type Request = u32;
///     type Reply = u32;
///     fn apply(&mut self, n: &u32) -> u32 {
///         self.0 += n;
///         self.0
///     }
/// }
///
/// // It ends when the last handle is dropped, so no client may keep one.
/// let behaviours = [Behaviour::GivesUp, Behaviour::IsAborted, Behaviour::Panics];
/// let workloads = protocol::workloads(1..4_u32, &behaviours);
/// let config = Config { failure_persistence: None, ..Config::with_cases(8) };
/// let builder = Builder::new().schedules(50);
/// let checked = builder.check_all(config, workloads, |workload| async move {
///     protocol::drive(&Adder, Sum::default(), &workload).await;
/// });
/// checked.unwrap();
/// ```
pub trait Component: 'static {
    /// What a client has.
    type Handle: Clone + Send + 'static;
    /// What its owner has, to shut it down.
    type Running;
    /// What a client asks.
    type Request: Clone + Send + Sync + 'static;
    /// What it is answered.
    type Reply: Clone + PartialEq + Send + 'static;

    /// Starts it, inside the body of a leak test: what it spawns is watched.
    fn start(&self) -> (Self::Handle, Self::Running);

    /// Asks it something, and waits for the answer: `None` if there will be none, as it shuts down.
    fn call(
        handle: Self::Handle,
        request: Self::Request,
    ) -> impl Future<Output = Option<Self::Reply>> + Send + 'static;

    /// Shuts it down, and waits until that is done.
    fn shut_down(running: Self::Running) -> impl Future<Output = ()>;
}

/// What the clients of one run noted.
type Log<C> = Arc<Mutex<Vec<Noted<C>>>>;

/// A call of a client.
struct Noted<C: Component> {
    client: usize,
    request: C::Request,
    /// What it came to, once it ended.
    outcome: Option<Option<C::Reply>>,
}

/// What is kept until the component is shut down.
type Kept = Arc<Mutex<Vec<Box<dyn Send>>>>;

/// Runs a component under a workload, shuts it down, and compares the replies with a model's: they
/// must be those that the model gives when the calls reach it one at a time, in some order that
/// keeps each client's own. This is the body of a leak test: that nothing is left parked, at any
/// time, is the test's.
///
/// A call whose client gave up may have reached the component, then or later, or not at all. Only
/// the order of each client's own calls counts, not which of two clients was first by the clock:
/// the harness runs one of several orders that nobody can tell apart, and so shows no such clock.
/// `proptest-state-machine` compares one transition after the other with its reference, so that
/// calls which are on at the same time have no place in it.
///
/// # Panics
///
/// Panics if no such order exists, if a client that waits gets no answer before the shut-down
/// begins, and with what a client panicked with, unless the workload says that it does.
pub async fn drive<C, M>(component: &C, model: M, workload: &Workload<C::Request>)
where
    C: Component,
    M: Model<Request = C::Request, Reply = C::Reply>,
{
    let (handle, running) = component.start();
    let (log, kept) = (Log::<C>::default(), Kept::default());
    let mut clients: Vec<JoinHandle<()>> = Vec::new();
    for (number, client) in workload.clients.iter().enumerate() {
        let desk = Desk::<C> {
            number,
            handle: handle.clone(),
            log: Arc::clone(&log),
            kept: Arc::clone(&kept),
        };
        let spawned = task::Builder::new()
            .name(&format!("client {number}"))
            .spawn(desk.work(client.clone()));
        clients.push(spawned.expect("spawning has no error"));
    }
    drop(handle);
    for (client, plan) in clients.iter().zip(&workload.clients) {
        if plan.behaviour == Behaviour::IsAborted {
            client.abort();
        }
    }
    match workload.shut_down {
        ShutDown::Meanwhile => {
            C::shut_down(running).await;
            finish(clients, workload).await;
        }
        ShutDown::AfterClients => {
            finish(clients, workload).await;
            C::shut_down(running).await;
        }
    }
    // Outside of the lock: what is dropped may switch.
    let kept = std::mem::take(&mut *lock(&kept));
    drop(kept);
    let noted = std::mem::take(&mut *lock(&log));
    let calls = noted.into_iter().map(|noted| {
        let refused = noted.outcome.as_ref().is_some_and(Option::is_none);
        assert!(
            !refused || workload.shut_down == ShutDown::Meanwhile,
            "client {} got no answer, although nobody shut the component down",
            noted.client
        );
        Call {
            client: noted.client,
            request: noted.request,
            reply: noted.outcome.flatten(),
        }
    });
    let calls: Vec<Call<C::Request, C::Reply>> = calls.collect();
    assert!(
        order::exists(model, workload.clients.len(), &calls),
        "no order of the calls gives these replies: the model has none of them"
    );
}

/// Waits for all clients.
async fn finish<R>(clients: Vec<JoinHandle<()>>, workload: &Workload<R>) {
    for (client, plan) in clients.into_iter().zip(&workload.clients) {
        let Err(error) = client.await else { continue };
        if error.is_panic() && plan.behaviour != Behaviour::Panics {
            resume_unwind(error.into_panic());
        }
    }
}

/// Never held across a switch: nothing is done inside.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where one client works.
struct Desk<C: Component> {
    number: usize,
    handle: C::Handle,
    log: Log<C>,
    kept: Kept,
}

impl<C: Component> Desk<C> {
    fn work(self, client: Client<C::Request>) -> impl Future<Output = ()> + Send + 'static {
        let (number, log, kept) = (self.number, self.log, self.kept);
        let handle = self.handle;
        async move {
            let calls = client.requests.len();
            for (turn, request) in client.requests.into_iter().enumerate() {
                let place = begin::<C>(&log, number, request.clone());
                let call = C::call(handle.clone(), request);
                let last = turn + 1 == calls;
                match client.behaviour {
                    Behaviour::GivesUp => {
                        let outcome = timeout(PATIENCE, call).await;
                        lock(&log)[place].outcome = outcome.ok();
                    }
                    Behaviour::StopsReading if last => {
                        let mut call: Pin<Box<_>> = Box::pin(call);
                        let outcome = poll_once(call.as_mut()).await;
                        lock(&log)[place].outcome = outcome;
                        lock(&kept).push(Box::new(call));
                    }
                    Behaviour::Panics if last => {
                        let mut call: Pin<Box<_>> = Box::pin(call);
                        poll_once(call.as_mut()).await;
                        panic!("a client panics, as its workload says");
                    }
                    _ => {
                        let outcome = call.await;
                        lock(&log)[place].outcome = Some(outcome);
                    }
                }
            }
            if client.behaviour == Behaviour::KeepsHandle {
                lock(&kept).push(Box::new(handle));
            }
        }
    }
}

/// Notes that a call begins; its place in the log.
fn begin<C: Component>(log: &Log<C>, client: usize, request: C::Request) -> usize {
    let mut log = lock(log);
    log.push(Noted {
        client,
        request,
        outcome: None,
    });
    log.len() - 1
}

async fn poll_once<F: Future>(mut call: Pin<&mut F>) -> Option<F::Output> {
    poll_fn(|context| match call.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
