//! `SetOnce`: one sets it, all see it; or nobody does.

use std::sync::Arc;

use leak_harness::sync::{SetOnce, SetOnceError};
use leak_harness::{ObjectKind, Operation, spawn};

use crate::{clean, leaves_waiting};

static ONCE: SetOnce<u32> = SetOnce::const_new_with(7);

#[test]
fn one_of_two_sets_it_and_all_see_the_same() {
    clean(|| async {
        let once = Arc::new(SetOnce::new());
        let (one, two) = (Arc::clone(&once), Arc::clone(&once));
        let setter = spawn(async move { one.set(1) });
        let waiter = spawn(async move { *two.wait().await });
        let ours = once.set(2);
        let theirs = setter.await.unwrap();
        let value = if ours.is_ok() { 2 } else { 1 };
        assert_eq!(ours.is_ok(), theirs == Err(SetOnceError(1)));
        assert_eq!(waiter.await.unwrap(), value);
        assert_eq!((once.get(), once.initialized()), (Some(&value), true));
        assert_eq!(SetOnce::clone(&once), SetOnce::from(value));
        assert_eq!(Arc::into_inner(once).unwrap().into_inner(), Some(value));
        assert_eq!(ONCE.wait().await, &7);
    });
}

#[test]
fn what_is_never_set_is_waited_for_for_ever() {
    let line = line!() + 3;
    leaves_waiting(Operation::Wait, ObjectKind::SetOnce, line, || async {
        let once = Arc::new(SetOnce::<u32>::default());
        spawn(async move { *once.wait().await });
    });
}
