//! Checks as properties, on proptest, as a function call: inputs and schedules made small together,
//! tokens, proptest's files.
//!
//! Not here: the attribute on a function with arguments (`arguments`), budgets (`budget`).

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::{env, fs, process};

use leak_harness::sync::{Notify, mpsc};
use leak_harness::{Builder, Counterexample, FailureKind, Operation, check, spawn};
use proptest::prelude::*;
use proptest::test_runner::{
    Config, FailurePersistence, FileFailurePersistence, TestError, TestRunner,
};

fn config(cases: u32) -> Config {
    Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    }
}

/// A sender of so many messages, into a channel with room for two that is read so often.
async fn exchange((received, sent): (usize, usize)) {
    let (tx, mut rx) = mpsc::channel(2);
    spawn(async move {
        for message in 0..sent {
            if tx.send(message).await.is_err() {
                break;
            }
        }
    });
    for _ in 0..received {
        rx.recv().await;
    }
    std::mem::forget(rx);
}

fn exchanges() -> (std::ops::Range<usize>, std::ops::Range<usize>) {
    // proptest makes the parts small in their order, each once. Fewer reads never mend a failure, so
    // that in this order every failing input leads to the same smallest one.
    (0..3, 0..6)
}

// Inputs and schedules.

#[test]
fn the_smallest_failing_input_is_found() {
    let found = Builder::new().check_all(config(64), exchanges(), exchange);
    let found = found.unwrap_err();
    assert_eq!(found.input(), Some(&(0, 3)));
    let failure = found.failure();
    assert_eq!(failure.kind(), FailureKind::Leak);
    let wait = failure.stuck()[0].waits_on().unwrap();
    assert_eq!(wait.operation, Operation::Send);
    let argument = &failure.input()[0];
    assert_eq!((argument.name(), argument.value()), ("input", "(0, 3)"));
}

#[test]
fn a_property_that_holds_passes() {
    let inputs = (Just(0_usize), 0..3_usize);
    let coverage = Builder::new()
        .check_all(config(64), inputs, exchange)
        .unwrap();
    assert_eq!((coverage.cases(), coverage.exhaustive_cases()), (64, 64));
    assert!(coverage.exhaustive(), "{coverage}");
}

#[test]
fn coverage_says_of_all_cases_what_a_dependency_did() {
    let checked = Builder::new().check_all(config(4), 0..4_u32, |number| async move {
        assert_eq!(
            uses_tokio::spawn(async move { number }).await.unwrap(),
            number
        );
    });
    let coverage = checked.unwrap();
    let place = coverage.real_tokio().expect("it used real tokio");
    assert!(coverage.to_string().contains(place), "{coverage}");
}

/// Loses a wakeup in one order of those of two tasks, if somebody waits; the other numbers only make
/// the input and its schedules larger.
async fn lost_wakeup((waiters, bystanders, tag): (usize, usize, u8)) {
    let gate = Arc::new((leak_harness::sync::Mutex::new(false), Notify::new()));
    for _ in 0..waiters {
        let gate = Arc::clone(&gate);
        spawn(async move {
            if !*gate.0.lock().await {
                gate.1.notified().await;
            }
        });
    }
    for _ in 0..bystanders {
        spawn(async move { drop(vec![tag; 3]) });
    }
    *gate.0.lock().await = true;
    gate.1.notify_waiters();
}

fn lost_wakeups() -> (
    std::ops::Range<usize>,
    std::ops::Range<usize>,
    std::ops::RangeInclusive<u8>,
) {
    (0..4, 0..3, 0..=255)
}

/// The waiter looks, the body sets the flag and notifies, the waiter waits.
#[test]
fn the_input_is_made_small_and_then_the_schedule() {
    let found = Builder::new().check_all(config(64), lost_wakeups(), lost_wakeup);
    let found = found.unwrap_err();
    assert_eq!(found.input(), Some(&(1, 0, 0)));
    let failure = found.failure();
    let events = &failure.trace().events;
    let switches = events
        .windows(2)
        .filter(|pair| pair[0].task != pair[1].task);
    assert_eq!(switches.count(), 3, "{failure}");
    let text = failure.to_string();
    assert!(
        text.contains("the smallest that was found to fail:\n\n  input = (1, 0, 0)\n"),
        "{text}"
    );
    assert!(text.contains("smaller inputs in "), "{text}");
}

#[test]
fn two_runs_of_a_property_are_the_same() {
    let run = || {
        let found = Builder::new().check_all(config(64), lost_wakeups(), lost_wakeup);
        found.unwrap_err().to_string()
    };
    assert_eq!(run(), run());
}

/// The inputs that a property draws.
fn drawn(builder: &Builder, config: Config) -> Vec<u64> {
    let inputs = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&inputs);
    let checked = builder.check_all(config, any::<u64>(), move |input| {
        let mut seen = seen.lock().unwrap();
        if seen.last() != Some(&input) {
            seen.push(input);
        }
        async {}
    });
    checked.unwrap();
    let inputs = inputs.lock().unwrap();
    inputs.clone()
}

#[test]
fn inputs_are_drawn_from_the_seed() {
    let of = |seed| drawn(&Builder::new().seed(seed), config(8));
    assert_eq!(of(0).len(), 8);
    assert_eq!(of(0), of(0));
    assert_ne!(of(0), of(1));
    let fixed = Config {
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..config(8)
    };
    assert_eq!(
        drawn(&Builder::new(), fixed),
        of(1),
        "proptest's own seed goes first"
    );
}

#[test]
fn a_smaller_input_has_to_show_the_same_kind_of_failure() {
    let found_from = |seed| {
        let builder = Builder::new().seed(seed);
        let found = builder.check_all(config(64), 0..100_u32, |input| async move {
            assert!(input >= 30, "another failure");
            if input >= 50 {
                std::future::pending::<()>().await;
            }
        });
        found.unwrap_err()
    };
    // Some seeds draw a large input first, and some a small one.
    let (mut deadlocks, mut panics) = (0, 0);
    for found in (0..16).map(found_from) {
        match found.failure().kind() {
            FailureKind::Deadlock => {
                assert_eq!(found.input(), Some(&50));
                deadlocks += 1;
            }
            FailureKind::Panic => {
                assert_eq!(found.input(), Some(&0));
                panics += 1;
            }
            other => panic!("{other}: {found}"),
        }
    }
    assert!(deadlocks > 0 && panics > 0, "{deadlocks} and {panics}");
}

#[test]
fn shrinking_can_be_turned_off() {
    let config = Config {
        max_shrink_iters: 0,
        ..config(64)
    };
    let found = Builder::new().check_all(config, 90..100_u32, |_| std::future::pending::<()>());
    let text = found.unwrap_err().to_string();
    assert!(text.contains("With this input:\n\n  input = 9"), "{text}");
}

#[test]
fn a_long_value_is_cut() {
    let long = Just("x".repeat(1_000));
    let found = Builder::new().check_all(config(1), long, |_| std::future::pending::<()>());
    let failure = found.unwrap_err().into_failure();
    assert_eq!(failure.input()[0].value().len(), 1_002);
    let text = failure.to_string();
    assert!(text.contains("xxx… and 702 characters more\n"), "{text}");
}

#[test]
fn a_value_need_not_be_one_that_threads_can_share() {
    let inputs = (0..3_u8).prop_map(Cell::new);
    let checked = Builder::new().check_all(config(4), inputs, |cell| async move {
        cell.set(cell.get() + 1);
        assert!(cell.get() < 4, "each run has a value of its own");
    });
    assert_eq!(checked.unwrap().cases(), 4);
}

// What a body makes of its input.

#[test]
fn an_input_that_the_body_does_not_want_does_not_count() {
    let checked = Builder::new().check_all(config(16), 0..100_u32, |input| async move {
        prop_assume!(input % 2 == 0);
        spawn(async {}).await.unwrap();
        prop_assert!(input % 2 == 0);
        Ok(())
    });
    let coverage = checked.unwrap();
    assert_eq!(coverage.cases(), 16);
    assert!(
        coverage.to_string().contains(" inputs rejected, "),
        "{coverage}"
    );
}

#[test]
fn what_proptest_asserts_fails_with_its_own_words() {
    let found = Builder::new().check_all(config(16), 0..100_u32, |input| async move {
        prop_assert!(input < 7, "seven is too many");
        Ok(())
    });
    let found = found.unwrap_err();
    assert_eq!(found.input(), Some(&7));
    assert_eq!(found.failure().kind(), FailureKind::Panic);
    let text = found.to_string();
    assert!(text.contains("    seven is too many"), "{text}");
}

#[test]
fn a_body_that_rejects_nearly_all_inputs_fails() {
    let config = Config {
        max_global_rejects: 20,
        ..config(16)
    };
    let found = Builder::new().check_all(config, 0..100_u32, |_| async {
        prop_assume!(false, "never");
        Ok(())
    });
    let found = found.unwrap_err();
    assert_eq!(
        (found.input(), found.failure().kind()),
        (None, FailureKind::Config)
    );
    let text = found.to_string();
    assert!(
        text.contains("never. A strategy that gives fewer of them"),
        "{text}"
    );
}

proptest! {
    #![proptest_config(Config::with_cases(8))]

    #[test]
    fn a_check_inside_proptest_needs_only_a_question_mark(sent in 0..3_usize) {
        prop_assume!(sent != 1);
        check(move || exchange((0, sent)))?;
    }
}

#[test]
fn a_failure_is_one_of_proptests() {
    let checked = TestRunner::new(config(16)).run(&(0..6_usize), |sent| {
        check(move || exchange((0, sent)))?;
        Ok(())
    });
    let Err(TestError::Fail(reason, smallest)) = checked else {
        panic!("{checked:?}")
    };
    assert_eq!(smallest, 3);
    assert!(
        reason.message().contains("`send` on an mpsc channel"),
        "{reason}"
    );

    let found = Builder::new().check_all(config(64), exchanges(), exchange);
    let error = TestError::from(found.unwrap_err());
    assert!(matches!(error, TestError::Fail(_, (0, 3))), "{error}");
}

// Tokens.

fn lost<T>(
    found: Result<T, Counterexample<(usize, usize, u8)>>,
) -> Counterexample<(usize, usize, u8)> {
    found.err().unwrap_or_else(|| panic!("it did not fail"))
}

#[test]
fn a_token_runs_the_input_and_the_schedule_again() {
    let builder = Builder::new().seed(u64::MAX);
    let first = lost(builder.check_all(config(64), lost_wakeups(), lost_wakeup));
    let token = first.failure().token().unwrap();
    assert!(token.len() < 60, "{token}");
    let again = builder.replay(token.as_str());
    let again = lost(again.check_all(config(64), lost_wakeups(), lost_wakeup));
    assert_eq!(again.input(), first.input());
    assert_eq!(again.failure().schedule(), first.failure().schedule());
    assert_eq!(again.failure().stuck(), first.failure().stuck());
    assert_eq!(again.failure().token(), Some(token));
    assert_eq!(again.failure().coverage().schedules(), 1);
    let text = again.to_string();
    assert!(
        text.contains("With the input that the token names:"),
        "{text}"
    );
}

#[test]
fn a_token_that_does_not_fit_says_so() {
    let with_input = Builder::new().check_all(config(64), lost_wakeups(), lost_wakeup);
    let with_input = lost(with_input).failure().token().unwrap();
    let without = check(|| lost_wakeup((1, 0, 0)))
        .unwrap_err()
        .token()
        .unwrap();

    let plain = Builder::new()
        .replay(with_input.as_str())
        .check(|| lost_wakeup((1, 0, 0)));
    let said = |failure: &leak_harness::Failure, what: &str| {
        assert_eq!(failure.kind(), FailureKind::Replay, "{failure}");
        assert!(failure.to_string().contains(what), "{failure}");
    };
    said(
        &plain.unwrap_err(),
        "names an input as well, and this test takes none",
    );

    let replay = Builder::new().replay(without.as_str());
    let property = replay.check_all(config(64), lost_wakeups(), lost_wakeup);
    said(
        lost(property).failure(),
        "names no input, and this test takes one",
    );

    let replay = Builder::new().replay(with_input.as_str());
    let other = replay.check_all(config(64), (Just(1), Just(0), Just(0)), lost_wakeup);
    said(
        lost(other).failure(),
        "the strategies of the arguments have changed",
    );

    let repaired = replay.check_all(config(64), lost_wakeups(), |_| async {});
    said(lost(repaired).failure(), "They part at decision 1");
}

// proptest's files.

/// A file for failures, which is gone in the end.
struct Kept(PathBuf);

impl Kept {
    fn new(name: &str) -> Kept {
        let name = format!("leak-harness-{}-{name}.txt", process::id());
        Kept(env::temp_dir().join(name))
    }

    fn config(&self, cases: u32) -> Config {
        let path = self.0.to_str().unwrap().to_owned();
        let files = FileFailurePersistence::Direct(Box::leak(path.into_boxed_str()));
        Config {
            failure_persistence: Some(Box::new(files) as Box<dyn FailurePersistence>),
            ..config(cases)
        }
    }

    fn lines(&self) -> Vec<String> {
        let text = fs::read_to_string(&self.0).unwrap_or_default();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(str::to_owned).collect()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn an_input_that_failed_is_kept_and_checked_first() {
    let kept = Kept::new("kept");
    let first = lost(Builder::new().check_all(kept.config(64), lost_wakeups(), lost_wakeup));
    let [line] = &kept.lines()[..] else {
        panic!("{:?}", kept.lines())
    };
    assert!(line.ends_with("# shrinks to (1, 0, 0)"), "{line}");

    // Another seed, and no inputs but the one that was kept.
    let builder = Builder::new().seed(9);
    let again = lost(builder.check_all(kept.config(0), lost_wakeups(), lost_wakeup));
    assert_eq!(again.input(), first.input());
    assert_eq!(again.failure().token(), first.failure().token());
    assert_eq!(again.failure().coverage().cases(), 1);
    assert_eq!(kept.lines().len(), 1, "it is kept once");
}

#[test]
fn inputs_that_proptest_kept_are_checked_as_well() {
    let kept = Kept::new("foreign");
    let runner = TestRunner::new(kept.config(64)).run(&lost_wakeups(), |input| {
        check(move || lost_wakeup(input))?;
        Ok(())
    });
    runner.unwrap_err();
    assert_eq!(kept.lines().len(), 1);
    let found = lost(Builder::new().check_all(kept.config(0), lost_wakeups(), lost_wakeup));
    assert_eq!(found.input(), Some(&(1, 0, 0)));
    let token = found.failure().token().unwrap();
    let again = Builder::new()
        .replay(token)
        .check_all(config(0), lost_wakeups(), lost_wakeup);
    assert_eq!(lost(again).input(), Some(&(1, 0, 0)));
}
