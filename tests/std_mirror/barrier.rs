//! `Barrier`: threads go on once enough have come.

use leak_harness::{FailureKind, ObjectKind, Operation};
use leak_harness_std::sync::Barrier;
use leak_harness_std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use leak_harness_std::thread;

use crate::everywhere::everywhere;
use crate::hosts::{clean, failing};
use crate::{says, waits};

#[test]
fn nobody_goes_on_before_all_have_come_and_one_is_the_leader() {
    everywhere(|builder| {
        let check = builder.exhaustive(true).check(|| async {
            let barrier = Barrier::new(2);
            let (came, leaders) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let come = || {
                came.fetch_add(1, SeqCst);
                let result = barrier.wait();
                assert_eq!(came.load(SeqCst), 2);
                if result.is_leader() {
                    leaders.fetch_add(1, SeqCst);
                }
            };
            thread::scope(|scope| {
                scope.spawn(come);
                come();
            });
            assert_eq!(leaders.load(SeqCst), 1);
        });
        check.expect("both come");
    });
}

#[test]
fn a_barrier_serves_one_round_after_the_other() {
    clean(|| async {
        let barrier = Barrier::new(2);
        let leaders = thread::scope(|scope| {
            let rounds = || (0..2).filter(|_| barrier.wait().is_leader()).count();
            let other = scope.spawn(rounds);
            rounds() + other.join().unwrap()
        });
        assert_eq!(leaders, 2);
        assert!(Barrier::new(0).wait().is_leader());
        assert!(Barrier::new(1).wait().is_leader());
    });
}

#[test]
fn a_barrier_that_too_few_come_to_is_a_deadlock() {
    failing(
        FailureKind::Deadlock,
        |failure| {
            waits(failure, Operation::Wait, ObjectKind::StdBarrier);
            says(failure, "1 of 2 came to the barrier");
        },
        || async {
            Barrier::new(2).wait();
        },
    );
}

#[test]
fn outside_of_checks_it_is_stds() {
    let barrier = Barrier::new(2);
    let leaders: usize = thread::scope(|scope| {
        let threads = [(); 2].map(|()| scope.spawn(|| barrier.wait().is_leader()));
        let leaders = threads.map(|thread| usize::from(thread.join().unwrap()));
        leaders.into_iter().sum()
    });
    assert_eq!(leaders, 1);
    let real = std::sync::Barrier::new(1);
    assert_eq!(format!("{barrier:?}"), format!("{real:?}"));
    let mirrored = format!("{:?}", Barrier::new(1).wait());
    assert_eq!(mirrored, format!("{:?}", real.wait()));
}
