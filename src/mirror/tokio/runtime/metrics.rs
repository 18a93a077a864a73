//! `RuntimeMetrics`: of an execution's runtimes, tasks are counted, and threads that do not exist
//! have done nothing.

use ::tokio::runtime as real;

use super::Home;
use crate::mirror::tokio::time::Duration;

/// What a runtime counts: `tokio::runtime::RuntimeMetrics`.
#[derive(Clone, Debug)]
pub struct RuntimeMetrics(Inner);

#[derive(Clone)]
enum Inner {
    Real(real::RuntimeMetrics),
    Controlled(Home),
}

impl RuntimeMetrics {
    pub(super) fn of_real(metrics: real::RuntimeMetrics) -> RuntimeMetrics {
        RuntimeMetrics(Inner::Real(metrics))
    }

    pub(super) fn of_home(home: Home) -> RuntimeMetrics {
        RuntimeMetrics(Inner::Controlled(home))
    }

    /// How many threads run tasks: `tokio::runtime::RuntimeMetrics::num_workers`.
    pub fn num_workers(&self) -> usize {
        match &self.0 {
            Inner::Real(metrics) => metrics.num_workers(),
            Inner::Controlled(home) => home.workers(),
        }
    }

    /// How many tasks have not ended: `tokio::runtime::RuntimeMetrics::num_alive_tasks`.
    pub fn num_alive_tasks(&self) -> usize {
        match &self.0 {
            Inner::Real(metrics) => metrics.num_alive_tasks(),
            Inner::Controlled(home) => home.alive(),
        }
    }

    /// As tokio's; an execution has no queue of its own:
    /// `tokio::runtime::RuntimeMetrics::global_queue_depth`.
    pub fn global_queue_depth(&self) -> usize {
        match &self.0 {
            Inner::Real(metrics) => metrics.global_queue_depth(),
            Inner::Controlled(_) => 0,
        }
    }

    /// As tokio's: `tokio::runtime::RuntimeMetrics::worker_total_busy_duration`.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    #[track_caller]
    pub fn worker_total_busy_duration(&self, worker: usize) -> Duration {
        match &self.0 {
            Inner::Real(metrics) => metrics.worker_total_busy_duration(worker),
            Inner::Controlled(_) => self.nothing(worker),
        }
    }

    /// As tokio's: `tokio::runtime::RuntimeMetrics::worker_park_count`.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    #[track_caller]
    pub fn worker_park_count(&self, worker: usize) -> u64 {
        match &self.0 {
            Inner::Real(metrics) => metrics.worker_park_count(worker),
            Inner::Controlled(_) => self.nothing(worker),
        }
    }

    /// As tokio's: `tokio::runtime::RuntimeMetrics::worker_park_unpark_count`.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    #[track_caller]
    pub fn worker_park_unpark_count(&self, worker: usize) -> u64 {
        match &self.0 {
            Inner::Real(metrics) => metrics.worker_park_unpark_count(worker),
            Inner::Controlled(_) => self.nothing(worker),
        }
    }

    #[track_caller]
    fn nothing<T: Default>(&self, worker: usize) -> T {
        let workers = self.num_workers();
        assert!(
            worker < workers,
            "there are {workers} workers, not one {worker}"
        );
        T::default()
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Inner::Real(metrics) => metrics.fmt(f),
            Inner::Controlled(home) => home.number().fmt(f),
        }
    }
}
