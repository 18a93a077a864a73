//! Ends of channels that are converted into tokio's own, because another crate's signature wants
//! those: what that crate does with them is not seen, and no order may be missed for that.

use std::sync::{Arc, Mutex};

use leak_harness::sync::{Notify, Semaphore, broadcast, mpsc, oneshot, watch};
use leak_harness::task::{spawn_blocking, yield_now};
use leak_harness::{Builder, Cause, Engine, FailureKind, HeldBy, leak_test, spawn};
use uses_tokio::Publisher;

use super::opaque::{results, results_within};
use super::random::Random;

pub type Done = Box<dyn Fn(String) + Send>;

/// Brute force and the systematic engine see the same, and so many results; it says so.
#[track_caller]
pub fn all_orders<F>(expected: &[&str], body: impl Fn(Done) -> F + Clone + Send + Sync + 'static)
where
    F: Future<Output = ()> + 'static,
{
    let (all, _) = results(Engine::BruteForce, body.clone());
    let (seen, coverage) = results(Engine::Systematic, body);
    assert_eq!(all, expected.iter().map(ToString::to_string).collect());
    assert_eq!(seen, all);
    let place = coverage.shared_with_real_tokio().unwrap();
    assert!(place.file().contains("tests/explore/foreign"), "{place}");
    let text = coverage.to_string();
    assert!(text.contains("reduction is off"), "{text}");
    assert!(text.contains(&place.to_string()), "{text}");
}

#[test]
fn another_crate_receives_in_every_order() {
    all_orders(&["[1, 2]", "[2, 1]"], |done| async move {
        let (tx, rx) = mpsc::channel(4);
        let drained = spawn(uses_tokio::drain(::tokio::sync::mpsc::Receiver::from(rx)));
        for number in [1, 2] {
            let tx = tx.clone();
            spawn(async move { tx.send(number).await.unwrap() });
        }
        drop(tx);
        done(format!("{:?}", drained.await.unwrap()));
    });
}

#[test]
fn a_look_that_waits_for_nothing_is_an_operation_too() {
    all_orders(&["[1, 2]", "[1]", "[]"], |done| async move {
        let (tx, rx) = mpsc::unbounded_channel();
        let mut rx = ::tokio::sync::mpsc::UnboundedReceiver::from(rx);
        spawn(async move { done(format!("{:?}", uses_tokio::what_is_there(&mut rx))) });
        spawn(async move {
            tx.send(1).ok();
            tx.send(2).ok();
        });
    });
}

#[test]
fn a_task_that_is_over_at_once_did_something_too() {
    all_orders(&["Ok(7)", "Err(Empty)"], |done| async move {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let publisher = Publisher::new(::tokio::sync::mpsc::UnboundedSender::from(tx.clone()));
        // Nobody asks when it ends.
        spawn(async move { publisher.publish(7) });
        spawn(async move { done(format!("{:?}", rx.try_recv())) });
        tx.closed().await;
    });
}

#[test]
fn a_task_that_does_nothing_but_hand_on_has_its_orders() {
    all_orders(&["[1, 2]", "[1]", "[]"], |done| async move {
        let (tx, rx) = mpsc::channel(2);
        let (out, outcome) = mpsc::channel(2);
        spawn(uses_tokio::forward(
            ::tokio::sync::mpsc::Receiver::from(rx),
            ::tokio::sync::mpsc::Sender::from(out),
        ));
        spawn(async move {
            tx.send(1).await.unwrap();
            tx.send(2).await.unwrap();
        });
        spawn(async move {
            let mut outcome = outcome;
            let all: Vec<u32> = std::iter::from_fn(|| outcome.try_recv().ok()).collect();
            done(format!("{all:?}"));
            while outcome.recv().await.is_some() {}
        });
    });
}

#[test]
fn what_comes_back_is_the_same_channel() {
    all_orders(&["[1, 2]", "[2, 1]"], |done| async move {
        let (tx, rx) = mpsc::channel(4);
        let back = mpsc::Sender::from(::tokio::sync::mpsc::Sender::from(tx.clone()));
        let mut rx = mpsc::Receiver::from(::tokio::sync::mpsc::Receiver::from(rx));
        assert!(back.same_channel(&tx));
        spawn(async move { tx.send(1).await.unwrap() });
        spawn(async move { back.send(2).await.unwrap() });
        let mut all = Vec::new();
        while let Some(number) = rx.recv().await {
            all.push(number);
        }
        done(format!("{all:?}"));
    });
}

#[test]
fn a_thread_that_blocks_is_woken_by_another_crate() {
    all_orders(&["Some(1) None"], |done| async move {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let joined = spawn_blocking(move || {
            let first = rx.blocking_recv();
            format!("{first:?} {:?}", rx.blocking_recv())
        });
        let publisher = Publisher::new(::tokio::sync::mpsc::UnboundedSender::from(tx));
        spawn(async move { publisher.publish(1) });
        done(joined.await.unwrap());
    });
}

#[test]
fn an_answer_that_another_crate_gives_may_come_too_late() {
    all_orders(
        &["Ok(7) true", "no answer false", "no answer true"],
        |done| async move {
            let (reply, mut answer) = oneshot::channel();
            let reply = ::tokio::sync::oneshot::Sender::from(reply);
            let given = spawn(async move { uses_tokio::answer(reply, 7) });
            let early = answer.try_recv();
            drop(answer);
            let given = given.await.unwrap();
            done(match early {
                Ok(_) => format!("{early:?} {given}"),
                Err(_) => format!("no answer {given}"),
            });
        },
    );
}

#[test]
fn a_sender_that_another_crate_keeps_is_a_leak() {
    let failure = Builder::new().check(|| async {
        let (tx, mut rx) = mpsc::unbounded_channel::<u32>();
        let publisher = Publisher::new(::tokio::sync::mpsc::UnboundedSender::from(tx));
        spawn(async move { while rx.recv().await.is_some() {} });
        publisher.publish(1);
        std::mem::forget(publisher);
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Leak);
    let [stuck] = failure.stuck() else {
        panic!("{failure}");
    };
    let Some(Cause::NoSenderWillSend { senders, .. }) = stuck.cause() else {
        panic!("{failure}");
    };
    assert_eq!(senders[0].by, HeldBy::RealTokio);
    assert!(failure.coverage().shared_with_real_tokio().is_some());
    let text = failure.to_string();
    assert!(text.contains("in code that uses real tokio"), "{text}");
}

#[test]
fn a_sender_that_waits_for_room_which_another_crate_never_makes_is_a_leak() {
    let failure = Builder::new().check(|| async {
        let (tx, rx) = mpsc::channel(1);
        let rx = ::tokio::sync::mpsc::Receiver::<u32>::from(rx);
        spawn(async move {
            tx.send(1).await.ok();
            tx.send(2).await.ok();
        });
        std::mem::forget(rx);
    });
    let failure = failure.unwrap_err();
    let Some(Cause::NoReceiverWillReceive { receivers, .. }) = failure.stuck()[0].cause() else {
        panic!("{failure}");
    };
    assert_eq!(receivers[0].by, HeldBy::RealTokio);
}

#[test]
fn a_task_that_waits_in_another_crate_for_ever_is_a_leak() {
    let failure = Builder::new().check(|| async {
        let (tx, rx) = mpsc::channel(1);
        spawn(uses_tokio::drain(rx.into()));
        tx.send(1).await.unwrap();
        std::mem::forget(tx);
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Leak);
    assert_eq!(failure.stuck()[0].waits_on(), None);
}

#[test]
fn a_channel_that_another_crate_made_is_no_leak_when_both_ends_go() {
    let coverage = Builder::new().exhaustive(true).check(|| async {
        let (tx, rx) = ::tokio::sync::mpsc::channel(1);
        let (tx, mut rx) = (mpsc::Sender::from(tx), mpsc::Receiver::from(rx));
        spawn(async move { tx.send(1_u32).await.unwrap() });
        assert_eq!(rx.recv().await, Some(1));
        assert_eq!(rx.recv().await, None);
    });
    let coverage = coverage.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(coverage.exhaustive());
    assert!(coverage.shared_with_real_tokio().is_some());
}

#[test]
fn what_no_one_else_can_have_costs_no_reduction() {
    let coverage = Builder::new().exhaustive(true).check(|| async {
        let real = ::tokio::sync::Semaphore::new(2);
        real.try_acquire().unwrap().forget();
        let semaphore = Arc::new(Semaphore::from(real));
        let tasks = [1, 2].map(|_| {
            let semaphore = Arc::clone(&semaphore);
            spawn(async move { drop(semaphore.acquire().await.unwrap()) })
        });
        for task in tasks {
            task.await.unwrap();
        }
        let real = ::tokio::sync::Notify::new();
        real.notify_one();
        Notify::from(real).notified().await;
    });
    let coverage = coverage.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(coverage.opaque_task(), None);
}

#[leak_test]
async fn a_lock_of_another_crate_is_awaited() {
    let semaphore = Arc::new(::tokio::sync::Semaphore::from(Semaphore::new(1)));
    let tasks = [1, 2].map(|_| {
        let semaphore = Arc::clone(&semaphore);
        spawn(async move { uses_tokio::with_permit(&semaphore, yield_now()).await })
    });
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(semaphore.available_permits(), 1);
}

#[leak_test]
async fn other_channels_work_across_the_border() {
    let (values, seen) = watch::channel(0);
    let mut seen = watch::Receiver::from(::tokio::sync::watch::Receiver::from(seen));
    let values = ::tokio::sync::watch::Sender::from(values);
    spawn(async move { values.send(1).unwrap() });
    seen.changed().await.unwrap();
    assert_eq!(*seen.borrow(), 1);
    assert!(seen.changed().await.is_err());

    let (calls, mut heard) = broadcast::channel(2);
    let calls = ::tokio::sync::broadcast::Sender::from(calls);
    spawn(async move { calls.send(1).unwrap() });
    assert_eq!(heard.recv().await, Ok(1));
    assert!(heard.recv().await.is_err());
}

/// One step of a task in a random program.
#[derive(Clone, Copy, Debug)]
enum Act {
    Send,
    SendThere,
    Store,
    Load,
    Yield,
    /// By the first task alone, which has the receiver; the others send.
    TryReceive,
    Receive,
}

/// A program over one channel, of which tasks have mirrored ends and real ones, and a value that
/// shows in which order they went. The first task receives, as the mirror or as another crate does.
async fn run(tasks: Vec<Vec<Act>>, received_there: bool, done: Done) {
    let (tx, rx) = mpsc::unbounded_channel::<usize>();
    let theirs = ::tokio::sync::mpsc::UnboundedSender::from(tx.clone());
    let mut ends: Vec<_> = tasks
        .iter()
        .map(|_| Some((tx.clone(), theirs.clone())))
        .collect();
    ends[0] = None;
    drop((tx, theirs));
    let (mut ours, mut real) = match received_there {
        true => (None, Some(::tokio::sync::mpsc::UnboundedReceiver::from(rx))),
        false => (Some(rx), None),
    };
    let value = Arc::new(watch::Sender::new(0_usize));
    // What each task saw; whoever ends last tells it.
    let logs = Arc::new(Mutex::new((vec![Vec::new(); tasks.len()], done)));
    for (id, (acts, ends)) in tasks.into_iter().zip(ends).enumerate() {
        let (mut ours, mut real) = (ours.take(), real.take());
        let (value, logs) = (Arc::clone(&value), Arc::clone(&logs));
        spawn(async move {
            for (step, act) in acts.into_iter().enumerate() {
                let mark = 10 * id + step + 1;
                let seen = match (act, &ends, &mut ours, &mut real) {
                    (Act::Store, ..) => {
                        value.send_replace(mark);
                        0
                    }
                    (Act::Load, ..) => *value.borrow(),
                    (Act::TryReceive, _, Some(rx), _) => rx.try_recv().unwrap_or(0),
                    (Act::TryReceive, _, _, Some(rx)) => rx.try_recv().unwrap_or(0),
                    (Act::Receive, _, Some(rx), _) => rx.recv().await.unwrap_or(0),
                    (Act::Receive, _, _, Some(rx)) => rx.recv().await.unwrap_or(0),
                    (Act::SendThere, Some((_, tx)), ..) => usize::from(tx.send(mark).is_ok()),
                    (Act::Send | Act::Receive | Act::TryReceive, Some((tx, _)), ..) => {
                        usize::from(tx.send(mark).is_ok())
                    }
                    _ => {
                        yield_now().await;
                        0
                    }
                };
                logs.lock().unwrap().0[id].push(seen);
            }
            drop((ends, ours, real));
            if let Some(logs) = Arc::into_inner(logs) {
                let (seen, done) = logs.into_inner().unwrap();
                done(format!("{seen:?}"));
            }
        });
    }
}

#[test]
fn no_order_of_a_random_program_is_missed() {
    let mut random = Random(7);
    let programs = std::env::var("LEAK_TEST_PROGRAMS").map_or(100, |n| n.parse().unwrap());
    let acts = [
        Act::Send,
        Act::SendThere,
        Act::Store,
        Act::Load,
        Act::Yield,
        Act::TryReceive,
        Act::Receive,
    ];
    let (mut compared, mut most) = (0, 0);
    for _ in 0..programs {
        let count = 2 + random.below(3) / 2;
        let tasks: Vec<Vec<Act>> = (0..count)
            .map(|_| {
                let length = 1 + random.below(5 - count);
                let draw = |_| acts[random.below(acts.len() as u64) as usize];
                (0..length).map(draw).collect()
            })
            .collect();
        let there = random.below(2) == 0;
        let program = tasks.clone();
        let body = move |done: Done| run(program.clone(), there, done);
        let (all, coverage) = results_within(2_000, Engine::BruteForce, body.clone());
        if !coverage.exhaustive() {
            continue;
        }
        let (seen, _) = results(Engine::Systematic, body);
        assert_eq!(seen, all, "{tasks:?}, received there: {there}");
        compared += 1;
        most = most.max(all.len());
    }
    assert!(3 * compared > programs, "only {compared} were small enough");
    assert!(most > 2, "all are alike: {most}");
}
