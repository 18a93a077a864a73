//! Panics and errors.

use leak_harness::sync::mpsc;
use leak_harness::task::yield_now;
use leak_harness::{FailureKind, spawn, task};

use crate::support::everywhere;

async fn panics() {
    yield_now().await;
    panic!("out of order");
}
const PANICS_AT: u32 = line!() - 2;

#[test]
fn a_panic_of_the_body_fails_and_names_its_place() {
    everywhere(|builder| {
        let failure = builder.check(panics).unwrap_err();
        let line = PANICS_AT;
        assert_eq!(failure.kind(), FailureKind::Panic);
        let panic = failure.panic().unwrap();
        assert_eq!(panic.message, "out of order");
        let place = format!("tests/verdicts/panics.rs:{line}:");
        assert!(panic.site.as_ref().unwrap().starts_with(&place));
    });
}

#[test]
fn a_panic_of_a_task_that_nobody_looks_at_fails() {
    everywhere(|builder| {
        let failure = builder
            .check(|| async {
                task::Builder::new()
                    .name("worker")
                    .spawn(async { panic!("lost") })
                    .map(drop)
                    .unwrap();
            })
            .unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Panic);
        let panic = failure.panic().unwrap();
        assert_eq!(panic.message, "lost");
        assert_eq!(panic.name.as_deref(), Some("worker"));
    });
}

#[test]
fn a_panic_that_explains_a_leak_comes_before_it() {
    everywhere(|builder| {
        let failure = builder
            .check(|| async {
                let (tx, mut rx) = mpsc::channel::<u32>(1);
                let keep = tx.clone();
                spawn(async move {
                    let _tx = tx;
                    panic!("lost");
                });
                spawn(async move { rx.recv().await });
                std::mem::forget(keep);
            })
            .unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Panic);
    });
}

#[test]
fn a_panic_that_the_join_handle_returns_is_clean() {
    everywhere(|builder| {
        let coverage = builder.check(|| async {
            let error = spawn(panics()).await.unwrap_err();
            assert!(error.is_panic());
            let message = error.into_panic();
            assert_eq!(message.downcast_ref::<&str>(), Some(&"out of order"));
        });
        coverage.unwrap();
    });
}

#[test]
fn a_body_that_returns_an_error_fails_with_it() {
    everywhere(|builder| {
        let failure = builder
            .check(|| async { Err::<(), _>("no such order") })
            .unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Panic);
        assert!(failure.panic().unwrap().message.contains("no such order"));
    });
}

#[test]
fn a_body_that_returns_ok_is_clean() {
    everywhere(|builder| {
        builder.check(|| async { Ok::<(), String>(()) }).unwrap();
    });
}
