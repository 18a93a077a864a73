//! `Semaphore`: permits given out, given back and forgotten, and the close.

use std::sync::Arc;

use leak_harness::sync::{Semaphore, TryAcquireError};
use leak_harness::{Failure, FailureKind, ObjectKind, Operation, StuckTask, spawn};

use crate::{clean, failing, leaves_waiting};

static GATE: Semaphore = Semaphore::const_new(1);

#[test]
fn permits_are_given_out_and_come_back() {
    clean(|| async {
        let semaphore = Arc::new(Semaphore::new(3));
        let mut permit = semaphore.acquire_many(2).await.unwrap();
        let half = permit.split(1).unwrap();
        assert!(permit.split(2).is_none());
        assert_eq!((permit.num_permits(), half.num_permits()), (1, 1));
        drop(half);
        assert_eq!(semaphore.available_permits(), 2);
        permit.merge(semaphore.try_acquire().unwrap());
        assert!(std::ptr::eq(permit.semaphore(), &*semaphore));
        drop(permit);
        assert_eq!(semaphore.available_permits(), 3);

        let mut owned = Arc::clone(&semaphore).acquire_owned().await.unwrap();
        owned.merge(Arc::clone(&semaphore).try_acquire_many_owned(2).unwrap());
        assert_eq!(owned.num_permits(), 3);
        assert_eq!(
            Arc::clone(&semaphore).try_acquire_owned().unwrap_err(),
            TryAcquireError::NoPermits
        );
        drop(owned.split(1));
        owned.forget();
        assert_eq!(semaphore.available_permits(), 1);
        assert_eq!(semaphore.forget_permits(5), 1);
        semaphore.add_permits(1);
        let permit = semaphore.try_acquire_many(1).unwrap();
        assert!(Arc::ptr_eq(
            Arc::clone(&semaphore)
                .acquire_many_owned(0)
                .await
                .unwrap()
                .semaphore(),
            &semaphore
        ));
        drop(permit);
    });
}

#[test]
fn the_close_ends_waits_and_tries() {
    clean(|| async {
        let semaphore = Arc::new(Semaphore::new(0));
        let other = Arc::clone(&semaphore);
        let task = spawn(async move { other.acquire().await.is_err() });
        semaphore.close();
        assert!(semaphore.is_closed());
        assert!(task.await.unwrap());
        assert_eq!(
            semaphore.try_acquire().unwrap_err(),
            TryAcquireError::Closed
        );
        assert!(semaphore.blocking_acquire().is_err());
    });
}

#[test]
fn a_gate_lets_one_in_at_a_time() {
    clean(|| async {
        let task = spawn(async {
            let _permit = GATE.acquire().await.unwrap();
            leak_harness::task::yield_now().await;
        });
        drop(GATE.blocking_acquire_many(1).unwrap());
        drop(GATE.acquire().await.unwrap());
        task.await.unwrap();
    });
}

#[test]
fn threads_that_block_get_their_permits() {
    clean(|| async {
        let semaphore = Arc::new(Semaphore::new(0));
        let other = Arc::clone(&semaphore);
        let task = spawn(async move { other.add_permits(3) });
        let one = Arc::clone(&semaphore).blocking_acquire_owned().unwrap();
        let two = Arc::clone(&semaphore)
            .blocking_acquire_many_owned(2)
            .unwrap();
        task.await.unwrap();
        drop((one, two));
        assert_eq!(semaphore.available_permits(), 3);
    });
}

#[test]
fn a_permit_that_was_forgotten_is_waited_for_for_ever() {
    let line = line!() + 4;
    leaves_waiting(Operation::Acquire, ObjectKind::Semaphore, line, || async {
        let semaphore = Arc::new(Semaphore::new(1));
        semaphore.acquire().await.unwrap().forget();
        spawn(async move { semaphore.acquire_many(1).await.is_ok() });
    });
}

#[test]
fn a_permit_that_is_forgotten_between_two_waits_for_all_is_found() {
    let look = |failure: &Failure| {
        let stuck = failure.stuck();
        assert!(stuck.iter().any(StuckTask::is_body), "{failure}");
    };
    failing(FailureKind::Deadlock, look, || async {
        let semaphore = Arc::new(Semaphore::new(2));
        let other = Arc::clone(&semaphore);
        spawn(async move { other.acquire().await.unwrap().forget() });
        semaphore.acquire_many(2).await.unwrap().forget();
        semaphore.add_permits(2);
        // The other one may have come before this.
        semaphore.acquire_many(2).await.unwrap().forget();
        semaphore.add_permits(2);
    });
}
