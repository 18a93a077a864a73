//! Waits that the mirror crates begin for a place that they know: wrappers whose own callers are
//! traits, which say nothing of the user's code.

use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll};

use ::tokio::sync::{
    AcquireError, broadcast as real_broadcast, mpsc as real_mpsc, watch as real_watch,
};

use super::{OwnedSemaphorePermit, Semaphore, broadcast, mpsc, watch};
use crate::trace::Site;

/// `mpsc::Receiver::poll_recv`.
pub fn poll_recv<T>(
    receiver: &mut mpsc::Receiver<T>,
    site: Site,
    context: &mut Context<'_>,
) -> Poll<Option<T>> {
    receiver.poll_recv_at(site, context)
}

/// `mpsc::UnboundedReceiver::poll_recv`.
pub fn poll_unbounded_recv<T>(
    receiver: &mut mpsc::UnboundedReceiver<T>,
    site: Site,
    context: &mut Context<'_>,
) -> Poll<Option<T>> {
    receiver.poll_recv_at(site, context)
}

/// `mpsc::Sender::reserve_owned`.
pub fn reserve_owned<T>(
    sender: mpsc::Sender<T>,
    site: Site,
) -> impl Future<Output = Result<mpsc::OwnedPermit<T>, real_mpsc::error::SendError<()>>> {
    sender.reserve_owned_at(site)
}

/// `broadcast::Receiver::recv`.
pub fn broadcast_recv<T: Clone>(
    receiver: &mut broadcast::Receiver<T>,
    site: Site,
) -> impl Future<Output = Result<T, real_broadcast::error::RecvError>> {
    receiver.recv_at(site)
}

/// `watch::Receiver::changed`.
pub fn watch_changed<T>(
    receiver: &mut watch::Receiver<T>,
    site: Site,
) -> impl Future<Output = Result<(), real_watch::error::RecvError>> {
    receiver.changed_at(site)
}

/// `Semaphore::acquire_many_owned`.
pub fn acquire_many_owned(
    semaphore: Arc<Semaphore>,
    permits: u32,
    site: Site,
) -> impl Future<Output = Result<OwnedSemaphorePermit, AcquireError>> {
    semaphore.acquire_many_owned_at(permits, site)
}
