//! Cancellation at any await, for code that must stand it.
//!
//! Not here: [`Builder::cancel_anywhere`](crate::Builder::cancel_anywhere), which aborts tasks that
//! it is told of by name, and acts where they are spawned.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use crate::mirror::tokio::select::poll_select_budget;
use crate::mirror::tokio::sync::oneshot;
use crate::mirror::tokio::task::{Builder, JoinHandle};

/// Lets a task be aborted, once, at any moment: before it begins, at each of its awaits, whether what
/// it waits for has come or not, or when it has ended. Every such moment is a schedule of its own.
///
/// ```
/// use leak_harness::{check, protocol, spawn, sync::{mpsc, oneshot}};
///
/// // A request whose answer gets lost if the requester is aborted before it comes.
/// let failure = check(|| async {
///     let (requests, mut inbox) = mpsc::channel::<oneshot::Sender<u32>>(1);
///     let server = spawn(async move {
///         while let Some(reply) = inbox.recv().await {
///             reply.send(7).expect("the requester waits");
///         }
///     });
///     let requester = spawn(async move {
///         let (reply, answer) = oneshot::channel();
///         requests.send(reply).await.unwrap();
///         answer.await.unwrap();
///     });
///     protocol::abort_anywhere(&requester);
///     server.await.unwrap();
/// })
/// .unwrap_err();
/// assert!(failure.panic().is_some());
/// ```
///
/// # Panics
///
/// Panics outside of a leak test and of a tokio runtime, as [`spawn`](crate::spawn) does.
#[track_caller]
pub fn abort_anywhere<T>(task: &JoinHandle<T>) {
    let task = task.abort_handle();
    let aborts = Builder::new()
        .name("abort_anywhere")
        .spawn(async move { task.abort() });
    drop(aborts);
}

/// Runs a future that may be dropped at any moment: before its first poll, at each of its awaits,
/// whether what it waits for has come or not. Every such moment is a schedule of its own. Its output
/// is `None` if the future was dropped.
///
/// This is what the other branches of a `select!` and a `timeout` do to a future.
///
/// ```
/// use leak_harness::{Builder, FailureKind, protocol, sync::Semaphore};
///
/// let failure = Builder::new()
///     .check(|| async {
///         let permits = Semaphore::new(1);
///         let work = async {
///             permits.acquire().await.unwrap().forget();
///             leak_harness::task::yield_now().await;
///             permits.add_permits(1); // not if the future is dropped before
///         };
///         protocol::drop_anywhere(work).await;
///         let _all_there = permits.acquire().await.unwrap();
///     })
///     .unwrap_err();
/// assert_eq!(failure.kind(), FailureKind::Deadlock);
/// ```
///
/// # Panics
///
/// The future panics outside of a leak test and of a tokio runtime.
#[track_caller]
pub fn drop_anywhere<F: Future>(future: F) -> impl Future<Output = Option<F::Output>> {
    let (drops, dropped) = oneshot::channel::<()>();
    let signals = Builder::new().name("drop_anywhere").spawn(async move {
        drops.send(()).ok();
    });
    drop(signals);
    async move {
        let (mut dropped, mut future) = (pin!(dropped), pin!(future));
        poll_fn(|context| {
            if poll_select_budget(context).is_pending() {
                return Poll::Pending;
            }
            if dropped.as_mut().poll(context).is_ready() {
                return Poll::Ready(None);
            }
            future.as_mut().poll(context).map(Some)
        })
        .await
    }
}
