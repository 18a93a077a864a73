//! A worker that squares numbers until it is told to stop.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// One number to square, and where the answer goes.
struct Job {
    number: u32,
    answer: oneshot::Sender<u64>,
}

/// Where jobs are handed in. The worker also stops when the last of these is gone.
#[derive(Clone)]
pub struct Client {
    jobs: mpsc::Sender<Job>,
}

/// The worker itself, to be stopped.
pub struct Worker {
    stop: oneshot::Sender<()>,
    task: JoinHandle<u32>,
}

/// Starts a worker with room for that many waiting jobs.
pub fn start(room: usize) -> (Worker, Client) {
    let (jobs, queue) = mpsc::channel(room);
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(work(queue, stopped));
    (Worker { stop, task }, Client { jobs })
}

async fn work(mut queue: mpsc::Receiver<Job>, mut stopped: oneshot::Receiver<()>) -> u32 {
    let mut done = 0;
    loop {
        tokio::select! {
            job = queue.recv() => match job {
                Some(job) => {
                    // Whoever asked may have given up.
                    let _ = job.answer.send(u64::from(job.number).pow(2));
                    done += 1;
                }
                None => return done,
            },
            _ = &mut stopped => return done,
        }
    }
}

impl Client {
    /// The square of a number, unless the worker has stopped or takes longer than that.
    pub async fn square(&self, number: u32, patience: Duration) -> Option<u64> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send(Job { number, answer }).await.ok()?;
        timeout(patience, answered).await.ok()?.ok()
    }
}

impl Worker {
    /// Stops the worker; how many jobs it did.
    pub async fn stop(self) -> u32 {
        // It may have ended by itself.
        let _ = self.stop.send(());
        self.task.await.expect("the worker does not panic")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn an_idle_worker_stops() {
        let (worker, _client) = start(1);
        assert_eq!(worker.stop().await, 0);
    }

    // A crate in our tree that compares numbers with a type of its own would break this line.
    #[test]
    fn an_empty_vector_needs_no_type() {
        let squares: Vec<u64> = Vec::new();
        assert_eq!(squares, vec![]);
    }

    #[tokio::test]
    async fn a_worker_without_clients_ends() {
        let (worker, client) = start(1);
        drop(client);
        assert_eq!(worker.task.await.unwrap(), 0);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_answer_is_right_or_comes_too_late() {
        let (worker, client) = start(1);
        let answer = client.square(7, PATIENCE).await;
        assert!(matches!(answer, Some(49) | None));
        // A client that gave up may stop the worker before it has seen the job.
        assert!(worker.stop().await <= 1);
    }

    /// A timer that fires early makes this test panic, but that is what it is there for.
    #[tokio::test]
    async fn a_worker_stops_in_time() {
        let (worker, client) = start(1);
        let stops = timeout(PATIENCE, worker.stop());
        assert_eq!(stops.await.expect("it takes no second"), 0);
        drop(client);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_of_a_stopped_worker_gets_nothing() {
        let (worker, client) = start(1);
        worker.stop().await;
        assert_eq!(client.square(7, PATIENCE).await, None);
    }
}
