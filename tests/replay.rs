//! A failure's token: it runs the same schedule again, and says so when it does not fit.
//!
//! Not here: the token's text (`trace::token`).

use std::future::Future;
use std::sync::Arc;

use leak_harness::sync::{Mutex, Notify, mpsc};
use leak_harness::time::{Duration, timeout};
use leak_harness::{
    Builder, Engine, Failure, FailureKind, Flavor, Operation, check, select, spawn,
};

/// Only one order of these loses the wakeup.
async fn lost_wakeup() {
    let ready = Arc::new((Mutex::new(false), Notify::new()));
    let waiter = Arc::clone(&ready);
    spawn(async move {
        if !*waiter.0.lock().await {
            waiter.1.notified().await;
        }
    });
    *ready.0.lock().await = true;
    ready.1.notify_waiters();
}

/// Bystanders make the schedules longer, not the failure.
async fn lost_wakeup_in_a_crowd() {
    let (tx, mut rx) = mpsc::channel(1);
    for n in 0..3 {
        let tx = tx.clone();
        spawn(async move {
            let _ = tx.send(n).await;
            let _ = tx.send(n).await;
        });
    }
    drop(tx);
    lost_wakeup().await;
    while rx.recv().await.is_some() {}
}

/// A choice of a task's own and a raced timer take part.
async fn late_reply() {
    let (tx, mut rx) = mpsc::channel(1);
    let (stop, mut stopped) = mpsc::channel::<()>(1);
    let worker = spawn(async move {
        select! {
            _ = tx.send(1) => {}
            _ = stopped.recv() => return,
        }
        let _ = tx.send(2).await;
    });
    let answer = timeout(Duration::from_secs(1), rx.recv()).await;
    drop(stop);
    if answer.is_ok() {
        rx.recv().await;
    }
    std::mem::forget(rx);
    drop(worker);
}

async fn aborted() {
    let (tx, mut rx) = mpsc::channel::<u32>(1);
    let other = tx.clone();
    let task = spawn(async move {
        other.send(1).await.unwrap();
        other.send(2).await.unwrap();
        std::mem::forget(other);
    });
    rx.recv().await;
    task.abort();
    drop(tx);
    while rx.recv().await.is_some() {}
}

#[track_caller]
fn fails<Fut>(builder: &Builder, body: fn() -> Fut) -> Failure
where
    Fut: Future<Output = ()> + 'static,
{
    builder.check(body).unwrap_err()
}

/// What has to be the same.
fn essence(failure: &Failure) -> String {
    let tasks = failure.stuck().iter();
    let tasks = tasks.map(|task| format!("{} {:?}", task.spawned_at(), task.awaited_at()));
    let schedule = failure.schedule();
    format!(
        "{} {:?} {schedule}",
        failure.kind(),
        tasks.collect::<Vec<_>>()
    )
}

#[track_caller]
fn replays<Fut>(builder: &Builder, body: fn() -> Fut)
where
    Fut: Future<Output = ()> + 'static,
{
    let failure = fails(builder, body);
    let token = failure.token().expect("its schedule shows it");
    let again = fails(&builder.clone().replay(&token), body);
    assert_eq!(essence(&again), essence(&failure), "{failure}");
    assert_eq!(again.token().as_deref(), Some(&*token), "{again}");
    assert_eq!(again.coverage().schedules(), 1);
    assert!(
        failure
            .to_string()
            .contains(&format!("LEAK_TEST_REPLAY={token} cargo test")),
        "{failure}"
    );
    let once_more = fails(builder, body);
    assert_eq!(
        once_more.token(),
        failure.token(),
        "two checks find the same"
    );
}

#[test]
fn a_token_runs_the_same_schedule_again() {
    for engine in [Engine::Auto, Engine::Random] {
        let builder = Builder::new().engine(engine);
        replays(&builder, lost_wakeup);
        replays(&builder, lost_wakeup_in_a_crowd);
        replays(&builder, late_reply);
        replays(&builder, aborted);
    }
    replays(&Builder::new().flavor(Flavor::CurrentThread), late_reply);
}

#[test]
fn what_loom_finds_is_run_again_without_it() {
    replays(&Builder::new().engine(Engine::Loom), lost_wakeup);
}

/// The one failure that the crowd has nothing to do with: the waiter looks, the body sets the flag
/// and notifies, the waiter waits.
#[test]
fn a_failing_schedule_is_made_small() {
    for engine in [Engine::Systematic, Engine::Random] {
        let failure = fails(&Builder::new().engine(engine), lost_wakeup);
        let events = &failure.trace().events;
        let switches = events
            .windows(2)
            .filter(|pair| pair[0].task != pair[1].task);
        assert_eq!(switches.count(), 3, "{failure}");
        let waiter = failure.stuck()[0].waits_on().unwrap();
        assert_eq!(waiter.operation, Operation::Notified);
    }
}

#[test]
fn a_token_of_another_body_does_not_fit() {
    let token = fails(&Builder::new(), lost_wakeup_in_a_crowd)
        .token()
        .unwrap();
    let failure = fails(&Builder::new().replay(token), lost_wakeup);
    assert_eq!(failure.kind(), FailureKind::Replay, "{failure}");
    let text = failure.to_string();
    let place = "They part at decision 2, after body: lock at tests/replay.rs:23:14: there the token \
                 has 3 ways to go on, and the body 2.";
    assert!(text.contains(place), "{text}");
    assert!(text.contains("decision 4: way 5, of 5"), "{text}");
}

#[test]
fn a_token_whose_failure_is_gone_finds_nothing() {
    let token = fails(&Builder::new(), || async {
        let (tx, rx) = mpsc::channel(1);
        spawn(async move {
            let _ = tx.send(1).await;
            let _ = tx.send(2).await;
        });
        std::mem::forget(rx);
    });
    let token = token.token().unwrap();
    let coverage = Builder::new().replay(token).check(|| async {
        let (tx, rx) = mpsc::channel(2);
        spawn(async move {
            let _ = tx.send(1).await;
            let _ = tx.send(2).await;
        });
        std::mem::forget(rx);
    });
    assert_eq!(coverage.unwrap().schedules(), 1);
}

#[test]
fn what_is_no_token_is_said() {
    for (token, why) in [("lh0-123", "begin with lh1-"), ("lh1-123", "not whole")] {
        let failure = Builder::new().replay(token).check(|| async {}).unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Config);
        assert!(failure.to_string().contains(why), "{failure}");
    }
}

#[test]
fn a_panic_has_a_token() {
    let body = || async {
        let (tx, mut rx) = mpsc::channel(2);
        let other = tx.clone();
        spawn(async move { tx.send(1).await.unwrap() });
        spawn(async move { other.send(2).await.unwrap() });
        assert_eq!(rx.recv().await, Some(1), "first come, first served");
    };
    let failure = check(body).unwrap_err();
    let token = failure.token().unwrap();
    let again = Builder::new().replay(token).check(body).unwrap_err();
    assert_eq!(again.kind(), FailureKind::Panic, "{again}");
}
