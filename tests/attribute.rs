//! `#[leak_test]` and the mirror of `#[tokio::test]`: what each option does, seen from outside.
//!
//! A test that has to fail is one with `#[should_panic]`, which the attribute keeps. Not here:
//! wrong options (`tests/ui`), and expansions (`harness-macros`).

use std::sync::{Arc, Mutex};

use leak_harness::__private::std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use leak_harness::sync::mpsc;
use leak_harness::task::{self, yield_now};
use leak_harness::time::{Duration, sleep, timeout};
use leak_harness::{leak_test, spawn};

/// A task that never ends.
fn leak() {
    named_leak("metrics");
}

fn named_leak(name: &str) {
    let forever = async { std::future::pending::<()>().await };
    let _ = task::Builder::new().name(name).spawn(forever);
}

/// Panics in the one order in which a task runs between two steps of another task's poll.
async fn interrupted() {
    let flag = Arc::new(AtomicBool::new(false));
    let other = Arc::clone(&flag);
    let task = spawn(async move { other.store(true, SeqCst) });
    let (before, after) = (flag.load(SeqCst), flag.load(SeqCst));
    assert_eq!(before, after, "somebody came between");
    task.await.unwrap();
}

// What it goes on.

static ASYNC_BODY: AtomicBool = AtomicBool::new(false);
static PLAIN_BODY: AtomicBool = AtomicBool::new(false);

#[leak_test]
async fn an_async_body_runs() {
    yield_now().await;
    ASYNC_BODY.store(true, SeqCst);
}

#[leak_test]
fn a_plain_body_runs() {
    PLAIN_BODY.store(true, SeqCst);
    // Inside of the execution: a task can be spawned.
    spawn(async {});
}

#[test]
fn a_leak_test_is_a_function_that_runs_its_body() {
    an_async_body_runs();
    a_plain_body_runs();
    assert!(ASYNC_BODY.load(SeqCst) && PLAIN_BODY.load(SeqCst));
}

#[leak_test]
#[should_panic(expected = "leak in attribute::a_leak_fails_under_the_name_of_its_test")]
async fn a_leak_fails_under_the_name_of_its_test() {
    leak();
}

#[leak_test]
#[should_panic(expected = "leak in attribute::a_plain_body_that_leaks_fails")]
fn a_plain_body_that_leaks_fails() {
    leak();
}

// What it returns.

#[leak_test]
async fn a_result_that_is_ok_passes() -> Result<(), std::num::ParseIntError> {
    let number: u32 = "7".parse()?;
    assert_eq!(number, 7);
    Ok(())
}

#[leak_test]
#[should_panic(expected = "ParseIntError")]
async fn a_result_that_is_an_error_fails_with_it() -> Result<(), std::num::ParseIntError> {
    let _: u32 = "seven".parse()?;
    Ok(())
}

#[leak_test]
#[should_panic(expected = "no such thing")]
fn an_error_of_a_plain_body_fails_with_it() -> Result<(), Box<dyn std::error::Error>> {
    Err("no such thing".into())
}

// Which attributes it keeps.

/// Nor does it leave what an earlier run left, which is how it is known that this is the place.
#[test]
fn what_fails_on_purpose_leaves_no_report_behind() {
    let binary = std::env::current_exe().unwrap();
    let mut folders = binary.ancestors();
    let target = folders.find(|folder| folder.join("CACHEDIR.TAG").is_file());
    let folder = target.unwrap().join("leak-test");
    let page = folder.join("attribute.a_plain_body_that_leaks_fails.html");
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(&page, "of an earlier run").unwrap();
    std::panic::catch_unwind(a_plain_body_that_leaks_fails).unwrap_err();
    assert!(!page.exists());
}

#[leak_test]
#[ignore = "it is there to be skipped, and fails"]
async fn an_ignored_test_is_skipped() {
    panic!("this test is ignored");
}

#[test]
fn an_ignored_test_is_known_as_one() {
    let list = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--list", "--ignored"])
        .output()
        .unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    assert!(
        list.starts_with("an_ignored_test_is_skipped: test\n"),
        "{list}"
    );
}

#[leak_test]
#[cfg(any())]
async fn what_is_configured_out_is_not_compiled() {
    this_function_does_not_exist();
}

#[leak_test]
#[expect(unused_variables, reason = "the level of a lint is kept")]
async fn lint_levels_are_kept() {
    let unused = 1;
}

// Its options.

#[leak_test(flavor = "current_thread")]
async fn tasks_of_one_thread_do_not_come_between() {
    interrupted().await;
}

#[leak_test(flavor = "multi_thread")]
#[should_panic(expected = "somebody came between")]
async fn tasks_of_many_threads_come_between() {
    interrupted().await;
}

#[leak_test]
#[should_panic(expected = "somebody came between")]
async fn many_threads_are_the_default() {
    interrupted().await;
}

/// One task more than loom has threads for.
async fn five_tasks() {
    for _ in 0..5 {
        spawn(async {}).await.unwrap();
    }
}

#[leak_test(engine = "loom")]
#[should_panic(expected = "4 spawned tasks")]
async fn the_loom_engine_has_its_limit() {
    five_tasks().await;
}

#[leak_test(engine = "systematic", exhaustive)]
async fn the_systematic_engine_sees_every_order() {
    five_tasks().await;
}

#[leak_test(engine = "random", exhaustive)]
#[should_panic(expected = "not exhaustive")]
async fn the_random_engine_never_knows_that_it_has_seen_every_order() {
    five_tasks().await;
}

#[leak_test(engine = "systematic", schedules = 2, exhaustive)]
#[should_panic(expected = "not exhaustive")]
async fn a_budget_that_is_too_small_for_every_order_fails_only_if_that_was_asked_for() {
    many_orders().await;
}

#[leak_test(engine = "loom", schedules = 2, exhaustive)]
#[should_panic(expected = "not exhaustive (loom 2 ")]
async fn looms_budget_is_counted_in_the_same_way() {
    many_orders().await;
}

#[leak_test(engine = "systematic", schedules = 2)]
async fn a_budget_that_is_too_small_for_every_order_passes() {
    many_orders().await;
}

async fn many_orders() {
    let (tx, mut rx) = mpsc::channel(8);
    for number in 0..4 {
        let tx = tx.clone();
        spawn(async move { tx.send(number).await });
    }
    drop(tx);
    while rx.recv().await.is_some() {}
}

/// In which order eight tasks ran, for each run of a test.
type Orders = Mutex<Vec<Vec<usize>>>;

async fn record_order(orders: &Orders) {
    let order = Arc::new(Mutex::new(Vec::new()));
    let tasks = (0..8).map(|number| {
        let order = Arc::clone(&order);
        spawn(async move { order.lock().unwrap().push(number) })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    orders.lock().unwrap().push(order.lock().unwrap().clone());
}

static ORDERS_OF_ONE: Orders = Mutex::new(Vec::new());
static ORDERS_OF_TWO: Orders = Mutex::new(Vec::new());

#[leak_test(engine = "random", schedules = 1, seed = 1)]
async fn seeded_with_one() {
    record_order(&ORDERS_OF_ONE).await;
}

#[leak_test(engine = "random", schedules = 1, seed = 2)]
async fn seeded_with_two() {
    record_order(&ORDERS_OF_TWO).await;
}

#[test]
fn the_seed_decides_what_is_drawn() {
    seeded_with_one();
    seeded_with_one();
    seeded_with_two();
    let (one, two) = (ORDERS_OF_ONE.lock().unwrap(), ORDERS_OF_TWO.lock().unwrap());
    assert!(one.iter().all(|order| *order == one[0]), "{one:?}");
    assert!(two.iter().all(|order| *order == two[0]), "{two:?}");
    assert_ne!(one[0], two[0]);
}

#[leak_test(allow = "metrics")]
async fn a_task_that_is_allowed_by_name_may_live_on() {
    leak();
}

#[leak_test(allow = "attribute.rs")]
async fn a_task_that_is_allowed_by_file_may_live_on() {
    leak();
}

#[leak_test(allow = "metrics", allow = "reaper")]
async fn several_tasks_may_be_allowed() {
    named_leak("reaper");
    named_leak("metrics");
}

#[leak_test(allow = "reaper")]
#[should_panic(expected = "metrics")]
async fn a_task_of_another_name_may_not() {
    leak();
}

#[leak_test(should_leak)]
async fn a_leak_that_is_expected_passes() {
    leak();
}

#[leak_test(should_leak)]
async fn a_deadlock_is_a_leak_that_was_expected() {
    std::future::pending::<()>().await;
}

#[leak_test(should_leak)]
#[should_panic(expected = "should leak, and did not")]
async fn a_leak_that_is_expected_and_does_not_come_fails() {}

#[leak_test(should_leak)]
#[should_panic(expected = "another failure")]
async fn a_panic_is_not_the_leak_that_was_expected() {
    panic!("another failure");
}

/// Panics if a timer wins against a task that only has to be scheduled.
async fn impatient() {
    let task = spawn(async { yield_now().await });
    let answer = timeout(Duration::from_secs(1), task).await;
    assert!(answer.is_ok(), "the timer won");
}

#[leak_test]
#[should_panic(expected = "the timer won")]
async fn a_raced_timer_may_win_early() {
    impatient().await;
}

#[leak_test(early_timers = 0)]
async fn without_early_timers_it_fires_only_once_things_have_settled() {
    impatient().await;
    sleep(Duration::from_secs(1)).await;
}

mod renamed {
    pub use leak_harness as harness;
}

#[leak_test(crate = "crate::renamed::harness")]
async fn the_harness_may_have_another_name() {
    yield_now().await;
}

// The mirror of tokio's own.

#[leak_harness::test]
async fn one_thread_is_the_default_of_tokios() {
    interrupted().await;
}

#[leak_harness::test(flavor = "multi_thread", worker_threads = 2)]
#[should_panic(expected = "somebody came between")]
async fn tokios_flavor_is_the_flavor() {
    interrupted().await;
}

#[leak_harness::test(flavor = "local")]
async fn a_local_runtime_is_one_thread() {
    interrupted().await;
}

#[leak_harness::test(
    flavor = "current_thread",
    start_paused = true,
    unhandled_panic = "ignore",
    name = "runtime",
    crate = "crate::renamed::harness"
)]
async fn what_means_nothing_here_is_taken() {
    sleep(Duration::from_secs(3600)).await;
}

#[leak_harness::test]
#[should_panic(expected = "leak in attribute::a_test_of_tokios_that_leaks_fails")]
async fn a_test_of_tokios_that_leaks_fails() -> Result<(), String> {
    leak();
    Ok(())
}
