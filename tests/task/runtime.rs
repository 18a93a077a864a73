//! Runtimes: inside an execution their tasks are the execution's.

use leak_harness::runtime::{Builder, Handle, LocalOptions, Runtime, RuntimeFlavor};
use leak_harness::sync::{mpsc, oneshot};
use leak_harness::task::{self, yield_now};
use leak_harness::{FailureKind, spawn};

use super::{clean, fails};

#[test]
fn tasks_of_a_runtime_are_dropped_with_it() {
    clean(|| async {
        let (tx, mut rx) = mpsc::channel::<()>(1);
        let runtime = Runtime::new().unwrap();
        let handle = runtime.spawn(async move {
            let _tx = tx;
            std::future::pending::<()>().await;
        });
        yield_now().await;
        drop(runtime);
        assert!(handle.await.unwrap_err().is_cancelled());
        assert_eq!(rx.recv().await, None);
    });
}

#[test]
fn a_runtime_that_is_never_dropped_leaks_its_tasks() {
    fails(FailureKind::Leak, || async {
        let (tx, rx) = oneshot::channel::<()>();
        let runtime = Runtime::new().unwrap();
        runtime.spawn(rx);
        std::mem::forget((runtime, tx));
    });
}

#[test]
fn what_a_task_spawns_is_on_its_runtime() {
    clean(|| async {
        let runtime = Builder::new_multi_thread().name("inner").build().unwrap();
        let outer = Handle::current().id();
        let (inner, child) = runtime
            .spawn(async {
                let child = spawn(std::future::pending::<()>());
                (Handle::current().id(), child)
            })
            .await
            .unwrap();
        assert_eq!(inner, runtime.handle().id());
        assert_ne!(inner, outer);
        assert_eq!(runtime.handle().name(), Some("inner"));
        runtime.shutdown_background();
        assert!(child.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_runtime_waits_for_its_blocking_closures() {
    let failure = fails(FailureKind::Deadlock, || async {
        let (tx, mut rx) = mpsc::channel::<()>(1);
        let (begun, ready) = oneshot::channel();
        let runtime = Runtime::new().unwrap();
        runtime.spawn_blocking(move || {
            begun.send(()).unwrap();
            rx.blocking_recv()
        });
        ready.await.unwrap();
        drop(runtime);
        drop(tx);
    });
    let text = failure.to_string();
    assert!(text.contains("shutdown of the runtime"), "{text}");
}

#[test]
fn an_entered_runtime_gets_the_tasks() {
    clean(|| async {
        let runtime = Runtime::new().unwrap();
        let handle = {
            let _guard = runtime.enter();
            spawn(async { Handle::current().id() })
        };
        assert_eq!(handle.await.unwrap(), runtime.handle().id());
    });
}

#[test]
fn a_runtime_drives_a_future_in_a_blocking_closure() {
    clean(|| async {
        let blocking = task::spawn_blocking(|| {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            let flavor = runtime.handle().runtime_flavor();
            assert_eq!(flavor, RuntimeFlavor::CurrentThread);
            runtime.block_on(async { spawn(async { 2 }).await.unwrap() })
        });
        assert_eq!(blocking.await.unwrap(), 2);
    });
}

#[test]
fn a_runtime_must_not_be_dropped_in_async_code() {
    let failure = fails(FailureKind::Panic, || async {
        spawn(async { drop(Runtime::new().unwrap()) });
    });
    let text = failure.to_string();
    assert!(text.contains("Cannot drop a runtime"), "{text}");
}

#[test]
fn metrics_count_the_tasks_of_the_execution() {
    clean(|| async {
        let metrics = Handle::current().metrics();
        assert_eq!(metrics.num_alive_tasks(), 0);
        let (tx, rx) = oneshot::channel::<()>();
        let handle = spawn(rx);
        assert_eq!(metrics.num_alive_tasks(), 1);
        tx.send(()).unwrap();
        handle.await.unwrap().unwrap();
        assert_eq!(metrics.num_alive_tasks(), 0);
        assert!(metrics.num_workers() > 0);
        assert_eq!(metrics.worker_park_count(0), 0);
    });
}

#[test]
fn a_local_runtime_runs_tasks_that_are_not_send() {
    clean(|| async {
        let blocking = task::spawn_blocking(|| {
            let runtime = Builder::new_current_thread()
                .build_local(LocalOptions::default())
                .unwrap();
            let value = std::rc::Rc::new(1);
            runtime.block_on(async move { task::spawn_local(async move { *value }).await.unwrap() })
        });
        assert_eq!(blocking.await.unwrap(), 1);
    });
}

#[test]
fn outside_of_executions_runtimes_are_tokios() {
    assert!(Handle::try_current().unwrap_err().is_missing_context());
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let output = runtime.block_on(async { spawn(async { 1 }).await.unwrap() });
    assert_eq!(output, 1);
}

#[leak_harness::main(flavor = "current_thread")]
async fn main_of_a_program() -> u32 {
    spawn(async { 8 }).await.unwrap()
}

mod tokio {
    pub use leak_harness::*;
}

#[test]
fn the_main_attribute_builds_a_runtime() {
    assert_eq!(main_of_a_program(), 8);
}
