//! Threads that borrow: all are joined, and none outlives what it borrows, also in teardown.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize as RealUsize;

use leak_harness::{FailureKind, Operation};
use leak_harness_std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use leak_harness_std::sync::{Mutex, mpsc};
use leak_harness_std::thread;

use crate::everywhere::everywhere;
use crate::hosts::failing;
use crate::{HOSTS, stuck_body};

#[test]
fn a_scope_joins_all_that_borrow() {
    everywhere(|builder| {
        let check = builder.exhaustive(true).check(|| async {
            let mut values = vec![1, 2];
            let count = AtomicUsize::new(0);
            let sum = thread::scope(|scope| {
                let (one, other) = values.split_at_mut(1);
                scope.spawn(|| {
                    one[0] += 10;
                    count.fetch_add(1, SeqCst);
                });
                let other = scope.spawn(|| {
                    other[0] += 20;
                    count.fetch_add(1, SeqCst);
                    other[0]
                });
                other.join().unwrap()
            });
            assert_eq!(sum, 22);
            assert_eq!(count.load(SeqCst), 2);
            assert_eq!(values, [11, 22]);
        });
        check.expect("the scope ends after its threads");
    });
}

#[test]
fn threads_of_a_scope_start_others_in_it() {
    everywhere(|builder| {
        let check = builder.check(|| async {
            let count = AtomicUsize::new(0);
            thread::scope(|scope| {
                let named = thread::Builder::new().name("outer".to_owned());
                let outer = named.spawn_scoped(scope, || {
                    scope.spawn(|| count.fetch_add(1, SeqCst));
                });
                assert_eq!(outer.unwrap().thread().name(), Some("outer"));
            });
            assert_eq!(count.load(SeqCst), 1);
        });
        check.expect("the scope ends after its threads");
    });
}

#[test]
fn a_panic_that_is_not_joined_is_the_scopes() {
    everywhere(|builder| {
        let check = builder.check(|| async {
            let scoped = std::panic::catch_unwind(|| {
                thread::scope(|scope| {
                    scope.spawn(|| panic!("in the thread"));
                });
            });
            let payload = scoped.unwrap_err();
            assert_eq!(payload.downcast_ref(), Some(&"a scoped thread panicked"));
            let joined = thread::scope(|scope| scope.spawn(|| panic!("joined")).join());
            assert!(joined.is_err());
        });
        check.expect("every panic was looked at");
    });
}

#[test]
fn a_scope_that_panics_waits_for_its_threads_first() {
    everywhere(|builder| {
        let check = builder.check(|| async {
            let count = AtomicUsize::new(0);
            let scoped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                thread::scope(|scope| {
                    scope.spawn(|| count.fetch_add(1, SeqCst));
                    panic!("in the scope");
                });
            }));
            let payload = scoped.unwrap_err();
            assert_eq!(payload.downcast_ref(), Some(&"in the scope"));
            assert_eq!(count.load(SeqCst), 1);
        });
        check.expect("every panic was looked at");
    });
}

/// Counts those who are alive among what a scope's threads borrow.
struct Alive<'a>(&'a RealUsize);

impl<'a> Alive<'a> {
    fn new(count: &'a RealUsize) -> Alive<'a> {
        count.fetch_add(1, SeqCst);
        Alive(count)
    }
}

impl Drop for Alive<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// How many were alive when what they borrow was dropped.
type Faults = Arc<RealUsize>;

/// Dropped after a scope: nobody must borrow it any more.
struct Borrowed {
    alive: RealUsize,
    faults: Faults,
}

impl Borrowed {
    fn new(faults: &Faults) -> Borrowed {
        Borrowed {
            alive: RealUsize::new(0),
            faults: Arc::clone(faults),
        }
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        let alive = self.alive.load(SeqCst);
        self.faults.fetch_add(alive, SeqCst);
    }
}

/// The body must deadlock with so many stuck tasks, and none of them outlives what it borrows.
#[track_caller]
fn none_outlives<Fut>(stuck: usize, body: fn(Faults) -> Fut)
where
    Fut: Future<Output = ()> + 'static,
{
    let faults = Faults::default();
    let counted = Arc::clone(&faults);
    failing(
        FailureKind::Deadlock,
        |failure| assert_eq!(failure.stuck().len(), stuck, "{failure}"),
        move || body(Arc::clone(&counted)),
    );
    assert_eq!(faults.load(SeqCst), 0);
}

#[test]
fn the_owner_of_a_scope_waits_for_its_threads() {
    failing(
        FailureKind::Deadlock,
        |failure| {
            let waits_on = stuck_body(failure).waits_on().unwrap();
            assert_eq!(waits_on.operation, Operation::Join);
        },
        || async { thread::scope(|scope| drop(scope.spawn(thread::park))) },
    );
}

#[test]
fn in_teardown_threads_go_before_what_they_borrow() {
    none_outlives(3, |faults| async move {
        let borrowed = Borrowed::new(&faults);
        thread::scope(|scope| {
            for _ in 0..2 {
                let borrowed = &borrowed;
                scope.spawn(move || {
                    let _alive = Alive::new(&borrowed.alive);
                    thread::park();
                });
            }
        });
    });
}

#[test]
fn in_teardown_threads_that_never_ran_are_dropped_with_the_scope() {
    struct Spawns<'scope, 'env>(&'scope thread::Scope<'scope, 'env>, &'env Borrowed);
    impl Drop for Spawns<'_, '_> {
        fn drop(&mut self) {
            let alive = Alive::new(&self.1.alive);
            self.0.spawn(move || drop(alive));
        }
    }
    none_outlives(1, |faults| async move {
        let borrowed = Borrowed::new(&faults);
        thread::scope(|scope| {
            let _spawns = Spawns(scope, &borrowed);
            thread::park();
        });
    });
}

#[test]
fn nested_scopes_go_from_the_inside() {
    none_outlives(3, |faults| async move {
        let outer = Borrowed::new(&faults);
        let (tx, rx) = mpsc::channel::<u8>();
        let (tx, rx) = (Mutex::new(tx), Mutex::new(rx));
        thread::scope(|scope| {
            scope.spawn(|| {
                let _alive = Alive::new(&outer.alive);
                let inner = Borrowed::new(&faults);
                thread::scope(|scope| {
                    scope.spawn(|| {
                        let _alive = (Alive::new(&inner.alive), Alive::new(&outer.alive));
                        // The other end is alive, and silent.
                        let _ = rx.lock().unwrap().recv();
                    });
                });
            });
        });
        drop(tx);
    });
}

/// Its stack is abandoned: what it holds is never dropped, and what it borrows is never used.
#[test]
fn a_thread_that_catches_all_unwinds_does_not_keep_its_scope_from_its_end() {
    static ENDED: RealUsize = RealUsize::new(0);
    struct Ends;
    impl Drop for Ends {
        fn drop(&mut self) {
            ENDED.fetch_add(1, SeqCst);
        }
    }
    failing(
        FailureKind::Deadlock,
        |failure| assert_eq!(failure.stuck().len(), 2),
        || async {
            let _ends = Ends;
            thread::scope(|scope| {
                scope.spawn(|| {
                    loop {
                        let _ = std::panic::catch_unwind(thread::park);
                    }
                });
            });
        },
    );
    assert!(ENDED.load(SeqCst) >= HOSTS.len());
}

#[test]
fn outside_of_checks_scoped_threads_are_real() {
    let mut values = [1, 2, 3];
    let sum: i32 = thread::scope(|scope| {
        let threads = values.each_mut().map(|value| {
            scope.spawn(move || {
                *value *= 2;
                *value
            })
        });
        threads.into_iter().map(|it| it.join().unwrap()).sum()
    });
    assert_eq!((sum, values), (12, [2, 4, 6]));
    let quiet = std::panic::catch_unwind(|| {
        thread::scope(|scope| {
            scope.spawn(|| std::panic::resume_unwind(Box::new("quiet")));
        });
    });
    assert!(quiet.is_err());
}
