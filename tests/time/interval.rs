//! Intervals tick as tokio's do on its own paused clock.

use leak_harness::time::{Duration, interval, sleep};
use leak_harness::{FailureKind, check, spawn};

/// A script over one crate's time: when each tick came, and which moment it gave.
macro_rules! script {
    ($name:ident, $($time:tt)*) => {
        async fn $name(behavior: usize) -> Vec<(u128, u128)> {
            use $($time)*::{
                Duration, Instant, MissedTickBehavior, advance, interval, interval_at, sleep,
            };
            let behavior = [
                MissedTickBehavior::Burst,
                MissedTickBehavior::Delay,
                MissedTickBehavior::Skip,
            ][behavior];
            let start = Instant::now();
            let mut log = Vec::new();
            let mut ticks = interval(Duration::from_millis(100));
            ticks.set_missed_tick_behavior(behavior);
            assert_eq!(ticks.missed_tick_behavior(), behavior);
            assert_eq!(ticks.period(), Duration::from_millis(100));
            for pause in [0, 0, 30, 250, 0, 0, 104, 330, 0, 0, 0] {
                if pause == 330 {
                    advance(Duration::from_millis(pause)).await;
                } else if pause > 0 {
                    sleep(Duration::from_millis(pause)).await;
                }
                let due = ticks.tick().await;
                log.push(((due - start).as_millis(), start.elapsed().as_millis()));
            }
            ticks.reset();
            log.push(((ticks.tick().await - start).as_millis(), start.elapsed().as_millis()));
            ticks.reset_immediately();
            log.push(((ticks.tick().await - start).as_millis(), start.elapsed().as_millis()));
            ticks.reset_after(Duration::from_millis(7));
            log.push(((ticks.tick().await - start).as_millis(), start.elapsed().as_millis()));
            ticks.reset_at(Instant::now() + Duration::from_millis(70));
            log.push(((ticks.tick().await - start).as_millis(), start.elapsed().as_millis()));
            let mut late = interval_at(start + Duration::from_secs(5), Duration::from_secs(1));
            log.push(((late.tick().await - start).as_millis(), start.elapsed().as_millis()));
            log
        }
    };
}

script!(on_tokio, tokio::time);
script!(on_mirror, leak_harness::time);

#[test]
fn every_behavior_towards_missed_ticks_is_tokios() {
    for behavior in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let expected = runtime.block_on(on_tokio(behavior));
        check(move || {
            let expected = expected.clone();
            async move { assert_eq!(on_mirror(behavior).await, expected) }
        })
        .unwrap();
    }
}

#[test]
fn a_task_that_ticks_for_ever_is_a_loop_at_the_tick() {
    let failure = check(|| async {
        spawn(async {
            let mut ticks = interval(Duration::from_secs(1));
            loop {
                ticks.tick().await;
            }
        });
    })
    .unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Loop, "{failure}");
    let text = failure.to_string();
    assert!(text.contains("tick"), "{text}");
}

#[test]
fn an_interval_of_no_length_is_refused() {
    let failure = check(|| async { drop(interval(Duration::ZERO)) }).unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Panic);
    let text = failure.to_string();
    assert!(text.contains("`period` must be non-zero."), "{text}");
}

#[test]
fn outside_of_executions_intervals_are_tokios() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let (expected, got) = runtime.block_on(async { (on_tokio(2).await, on_mirror(2).await) });
    assert_eq!(expected, got);
}

#[test]
fn sleeps_of_no_length_yield_in_the_end() {
    check(|| async {
        let handle = spawn(async {});
        while !handle.is_finished() {
            sleep(Duration::ZERO).await;
        }
    })
    .unwrap();
}
