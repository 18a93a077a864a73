//! `RwLock`: who is kept out by whom, guards of parts of the value, and waits for ever.

use std::sync::Arc;

use leak_harness::sync::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock,
    RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard,
};
use leak_harness::{ObjectKind, Operation, spawn};

use crate::{clean, leaves_waiting};

static SHARED: RwLock<u32> = RwLock::const_new(0);

#[test]
fn readers_never_see_a_half_written_value() {
    clean(|| async {
        let lock = Arc::new(RwLock::new((0, 0)));
        let (one, two) = (Arc::clone(&lock), Arc::clone(&lock));
        let writer = spawn(async move {
            let mut pair = one.write().await;
            pair.0 = 1;
            leak_harness::task::yield_now().await;
            pair.1 = 1;
        });
        let reader = spawn(async move {
            let pair = two.read_owned().await;
            assert_eq!(pair.0, pair.1);
        });
        let pair = lock.read().await;
        assert_eq!(pair.0, pair.1);
        drop(pair);
        writer.await.unwrap();
        reader.await.unwrap();
    });
}

#[test]
fn tries_fail_exactly_while_others_exclude_them() {
    clean(|| async {
        let lock = Arc::new(RwLock::with_max_readers(5, 2));
        let first = lock.try_read().unwrap();
        let second = Arc::clone(&lock).try_read_owned().unwrap();
        assert!(Arc::ptr_eq(OwnedRwLockReadGuard::rwlock(&second), &lock));
        assert!(lock.try_read().is_err());
        drop(first);
        assert!(lock.try_write().is_err());
        drop(second);
        let guard = Arc::clone(&lock).try_write_owned().unwrap();
        assert!(lock.try_read().is_err());
        assert!(Arc::clone(&lock).try_write_owned().is_err());
        drop(guard);
        drop(lock.try_write().unwrap());
        let mut lock = Arc::into_inner(lock).unwrap();
        *lock.get_mut() += 1;
        assert_eq!(lock.into_inner(), 6);
    });
}

#[test]
fn guards_can_be_mapped_and_downgraded() {
    clean(|| async {
        let lock = Arc::new(RwLock::new((1, "text".to_owned())));
        let guard = RwLockWriteGuard::map(lock.write().await, |pair| &mut pair.1);
        let mut guard = RwLockMappedWriteGuard::map(guard, String::as_mut_str);
        guard.make_ascii_uppercase();
        drop(guard);
        let read = lock.write().await.downgrade();
        assert!(lock.try_read().is_ok() && lock.try_write().is_err());
        let read = RwLockReadGuard::map(read, |pair| &pair.1);
        assert_eq!(read.to_string(), "TEXT");
        drop(read);
        let guard = lock.write().await;
        let Err(guard) = RwLockWriteGuard::try_downgrade_map(guard, |_| None::<&u32>) else {
            panic!("the map gave nothing")
        };
        assert!(lock.try_read().is_err());
        let read = RwLockWriteGuard::downgrade_map(guard, |pair| &pair.0);
        assert_eq!(*read, 1);
        assert!(lock.try_read().is_ok());
    });
}

#[test]
fn owned_guards_can_be_mapped_and_downgraded() {
    clean(|| async {
        let lock = Arc::new(RwLock::new((1, "text".to_owned())));
        let guard = Arc::clone(&lock).write_owned().await;
        let guard = OwnedRwLockWriteGuard::map(guard, |pair| &mut pair.1);
        let mut guard = OwnedRwLockMappedWriteGuard::map(guard, String::as_mut_str);
        guard.make_ascii_uppercase();
        assert!(lock.try_read().is_err());
        drop(guard);
        let read = Arc::clone(&lock).write_owned().await.downgrade();
        assert!(lock.try_read().is_ok() && lock.try_write().is_err());
        let read = OwnedRwLockReadGuard::map(read, |pair| &pair.1);
        assert_eq!(read.to_string(), "TEXT");
        drop(read);
        let guard = Arc::clone(&lock).write_owned().await;
        let Err(guard) = OwnedRwLockWriteGuard::try_downgrade_map(guard, |_| None::<&u32>) else {
            panic!("the map gave nothing")
        };
        assert!(lock.try_read().is_err());
        let read = OwnedRwLockWriteGuard::downgrade_map(guard, |pair| &pair.0);
        assert_eq!(*read, 1);
        assert!(lock.try_read().is_ok());
        drop(read);
        assert_eq!(Arc::strong_count(&lock), 1);
        assert!(lock.try_write().is_ok());
    });
}

#[test]
fn threads_that_block_read_and_write() {
    clean(|| async {
        let task = spawn(async {
            *SHARED.write().await += 1;
            *SHARED.write().await -= 1;
        });
        *SHARED.blocking_write() += 0;
        assert!(*SHARED.blocking_read() <= 1);
        task.await.unwrap();
    });
}

#[test]
fn waits_for_ever_are_named() {
    let line = line!() + 4;
    leaves_waiting(Operation::Write, ObjectKind::RwLock, line, || async {
        let lock = Arc::new(RwLock::new(0));
        std::mem::forget(lock.read().await);
        spawn(async move { *lock.write().await += 1 });
    });
    let line = line!() + 4;
    leaves_waiting(Operation::Read, ObjectKind::RwLock, line, || async {
        let lock = Arc::new(RwLock::new(0));
        std::mem::forget(Arc::clone(&lock).write_owned().await);
        spawn(async move { *lock.read_owned().await });
    });
}
