//! A bounded worker pool whose shut-down waits for workers that wait for room.
//!
//! Workers take jobs from a queue and put results into another. The owner shuts the pool down: no
//! more jobs, and the workers are joined. As long as all results have been read, that is fine. If some
//! have not, a worker waits for room in the queue of results, which its owner, who waits for the
//! worker, does not read. The repaired pool reads first and joins then.
//!
//! Run it with `cargo run --example worker_pool`: it prints the smallest pool that hangs, and how the
//! repaired one fares.
#![expect(clippy::print_stdout, reason = "what it is for")]

use std::sync::Arc;

use leak_harness::proptest::test_runner::Config;
use leak_harness::sync::{Mutex, mpsc};
use leak_harness::task::JoinHandle;
use leak_harness::{Builder, Counterexample, Coverage, Failure, spawn};

/// Workers, a queue of jobs and one of results.
struct Pool {
    jobs: mpsc::Sender<u32>,
    results: mpsc::Receiver<u32>,
    workers: Vec<JoinHandle<()>>,
}

impl Pool {
    fn start(workers: usize, room: usize) -> Pool {
        let (jobs, queue) = mpsc::channel(room);
        let (done, results) = mpsc::channel(room);
        let queue = Arc::new(Mutex::new(queue));
        let workers = (0..workers).map(|_| spawn(work(Arc::clone(&queue), done.clone())));
        Pool {
            jobs,
            results,
            workers: workers.collect(),
        }
    }

    /// Ends the pool; the results that were not taken.
    async fn shut_down(self) -> Vec<u32> {
        drop(self.jobs);
        for worker in self.workers {
            worker.await.expect("a worker does not panic"); // it may wait for room in `results`
        }
        read_all(self.results).await
    }

    /// Ends the pool; the results that were not taken.
    async fn shut_down_repaired(self) -> Vec<u32> {
        drop(self.jobs);
        let rest = read_all(self.results).await; // ends with the last worker
        for worker in self.workers {
            worker.await.expect("a worker does not panic");
        }
        rest
    }
}

async fn work(queue: Arc<Mutex<mpsc::Receiver<u32>>>, done: mpsc::Sender<u32>) {
    loop {
        let job = queue.lock().await.recv().await;
        let Some(job) = job else { return };
        if done.send(2 * job).await.is_err() {
            return;
        }
    }
}

async fn read_all(mut results: mpsc::Receiver<u32>) -> Vec<u32> {
    let mut all = Vec::new();
    while let Some(result) = results.recv().await {
        all.push(result);
    }
    all
}

/// So many results are taken before the pool is shut down, of so many workers, with room for so many
/// in each queue, and so many jobs.
pub type Use = (usize, usize, usize, usize);

async fn run((taken, workers, room, jobs): Use, repaired: bool) {
    let taken = taken.min(jobs);
    let mut pool = Pool::start(workers, room);
    let submit = pool.jobs.clone();
    let client = spawn(async move {
        for job in 0..jobs {
            submit.send(job as u32).await.ok();
        }
    });
    for _ in 0..taken {
        pool.results.recv().await.expect("a result for each job");
    }
    let rest = match repaired {
        false => pool.shut_down().await,
        true => pool.shut_down_repaired().await,
    };
    assert_eq!(rest.len(), jobs - taken, "each job has one result");
    client.await.unwrap();
}

/// The property: whatever the pool's size, and however many results are left, it shuts down.
pub fn property(builder: &Builder, repaired: bool) -> Result<Coverage, Counterexample<Use>> {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let uses = (0..4_usize, 1..4_usize, 1..3_usize, 0..6_usize);
    builder.check_all(config, uses, move |pool| run(pool, repaired))
}

/// The repaired pool of one size, in every schedule.
pub fn exhaustively(pool: Use) -> Result<Coverage, Failure> {
    let builder = Builder::new().name("worker_pool, repaired");
    builder.exhaustive(true).check(move || run(pool, true))
}

/// Sizes that can be explored to the end in no time.
pub fn small_sizes() -> Vec<Use> {
    vec![(0, 1, 1, 2), (1, 1, 1, 3), (0, 2, 1, 1), (0, 2, 2, 2)]
}

fn main() {
    match property(&Builder::new().name("worker_pool"), false) {
        Ok(coverage) => println!("no leak, in {coverage}"),
        Err(found) => println!("{found}"),
    }
    for size in small_sizes() {
        match exhaustively(size) {
            Ok(coverage) => println!("repaired, {size:?}:\nno leak, in {coverage}."),
            Err(failure) => println!("{failure}"),
        }
    }
}
