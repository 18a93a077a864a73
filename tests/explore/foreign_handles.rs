//! Handles of tasks and runtimes, times, guards, and what is shared by an `Arc`, converted into
//! tokio's own and back.

use std::sync::Arc;
use std::time::Duration;

use leak_harness::runtime::Handle;
use leak_harness::sync::{
    Mutex, MutexGuard, Notify, OwnedSemaphorePermit, RwLock, Semaphore, SemaphorePermit, mpsc,
    oneshot,
};
use leak_harness::task::{AbortHandle, JoinError, JoinHandle, JoinSet, yield_now};
use leak_harness::time::{Instant, Interval, interval, sleep};
use leak_harness::{Builder, Coverage, Engine, FailureKind, leak_test, spawn};

use super::foreign::{Done, all_orders};
use super::opaque::results;

/// Clean in every order, or in as many as are run.
#[track_caller]
fn clean<F>(body: impl Fn() -> F + Send + Sync + 'static) -> Coverage
where
    F: Future<Output = ()> + 'static,
{
    let coverage = Builder::new().schedules(200).check(body);
    coverage.unwrap_or_else(|failure| panic!("{failure}"))
}

/// A task of a test, as tokio's own handle.
fn given(task: impl Future<Output = u32> + Send + 'static) -> ::tokio::task::JoinHandle<u32> {
    spawn(task).into()
}

#[test]
fn another_crate_joins_a_task_in_every_order() {
    all_orders(&["7 false", "7 true"], |done| async move {
        let task = spawn(async { 7 });
        let looks = task.abort_handle();
        let task = task.into();
        let finished = looks.is_finished();
        done(format!("{} {finished}", uses_tokio::end_of(task).await));
    });
}

#[test]
fn another_crate_sees_how_a_task_ended() {
    all_orders(&["panicked: oh"], |done| async move {
        let ends = uses_tokio::end_of(given(async { panic!("oh") })).await;
        done(ends);
    });
    all_orders(&["3", "cancelled: true"], |done| async move {
        let task = spawn(async {
            yield_now().await;
            3
        });
        let aborts = task.abort_handle();
        let joined = spawn(uses_tokio::end_of(task.into()));
        aborts.abort();
        done(joined.await.unwrap());
    });
}

/// A task that waits for ever, unless it is aborted, and tells when it is dropped.
fn waits_for_ever() -> (JoinHandle<u32>, oneshot::Receiver<()>) {
    let (alive, dropped) = oneshot::channel();
    let task = spawn(async move {
        let _alive: oneshot::Sender<()> = alive;
        std::future::pending().await
    });
    (task, dropped)
}

#[test]
fn a_task_that_another_crate_aborts_has_ended_when_it_says_so() {
    all_orders(&["cancelled: true Err(Closed)"], |done| async move {
        let (task, mut dropped) = waits_for_ever();
        let task = ::tokio::task::JoinHandle::from(task);
        task.abort();
        let end = uses_tokio::end_of(task).await;
        done(format!("{end} {:?}", dropped.try_recv()));
    });
}

#[test]
fn another_crate_aborts_a_task_by_an_abort_handle() {
    all_orders(&["1 aborted", "2 by itself"], |done| async move {
        let (tx, mut rx) = oneshot::channel();
        let task = spawn(async move {
            yield_now().await;
            tx.send(2).unwrap();
        });
        let aborts = ::tokio::task::AbortHandle::from(task.abort_handle());
        spawn(async move { uses_tokio::abort(&aborts) });
        match task.await {
            Ok(()) => done(format!("{} by itself", rx.try_recv().unwrap())),
            Err(error) => {
                assert!(error.is_cancelled() && rx.try_recv().is_err());
                done("1 aborted".to_owned());
            }
        }
    });
}

#[test]
fn a_task_that_never_ends_is_a_leak_and_so_is_who_joins_it_elsewhere() {
    let failure = Builder::new().check(|| async {
        let (tx, mut rx) = mpsc::channel::<u32>(1);
        spawn(uses_tokio::end_of(given(async move {
            rx.recv().await.unwrap_or(0)
        })));
        std::mem::forget(tx);
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Leak);
    assert_eq!(failure.stuck().len(), 2, "{failure}");
    let place = failure.coverage().shared_with_real_tokio().unwrap();
    assert!(place.file().ends_with("foreign_handles.rs"), "{place}");
}

#[test]
fn a_detached_task_runs_on() {
    clean(|| async {
        let (tx, rx) = oneshot::channel();
        drop(given(async move {
            yield_now().await;
            tx.send(()).unwrap();
            1
        }));
        rx.await.unwrap();
    });
}

#[test]
fn a_set_of_tasks_is_joined_and_aborted_by_another_crate() {
    all_orders(&["[1, 2]", "[2, 1]"], |done| async move {
        let mut tasks = JoinSet::new();
        tasks.spawn(async { 1 });
        tasks.spawn(async { 2 });
        done(format!("{:?}", uses_tokio::outputs(tasks.into()).await));
    });
    clean(|| async {
        let (alive, dropped) = oneshot::channel::<()>();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let _alive = alive;
            std::future::pending::<u32>().await
        });
        drop(::tokio::task::JoinSet::from(tasks));
        assert!(dropped.await.is_err());
    });
}

#[test]
fn a_set_of_another_crate_takes_tasks_of_ours_as_well() {
    let coverage = clean(|| async {
        let mut tasks = JoinSet::from(uses_tokio::set_of_one(1));
        tasks.spawn(async { 2 });
        assert_eq!(tasks.len(), 2);
        let mut outputs = [
            tasks.join_next().await.unwrap().unwrap(),
            tasks.join_next().await.unwrap().unwrap(),
        ];
        outputs.sort_unstable();
        assert_eq!(outputs, [1, 2]);
        assert!(tasks.join_next().await.is_none());
        assert!(tasks.try_join_next().is_none());
    });
    assert!(coverage.real_tokio().is_some());
}

#[test]
fn a_task_of_another_crate_is_joined_and_aborted_by_ours() {
    let coverage = clean(|| async {
        let task = JoinHandle::from(uses_tokio::spawn(async { 5 }));
        assert_eq!(task.await.unwrap(), 5);
        let task = JoinHandle::from(uses_tokio::spawn(std::future::pending::<u32>()));
        assert!(!task.is_finished());
        let aborts = AbortHandle::from(::tokio::task::AbortHandle::from(task.abort_handle()));
        aborts.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert!(aborts.is_finished());
    });
    assert!(coverage.shared_with_real_tokio().is_some());
}

#[test]
fn who_joins_a_task_of_another_crate_for_ever_says_so() {
    let failure = Builder::new().schedules(50).check(|| async {
        let task = JoinHandle::from(uses_tokio::spawn(std::future::pending::<u32>()));
        spawn(async move { task.await.unwrap() });
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Leak);
    let waits = failure.stuck()[0].waits_on().unwrap();
    assert_eq!(waits.operation, leak_harness::Operation::Join);
}

#[leak_test]
async fn an_error_of_a_task_is_one_of_tokios() {
    let joined = |task: JoinHandle<()>| async { task.await.unwrap_err() };
    let cancelled = spawn(std::future::pending());
    cancelled.abort();
    let ends: [JoinError; 2] = [
        joined(cancelled).await,
        joined(spawn(async { panic!("oh") })).await,
    ];
    let ends = ends.map(|error| uses_tokio::end_without_output(error.into()));
    assert_eq!(ends, ["cancelled: true", "panicked: oh"]);
}

#[test]
fn what_is_spawned_on_a_handle_that_was_given_runs() {
    let coverage = clean(|| async {
        let runtime = ::tokio::runtime::Handle::from(Handle::current());
        let task = uses_tokio::spawn_on(&runtime, async { 4 });
        assert_eq!(task.await.unwrap(), 4);
    });
    let place = coverage.real_tokio().unwrap();
    assert!(place.contains("foreign_handles.rs"), "{place}");
}

#[test]
fn what_is_spawned_on_the_handle_of_a_dependency_is_explored() {
    let body = |done: Done| async move {
        let runtime = Handle::from(uses_tokio::runtime());
        let (tx, mut rx) = mpsc::channel(2);
        for number in [1, 2] {
            let tx = tx.clone();
            runtime.spawn(async move { tx.send(number).await.unwrap() });
        }
        drop(tx);
        let first = rx.recv().await;
        done(format!("{first:?} {:?}", rx.recv().await));
    };
    let (seen, _) = results(Engine::Systematic, body);
    assert_eq!(Vec::from_iter(seen), ["Some(1) Some(2)", "Some(2) Some(1)"]);
}

#[test]
fn times_mean_the_same_on_both_sides() {
    clean(|| async {
        let began = Instant::now();
        sleep(Duration::from_secs(5)).await;
        uses_tokio::until((began + Duration::from_secs(7)).into()).await;
        assert_eq!(began.elapsed(), Duration::from_secs(7));
        let there = ::tokio::time::Instant::from(Instant::now());
        assert_eq!(Instant::from(there), Instant::now());
        assert_eq!(there, ::tokio::time::Instant::now());

        let mut ticks = ::tokio::time::Interval::from(interval(Duration::from_secs(2)));
        assert_eq!(uses_tokio::tick(&mut ticks).await, there);
        let mut ticks = Interval::from(ticks);
        assert_eq!(ticks.tick().await, began + Duration::from_secs(9));

        ::tokio::time::Sleep::from(sleep(Duration::from_secs(1))).await;
        assert_eq!(began.elapsed(), Duration::from_secs(10));
    });
}

#[test]
fn a_semaphore_is_shared_with_another_crate() {
    all_orders(&["1 first", "2 first"], |done| async move {
        let semaphore = Arc::new(Semaphore::new(1));
        let (tx, mut rx) = mpsc::channel(2);
        let there = Arc::<::tokio::sync::Semaphore>::from(&*semaphore);
        let second = tx.clone();
        spawn(async move {
            let send = async { second.send(2).await.unwrap() };
            uses_tokio::with_permit(&there, send).await;
        });
        spawn(async move {
            let _permit = semaphore.acquire().await.unwrap();
            tx.send(1).await.unwrap();
        });
        done(format!("{} first", rx.recv().await.unwrap()));
        assert!(rx.recv().await.is_some());
    });
}

#[test]
fn a_permit_that_another_crate_keeps_is_a_leak_where_it_is_missed() {
    let failure = Builder::new().check(|| async {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = Arc::clone(&semaphore).acquire_owned().await.unwrap();
        std::mem::forget(::tokio::sync::OwnedSemaphorePermit::from(permit));
        spawn(async move { drop(semaphore.acquire().await) });
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Leak);
    let waits = failure.stuck()[0].waits_on().unwrap();
    assert_eq!(waits.operation, leak_harness::Operation::Acquire);
}

#[test]
fn permits_go_there_and_come_back() {
    all_orders(&["2 0"], |done| async move {
        let semaphore = Arc::new(Semaphore::new(2));
        let permit = Arc::clone(&semaphore).acquire_owned().await.unwrap();
        let there = Arc::from(&*semaphore);
        let both = uses_tokio::one_more(there, permit.into()).await;
        let both = OwnedSemaphorePermit::from(both);
        let (count, free) = (both.num_permits(), semaphore.available_permits());
        drop(both);
        assert_eq!(semaphore.available_permits(), 2);
        let borrowed: SemaphorePermit<'_> = semaphore.acquire().await.unwrap();
        drop(::tokio::sync::SemaphorePermit::from(borrowed));
        assert_eq!(semaphore.available_permits(), 2);
        done(format!("{count} {free}"));
    });
}

#[test]
fn a_notification_of_another_crate_is_heard() {
    all_orders(&["heard"], |done| async move {
        let happened = Arc::new(Notify::new());
        let there = Arc::<::tokio::sync::Notify>::from(&*happened);
        spawn(async move { uses_tokio::notify(&there) });
        happened.notified().await;
        done("heard".to_owned());
    });
    let failure = Builder::new().check(|| async {
        let there = Arc::new(::tokio::sync::Notify::new());
        let happened = Notify::from(Arc::clone(&there));
        spawn(async move {
            happened.notified().await;
            happened.notified().await;
        });
        uses_tokio::notify(&there);
    });
    assert_eq!(failure.unwrap_err().kind(), FailureKind::Leak);
}

#[test]
fn guards_that_borrow_are_given_and_free_their_lock() {
    all_orders(&["1 3", "3 3"], |done| async move {
        let value = Arc::new(Mutex::new(0));
        let shared = Arc::clone(&value);
        let adds = spawn(async move {
            let guard: MutexGuard<'_, u32> = shared.lock().await;
            uses_tokio::add(guard.into(), 2);
        });
        *value.lock().await += 1;
        let seen = *value.lock().await;
        adds.await.unwrap();
        done(format!("{seen} {}", value.lock().await));
    });
    clean(|| async {
        let lock = RwLock::new(1);
        let one = ::tokio::sync::RwLockReadGuard::from(lock.read().await);
        assert!(lock.try_write().is_err());
        drop(one);
        drop(::tokio::sync::RwLockWriteGuard::from(
            lock.try_write().unwrap(),
        ));
        assert!(lock.try_read().is_ok());
        let (tx, mut rx) = mpsc::channel(1);
        ::tokio::sync::mpsc::Permit::from(tx.reserve().await.unwrap()).send(2);
        assert_eq!(rx.recv().await, Some(2));
    });
}
