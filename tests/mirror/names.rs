//! Traits that tokio's types have: a mirrored type that lacks one would break code that compiles.

use std::cell::Cell;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use leak_harness::sync::{self, futures, mpsc, oneshot, watch};

fn all<T: Send + Sync + Unpin>() {}
fn unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}
fn send_sync<T: Send + Sync>(_: &T) {}
fn send<T: Send>(_: &T) {}

#[test]
fn handles_can_be_sent_and_shared() {
    all::<mpsc::Sender<u32>>();
    all::<mpsc::WeakSender<u32>>();
    all::<mpsc::Receiver<u32>>();
    all::<mpsc::Permit<'_, u32>>();
    all::<mpsc::PermitIterator<'_, u32>>();
    all::<mpsc::OwnedPermit<u32>>();
    all::<mpsc::UnboundedSender<u32>>();
    all::<mpsc::WeakUnboundedSender<u32>>();
    all::<mpsc::UnboundedReceiver<u32>>();
    all::<oneshot::Sender<u32>>();
    all::<oneshot::Receiver<u32>>();
    all::<watch::Sender<u32>>();
    all::<watch::Receiver<u32>>();
    all::<sync::Notify>();
    all::<sync::Semaphore>();
    all::<sync::SemaphorePermit<'_>>();
    all::<sync::OwnedSemaphorePermit>();
    all::<sync::Mutex<Cell<u32>>>();
    all::<sync::RwLock<u32>>();
    unwind_safe::<mpsc::Sender<Cell<u32>>>();
    unwind_safe::<mpsc::Receiver<Cell<u32>>>();
    unwind_safe::<mpsc::UnboundedSender<Cell<u32>>>();
    unwind_safe::<sync::Notify>();
}

#[test]
fn guards_can_be_sent_where_their_values_can() {
    fn send<T: Send>() {}
    all::<sync::MutexGuard<'_, u32>>();
    all::<sync::MappedMutexGuard<'_, u32>>();
    all::<sync::OwnedMutexGuard<u32>>();
    all::<sync::OwnedMappedMutexGuard<u32, u8>>();
    send::<sync::OwnedMutexGuard<Cell<u32>>>();
    send::<sync::MutexGuard<'_, Cell<u32>>>();
    all::<sync::RwLockReadGuard<'_, u32>>();
    all::<sync::RwLockWriteGuard<'_, u32>>();
    all::<sync::RwLockMappedWriteGuard<'_, u32>>();
    all::<sync::OwnedRwLockReadGuard<u32, u8>>();
    all::<sync::OwnedRwLockWriteGuard<u32>>();
    all::<sync::OwnedRwLockMappedWriteGuard<u32, u8>>();
}

#[test]
fn futures_can_be_sent() {
    let (tx, mut rx) = mpsc::channel::<u32>(1);
    send_sync(&tx.send(1));
    send_sync(&tx.reserve());
    send_sync(&tx.reserve_many(1));
    send_sync(&tx.closed());
    send(&tx.send_timeout(1, std::time::Duration::ZERO));
    send_sync(&tx.reserve_owned());
    send_sync(&rx.recv());
    let mutex = Arc::new(sync::Mutex::new(Cell::new(1)));
    send_sync(&mutex.lock());
    send_sync(&mutex.lock_owned());
    let lock = Arc::new(sync::RwLock::new(1));
    send_sync(&lock.read());
    send_sync(&lock.write());
    send_sync(&Arc::clone(&lock).read_owned());
    send_sync(&lock.write_owned());
    let semaphore = Arc::new(sync::Semaphore::new(1));
    send_sync(&semaphore.acquire());
    send_sync(&semaphore.acquire_owned());
    let notify = Arc::new(sync::Notify::new());
    let notified: futures::Notified<'_> = notify.notified();
    send_sync(&notified);
    drop(notified);
    let notified: futures::OwnedNotified = notify.notified_owned();
    send_sync(&notified);
    let (tx, mut rx) = watch::channel(1);
    send_sync(&tx.closed());
    send_sync(&rx.changed());
    drop(rx.wait_for(|_| true));
}

#[test]
fn outside_of_a_check_everything_is_tokios() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (tx, mut rx) = mpsc::channel(1);
        let task = tokio::spawn(async move {
            tx.send(1).await.unwrap();
            tx.send(2).await.unwrap();
        });
        assert_eq!((rx.recv().await, rx.recv().await), (Some(1), Some(2)));
        task.await.unwrap();
        let mutex = Arc::new(sync::Mutex::new(0));
        let guard = Arc::clone(&mutex).lock_owned().await;
        let other = Arc::clone(&mutex);
        let task = tokio::spawn(async move { *other.lock().await += 1 });
        tokio::task::yield_now().await;
        drop(guard);
        task.await.unwrap();
        assert_eq!(*mutex.try_lock().unwrap(), 1);
    });
    let (tx, rx) = oneshot::channel();
    #[expect(clippy::disallowed_methods, reason = "a thread outside of any check")]
    let thread = std::thread::spawn(move || rx.blocking_recv());
    tx.send(7).unwrap();
    assert_eq!(thread.join().unwrap(), Ok(7));
}
