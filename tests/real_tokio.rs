//! A dependency that calls the real `tokio::spawn` and the real timers inside an execution: it gets
//! a runtime of its own, which goes as one task.

use std::time::Duration;

use leak_harness::sync::mpsc;
use leak_harness::time::{Instant, sleep};
use leak_harness::{Builder, Coverage, Engine, FailureKind, spawn};

fn clean<F>(body: impl Fn() -> F + Send + Sync + 'static) -> Coverage
where
    F: Future<Output = ()> + 'static,
{
    let coverage = Builder::new().schedules(50).check(body);
    coverage.unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn tasks_of_a_dependency_answer_and_coverage_says_where_they_are_spawned() {
    let coverage = clean(|| async {
        let (numbers, mut doubled) = uses_tokio::doubler();
        spawn(async move {
            for number in 1..=3 {
                numbers.send(number).await.unwrap();
            }
        });
        for number in 1..=3 {
            assert_eq!(doubled.recv().await, Some(2 * number));
        }
        assert_eq!(doubled.recv().await, None);
    });
    let place = coverage.real_tokio().unwrap();
    assert!(place.contains("uses-tokio/src/lib.rs:"), "{place}");
    assert!(coverage.to_string().contains(place), "{coverage}");
}

#[test]
fn a_future_of_the_mirror_runs_on_the_runtime_of_a_dependency() {
    clean(|| async {
        let (tx, mut rx) = mpsc::channel::<u32>(1);
        let sent = uses_tokio::spawn(async move {
            for number in 1..=300 {
                tx.send(number).await.unwrap();
            }
        });
        let mut sum = 0;
        while let Some(number) = rx.recv().await {
            sum += number;
        }
        sent.await.unwrap();
        assert_eq!(sum, 300 * 301 / 2);
    });
}

#[test]
fn both_clocks_are_one() {
    clean(|| async {
        let began = Instant::now();
        let ours = spawn(async move {
            sleep(Duration::from_millis(30)).await;
            began.elapsed()
        });
        let theirs = uses_tokio::pause(Duration::from_millis(20)).await;
        assert_eq!(theirs, Duration::from_millis(20));
        assert_eq!(began.elapsed(), Duration::from_millis(20));
        assert_eq!(ours.await.unwrap(), Duration::from_millis(30));
        let theirs = uses_tokio::pause(Duration::from_secs(3600)).await;
        assert_eq!(theirs, Duration::from_secs(3600));
        assert_eq!(began.elapsed(), Duration::from_millis(3_600_030));
    });
}

#[test]
fn a_timeout_of_a_dependency_ends_a_wait_for_the_mirror() {
    clean(|| async {
        let (tx, mut rx) = mpsc::channel::<u32>(1);
        let late = spawn(async move {
            sleep(Duration::from_secs(2)).await;
            tx.send(7).await.ok();
        });
        let within = uses_tokio::within(Duration::from_secs(1), rx.recv()).await;
        assert_eq!(within, None);
        let within = uses_tokio::within(Duration::from_secs(2), rx.recv()).await;
        assert_eq!(within, Some(Some(7)));
        late.await.unwrap();
    });
}

#[test]
fn a_task_of_a_dependency_that_never_ends_is_no_leak_of_ours() {
    clean(|| async {
        let mut counts = uses_tokio::counter(Duration::from_secs(1));
        for count in 0..5 {
            assert_eq!(counts.recv().await, Some(count));
        }
        std::mem::forget(counts);
    });
}

#[test]
fn a_task_of_ours_that_a_dependency_leaves_waiting_is_a_leak() {
    let failure = Builder::new().schedules(50).check(|| async {
        let (numbers, mut doubled) = uses_tokio::doubler();
        spawn(async move { while doubled.recv().await.is_some() {} });
        numbers.send(1).await.unwrap();
        std::mem::forget(numbers);
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Leak);
    assert_eq!(failure.stuck().len(), 1);
    assert!(failure.coverage().real_tokio().is_some());
}

#[test]
fn it_is_the_same_every_time() {
    let run = |engine: Engine| {
        let builder = Builder::new().engine(engine).schedules(20);
        let coverage = builder.check(|| async {
            let (numbers, mut doubled) = uses_tokio::doubler();
            let sends = spawn(async move { numbers.send(1).await.is_ok() });
            uses_tokio::pause(Duration::from_millis(1)).await;
            assert_eq!(doubled.recv().await, Some(2));
            assert!(sends.await.unwrap());
        });
        coverage.unwrap_or_else(|failure| panic!("{failure}"))
    };
    for engine in [Engine::Systematic, Engine::Random, Engine::Pct] {
        assert_eq!(run(engine), run(engine));
    }
}

#[test]
fn a_blocking_closure_of_a_dependency_is_named() {
    let failure = Builder::new().check(|| async {
        assert_eq!(uses_tokio::on_a_thread(|| 1).await, 1);
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Unsupported);
    let text = failure.to_string();
    assert!(text.contains("uses-tokio/src/lib.rs:"), "{text}");
}
