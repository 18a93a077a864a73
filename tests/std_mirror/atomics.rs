//! Atomics: what is lost between a load and a store, and loops over them.

use std::sync::Arc;

use leak_harness::__private::std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst},
};
use leak_harness::{
    Builder, Coverage, Effect, Engine, Failure, FailureKind, ObjectKind, Operation, spawn,
};

use crate::orders::in_all_orders;

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

#[test]
fn arithmetic_of_pointers_is_as_stds_and_one_step() {
    let text = b"abcdefgh";
    let start = text.as_ptr().cast_mut();
    let pointer = AtomicPtr::new(start);
    assert_eq!(pointer.fetch_ptr_add(5, SeqCst), start);
    assert_eq!(pointer.fetch_byte_sub(2, AcqRel), start.wrapping_add(5));
    assert_eq!(pointer.fetch_byte_add(1, Release), start.wrapping_add(3));
    assert_eq!(pointer.fetch_ptr_sub(4, Relaxed), start.wrapping_add(4));
    assert_eq!(pointer.into_inner(), start);
    let tagged = AtomicPtr::new(std::ptr::without_provenance_mut::<u8>(0b1100));
    assert_eq!(tagged.fetch_or(0b0011, SeqCst).addr(), 0b1100);
    assert_eq!(tagged.fetch_and(0b0110, Acquire).addr(), 0b1111);
    assert_eq!(tagged.fetch_xor(0b0101, SeqCst).addr(), 0b0110);
    assert_eq!(tagged.into_inner().addr(), 0b0011);

    let both = in_all_orders(|| async {
        let pointer = Arc::new(AtomicPtr::new(std::ptr::null_mut::<u8>()));
        let other = Arc::clone(&pointer);
        let adds = spawn(async move { other.fetch_ptr_add(2, SeqCst).addr() });
        let seen = pointer.fetch_ptr_add(3, SeqCst).addr();
        (seen, adds.await.unwrap(), pointer.load(SeqCst).addr())
    });
    assert_eq!(both.into_iter().collect::<Vec<_>>(), [(0, 3, 5), (2, 0, 5)]);
}
