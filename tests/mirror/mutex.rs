//! `Mutex`: exclusion, tries, guards of parts of the value, and its queue.

use std::fmt::Display;
use std::sync::Arc;

use leak_harness::sync::{
    MappedMutexGuard, Mutex, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard,
};
use leak_harness::{Failure, FailureKind, ObjectKind, Operation, TaskId, spawn};

use crate::{clean, failing, leaves_waiting};

static COUNT: Mutex<u32> = Mutex::const_new(0);

#[test]
fn increments_under_the_lock_are_never_lost() {
    clean(|| async {
        let mutex = Arc::new(Mutex::new(0));
        let tasks = [(); 2].map(|()| {
            let mutex = Arc::clone(&mutex);
            spawn(async move {
                let mut guard = mutex.lock().await;
                let seen = *guard;
                leak_harness::task::yield_now().await;
                *guard = seen + 1;
            })
        });
        *Arc::clone(&mutex).lock_owned().await += 1;
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*mutex.lock().await, 3);
    });
}

#[test]
fn a_lock_in_a_static_can_be_taken_in_every_execution() {
    clean(|| async {
        let task = spawn(async { *COUNT.lock().await += 1 });
        *COUNT.lock().await += 1;
        task.await.unwrap();
        assert_eq!(*COUNT.lock().await % 2, 0);
    });
}

#[test]
fn a_try_fails_exactly_while_the_lock_is_held() {
    clean(|| async {
        let mutex = Arc::new(Mutex::new(5));
        let guard = mutex.try_lock().unwrap();
        assert!(mutex.try_lock().is_err());
        assert!(Arc::clone(&mutex).try_lock_owned().is_err());
        assert!(format!("{mutex:?}").contains("<locked>"));
        drop(guard);
        let guard = Arc::clone(&mutex).try_lock_owned().unwrap();
        assert!(mutex.try_lock().is_err());
        assert!(Arc::ptr_eq(OwnedMutexGuard::mutex(&guard), &mutex));
        assert_eq!(Arc::strong_count(&mutex), 2);
        drop(guard);
        assert_eq!(Arc::into_inner(mutex).unwrap().into_inner(), 5);
    });
}

#[test]
fn mapped_guards_reach_their_part_and_hold_the_lock() {
    clean(|| async {
        let mutex = Arc::new(Mutex::new((1, "text".to_owned())));
        let guard = MutexGuard::map(mutex.lock().await, |pair| &mut pair.1);
        assert!(mutex.try_lock().is_err());
        let mut guard = MappedMutexGuard::map(guard, |text| text);
        guard.push('!');
        let Err(guard) = MappedMutexGuard::try_map(guard, |_| None::<&mut u32>) else {
            panic!("the map gave nothing")
        };
        drop(guard);

        let guard = Arc::clone(&mutex).lock_owned().await;
        let Err(guard) = OwnedMutexGuard::try_map(guard, |_| None::<&mut u32>) else {
            panic!("the map gave nothing")
        };
        let guard = OwnedMutexGuard::map(guard, |pair| &mut pair.1);
        let mut guard = OwnedMappedMutexGuard::map(guard, String::as_mut_str);
        assert!(mutex.try_lock().is_err());
        guard.make_ascii_uppercase();
        assert_eq!(guard.to_string(), "TEXT!");
        drop(guard);
        assert!(mutex.try_lock().is_ok());
    });
}

#[test]
fn the_value_may_be_unsized_and_may_borrow() {
    clean(|| async {
        let text = String::from("text");
        let mutex: Arc<Mutex<dyn Display + '_>> = Arc::new(Mutex::new(&text));
        let guard = Arc::clone(&mutex).lock_owned().await;
        assert_eq!(guard.to_string(), "text");
        assert!(mutex.try_lock().is_err());
        drop(guard);
        assert_eq!(mutex.lock().await.to_string(), "text");
    });
}

#[test]
fn a_thread_that_blocks_on_the_lock_gets_it() {
    clean(|| async {
        let mutex = Arc::new(Mutex::new(0));
        let other = Arc::clone(&mutex);
        let task = spawn(async move {
            let mut guard = other.lock().await;
            leak_harness::task::yield_now().await;
            *guard += 1;
        });
        *mutex.blocking_lock() += 1;
        *Arc::clone(&mutex).blocking_lock_owned() += 1;
        task.await.unwrap();
        assert_eq!(*mutex.lock().await, 3);
    });
}

#[test]
fn a_wait_for_a_lock_says_who_holds_it_and_since_where() {
    let taken = line!() + 9;
    let look = |failure: &Failure| {
        let held = failure.stuck()[0].waits()[0].held_by.clone().unwrap();
        assert_eq!(held.task, TaskId::BODY);
        assert_eq!(held.taken_at.line(), taken);
    };
    let body = || async {
        let mutex = Arc::new(Mutex::new(0));
        let other = Arc::clone(&mutex);
        let guard = Arc::clone(&mutex).lock_owned().await;
        spawn(async move { drop(other.lock().await) });
        std::mem::forget(guard);
    };
    failing(FailureKind::Leak, look, body);
    let line = line!() - 4;
    leaves_waiting(Operation::Lock, ObjectKind::Mutex, line, body);
}

#[test]
fn a_place_in_the_queue_that_is_given_up_lets_the_next_one_in() {
    clean(|| async {
        let mutex = Arc::new(Mutex::new(0));
        let guard = mutex.lock().await;
        let other = Arc::clone(&mutex);
        let task = spawn(async move { *other.lock().await += 1 });
        {
            let mut wait = Box::pin(mutex.lock());
            assert!(futures::poll!(&mut wait).is_pending());
        }
        drop(guard);
        task.await.unwrap();
        assert_eq!(*mutex.lock().await, 1);
    });
}
