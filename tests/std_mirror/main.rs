//! The mirror of std: what it finds, and that it is what std is.

mod actor;
mod atomics;
mod barrier;
mod channels;
mod condvar;
mod conformance;
mod differential;
mod locals;
mod locks;
mod once;
mod program;
mod scopes;
mod threads;
mod wakeups;

#[path = "../support/mod.rs"]
mod everywhere;
#[path = "../support/hosts.rs"]
mod hosts;
#[path = "../support/orders.rs"]
mod orders;
#[path = "../support/random.rs"]
mod random;

use std::sync::Arc;

use leak_harness::__private::std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, Ordering::SeqCst,
};
use leak_harness::__private::std::sync::{Mutex, MutexGuard};
use leak_harness::{Engine, Failure, ObjectKind, Operation, StuckTask, WaitsOn};

use crate::hosts::only_stuck;

const HOSTS: [Engine; 2] = [Engine::Systematic, Engine::Loom];

/// Exactly one task is stuck, and this is what it waits on.
#[track_caller]
fn waits(failure: &Failure, operation: Operation, object: ObjectKind) {
    let object = Some(object);
    let expected = WaitsOn { operation, object };
    assert_eq!(only_stuck(failure).waits_on(), Some(expected));
}

/// The body, which is stuck.
#[track_caller]
fn stuck_body(failure: &Failure) -> &StuckTask {
    let body = failure.stuck().iter().find(|task| task.is_body());
    body.unwrap_or_else(|| panic!("the body is not stuck: {failure}"))
}

/// The report has this text.
#[track_caller]
fn says(failure: &Failure, text: &str) {
    let report = failure.to_string();
    assert!(report.contains(text), "{report}");
}

#[test]
fn outside_of_checks_they_are_what_stds_are() {
    let mut lock = Mutex::from(vec![1]);
    lock.lock().unwrap().push(2);
    lock.get_mut().unwrap().push(3);
    let guard = lock.lock().unwrap();
    assert!(matches!(
        lock.try_lock(),
        Err(std::sync::TryLockError::WouldBlock)
    ));
    assert_eq!(format!("{guard:?}"), "[1, 2, 3]");
    drop(guard);
    let std = std::sync::Mutex::new(vec![1, 2, 3]);
    assert_eq!(format!("{lock:?}"), format!("{std:?}"));
    assert_eq!(lock.into_inner().unwrap(), [1, 2, 3]);
    assert_eq!(*Mutex::<u8>::default().lock().unwrap(), 0);

    let unsized_lock: Arc<Mutex<dyn Fn() -> u32 + Send>> = Arc::new(Mutex::new(|| 7));
    assert_eq!(unsized_lock.lock().unwrap()(), 7);

    let flag = AtomicBool::new(true);
    assert!(flag.fetch_not(SeqCst));
    assert!(!flag.into_inner());
    let mut value = 5;
    let pointer = AtomicPtr::new(&raw mut value);
    assert_eq!(pointer.load(SeqCst), &raw mut value);
    assert_eq!(format!("{pointer:p}"), format!("{:p}", &raw mut value));
    assert_eq!(AtomicU8::from(3).fetch_max(9, SeqCst), 3);
    assert_eq!(format!("{:?}", AtomicU8::default()), "0");
    let odd = |value: u8| (value % 2 == 1).then_some(value + 1);
    let atomic = AtomicU8::new(3);
    assert_eq!(atomic.fetch_update(SeqCst, SeqCst, odd), Ok(3));
    assert_eq!(atomic.fetch_update(SeqCst, SeqCst, odd), Err(4));
}

#[test]
fn they_cross_threads_and_panics_as_stds_do() {
    fn is_shared<T: Send + Sync + std::panic::RefUnwindSafe + std::panic::UnwindSafe>() {}
    fn is_sync<T: Sync>() {}
    is_shared::<Mutex<std::cell::Cell<u8>>>();
    is_shared::<AtomicBool>();
    is_shared::<AtomicPtr<u8>>();
    is_sync::<MutexGuard<'_, u8>>();
}
