//! Schedules that failed once: kept in a file for each test, run first, and never in the way.
//!
//! Not here: what a token is (`replay`), and settings of a crate (`configuration`).

#[path = "support/folders.rs"]
mod folders;

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use folders::empty_folder;
use leak_harness::__private::leak_test;
use leak_harness::sync::mpsc;
use leak_harness::{Builder, Engine, Failure, FailureKind, spawn};

/// Sends two messages, which nobody receives.
async fn overfull(room: usize) {
    let (tx, rx) = mpsc::channel(room);
    spawn(async move {
        let _ = tx.send(1).await;
        let _ = tx.send(2).await;
    });
    std::mem::forget(rx);
}

/// Fails in the orders in which the second of some tasks is first.
async fn in_order(tasks: usize) {
    let (tx, mut rx) = mpsc::channel(tasks);
    for n in 0..tasks {
        let tx = tx.clone();
        spawn(async move { tx.send(n).await });
    }
    assert_ne!(rx.recv().await, Some(1), "the second came first");
}

fn file(name: &str) -> PathBuf {
    empty_folder("regressions", name).join("kept.txt")
}

fn tokens(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("lh")).collect()
}

fn systematic(file: &PathBuf) -> Builder {
    Builder::new().engine(Engine::Systematic).regressions(file)
}

#[track_caller]
fn fails(builder: &Builder, tasks: usize) -> Failure {
    builder.check(move || in_order(tasks)).unwrap_err()
}

#[test]
fn a_failing_schedule_is_kept_and_run_first() {
    let file = file("first");
    let builder = systematic(&file);
    let failure = fails(&builder, 3);
    assert!(failure.coverage().schedules() > 1, "{failure}");
    let text = fs::read_to_string(&file).unwrap();
    let token = failure.token().unwrap();
    assert_eq!(tokens(&text), [token.as_str()]);
    assert!(text.contains("# panic: "), "{text}");
    assert!(text.contains("the second came first"), "{text}");
    let report = failure.to_string();
    let note = "Kept, to be run first from now on: ";
    let note = report.lines().find_map(|line| line.strip_prefix(note));
    // As short as it can be said: below the folder that cargo was started in.
    let note = note.unwrap_or_else(|| panic!("{failure}"));
    assert!(file.ends_with(note), "{failure}");

    let again = fails(&builder, 3);
    assert_eq!(again.coverage().schedules(), 1, "{again}");
    assert_eq!(again.token(), Some(token));
    assert_eq!(fs::read_to_string(&file).unwrap(), text, "kept once");
}

#[test]
fn what_passes_again_stays_and_is_run_before_all_others() {
    let file = file("fixed");
    systematic(&file).check(|| overfull(1)).unwrap_err();
    let text = fs::read_to_string(&file).unwrap();
    let without = Builder::new().engine(Engine::Systematic);
    let alone = without.check(|| overfull(2)).unwrap();
    let coverage = systematic(&file).check(|| overfull(2)).unwrap();
    assert_eq!(coverage.schedules(), alone.schedules() + 1, "{coverage}");
    assert!(coverage.exhaustive());
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn what_fits_no_more_is_passed_over() {
    let file = file("stale");
    fails(&systematic(&file), 5);
    let text = fs::read_to_string(&file).unwrap();
    systematic(&file).check(|| async {}).unwrap();
    // Another failure of the same test stands below it.
    let failure = systematic(&file).check(|| overfull(1)).unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Leak);
    let more = fs::read_to_string(&file).unwrap();
    assert!(more.starts_with(&text), "{more}");
    assert_eq!(tokens(&more).len(), 2, "{more}");
    assert!(
        more.contains("# leak\n# task 1, spawned at tests/"),
        "{more}"
    );
}

#[test]
fn tokens_of_other_versions_are_passed_over_and_damaged_lines_are_not() {
    let file = file("lines");
    fs::write(&file, "# for people\n\nlh9-015g\nlh9x-015g\n").unwrap();
    systematic(&file).check(|| async {}).unwrap();
    fs::write(&file, "lh9-015g\n<<<<<<< HEAD\n").unwrap();
    let failure = systematic(&file).check(|| async {}).unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Config);
    let text = failure.to_string();
    assert!(
        text.contains("kept.txt:2: \"<<<<<<< HEAD\" is no token"),
        "{text}"
    );
    fs::write(&file, "lh1-015\n").unwrap();
    let failure = systematic(&file).check(|| async {}).unwrap_err();
    assert!(
        failure.to_string().contains("kept.txt:1: \"lh1-015\""),
        "{failure}"
    );
}

#[test]
fn where_nothing_can_be_written_the_failure_is_the_same_with_a_note() {
    let in_the_way = file("in_the_way");
    fs::write(&in_the_way, "a file where a folder should be").unwrap();
    let failure = fails(&systematic(&in_the_way.join("kept.txt")), 3);
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert!(
        failure
            .to_string()
            .contains("\nNot kept for the next run: "),
        "{failure}"
    );
}

#[test]
fn a_replayed_token_neither_reads_nor_writes() {
    let file = file("replayed");
    let token = fails(&Builder::new(), 3).token().unwrap();
    fs::write(&file, "no token at all\n").unwrap();
    let failure = fails(&systematic(&file).replay(token), 3);
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert!(!failure.to_string().contains("Kept"), "{failure}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "no token at all\n");
}

#[test]
fn without_regressions_there_is_no_file() {
    let file = file("without");
    fails(&systematic(&file).without_regressions(), 3);
    assert!(!file.exists());
}

/// What an attribute expands to, for a crate in that folder.
#[test]
fn an_attribute_knows_its_file() {
    let folder = empty_folder("regressions", "attribute");
    let builder = leak_test(folder.to_str(), "app::tests::in_order");
    fails(&builder, 3);
    let file = folder.join("leak-regressions/app/tests/in_order.txt");
    assert_eq!(tokens(&fs::read_to_string(file).unwrap()).len(), 1);
}

#[test]
fn a_crate_can_turn_it_off() {
    let folder = empty_folder("regressions", "off");
    fs::write(folder.join("leak-test.toml"), "regressions = false").unwrap();
    fails(&leak_test(folder.to_str(), "app::tests::in_order"), 3);
    assert!(!folder.join("leak-regressions").exists());
}

#[test]
fn a_test_that_should_leak_writes_nothing() {
    let folder = empty_folder("regressions", "should_leak");
    let builder = leak_test(folder.to_str(), "app::tests::overfull").should_leak(true);
    leak_harness::__private::run(builder, || overfull(1));
    assert!(!folder.join("leak-regressions").exists());
}

/// A static that is set up by whichever execution comes first: one more decision, once.
#[test]
fn a_token_fits_although_the_first_execution_sets_something_up() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    async fn body() {
        if RUNS.fetch_add(1, Ordering::SeqCst) == 0 {
            let (tx, mut rx) = mpsc::channel(1);
            spawn(async move { tx.send(()).await });
            let _ = rx.try_recv();
            while rx.recv().await.is_some() {}
        }
        in_order(2).await;
    }
    let failure = Builder::new().check(body).unwrap_err();
    RUNS.store(0, Ordering::SeqCst);
    let again = Builder::new().replay(failure.token().unwrap());
    let again = again.check(body).unwrap_err();
    assert_eq!(again.kind(), FailureKind::Panic, "{again}");
    assert_eq!(again.token(), failure.token());
}
