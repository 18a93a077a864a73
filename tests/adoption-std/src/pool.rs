//! A pool of threads.

use std::fmt::{self, Display};
use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

type Job = Box<dyn FnOnce() + Send>;

/// Threads that do jobs; dropping it waits until all that were handed in are done.
#[derive(Debug, Default)]
pub struct Pool {
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

/// The pool does no more jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Closed;

impl Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the pool is closed")
    }
}

impl std::error::Error for Closed {}

impl Pool {
    /// A pool of so many threads.
    ///
    /// # Errors
    ///
    /// If the system has no more threads.
    pub fn new(threads: usize) -> io::Result<Pool> {
        let (jobs, queue) = mpsc::channel();
        let queue = Arc::new(Mutex::new(queue));
        let spawn = |number| {
            let queue = Arc::clone(&queue);
            Builder::new()
                .name(format!("worker-{number}"))
                .spawn(move || work(&queue))
        };
        Ok(Pool {
            jobs: Some(jobs),
            threads: (0..threads).map(spawn).collect::<Result<_, _>>()?,
        })
    }

    /// Hands a job in; its result comes out of the receiver.
    ///
    /// # Errors
    ///
    /// If the pool is closed.
    pub fn run<T, F>(&self, job: F) -> Result<Receiver<T>, Closed>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (done, result) = mpsc::sync_channel(1);
        let job = Box::new(move || drop(done.send(job())));
        let jobs = self.jobs.as_ref().ok_or(Closed)?;
        jobs.send(job).map_err(|_| Closed)?;
        Ok(result)
    }

    /// Lets nothing more in.
    pub fn close(&mut self) {
        self.jobs = None;
    }
}

fn work(queue: &Mutex<Receiver<Job>>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(job) => job(),
            Err(mpsc::RecvError) => return,
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.close();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                say_once();
            }
        }
    }
}

/// Says once that a job panicked.
fn say_once() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let text = format!("{}: a job panicked\n", module_path!());
        let _ = io::Write::write_all(&mut io::stderr(), text.as_bytes());
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_pool_does_its_jobs_and_ends() {
        let mut pool = Pool::new(2).unwrap();
        let results = [1, 2].map(|n| pool.run(move || n * 10).unwrap());
        assert_eq!(results.map(|result| result.recv().unwrap()), [10, 20]);
        pool.close();
        assert_eq!(
            pool.run(|| ()).unwrap_err().to_string(),
            "the pool is closed"
        );
    }

    #[tokio::test]
    #[should_panic(expected = "leak")]
    async fn a_pool_that_is_forgotten_leaks_its_threads() {
        std::mem::forget(Pool::new(1).unwrap());
    }

    #[test]
    fn a_plain_test_has_real_threads() {
        let pool = Pool::new(2).unwrap();
        let names = [(); 2].map(|()| {
            let name = || std::thread::current().name().map(ToOwned::to_owned);
            pool.run(name).unwrap().recv().unwrap()
        });
        assert!(
            names
                .iter()
                .flatten()
                .all(|name| name.starts_with("worker-"))
        );
        drop(pool);
    }
}
