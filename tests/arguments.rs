//! `#[leak_test]` on functions with arguments, seen from outside.
//!
//! Not here: the same as a function call (`property`), wrong arguments (`tests/ui`).

use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use leak_harness::proptest::prelude::*;
use leak_harness::sync::mpsc;
use leak_harness::{leak_test, spawn};

// How arguments are drawn.

static PRODUCERS: Mutex<Vec<usize>> = Mutex::new(Vec::new());

#[leak_test]
async fn arguments_are_drawn_from_strategies_and_types(
    #[strategy(1..4)] producers: usize,
    messages: Vec<u8>,
) {
    PRODUCERS.lock().unwrap().push(producers);
    assert!((1..4).contains(&producers) && messages.len() <= 100);
    let (tx, mut rx) = mpsc::channel(1);
    for _ in 0..producers {
        let tx = tx.clone();
        spawn(async move { tx.send(producers).await });
    }
    drop(tx);
    let mut received = 0;
    while rx.recv().await.is_some() {
        received += 1;
    }
    assert_eq!(received, producers);
}

#[test]
fn every_value_of_a_small_range_is_drawn() {
    arguments_are_drawn_from_strategies_and_types();
    let producers = PRODUCERS.lock().unwrap();
    assert!([1, 2, 3].iter().all(|it| producers.contains(it)));
}

fn pairs() -> impl Strategy<Value = (u8, u8)> {
    (0..10_u8).prop_flat_map(|high| (0..=high, Just(high)))
}

#[leak_test(cases = 16)]
async fn arguments_may_be_patterns(
    #[strategy(pairs())] (low, high): (u8, u8),
    #[strategy(0..=5_u32)] mut count: u32,
    #[strategy("[a-z]{1,3}")] text: String,
    _: bool,
) {
    assert!(low <= high && (1..4).contains(&text.len()));
    while count > 0 {
        count -= 1;
        spawn(async {}).await.unwrap();
    }
}

#[leak_test(cases = 16)]
fn a_plain_function_may_have_arguments(#[strategy(0..3)] tasks: usize) {
    for _ in 0..tasks {
        spawn(async {});
    }
}

#[leak_test(cases = 16)]
async fn proptests_own_macros_work(number: u32) -> Result<(), TestCaseError> {
    prop_assume!(number.is_multiple_of(2));
    let half = spawn(async move { number / 2 }).await.unwrap();
    prop_assert_eq!(half * 2, number);
    Ok(())
}

// Options.

static CASES: AtomicU32 = AtomicU32::new(0);

#[ignore = "run by the_number_of_cases_can_be_set"]
#[leak_test(cases = 7, engine = "random", schedules = 1)]
async fn counted(_value: u64) {
    CASES.fetch_add(1, Relaxed);
}

#[test]
fn the_number_of_cases_can_be_set() {
    counted();
    // Sixteen schedules are the least.
    assert_eq!(CASES.load(Relaxed), 7 * 16);
}

fn few() -> ProptestConfig {
    ProptestConfig {
        max_shrink_iters: 0,
        ..ProptestConfig::with_cases(3)
    }
}

static CONFIGURED: AtomicU32 = AtomicU32::new(0);

#[ignore = "run by proptest_can_be_configured"]
#[leak_test(proptest_config = few(), engine = "random", schedules = 1)]
async fn configured(_value: u64) {
    CONFIGURED.fetch_add(1, Relaxed);
}

#[test]
fn proptest_can_be_configured() {
    configured();
    assert_eq!(CONFIGURED.load(Relaxed), 3 * 16);
}

#[leak_test(should_leak)]
async fn a_leak_of_some_input_may_be_expected(#[strategy(0..100)] input: u32) {
    if input > 30 {
        spawn(std::future::pending::<()>());
    }
}

#[leak_test(should_leak, cases = 16)]
#[should_panic(expected = "should leak, and did not: every task ended, in 16 cases, every one")]
async fn a_leak_that_is_expected_and_does_not_come_fails(_input: u32) {}

#[leak_test(cases = 16)]
#[should_panic(expected = "input = 3")]
async fn what_fails_on_purpose_keeps_no_input(#[strategy(0..100)] input: u32) {
    assert!(input < 3);
}

#[test]
fn of_what_is_expected_to_fail_nothing_is_kept() {
    a_leak_of_some_input_may_be_expected();
    std::panic::catch_unwind(what_fails_on_purpose_keeps_no_input).unwrap_err();
    let files = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/arguments.proptest-regressions"
    );
    assert!(!std::path::Path::new(files).exists());
}

// What a failure looks like, and how it is run again. These fail, and are run by the tests below.

/// Shutdown with a queue that is not drained: it takes two jobs, of one worker or of two.
#[leak_test]
#[ignore = "it fails: run by a_failure_shows_the_smallest_input_and_its_schedule"]
async fn undrained(
    #[strategy(1..4)] workers: usize,
    jobs: Vec<u8>,
    #[strategy(pairs())] (low, _high): (u8, u8),
) {
    let (tx, mut rx) = mpsc::channel::<u8>(1);
    let (stop, mut stopped) = leak_harness::sync::watch::channel(false);
    for _ in 0..workers {
        let (tx, jobs) = (tx.clone(), jobs.clone());
        spawn(async move {
            for job in jobs {
                // A producer that does not look for the end.
                let _ = tx.send(job.wrapping_add(low)).await;
            }
        });
    }
    drop(tx);
    let reader = spawn(async move {
        while !*stopped.borrow_and_update() && rx.recv().await.is_some() {}
        std::mem::forget(rx);
    });
    stop.send_replace(true);
    reader.await.unwrap();
}

fn run(test: &str, variables: &[(&str, &str)]) -> (Output, String) {
    let exe = std::env::current_exe().unwrap();
    let output = Command::new(exe)
        .args(["--exact", "--ignored", "--nocapture", test])
        .env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, text)
}

/// The lines of a report that say what was found.
fn found(report: &str) -> &str {
    let from = report.find("undrained").unwrap_or_default();
    let to = report.find("\nExplored: ").unwrap_or(report.len());
    report[from..to]
        .split_once("\n\n")
        .map_or("", |(_, rest)| rest)
}

#[test]
fn a_failure_shows_the_smallest_input_and_its_schedule() {
    let (output, report) = run("undrained", &[]);
    assert!(!output.status.success(), "{report}");
    let input = "With this input, the smallest that was found to fail:\n\n  \
                 workers = 2\n  jobs = [0]\n  (low, _high) = (0, 0)\n\nThe body ended,";
    assert!(report.contains(input), "{report}");
    assert!(
        report.contains("waits in `send` on an mpsc channel"),
        "{report}"
    );

    let token = report.split("LEAK_TEST_REPLAY=").nth(1).unwrap();
    let token = token.split(' ').next().unwrap();
    let (output, replayed) = run("undrained", &[("LEAK_TEST_REPLAY", token)]);
    assert!(!output.status.success(), "{replayed}");
    assert!(replayed.contains("With the input that the token names:\n\n  workers = 2\n"));
    let (_, first) = found(&report).split_once("\n\n").unwrap();
    let (_, second) = found(&replayed).split_once("\n\n").unwrap();
    assert_eq!(first, second);
    assert!(
        replayed.contains(&format!("LEAK_TEST_REPLAY={token} ")),
        "{replayed}"
    );
}

fn beside_this_file() -> ProptestConfig {
    let files = proptest::test_runner::FileFailurePersistence::WithSource("failed-inputs");
    ProptestConfig::with_failure_persistence(files)
}

#[leak_test(proptest_config = beside_this_file())]
#[ignore = "it fails: run by inputs_are_kept_where_proptest_keeps_them"]
async fn kept(#[strategy(0..100)] input: u32) {
    assert!(input < 3);
}

#[test]
fn inputs_are_kept_where_proptest_keeps_them() {
    struct Gone(&'static str);
    impl Drop for Gone {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(self.0);
        }
    }
    let file = Gone(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/arguments.failed-inputs"
    ));
    let (_, first) = run("kept", &[]);
    let text = std::fs::read_to_string(file.0).unwrap();
    assert!(text.contains("# shrinks to (3,)"), "{text}");
    // With another seed that input is still the first.
    let (_, second) = run("kept", &[("LEAK_TEST_SEED", "5")]);
    assert!(second.contains("Explored: 1 case, "), "{first}\n{second}");
    assert_eq!(text, std::fs::read_to_string(file.0).unwrap());
}

#[leak_test(cases = 100)]
#[ignore = "it is run by proptests_variables_are_kept"]
async fn observed(#[strategy(0..1_000_000)] input: u32) {
    if std::env::var_os("OBSERVED_FAILS").is_some() {
        let _: () = std::future::pending().await;
    }
    let _ = input;
}

#[test]
fn proptests_variables_are_kept() {
    let verbose = ("PROPTEST_VERBOSE", "2");
    let inputs = |variables: &[(&str, &str)]| {
        let (output, text) = run("observed", variables);
        assert!(output.status.success(), "{text}");
        let lines = text.lines().filter(|line| line.contains("next input"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let few = inputs(&[verbose, ("PROPTEST_CASES", "5")]);
    assert_eq!(few.len(), 5);
    let same = inputs(&[verbose, ("PROPTEST_CASES", "5")]);
    assert_eq!(few, same, "two runs draw the same");
    let other = [verbose, ("PROPTEST_CASES", "5"), ("PROPTEST_RNG_SEED", "3")];
    assert_ne!(few, inputs(&other));
    let ours = [verbose, ("PROPTEST_CASES", "5"), ("LEAK_TEST_SEED", "3")];
    assert_eq!(inputs(&other), inputs(&ours));
    let (output, text) = run(
        "observed",
        &[("OBSERVED_FAILS", "1"), ("PROPTEST_MAX_SHRINK_ITERS", "0")],
    );
    assert!(!output.status.success());
    assert!(text.contains("With this input:\n\n  input = "), "{text}");
}
