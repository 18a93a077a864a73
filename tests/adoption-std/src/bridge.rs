//! A thread that reports to async code, until it is told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// A thread that reports how long it runs, every so often.
pub struct Reporter {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<usize>,
}

/// Starts a reporter, and where its reports come out.
pub fn start(every: Duration) -> (Reporter, mpsc::Receiver<Duration>) {
    let (tx, rx) = mpsc::channel(1);
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let thread = thread::spawn(move || {
        let start = Instant::now();
        let mut reports = 0;
        while !stopped.load(Ordering::Acquire) {
            if tx.blocking_send(start.elapsed()).is_err() {
                break;
            }
            reports += 1;
            thread::park_timeout(every);
        }
        reports
    });
    (Reporter { stop, thread }, rx)
}

impl Reporter {
    /// Stops it; how many reports it made.
    pub fn stop(self) -> thread::Result<usize> {
        self.stop.store(true, Ordering::Release);
        self.thread.thread().unpark();
        self.thread.join()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(10);

    #[tokio::test(flavor = "multi_thread")]
    async fn reports_come_and_the_reporter_stops() {
        let (reporter, mut reports) = start(EVERY);
        assert_eq!(reports.recv().await, Some(Duration::ZERO));
        let stopped = tokio::task::spawn_blocking(|| reporter.stop());
        // It may have another report for us before it looks whether it is to stop.
        while reports.recv().await.is_some() {}
        assert!(stopped.await.unwrap().unwrap() >= 1);
    }

    /// The mistake: nobody makes room for the report that the thread is sending.
    #[tokio::test]
    #[should_panic(expected = "deadlock")]
    async fn a_reporter_that_nobody_listens_to_does_not_stop() {
        let (reporter, reports) = start(EVERY);
        thread::sleep(3 * EVERY);
        let _ = reporter.stop();
        drop(reports);
    }
}
