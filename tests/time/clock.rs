//! The clock that a test moves by hand.

use std::future::pending;

use leak_harness::sync::oneshot;
use leak_harness::task::yield_now;
use leak_harness::time::{
    Duration, Instant, advance, error, pause, resume, sleep, timeout, timeout_at,
};
use leak_harness::{Builder, check, spawn};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn advance_moves_the_clock_past_what_is_due() {
    check(|| async {
        pause();
        let start = Instant::now();
        let sleeper = spawn(async {
            sleep(SECOND).await;
            Instant::now()
        });
        sleep(SECOND / 2).await;
        advance(SECOND * 3).await;
        assert_eq!(start.elapsed(), SECOND * 3 + SECOND / 2);
        let woken = sleeper.await.unwrap();
        assert!(woken >= start + SECOND);
        resume();
    })
    .unwrap();
}

#[test]
fn advance_does_not_fire_what_is_not_due() {
    check(|| async {
        let mut late = Box::pin(sleep(SECOND));
        assert!(futures::poll!(late.as_mut()).is_pending());
        advance(SECOND / 2).await;
        assert!(!late.is_elapsed());
        advance(SECOND / 2).await;
        assert!(late.is_elapsed());
        late.await;
    })
    .unwrap();
}

#[test]
fn no_other_time_passes_while_a_task_moves_the_clock() {
    check(|| async {
        let mut late = Box::pin(sleep(SECOND));
        assert!(futures::poll!(late.as_mut()).is_pending());
        for _ in 0..19 {
            advance(SECOND / 20).await;
            assert!(futures::poll!(late.as_mut()).is_pending());
        }
        advance(SECOND / 20).await;
        assert!(futures::poll!(late.as_mut()).is_ready());
    })
    .unwrap();
}

/// Fails if a timeout passes although there is an answer.
async fn in_time() {
    let (tx, rx) = oneshot::channel();
    let worker = spawn(async move {
        yield_now().await;
        let _ = tx.send(());
    });
    timeout(SECOND, rx).await.expect("too late").unwrap();
    worker.await.unwrap();
}

#[test]
fn on_a_paused_clock_a_timeout_passes_only_if_nothing_else_can_happen() {
    let failure = check(in_time).unwrap_err();
    assert!(failure.to_string().contains("too late"), "{failure}");
    check(|| async {
        pause();
        in_time().await;
    })
    .unwrap();
    Builder::new().start_paused(true).check(in_time).unwrap();
}

#[test]
fn two_sleeps_of_one_length_are_no_surprise_to_the_search() {
    let coverage = check(|| async {
        let tasks = [1, 2].map(|_| spawn(sleep(SECOND)));
        for task in tasks {
            task.await.unwrap();
        }
    })
    .unwrap();
    assert!(coverage.exhaustive(), "{coverage}");
}

#[test]
fn a_deadline_that_has_passed_ends_what_is_pending() {
    check(|| async {
        let past = Instant::now();
        sleep(SECOND).await;
        let elapsed: Result<(), error::Elapsed> = timeout_at(past, std::future::pending()).await;
        assert_eq!(elapsed.unwrap_err().to_string(), "deadline has elapsed");
        assert_eq!(timeout(SECOND, async { 1 }).await, Ok(1));
        assert!(error::Error::shutdown().is_shutdown());
    })
    .unwrap();
}

/// Code that is generic over tokio's own error can be given the mirror's.
#[test]
fn an_elapsed_is_tokios_as_well() {
    check(|| async {
        let elapsed = timeout(Duration::from_secs(1), pending::<()>()).await;
        let theirs: tokio::time::error::Elapsed = elapsed.unwrap_err().into();
        assert_eq!(theirs.to_string(), "deadline has elapsed");
        let ours: leak_harness::time::error::Elapsed = theirs.into();
        assert_eq!(ours.to_string(), "deadline has elapsed");
    })
    .unwrap();
}
