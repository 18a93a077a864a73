//! Bodies for causes that the patterns do not have.

use std::sync::Arc;

use leak_harness::sync::{Barrier, Mutex, Notify, Semaphore, SetOnce, mpsc, oneshot};
use leak_harness::{select, spawn, task};

pub async fn a_forgotten_permit() {
    let semaphore = Arc::new(Semaphore::new(1));
    let other = Arc::clone(&semaphore);
    spawn(async move {
        let permit = other.acquire().await.unwrap();
        permit.forget();
    });
    spawn(async move {
        let _permit = semaphore.acquire().await.unwrap();
    });
}

pub async fn permits_that_are_held() {
    let semaphore = Arc::new(Semaphore::new(1));
    let other = Arc::clone(&semaphore);
    let (tx, rx) = oneshot::channel::<()>();
    spawn(async move {
        let _permit = other.acquire().await.unwrap();
        let _ = rx.await;
    });
    spawn(async move {
        let _permit = semaphore.acquire().await.unwrap();
        tx.send(()).unwrap();
    });
}

pub async fn a_forgotten_guard() {
    let lock = Arc::new(Mutex::new(0));
    let guard = Arc::clone(&lock).lock_owned().await;
    std::mem::forget(guard);
    spawn(async move { *lock.lock().await += 1 });
}

pub async fn a_barrier_for_three() {
    let barrier = Arc::new(Barrier::new(3));
    for _ in 0..2 {
        let barrier = Arc::clone(&barrier);
        spawn(async move { barrier.wait().await });
    }
}

pub async fn an_arc_that_two_tasks_share() {
    let (tx, mut rx) = mpsc::channel::<u32>(1);
    let shared = Arc::new(tx);
    let stop = Arc::new(Notify::new());
    for _ in 0..2 {
        let (shared, stop) = (Arc::clone(&shared), Arc::clone(&stop));
        spawn(async move {
            stop.notified().await;
            let _ = shared.send(1).await;
        });
    }
    drop(shared);
    task::Builder::new()
        .name("collector")
        .spawn(async move { while rx.recv().await.is_some() {} })
        .unwrap();
}

pub async fn ten_that_wait_for_one() {
    let lock = Arc::new(Mutex::new(0));
    let (tx, rx) = oneshot::channel::<()>();
    let other = Arc::clone(&lock);
    spawn(async move {
        let _guard = other.lock().await;
        let _ = rx.await;
    });
    task::yield_now().await;
    for _ in 0..3 {
        let lock = Arc::clone(&lock);
        spawn(async move { *lock.lock().await += 1 });
    }
    std::mem::forget(tx);
}

pub async fn a_thousand_of_a_kind() {
    let (tx, rx) = mpsc::channel(1);
    for n in 0..1_000 {
        let tx = tx.clone();
        spawn(async move { tx.send(n).await });
    }
    std::mem::forget(rx);
}

pub async fn a_branch_that_never_comes() {
    let (jobs, mut inbox) = mpsc::channel::<u32>(1);
    let (stop, mut stopped) = oneshot::channel::<()>();
    spawn(async move {
        select! {
            _ = inbox.recv() => {}
            _ = &mut stopped => {}
        }
    });
    std::mem::forget((jobs, stop));
}

pub async fn nobody_sets_it() {
    let cell = Arc::new(SetOnce::<u32>::new());
    spawn(async move { *cell.wait().await });
}

pub async fn a_closed_that_never_comes() {
    let (tx, rx) = mpsc::channel::<u32>(1);
    spawn(async move { tx.closed().await });
    std::mem::forget(rx);
}

pub async fn a_panic() {
    let (tx, mut rx) = mpsc::channel(1);
    spawn(async move { tx.send(1).await.unwrap() });
    let first = rx.recv().await;
    assert_eq!(first, Some(2), "the first job");
}

/// A worker that takes one request, and keeps the queue in which there is another.
pub async fn an_answer_that_a_worker_does_not_give() {
    let (requests, mut queue) = mpsc::channel::<oneshot::Sender<u32>>(2);
    spawn(async move {
        let reply = queue.recv().await.unwrap();
        reply.send(1).unwrap();
        Notify::new().notified().await;
        drop(queue);
    });
    for _ in 0..2 {
        let requests = requests.clone();
        spawn(async move {
            let (reply, answer) = oneshot::channel();
            if requests.send(reply).await.is_ok() {
                let _ = answer.await;
            }
        });
    }
}

/// A task that keeps the queue in which its own request is.
pub async fn an_answer_that_nobody_gives() {
    let (requests, queue) = mpsc::channel(2);
    spawn(async move {
        let (reply, answer) = oneshot::channel::<u32>();
        requests.send(reply).await.unwrap();
        let _ = answer.await;
        drop(queue);
    });
}

/// An answer in a message of a channel whose receiver is in a message.
pub async fn an_answer_in_a_message_in_a_message() {
    let (sessions, accept) = mpsc::channel(2);
    spawn(async move {
        let (requests, session) = mpsc::channel(2);
        let (reply, answer) = oneshot::channel::<u32>();
        requests.send(reply).await.unwrap();
        sessions.send(session).await.unwrap();
        let _ = answer.await;
    });
    spawn(async move {
        Notify::new().notified().await;
        drop(accept);
    });
}

/// A semaphore that is locked and unlocked by hand, and a lock, in opposite orders.
pub async fn a_semaphore_used_as_a_lock() {
    let (semaphore, lock) = (Arc::new(Semaphore::new(1)), Arc::new(Mutex::new(())));
    let shared = (Arc::clone(&semaphore), Arc::clone(&lock));
    spawn(async move {
        let (semaphore, lock) = shared;
        semaphore.acquire().await.unwrap().forget();
        drop(lock.lock().await);
        semaphore.add_permits(1);
    });
    spawn(async move {
        let _guard = lock.lock().await;
        semaphore.acquire().await.unwrap().forget();
        semaphore.add_permits(1);
    });
}

/// It has a sender of its own, which was made first, and another task has a clone.
pub async fn two_senders_are_left() {
    let (tx, mut rx) = mpsc::channel::<u32>(1);
    let clone = tx.clone();
    spawn(async move {
        let _ = rx.recv().await;
        drop(tx);
    });
    spawn(async move {
        Notify::new().notified().await;
        drop(clone);
    });
}

/// A semaphore that counts what is there to be done: what is taken is not given back.
pub async fn a_signal_that_nobody_gives() {
    let jobs = Arc::new(Semaphore::new(0));
    let worker = Arc::clone(&jobs);
    spawn(async move {
        for _ in 0..3 {
            worker.acquire().await.unwrap().forget();
        }
    });
    jobs.add_permits(1);
    jobs.add_permits(1);
}

/// Who would notify needs the lock that the one who waits keeps.
pub async fn waits_under_the_lock() {
    let shared = Arc::new((Mutex::new(false), Notify::new()));
    let other = Arc::clone(&shared);
    spawn(async move {
        let ready = shared.0.lock().await;
        if !*ready {
            shared.1.notified().await;
        }
    });
    spawn(async move {
        *other.0.lock().await = true;
        other.1.notify_one();
    });
}

async fn next_job(inbox: &mut mpsc::Receiver<u32>) -> Option<u32> {
    inbox.recv().await
}

async fn work(mut inbox: mpsc::Receiver<u32>) -> u32 {
    let mut sum = 0;
    while let Some(job) = next_job(&mut inbox).await {
        sum += job;
    }
    sum
}

/// The await that waits is two calls below what was spawned.
pub async fn a_wait_deep_inside() {
    let (tx, rx) = mpsc::channel(1);
    spawn(async move {
        let sum = work(rx).await;
        assert_eq!(sum, 0);
    });
    std::mem::forget(tx);
}
