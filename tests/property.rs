//! Checks as properties, on proptest.

use leak_harness::sync::mpsc;
use leak_harness::{Builder, check, spawn};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError};

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

fn config() -> Config {
    Config {
        failure_persistence: None,
        ..Config::with_cases(64)
    }
}

#[test]
fn the_smallest_failing_input_is_found() {
    // proptest makes the parts small in their order, each once. Fewer reads never mend a failure, so
    // that in this order every failing input leads to the same smallest one.
    let inputs = (0..3_usize, 0..6_usize);
    let found = Builder::new().check_all(config(), inputs, exchange);
    let Err(TestError::Fail(reason, smallest)) = found else {
        panic!("{found:?}")
    };
    assert_eq!(smallest, (0, 3));
    assert!(
        reason.message().contains("`send` on an mpsc channel"),
        "{reason}"
    );
}

#[test]
fn a_property_that_holds_passes() {
    let inputs = (Just(0_usize), 0..3_usize);
    Builder::new()
        .check_all(config(), inputs, exchange)
        .unwrap();
}

proptest! {
    #![proptest_config(Config::with_cases(8))]

    #[test]
    fn a_check_inside_proptest_needs_only_a_question_mark(sent in 0..3_usize) {
        check(move || exchange((0, sent)))?;
    }
}
