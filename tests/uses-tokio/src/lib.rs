//! What a crate may do that depends on tokio and is not compiled with the line of the mirror.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{MutexGuard, Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::{AbortHandle, JoinError, JoinHandle, JoinSet};
use tokio::time::{Instant, Interval, interval, sleep, sleep_until, timeout};

/// Spawns a task that doubles numbers until nobody sends any more.
pub fn doubler() -> (mpsc::Sender<u32>, mpsc::Receiver<u32>) {
    let (numbers, mut incoming) = mpsc::channel(1);
    let (outgoing, doubled) = mpsc::channel(1);
    tokio::spawn(async move {
        while let Some(number) = incoming.recv().await {
            if outgoing.send(2 * number).await.is_err() {
                return;
            }
        }
    });
    (numbers, doubled)
}

/// Spawns somebody else's future.
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future)
}

/// Waits, and says how long that took.
pub async fn pause(duration: Duration) -> Duration {
    let began = Instant::now();
    sleep(duration).await;
    began.elapsed()
}

/// Waits for a future, so long at most.
pub async fn within<F: Future>(duration: Duration, future: F) -> Option<F::Output> {
    timeout(duration, future).await.ok()
}

/// Spawns a task that counts for ever, one at each tick, and hands out what it has counted.
pub fn counter(period: Duration) -> mpsc::Receiver<u32> {
    let (counts, counted) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut ticks = interval(period);
        for count in 0.. {
            ticks.tick().await;
            if counts.send(count).await.is_err() {
                return;
            }
        }
    });
    counted
}

/// Runs a closure on a thread of tokio's.
pub async fn on_a_thread<R: Send + 'static>(action: impl FnOnce() -> R + Send + 'static) -> R {
    let joined = tokio::task::spawn_blocking(action).await;
    joined.unwrap_or_else(|error| panic!("{error}"))
}

/// Receives until nobody sends any more.
pub async fn drain(mut incoming: mpsc::Receiver<u32>) -> Vec<u32> {
    let mut all = Vec::new();
    while let Some(number) = incoming.recv().await {
        all.push(number);
    }
    all
}

/// What is there, without waiting.
pub fn what_is_there(incoming: &mut mpsc::UnboundedReceiver<u32>) -> Vec<u32> {
    std::iter::from_fn(|| incoming.try_recv().ok()).collect()
}

/// Hands on what comes.
pub async fn forward(mut incoming: mpsc::Receiver<u32>, outgoing: mpsc::Sender<u32>) {
    while let Some(number) = incoming.recv().await {
        if outgoing.send(number).await.is_err() {
            return;
        }
    }
}

/// A sender that the crate keeps, and what it sends through it when it is asked.
pub struct Publisher(mpsc::UnboundedSender<u32>);

impl Publisher {
    pub fn new(outgoing: mpsc::UnboundedSender<u32>) -> Publisher {
        Publisher(outgoing)
    }

    pub fn publish(&self, number: u32) -> bool {
        self.0.send(number).is_ok()
    }
}

/// Answers a question.
pub fn answer(reply: oneshot::Sender<u32>, number: u32) -> bool {
    reply.send(number).is_ok()
}

/// Takes a permit, if one is free, and gives it back later.
pub async fn with_permit(semaphore: &Semaphore, action: impl Future<Output = ()>) {
    let permit = semaphore.acquire().await;
    action.await;
    drop(permit);
}

/// How a task ended.
pub async fn end_of(task: JoinHandle<u32>) -> String {
    match task.await {
        Ok(output) => output.to_string(),
        Err(error) => end_without_output(error),
    }
}

/// Why a task has no output.
pub fn end_without_output(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(payload) => format!("panicked: {}", payload.downcast_ref::<&str>().unwrap()),
        Err(error) => format!("cancelled: {}", error.is_cancelled()),
    }
}

/// Ends a task, unless it has ended.
pub fn abort(task: &AbortHandle) {
    task.abort();
}

/// The outputs of all tasks, as they end.
pub async fn outputs(mut tasks: JoinSet<u32>) -> Vec<u32> {
    let mut all = Vec::new();
    while let Some(output) = tasks.join_next().await {
        all.push(output.unwrap());
    }
    all
}

/// A set with one task.
pub fn set_of_one(output: u32) -> JoinSet<u32> {
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { output });
    tasks
}

/// Spawns a future on a runtime that somebody else has.
pub fn spawn_on<F>(runtime: &Handle, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    runtime.spawn(future)
}

/// The runtime that the caller is on.
pub fn runtime() -> Handle {
    Handle::current()
}

/// Waits until then.
pub async fn until(deadline: Instant) {
    sleep_until(deadline).await;
}

/// Waits for a tick.
pub async fn tick(ticks: &mut Interval) -> Instant {
    ticks.tick().await
}

/// Keeps a permit while it waits for another one of the same semaphore.
pub async fn one_more(
    semaphore: Arc<Semaphore>,
    permit: OwnedSemaphorePermit,
) -> OwnedSemaphorePermit {
    let more = semaphore.acquire_owned().await;
    let mut all = permit;
    all.merge(more.unwrap());
    all
}

/// Adds to a value, and lets others have it.
pub fn add(mut value: MutexGuard<'_, u32>, number: u32) {
    *value += number;
}

/// Says that something happened.
pub fn notify(happened: &Notify) {
    happened.notify_one();
}
