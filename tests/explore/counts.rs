//! Exact numbers of schedules, each with its formula.
//!
//! Where a formula is not reached, what is reached is pinned, and a comment says what is missing.

use std::sync::Arc;

use leak_harness::sync::{
    Barrier, Mutex, Notify, OnceCell, RwLock, Semaphore, SetOnce, broadcast, mpsc, oneshot, watch,
};
use leak_harness::{Builder, Coverage, Engine, spawn};
use leak_harness_std::sync::atomic::{AtomicUsize, Ordering};

fn explore<F>(body: impl Fn() -> F + Send + Sync + 'static) -> Coverage
where
    F: Future<Output = ()> + 'static,
{
    let builder = Builder::new().engine(Engine::Systematic).exhaustive(true);
    // A deadlock is an ending like any other here: it is counted, and the search goes on.
    let coverage = builder.survey(|_, _| {}).check(body);
    coverage.unwrap_or_else(|failure| panic!("{failure}"))
}

/// The schedules that differ, and the executions that were started for nothing.
fn counts<F>(body: impl Fn() -> F + Send + Sync + 'static) -> (u64, u64)
where
    F: Future<Output = ()> + 'static,
{
    let coverage = explore(body);
    (coverage.classes(), coverage.redundant())
}

async fn ping_pong(rounds: u32) {
    let (ping, mut pings) = mpsc::channel::<u32>(1);
    let (pong, mut pongs) = mpsc::channel::<u32>(1);
    let player = spawn(async move {
        while let Some(ball) = pings.recv().await {
            pong.send(ball).await.unwrap();
        }
    });
    for ball in 0..rounds {
        ping.send(ball).await.unwrap();
        pongs.recv().await.unwrap();
    }
    drop(ping);
    player.await.unwrap();
}

#[test]
fn ping_pong_has_one_order() {
    assert_eq!(counts(|| ping_pong(2)), (1, 0));
    assert_eq!(counts(|| ping_pong(8)), (1, 0));
    assert_eq!(counts(|| ping_pong(64)), (1, 0));
}

/// Once as the first of the search, and once to learn which waits are alone, and to see whether the body
/// does the same again.
#[test]
fn a_body_with_one_order_is_run_twice() {
    let runs = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let body = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        ping_pong(2)
    };
    assert_eq!(counts(body), (1, 0));
    assert_eq!(runs.load(Ordering::Relaxed), 2);
}

async fn pairs(pairs: usize) {
    for _ in 0..pairs {
        let (tx, mut rx) = mpsc::channel::<u32>(1);
        spawn(async move {
            for n in 0..3 {
                tx.send(n).await.unwrap();
            }
        });
        spawn(async move { while rx.recv().await.is_some() {} });
    }
}

#[test]
fn disjoint_pairs_have_one_order() {
    assert_eq!(counts(|| pairs(1)), (1, 0));
    assert_eq!(counts(|| pairs(4)), (1, 0));
}

/// Each of some tasks sends so many messages into a channel with so much room; the body reads them.
pub(super) async fn producers(tasks: usize, messages: usize, room: usize) {
    let (tx, mut rx) = mpsc::channel::<usize>(room);
    for _ in 0..tasks {
        let tx = tx.clone();
        spawn(async move {
            for message in 0..messages {
                tx.send(message).await.unwrap();
            }
        });
    }
    drop(tx);
    while rx.recv().await.is_some() {}
}

/// (pm)! / (m!)^p orders of the messages in the channel.
#[test]
fn producers_into_one_channel() {
    assert_eq!(counts(|| producers(2, 1, 2)), (2, 0));
    assert_eq!(counts(|| producers(2, 2, 4)), (6, 0));
    assert_eq!(counts(|| producers(3, 2, 6)), (90, 0));
    assert_eq!(counts(|| producers(4, 1, 4)), (24, 0));
    // With more decisions open at a time than states are kept to go back to.
    assert_eq!(counts(|| producers(2, 6, 12)), (924, 0));
}

async fn philosophers(seats: usize) {
    let forks: Vec<_> = (0..seats).map(|_| Arc::new(Mutex::new(()))).collect();
    for seat in 0..seats {
        let (left, right) = (forks[seat].clone(), forks[(seat + 1) % seats].clone());
        spawn(async move {
            let _left = left.lock().await;
            let _right = right.lock().await;
        });
    }
}

/// 2^n - 1, the deadlock included.
#[test]
fn dining_philosophers() {
    assert_eq!(counts(|| philosophers(2)), (3, 0));
    assert_eq!(counts(|| philosophers(3)), (7, 0));
    assert_eq!(counts(|| philosophers(4)), (15, 0));
    assert_eq!(counts(|| philosophers(5)), (31, 0));
}

#[test]
fn two_locks_in_opposite_orders() {
    let body = || async {
        let (one, two) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())));
        for (first, second) in [(one.clone(), two.clone()), (two, one)] {
            spawn(async move {
                let _first = first.lock().await;
                let _second = second.lock().await;
            });
        }
    };
    assert_eq!(counts(body), (3, 0));
}

#[test]
fn readers_of_a_lock_have_one_order() {
    let body = || async {
        let lock = Arc::new(RwLock::new(7));
        for _ in 0..4 {
            let lock = lock.clone();
            spawn(async move { assert_eq!(*lock.read().await, 7) });
        }
    };
    assert_eq!(counts(body), (1, 0));
}

#[test]
fn readers_of_a_watch_have_one_order() {
    let body = || async {
        let (_tx, rx) = watch::channel(7);
        for _ in 0..4 {
            let rx = rx.clone();
            spawn(async move { assert_eq!(*rx.borrow(), 7) });
        }
    };
    assert_eq!(counts(body), (1, 0));
}

/// k! orders.
#[test]
fn increments_of_one_atomic() {
    let body = |tasks: usize| async move {
        let count = Arc::new(AtomicUsize::new(0));
        for _ in 0..tasks {
            let count = count.clone();
            spawn(async move { count.fetch_add(1, Ordering::SeqCst) });
        }
    };
    assert_eq!(counts(move || body(2)), (2, 0));
    assert_eq!(counts(move || body(3)), (6, 0));
    assert_eq!(counts(move || body(4)), (24, 0));
}

/// k! orders.
#[test]
fn users_of_one_mutex() {
    let body = |tasks: usize| async move {
        let count = Arc::new(Mutex::new(0));
        for _ in 0..tasks {
            let count = count.clone();
            spawn(async move { *count.lock().await += 1 });
        }
    };
    assert_eq!(counts(move || body(2)), (2, 0));
    assert_eq!(counts(move || body(3)), (6, 0));
    assert_eq!(counts(move || body(4)), (24, 0));
}

/// k! orders, as for tokio's own: to try while another one has it is nothing.
#[test]
fn users_of_one_std_mutex() {
    let body = |tasks: usize| async move {
        let count = Arc::new(leak_harness_std::sync::Mutex::new(0));
        for _ in 0..tasks {
            let count = count.clone();
            spawn(async move { *count.lock().unwrap() += 1 });
        }
    };
    assert_eq!(counts(move || body(2)), (2, 0));
    assert_eq!(counts(move || body(3)), (6, 0));
    assert_eq!(counts(move || body(4)), (24, 0));
}

#[test]
fn readers_of_a_std_lock_have_one_order() {
    let body = || async {
        let lock = Arc::new(leak_harness_std::sync::RwLock::new(7));
        for _ in 0..4 {
            let lock = lock.clone();
            spawn(async move { assert_eq!(*lock.read().unwrap(), 7) });
        }
    };
    assert_eq!(counts(body), (1, 0));
}

/// 2^n - 1, as with tokio's locks.
#[test]
fn dining_philosophers_with_std_locks() {
    let body = |seats: usize| async move {
        let fork = || Arc::new(leak_harness_std::sync::Mutex::from(()));
        let forks: Vec<_> = (0..seats).map(|_| fork()).collect();
        for seat in 0..seats {
            let (left, right) = (forks[seat].clone(), forks[(seat + 1) % seats].clone());
            spawn(async move {
                let _left = left.lock().unwrap();
                let _right = right.lock().unwrap();
            });
        }
    };
    assert_eq!(counts(move || body(2)), (3, 0));
    assert_eq!(counts(move || body(3)), (7, 0));
    assert_eq!(counts(move || body(4)), (15, 0));
}

/// p! orders of the tickets, as many as with `send`.
#[test]
fn producers_that_keep_room_first() {
    let body = |tasks: usize, room: usize| async move {
        let (tx, mut rx) = mpsc::channel::<usize>(room);
        for task in 0..tasks {
            let tx = tx.clone();
            spawn(async move { tx.reserve().await.unwrap().send(task) });
        }
        drop(tx);
        while rx.recv().await.is_some() {}
    };
    assert_eq!(counts(move || body(2, 1)), (2, 0));
    assert_eq!(counts(move || body(3, 1)), (6, 0));
}

/// One order, while nothing is overwritten. What is missing: which of the values a receiver took is
/// not known, so a receive depends on all that are sent, and executions are started in which it
/// comes before one that it needs.
#[test]
fn receivers_of_a_broadcast() {
    let body = |receivers: usize, values: usize| async move {
        let (tx, rx) = broadcast::channel::<usize>(4);
        for _ in 0..receivers {
            let mut rx = rx.resubscribe();
            spawn(async move { while rx.recv().await.is_ok() {} });
        }
        for value in 0..values {
            tx.send(value).unwrap();
        }
    };
    let sizes = [(1, 1), (2, 1), (2, 2), (3, 2)];
    let found = sizes.map(|(receivers, values)| counts(move || body(receivers, values)));
    assert_eq!(found, [(1, 2), (1, 4), (4, 10), (7, 24)]);
}

/// One order: there are permits for all, so nobody can tell in which order they came and went.
#[test]
fn acquirers_of_a_semaphore_with_permits_for_all() {
    let body = |tasks: usize| async move {
        let semaphore = Arc::new(Semaphore::new(tasks));
        for _ in 0..tasks {
            let semaphore = semaphore.clone();
            spawn(async move { drop(semaphore.acquire().await.unwrap()) });
        }
    };
    assert_eq!(counts(move || body(2)), (1, 0));
    assert_eq!(counts(move || body(4)), (1, 0));
}

/// (k + 1)!: the waiters queue in every order, and the notification comes between any two. Who is
/// notified can differ in 2^k - 1 ways only; what is missing is that waiters behind the one who is
/// notified may change places.
#[test]
fn waiters_of_one_notification() {
    let body = |tasks: usize| async move {
        let notify = Arc::new(Notify::new());
        for _ in 0..tasks {
            let notify = notify.clone();
            spawn(async move { notify.notified().await });
        }
        notify.notify_one();
    };
    assert_eq!(counts(move || body(1)), (2, 0));
    assert_eq!(counts(move || body(2)), (6, 0));
    assert_eq!(counts(move || body(3)), (24, 0));
    assert_eq!(counts(move || body(4)), (120, 0));
}

/// The order in which k tasks come to a barrier decides who leads: k!. Who waits for it to open sees
/// nothing else.
#[test]
fn tasks_that_meet_at_a_barrier() {
    let body = |tasks: usize| async move {
        let barrier = Arc::new(Barrier::new(tasks));
        for _ in 0..tasks {
            let barrier = barrier.clone();
            spawn(async move { barrier.wait().await.is_leader() });
        }
    };
    assert_eq!(counts(move || body(2)), (2, 0));
    assert_eq!(counts(move || body(3)), (6, 0));
    assert_eq!(counts(move || body(4)), (24, 0));
}

/// What a wait observes that tokio leaves out of its budget is not probed: it is learned from an
/// execution for each task.
#[test]
fn waiters_for_a_value_that_is_set_once_have_one_order() {
    let body = |tasks: usize| async move {
        let once = Arc::new(SetOnce::new());
        for _ in 0..tasks {
            let once = once.clone();
            spawn(async move { *once.wait().await });
        }
        once.set(1).unwrap();
    };
    assert_eq!(
        [1, 4].map(|tasks| counts(move || body(tasks))),
        [(1, 1), (1, 4)]
    );
}

#[test]
fn a_value_that_was_made_is_found_in_one_order() {
    let body = |tasks: usize| async move {
        let cell = Arc::new(OnceCell::new_with(Some(7)));
        for _ in 0..tasks {
            let cell = cell.clone();
            spawn(async move {
                assert_eq!(cell.get_or_init(async || 8).await, cell.get().unwrap());
                cell.set(9).unwrap_err();
            });
        }
    };
    assert_eq!(counts(move || body(2)), (1, 0));
    assert_eq!(counts(move || body(4)), (1, 0));
}

/// One of k tasks makes a value, and an ordered choice of the others queues for a turn in the meantime:
/// k times the sum of (k - 1)! / j! for j below k. That order only matters if making it fails, so k are
/// enough here; that it will not is not known when they queue.
#[test]
fn tasks_that_make_a_value() {
    let body = |tasks: usize| async move {
        let cell = Arc::new(OnceCell::new());
        for _ in 0..tasks {
            let cell = cell.clone();
            spawn(async move { *cell.get_or_init(async || 7).await });
        }
    };
    assert_eq!(counts(move || body(2)), (4, 0));
    assert_eq!(counts(move || body(3)), (15, 0));
    assert_eq!(counts(move || body(4)), (64, 0));
}

async fn worker(jobs: u32, biased: bool) {
    let (tx, mut rx) = mpsc::unbounded_channel::<u32>();
    let (stop, mut stopped) = oneshot::channel::<()>();
    spawn(async move {
        for job in 0..jobs {
            let _ = tx.send(job);
        }
        std::mem::forget(tx);
    });
    spawn(async move { stop.send(()) });
    loop {
        let job = if biased {
            leak_harness::select! { biased; job = rx.recv() => job, _ = &mut stopped => None }
        } else {
            leak_harness::select! { job = rx.recv() => job, _ = &mut stopped => None }
        };
        if job.is_none() {
            break;
        }
    }
    std::mem::forget(rx);
}

/// At most 121 with four jobs.
#[test]
fn a_worker_that_looks_at_its_jobs_first() {
    assert_eq!(counts(|| worker(1, true)), (5, 0));
    assert_eq!(counts(|| worker(2, true)), (11, 0));
    assert_eq!(counts(|| worker(4, true)), (47, 0));
}

/// At most 470 with four jobs. Of the ways that the worker goes, there are 2^(j + 2) - 2: so many jobs,
/// before each of which it may have waited, and the end, before which it may have. What is more: a
/// way that was found first where the end had come, and then where it had not.
#[test]
fn a_worker_that_looks_anywhere_first() {
    assert_eq!(counts(|| worker(1, false)), (6, 0));
    assert_eq!(counts(|| worker(2, false)), (15, 0));
    assert_eq!(counts(|| worker(4, false)), (65, 0));
}

/// With less room than messages it is the tickets for the room that come in any order: as many.
#[test]
fn producers_into_a_channel_without_room() {
    assert_eq!(counts(|| producers(2, 2, 1)), (6, 0));
    assert_eq!(counts(|| producers(3, 1, 1)), (6, 0));
    assert_eq!(counts(|| producers(3, 2, 1)), (90, 0));
    assert_eq!(counts(|| producers(3, 2, 2)), (90, 0));
}
