//! The engine `tokio`: the body runs once on real tokio, and the mirror passes through.

use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use leak_harness::runtime::{Handle, RuntimeFlavor};
use leak_harness::sync::{Mutex, mpsc};
use leak_harness::task::{self, spawn_blocking, spawn_local};
use leak_harness::time::{self, Duration, Instant};
use leak_harness::{
    Builder, Coverage, Engine, Failure, FailureKind, Flavor, TestOutput, leak_test, spawn,
};

fn on_tokio() -> Builder {
    Builder::new().engine(Engine::Tokio)
}

fn check<Fut>(builder: &Builder, body: fn() -> Fut) -> Result<Coverage, Failure>
where
    Fut: Future + 'static,
    Fut::Output: TestOutput,
{
    builder.check(body)
}

/// A task that never ends.
fn leak() {
    spawn(async { std::future::pending::<()>().await });
}

#[test]
fn the_body_runs_once_inside_a_real_runtime() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let coverage = on_tokio().check(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        async {
            // Nothing of the mirror is between.
            ::tokio::runtime::Handle::current();
            let (tx, mut rx) = mpsc::channel(1);
            let task = spawn(async move { tx.send(7).await });
            assert_eq!(rx.recv().await, Some(7));
            task.await.unwrap().unwrap();
        }
    });
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert_eq!(coverage.unwrap().schedules(), 1);
}

#[test]
fn no_leak_is_looked_for_and_the_coverage_says_so() {
    let coverage = check(&on_tokio().exhaustive(true), || async { leak() }).unwrap();
    assert!(!coverage.exhaustive());
    assert_eq!(
        coverage.to_string(),
        "one run on real tokio, where no order is controlled and no leak is looked for"
    );
}

#[test]
fn it_has_the_flavor_and_the_threads_that_are_asked_for() {
    let several = on_tokio().worker_threads(3).runtime_name("ours");
    check(&several, || async {
        let handle = Handle::current();
        assert_eq!(handle.runtime_flavor(), RuntimeFlavor::MultiThread);
        assert_eq!(handle.metrics().num_workers(), 3);
        assert_eq!(handle.name(), Some("ours"));
        assert_eq!(task::block_in_place(|| 1), 1);
    })
    .unwrap();
    check(&on_tokio().flavor(Flavor::CurrentThread), || async {
        let flavor = Handle::current().runtime_flavor();
        assert_eq!(flavor, RuntimeFlavor::CurrentThread);
    })
    .unwrap();
    check(&on_tokio().flavor(Flavor::Local), || async {
        let shared = Rc::new(1);
        let task = spawn_local(async move { *shared });
        assert_eq!(task.await.unwrap(), 1);
    })
    .unwrap();
}

#[test]
fn its_clock_is_paused_if_it_is_asked_for() {
    let paused = on_tokio().flavor(Flavor::CurrentThread).start_paused(true);
    check(&paused, || async {
        let began = Instant::now();
        time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(began.elapsed(), Duration::from_secs(3600));
        time::resume();
    })
    .unwrap();
    check(&on_tokio().flavor(Flavor::CurrentThread), || async {
        // A clock that goes on can be paused, and only once.
        time::pause();
    })
    .unwrap();
}

#[test]
fn a_body_need_not_be_send() {
    check(&on_tokio(), || async {
        let shared = Rc::new(1);
        task::yield_now().await;
        assert_eq!(*shared, 1);
    })
    .unwrap();
}

#[test]
fn blocking_forms_block_a_real_thread() {
    check(&on_tokio(), || async {
        let lock = Arc::new(Mutex::new(1));
        let (tx, mut rx) = mpsc::channel(1);
        let guard = lock.clone().lock_owned().await;
        let sender = spawn_blocking(move || {
            tx.blocking_send(1).unwrap();
            *lock.blocking_lock()
        });
        assert_eq!(rx.recv().await, Some(1));
        drop(guard);
        assert_eq!(sender.await.unwrap(), 1);
    })
    .unwrap();
}

#[test]
fn a_panic_and_an_error_are_failures() {
    let failure = check(&on_tokio(), || async { assert_eq!(1, 2, "not like this") }).unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert!(failure.panic().unwrap().message.contains("not like this"));
    let failure = check(&on_tokio(), || async { Err::<(), _>("nor this") }).unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert!(failure.to_string().contains("nor this"), "{failure}");
}

#[test]
fn it_can_be_called_inside_a_runtime() {
    let runtime = ::tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        check(&on_tokio(), || async { task::yield_now().await }).unwrap();
    });
}

#[leak_test(engine = "tokio")]
async fn the_attribute_takes_it() {
    ::tokio::runtime::Handle::current();
    leak();
}

#[leak_test(engine = "tokio", should_leak)]
#[should_panic(expected = "no leak is looked for")]
async fn a_test_that_should_leak_needs_another_engine() {
    leak();
}

#[leak_test]
#[ignore = "it leaks: another test runs it"]
async fn leaks() {
    leak();
}

#[leak_harness::test(flavor = "multi_thread", worker_threads = 3)]
#[ignore = "it looks for a real runtime: another test runs it"]
async fn has_three_threads() {
    let threads = ::tokio::runtime::Handle::current().metrics().num_workers();
    assert_eq!(threads, 3);
}

/// Whether a test of this file passes with an engine of the environment.
fn passes(test: &str, engine: &str) -> bool {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored"])
        .env("LEAK_TEST_ENGINE", engine)
        .env("LEAK_TEST_REGRESSIONS", "off")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("running 1 test"), "{text}");
    output.status.success()
}

#[test]
fn the_environment_runs_every_test_on_it() {
    assert!(!passes("leaks", "auto"));
    assert!(passes("leaks", "tokio"));
    assert!(!passes("has_three_threads", "auto"));
    assert!(passes("has_three_threads", "tokio"));
}
