//! `spawn_blocking` and `block_in_place`: tasks that block their thread.

use leak_harness::runtime::Handle;
use leak_harness::sync::{mpsc, oneshot};
use leak_harness::{Builder, FailureKind, Flavor, spawn, task};

use super::{clean, fails, outcomes};

#[test]
fn a_blocking_closure_returns_its_output() {
    clean(|| async {
        let handle = task::spawn_blocking(|| 7);
        assert_eq!(handle.await.unwrap(), 7);
    });
}

#[test]
fn a_blocking_closure_that_waits_for_ever_is_a_leak() {
    let failure = fails(FailureKind::Leak, || async {
        let (tx, mut rx) = mpsc::channel::<()>(1);
        task::spawn_blocking(move || rx.blocking_recv());
        std::mem::forget(tx);
    });
    let text = failure.to_string();
    assert!(text.contains("blocking.rs"), "{text}");
}

#[test]
fn a_blocking_closure_and_a_task_talk_to_each_other() {
    clean(|| async {
        let (to, mut from) = mpsc::channel(1);
        let (answer, asked) = oneshot::channel();
        let worker = task::spawn_blocking(move || {
            let job: u32 = from.blocking_recv().unwrap();
            answer.send(job + 1).unwrap();
        });
        to.send(1).await.unwrap();
        assert_eq!(asked.await.unwrap(), 2);
        worker.await.unwrap();
    });
}

#[test]
fn a_blocking_closure_interleaves_with_tasks_of_a_single_thread() {
    for builder in super::both() {
        let check = builder.flavor(Flavor::CurrentThread).check(|| async {
            let (tx, mut rx) = mpsc::channel::<()>(1);
            let blocked = task::spawn_blocking(move || rx.blocking_recv());
            spawn(async move { tx.send(()).await.unwrap() });
            assert_eq!(blocked.await.unwrap(), Some(()));
        });
        check.unwrap();
    }
}

#[test]
fn a_future_is_driven_inside_a_blocking_closure() {
    clean(|| async {
        let (tx, rx) = oneshot::channel();
        let handle = task::spawn_blocking(move || Handle::current().block_on(rx).unwrap());
        task::yield_now().await;
        tx.send(5).unwrap();
        assert_eq!(handle.await.unwrap(), 5);
    });
}

#[test]
fn a_future_that_is_driven_for_ever_is_a_leak() {
    let failure = fails(FailureKind::Leak, || async {
        let (tx, rx) = oneshot::channel::<()>();
        task::spawn_blocking(move || Handle::current().block_on(rx));
        std::mem::forget(tx);
    });
    let text = failure.to_string();
    assert!(text.contains("oneshot"), "{text}");
}

#[test]
fn async_code_must_not_block_on_a_future() {
    let failure = fails(FailureKind::Panic, || async {
        spawn(async { Handle::current().block_on(async {}) });
    });
    let text = failure.to_string();
    assert!(
        text.contains("Cannot start a runtime from within"),
        "{text}"
    );
}

#[test]
fn the_blocking_forms_panic_in_async_code_at_their_callers_place() {
    async fn blocks() {
        let (tx, _rx) = mpsc::channel(1);
        // There is room, and still.
        tx.blocking_send(1).unwrap();
    }
    let failure = fails(FailureKind::Panic, || async {
        spawn(blocks());
    });
    let panic = failure.panic().unwrap();
    assert!(panic.message.starts_with("Cannot block the current thread"));
    let place = panic.site.as_deref().unwrap();
    assert!(place.starts_with("tests/task/blocking.rs"), "{place}");
    // In the body, where tokio would forbid it.
    clean(blocks);
    for builder in super::both() {
        let failure = builder.strict(true).check(blocks).unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Panic, "{failure}");
    }
}

#[test]
fn a_future_is_driven_by_the_synchronous_code_of_the_body() {
    clean(|| async {
        let handle = spawn(async { 3 });
        let output = Handle::current().block_on(handle);
        assert_eq!(output.unwrap(), 3);
    });
}

#[test]
fn a_single_thread_runs_its_tasks_while_the_body_drives_a_future() {
    for builder in super::both() {
        let check = builder.flavor(Flavor::CurrentThread).check(|| async {
            let handle = spawn(async { task::yield_now().await });
            Handle::current().block_on(handle).unwrap();
        });
        check.unwrap();
    }
}

#[test]
fn a_task_that_blocks_in_place_may_drive_a_future() {
    clean(|| async {
        let (tx, rx) = oneshot::channel();
        let handle =
            spawn(async move { task::block_in_place(|| Handle::current().block_on(rx).unwrap()) });
        tx.send(1).unwrap();
        assert_eq!(handle.await.unwrap(), 1);
    });
}

#[test]
fn block_in_place_needs_several_threads() {
    let builder = Builder::new().flavor(Flavor::CurrentThread);
    let failure = builder.check(|| async {
        spawn(async { task::block_in_place(|| {}) }).await.unwrap();
    });
    let text = failure.unwrap_err().to_string();
    assert!(text.contains("multi-threaded"), "{text}");
}

#[test]
fn a_blocking_closure_that_has_not_begun_can_be_aborted() {
    let seen = outcomes(|| async {
        let handle = task::spawn_blocking(|| ());
        handle.abort();
        handle.await.is_ok()
    });
    for seen in seen {
        assert_eq!(seen, [false, true].into());
    }
}

#[test]
fn a_blocking_closure_goes_before_and_after_a_task() {
    let seen = outcomes(|| async {
        let (tx, mut rx) = mpsc::channel(2);
        let other = tx.clone();
        let one = task::spawn_blocking(move || tx.blocking_send(1).unwrap());
        other.send(2).await.unwrap();
        one.await.unwrap();
        (rx.recv().await, rx.recv().await)
    });
    for seen in seen {
        assert_eq!(seen.len(), 2, "{seen:?}");
    }
}
