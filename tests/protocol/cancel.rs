//! Aborts and drops at any await.
//!
//! Not here: that an abort is explored in every order (`tests/explore`).

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use leak_harness::sync::{mpsc, oneshot};
use leak_harness::task::{self, yield_now};
use leak_harness::{Builder, Cause, Engine, FailureKind, daemon, protocol, spawn};

/// A connection that goes from hand to hand.
type Connection = u32;
type Waiter = oneshot::Sender<Connection>;

/// Takes the only connection, or asks for it and waits until it is handed on.
async fn requester(asks: mpsc::Sender<Waiter>) {
    let (reply, answer) = oneshot::channel();
    asks.send(reply).await.unwrap();
    if let Ok(connection) = answer.await {
        assert_eq!(connection, 7);
    }
}

/// Hands a connection to the one that asks; with `loses`, forgets it if nobody takes it.
async fn lender(mut asks: mpsc::Receiver<Waiter>, loses: bool) {
    let mut connection = Some(7);
    while let Some(waiter) = asks.recv().await {
        let Some(idle) = connection.take() else {
            // The next one waits for a connection that never comes back.
            std::mem::forget(waiter);
            continue;
        };
        // Whoever has it gives it back at once.
        connection = match waiter.send(idle) {
            Ok(()) => Some(idle),
            Err(_) if loses => None,
            Err(idle) => Some(idle),
        };
    }
}

async fn two_requests(loses: bool) {
    let (asks, inbox) = mpsc::channel(1);
    spawn(lender(inbox, loses));
    let first = spawn(requester(asks.clone()));
    first.await.ok();
    requester(asks).await;
}

#[test]
fn a_reply_that_is_lost_with_its_requester_is_found() {
    let builder = Builder::new().cancel_anywhere("requester");
    assert!(Builder::new().check(|| two_requests(true)).is_ok());
    let failure = builder.check(|| two_requests(true)).unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Deadlock, "{failure}");
    let body = &failure.stuck()[0];
    assert!(body.is_body(), "{failure}");
    assert!(matches!(body.cause(), Some(Cause::NoSenderWillSend { .. })));
    let report = failure.to_string();
    assert!(report.contains("  cancel_anywhere\n"), "{report}");
    let again = builder.replay(failure.token().unwrap());
    let again = again.check(|| two_requests(true)).unwrap_err();
    assert_eq!(again.stuck(), failure.stuck());
    let repaired = Builder::new()
        .cancel_anywhere("requester")
        .exhaustive(true)
        .check(|| two_requests(false));
    repaired.unwrap_or_else(|failure| panic!("{failure}"));
}

/// Notes how far it comes, in three steps with an await between each two.
struct Steps(Arc<Mutex<usize>>);

impl Steps {
    async fn take(self) {
        for _ in 0..3 {
            yield_now().await;
            *self.0.lock().unwrap() += 1;
        }
    }
}

/// How far a task of three steps came, in all schedules.
fn lengths<F, Fut>(builder: &Builder, body: F) -> BTreeSet<usize>
where
    F: Fn(Steps) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + 'static,
{
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let all = Arc::clone(&seen);
    let builder = builder.clone().engine(Engine::Systematic).exhaustive(true);
    let checked = builder.check(move || {
        let taken = Arc::default();
        let (all, run) = (Arc::clone(&all), body(Steps(Arc::clone(&taken))));
        async move {
            run.await;
            all.lock().unwrap().insert(*taken.lock().unwrap());
        }
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
    let seen = seen.lock().unwrap();
    seen.clone()
}

#[test]
fn a_task_is_aborted_at_each_of_its_awaits() {
    let all = BTreeSet::from([0, 1, 2, 3]);
    let by_hand = lengths(&Builder::new(), |steps| async {
        let task = spawn(steps.take());
        protocol::abort_anywhere(&task);
        task.await.ok();
    });
    assert_eq!(by_hand, all);
    let by_name = Builder::new().cancel_anywhere("take");
    let by_name = lengths(&by_name, |steps| async {
        spawn(steps.take()).await.ok();
    });
    assert_eq!(by_name, all);
    let another = Builder::new().cancel_anywhere("give");
    let another = lengths(&another, |steps| async {
        spawn(steps.take()).await.ok();
    });
    assert_eq!(another, BTreeSet::from([3]));
}

#[test]
fn a_task_may_have_the_name_of_the_one_that_aborts_it() {
    let builder = Builder::new().cancel_anywhere("cancel_anywhere");
    let namesake = lengths(&builder, |steps| async {
        let task = task::Builder::new().name("cancel_anywhere");
        task.spawn(steps.take()).unwrap().await.ok();
    });
    assert_eq!(namesake, BTreeSet::from([0, 1, 2, 3]));
}

#[test]
fn a_future_is_dropped_at_each_of_its_awaits() {
    let dropped = lengths(&Builder::new(), |steps| async {
        protocol::drop_anywhere(steps.take()).await;
    });
    assert_eq!(dropped, BTreeSet::from([0, 1, 2, 3]));
}

#[test]
fn an_answer_that_has_come_can_be_dropped_unread() {
    let outcomes = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = Arc::clone(&outcomes);
    let checked = Builder::new().exhaustive(true).check(move || {
        let seen = Arc::clone(&seen);
        async move {
            let (tx, rx) = oneshot::channel();
            let sends = spawn(async move { tx.send(1).is_ok() });
            let read = protocol::drop_anywhere(rx).await.is_some();
            let sent = sends.await.unwrap();
            seen.lock().unwrap().insert((sent, read));
        }
    });
    checked.unwrap();
    // Sent and read, not even sent, and sent but never read.
    let all = BTreeSet::from([(true, true), (false, false), (true, false)]);
    assert_eq!(*outcomes.lock().unwrap(), all);
}

#[test]
fn a_daemon_that_is_aborted_is_still_no_leak() {
    let builder = Builder::new().cancel_anywhere("tests/protocol/cancel.rs");
    let checked = builder.check(|| async {
        let (tx, mut rx) = mpsc::channel::<u32>(1);
        drop(daemon(spawn(async move { rx.recv().await })));
        drop(tx);
    });
    checked.unwrap();
}
