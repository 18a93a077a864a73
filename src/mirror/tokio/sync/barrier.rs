//! The mirror of `tokio::sync::Barrier`.

use std::future::Future;

use ::tokio::sync as real;
use real::BarrierWaitResult;

use super::convert::{converts, converts_whole};
use crate::executor::foreign;
use crate::executor::object::ObjectCell;
use crate::mirror::leaf::{leaf, same};
use crate::trace::{ObjectKind, Operation, Site};

/// Lets tasks go on once so many have come: `tokio::sync::Barrier`.
#[derive(Debug)]
pub struct Barrier {
    cell: ObjectCell,
    inner: real::Barrier,
}

impl Barrier {
    /// A barrier for so many tasks: `tokio::sync::Barrier::new`.
    #[track_caller]
    pub fn new(n: usize) -> Barrier {
        Barrier {
            cell: ObjectCell::sized(ObjectKind::Barrier, n),
            inner: real::Barrier::new(n),
        }
    }

    /// Comes, and waits for the others: `tokio::sync::Barrier::wait`.
    #[track_caller]
    pub fn wait(&self) -> impl Future<Output = BarrierWaitResult> {
        let site = Site::caller();
        // The first poll is the coming, and tokio never puts that off.
        leaf(&self.cell, Operation::Wait, site, self.inner.wait(), same).unbudgeted()
    }
}

converts_whole!(Barrier);
