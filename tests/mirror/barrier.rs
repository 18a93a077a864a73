//! `Barrier`: all go on together, or wait for one who does not come.

use std::sync::Arc;

use leak_harness::sync::Barrier;
use leak_harness::{ObjectKind, Operation, spawn};

use crate::{clean, leaves_waiting};

#[test]
fn all_go_on_together_and_one_of_them_leads() {
    clean(|| async {
        let barrier = Arc::new(Barrier::new(3));
        let tasks = [(); 2].map(|()| {
            let barrier = Arc::clone(&barrier);
            spawn(async move { barrier.wait().await.is_leader() })
        });
        let mut leaders = u32::from(barrier.wait().await.is_leader());
        for task in tasks {
            leaders += u32::from(task.await.unwrap());
        }
        assert_eq!(leaders, 1);
    });
}

#[test]
fn the_last_one_to_come_does_not_wait() {
    clean(|| async {
        let barrier = Barrier::new(1);
        assert!(matches!(
            futures::poll!(Box::pin(barrier.wait())),
            std::task::Poll::Ready(leader) if leader.is_leader()
        ));
    });
}

#[test]
fn one_who_does_not_come_keeps_all_waiting() {
    let line = line!() + 3;
    leaves_waiting(Operation::Wait, ObjectKind::Barrier, line, || async {
        let barrier = Arc::new(Barrier::new(2));
        spawn(async move { barrier.wait().await.is_leader() });
    });
}
