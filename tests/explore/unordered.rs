//! Futures whose members come and go: `FuturesUnordered`, `FuturesOrdered`, `buffer_unordered`,
//! `join_all`. A member that is polled alone here may be one of several there, and only those that were
//! woken are polled at all. The systematic engine sees what brute force sees.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use futures::future::join_all;
use futures::stream::{self, FuturesOrdered, FuturesUnordered};
use futures::{FutureExt, StreamExt};
use leak_harness::sync::{Notify, Semaphore, mpsc, oneshot, watch};
use leak_harness::task::yield_now;
use leak_harness::{Builder, Coverage, Ending, Engine, Flavor, spawn};

use super::random::Random;

type Log = Arc<Mutex<Vec<String>>>;

/// What executions of a body logged, and how they ended.
fn outcomes<F>(
    (engine, flavor, schedules): (Engine, Flavor, usize),
    body: impl Fn(Log) -> F + Send + Sync + 'static,
) -> (BTreeSet<String>, Coverage)
where
    F: Future<Output = ()> + 'static,
{
    let (log, seen): (Log, Arc<Mutex<BTreeSet<String>>>) = Default::default();
    let (read, all) = (Arc::clone(&log), Arc::clone(&seen));
    let builder = Builder::new().engine(engine).flavor(flavor);
    let coverage = builder
        .schedules(schedules)
        .survey(move |ending, _| {
            let mut outcome = read.lock().unwrap().join(" ");
            match ending {
                Ending::Stuck { tasks, .. } => tasks.iter().for_each(|stuck| {
                    write!(outcome, " / {} for ever", stuck.task).unwrap();
                }),
                Ending::Clean => {}
                other => write!(outcome, " / {other:?}").unwrap(),
            }
            all.lock().unwrap().insert(outcome);
        })
        .check(move || {
            log.lock().unwrap().clear();
            body(Arc::clone(&log))
        });
    let coverage = coverage.unwrap_or_else(|failure| panic!("{failure}"));
    (std::mem::take(&mut *seen.lock().unwrap()), coverage)
}

/// Both see the same, and more than one thing.
#[track_caller]
fn agree<F>(expected: usize, body: impl Fn(Log) -> F + Clone + Send + Sync + 'static)
where
    F: Future<Output = ()> + 'static,
{
    let flavor = Flavor::MultiThread;
    let (all, coverage) = outcomes((Engine::BruteForce, flavor, 50_000), body.clone());
    assert!(coverage.exhaustive(), "{coverage}");
    let (seen, coverage) = outcomes((Engine::Systematic, flavor, 50_000), body);
    assert!(coverage.exhaustive(), "{coverage}");
    assert_eq!(seen, all);
    assert_eq!(coverage.opaque_task(), None);
    assert_eq!(all.len(), expected, "{all:#?}");
}

#[test]
fn a_member_that_was_alone_is_one_of_two_once_another_comes() {
    agree(3, |log| async move {
        let (one_tx, mut one) = mpsc::unbounded_channel();
        let (two_tx, mut two) = mpsc::unbounded_channel();
        let (late, mut is_late) = oneshot::channel();
        spawn(async move { one_tx.send("one").ok() });
        spawn(async move {
            late.send(()).ok();
            two_tx.send("two").ok();
        });
        type Member<'a> = Pin<Box<dyn Future<Output = Option<&'static str>> + 'a>>;
        let mut members = FuturesUnordered::<Member<'_>>::new();
        members.push(Box::pin(one.recv()));
        if is_late.try_recv().is_ok() {
            members.push(Box::pin(two.recv()));
        }
        let first = members.next().await.unwrap().unwrap();
        let many = members.len();
        log.lock().unwrap().push(format!("{first} {many}"));
    });
}

#[test]
fn what_is_buffered_comes_in_every_order() {
    agree(2, |log| async move {
        let (txs, rxs): (Vec<_>, Vec<_>) = (0..3).map(|_| oneshot::channel()).unzip();
        for (number, tx) in txs.into_iter().enumerate() {
            spawn(async move { tx.send(number).unwrap() });
        }
        let mut ends = stream::iter(rxs).buffer_unordered(2);
        let first = ends.next().await.unwrap().unwrap();
        log.lock().unwrap().push(first.to_string());
        while ends.next().await.is_some() {}
    });
}

#[test]
fn all_that_are_joined_see_what_went_before() {
    agree(2, |log| async move {
        let semaphore = Arc::new(Semaphore::new(1));
        let order = Arc::new(Mutex::new(Vec::new()));
        let takes = |name: &'static str| {
            let (semaphore, order) = (Arc::clone(&semaphore), Arc::clone(&order));
            async move {
                let permit = semaphore.acquire().await.unwrap();
                order.lock().unwrap().push(name);
                yield_now().await;
                drop(permit);
            }
        };
        let other = spawn(takes("other"));
        join_all([takes("one")]).await;
        other.await.unwrap();
        log.lock().unwrap().push(order.lock().unwrap().join(" "));
    });
}

/// What a member waits for.
#[derive(Clone, Copy, Debug)]
enum Wait {
    Notified,
    Acquire,
    Changed,
    Receive,
}

/// What who gathers does.
#[derive(Clone, Copy, Debug)]
enum Step {
    Push(Wait),
    Next,
    /// Looks whether one is done, without waiting.
    Look,
    Clear,
    Yield,
}

/// What the others do.
#[derive(Clone, Copy, Debug)]
enum Act {
    NotifyOne,
    NotifyWaiters,
    AddPermit,
    TryAcquire,
    Change,
    Send,
    Yield,
}

const WAITS: [Wait; 4] = [Wait::Notified, Wait::Acquire, Wait::Changed, Wait::Receive];
const ACTS: [Act; 7] = [
    Act::NotifyOne,
    Act::NotifyWaiters,
    Act::AddPermit,
    Act::TryAcquire,
    Act::Change,
    Act::Send,
    Act::Yield,
];

#[derive(Clone, Debug)]
struct Program {
    ordered: bool,
    steps: Vec<Step>,
    others: Vec<Vec<Act>>,
}

impl Program {
    fn random(random: &mut Random) -> Program {
        let mut push = || Step::Push(WAITS[random.below(4) as usize]);
        let mut steps = vec![push(), push()];
        for _ in 0..2 + random.below(3) {
            steps.push(match random.below(9) {
                0..=1 => Step::Push(WAITS[random.below(4) as usize]),
                2..=4 => Step::Next,
                5..=6 => Step::Look,
                7 => Step::Clear,
                _ => Step::Yield,
            });
        }
        let ordered = random.below(3) == 0;
        let count = 1 + random.below(3).min(1);
        let others = (0..count).map(|_| {
            let acts = (0..1 + random.below(4 - count)).map(|_| ACTS[random.below(7) as usize]);
            acts.collect()
        });
        Program {
            ordered,
            others: others.collect(),
            steps,
        }
    }
}

struct Shared {
    notify: Notify,
    semaphore: Semaphore,
    value: watch::Sender<u32>,
    seen: Mutex<Option<watch::Receiver<u32>>>,
    tx: mpsc::UnboundedSender<u32>,
    /// In who receives now.
    rx: Mutex<Option<mpsc::UnboundedReceiver<u32>>>,
}

impl Shared {
    async fn wait(self: Arc<Self>, wait: Wait) -> String {
        match wait {
            Wait::Notified => {
                self.notify.notified().await;
                "notified".to_owned()
            }
            Wait::Acquire => {
                self.semaphore.acquire().await.unwrap().forget();
                "acquired".to_owned()
            }
            Wait::Changed => {
                // One at a time: tokio wakes several of one watch in a random order.
                let seen = self.seen.lock().unwrap().take();
                let Some(mut seen) = seen else {
                    return "busy".to_owned();
                };
                seen.changed().await.unwrap();
                let value = *seen.borrow_and_update();
                *self.seen.lock().unwrap() = Some(seen);
                format!("={value}")
            }
            Wait::Receive => {
                let rx = self.rx.lock().unwrap().take();
                let Some(mut rx) = rx else {
                    return "busy".to_owned();
                };
                let got = rx.recv().await;
                *self.rx.lock().unwrap() = Some(rx);
                format!("got {}", got.unwrap())
            }
        }
    }

    fn act(&self, act: Act, mark: u32) -> Option<String> {
        match act {
            Act::NotifyOne => self.notify.notify_one(),
            Act::NotifyWaiters => self.notify.notify_waiters(),
            Act::AddPermit => self.semaphore.add_permits(1),
            Act::TryAcquire => {
                let taken = self.semaphore.try_acquire().map(|permit| permit.forget());
                return Some(format!("{mark}:{}", taken.is_ok()));
            }
            Act::Change => {
                self.value.send_replace(mark);
            }
            Act::Send => self.tx.send(mark).unwrap_or(()),
            Act::Yield => {}
        }
        None
    }
}

type Member = Pin<Box<dyn Future<Output = String> + Send>>;

/// Members in the order in which they come, or in which they are done.
enum Members {
    Ordered(FuturesOrdered<Member>),
    Unordered(FuturesUnordered<Member>),
}

impl Members {
    fn push(&mut self, member: Member) {
        match self {
            Members::Ordered(members) => members.push_back(member),
            Members::Unordered(members) => members.push(member),
        }
    }

    async fn next(&mut self) -> Option<String> {
        match self {
            Members::Ordered(members) => members.next().await,
            Members::Unordered(members) => members.next().await,
        }
    }

    fn clear(&mut self) {
        match self {
            Members::Ordered(members) => *members = FuturesOrdered::new(),
            Members::Unordered(members) => members.clear(),
        }
    }
}

async fn run(program: Program, log: Log) {
    let (tx, rx) = mpsc::unbounded_channel();
    let (value, seen) = watch::channel(0);
    let shared = Arc::new(Shared {
        notify: Notify::new(),
        semaphore: Semaphore::new(0),
        value,
        seen: Mutex::new(Some(seen)),
        tx,
        rx: Mutex::new(Some(rx)),
    });
    // Each logs for itself: the log is whole once all have ended, or wait for ever.
    let logs = Arc::new(Mutex::new(vec![String::new(); program.others.len() + 1]));
    let note = move |who: usize, what: &str| {
        let mut logs = logs.lock().unwrap();
        write!(logs[who], "{what},").unwrap();
        log.lock().unwrap().clone_from(&logs);
    };
    for (index, acts) in program.others.into_iter().enumerate() {
        let (shared, note) = (Arc::clone(&shared), note.clone());
        spawn(async move {
            for (step, act) in acts.into_iter().enumerate() {
                let mark = 10 * (index + 1) + step;
                if let Some(seen) = shared.act(act, mark as u32) {
                    note(index + 1, &seen);
                }
                if matches!(act, Act::Yield) {
                    yield_now().await;
                }
            }
        });
    }
    let mut members = match program.ordered {
        true => Members::Ordered(FuturesOrdered::new()),
        false => Members::Unordered(FuturesUnordered::new()),
    };
    for step in program.steps {
        match step {
            Step::Push(wait) => members.push(Box::pin(Arc::clone(&shared).wait(wait))),
            Step::Next => note(0, &members.next().await.unwrap_or("none".to_owned())),
            Step::Look => note(
                0,
                &match members.next().now_or_never() {
                    Some(next) => next.unwrap_or("none".to_owned()),
                    None => "not yet".to_owned(),
                },
            ),
            Step::Clear => members.clear(),
            Step::Yield => yield_now().await,
        }
    }
}

#[test]
fn no_order_of_a_random_program_is_missed() {
    let mut random = Random(11);
    let programs = std::env::var("LEAK_TEST_PROGRAMS").map_or(300, |n| n.parse().unwrap());
    let (mut compared, mut told) = (0, 0);
    for number in 0..programs {
        let program = Program::random(&mut random);
        let flavor = match number % 4 {
            3 => Flavor::CurrentThread,
            _ => Flavor::MultiThread,
        };
        let body = {
            let program = program.clone();
            move |log: Log| run(program.clone(), log)
        };
        let (all, coverage) = outcomes((Engine::BruteForce, flavor, 4_000), body.clone());
        if !coverage.exhaustive() {
            continue;
        }
        let (seen, coverage) = outcomes((Engine::Systematic, flavor, 10_000), body);
        assert!(coverage.exhaustive(), "{coverage}: {program:?}");
        assert_eq!(seen, all, "{number}: {program:?} {flavor:?}");
        compared += 1;
        told += usize::from(all.len() > 1);
    }
    assert!(2 * compared > programs, "only {compared} were small enough");
    assert!(5 * told > compared, "only {told} of {compared} differ");
}
