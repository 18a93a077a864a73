//! The clock that a test moves by hand.

use leak_harness::time::{
    Duration, Instant, advance, error, pause, resume, sleep, timeout, timeout_at,
};
use leak_harness::{check, spawn};

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
