//! Atomics: what is lost between a load and a store, and loops over them.

use std::sync::Arc;

use leak_harness::__private::std::sync::atomic::{
    AtomicBool, AtomicU8, AtomicUsize, Ordering::SeqCst,
};
use leak_harness::{
    Builder, Coverage, Effect, Engine, Failure, FailureKind, ObjectKind, Operation, spawn,
};

/// So many tasks, each adding one to a count that is right at the end.
fn add(tasks: usize, one: fn(&AtomicUsize)) -> Result<Coverage, Failure> {
    let check = Builder::new().engine(Engine::Systematic).exhaustive(true);
    check.check(move || async move {
        let count = Arc::new(AtomicUsize::new(0));
        let tasks = (0..tasks).map(|_| {
            let count = Arc::clone(&count);
            spawn(async move { one(&count) })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        assert_eq!(count.load(SeqCst), 3);
    })
}

#[test]
fn three_tasks_that_add_at_once_lose_nothing() {
    let added = add(3, |count| {
        count.fetch_add(1, SeqCst);
    });
    added.expect("an addition is one step");
}

#[test]
fn an_update_begins_again_where_another_one_came_between() {
    let added = add(2, |count| {
        count.update(
            SeqCst,
            SeqCst,
            |count| if count == 0 { 2 } else { count + 1 },
        );
    });
    added.expect("the closure sees the latest count");
}

#[test]
fn three_tasks_that_load_and_store_lose_something() {
    let added = add(3, |count| count.store(count.load(SeqCst) + 1, SeqCst));
    assert_eq!(added.unwrap_err().kind(), FailureKind::Panic);
}

#[test]
fn a_task_that_stores_without_end_is_a_loop() {
    let failure = Builder::new().engine(Engine::Systematic).check(|| async {
        let count = AtomicUsize::new(0);
        spawn(async move {
            loop {
                count.fetch_add(1, SeqCst);
            }
        });
    });
    assert_eq!(failure.unwrap_err().kind(), FailureKind::Loop);
}

#[test]
fn only_what_changes_an_atomic_counts_as_done() {
    let failure = Builder::new().engine(Engine::Systematic).check(|| async {
        let value = AtomicU8::new(1);
        value.load(SeqCst);
        value.store(2, SeqCst);
        value.fetch_or(4, SeqCst);
        let _ = value.compare_exchange(0, 9, SeqCst, SeqCst);
        let _ = value.compare_exchange_weak(6, 9, SeqCst, SeqCst);
        std::future::pending::<()>().await;
    });
    let trace = failure.unwrap_err().trace().clone();
    let effects: Vec<_> = trace
        .events
        .iter()
        .filter(|event| event.operation != Operation::Complete)
        .map(|event| (event.operation, event.effect))
        .collect();
    assert_eq!(
        effects,
        [
            (Operation::Load, Effect::Idle),
            (Operation::Store, Effect::Done),
            (Operation::ReadModifyWrite, Effect::Done),
            (Operation::ReadModifyWrite, Effect::Idle),
            (Operation::ReadModifyWrite, Effect::Done),
        ]
    );
}

#[test]
fn a_task_that_spins_on_a_flag_nobody_sets_is_a_loop() {
    let failure = Builder::new().engine(Engine::Systematic).check(|| async {
        let flag = Arc::new(AtomicBool::new(false));
        spawn(async move {
            while !flag.load(SeqCst) {
                std::hint::spin_loop();
            }
        });
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Loop);
    let waits_on = failure.stuck()[0].waits_on().unwrap();
    assert_eq!(waits_on.object, Some(ObjectKind::Atomic));
}
