//! The mirrored primitives, from outside: in an execution they do what tokio's do, and a task that
//! is stuck on one says on what.

mod barrier;
mod broadcast;
mod conformance;
mod mpsc;
mod mutex;
mod names;
mod nested;
mod notify;
mod once_cell;
mod oneshot;
mod reduction;
mod rwlock;
mod semaphore;
mod set_once;
mod watch;

use std::future::Future;

use leak_harness::{
    Builder, Engine, Failure, FailureKind, ObjectKind, Operation, StuckState, StuckTask, WaitsOn,
};

const ENGINES: [Engine; 2] = [Engine::Systematic, Engine::Loom];

/// Runs a body in every order, on both hosts: none of them may fail.
#[track_caller]
fn clean<F, Fut>(body: F)
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + 'static,
{
    for engine in ENGINES {
        let builder = Builder::new().engine(engine).exhaustive(true);
        if let Err(failure) = builder.check(body.clone()) {
            panic!("{engine:?}: {failure}");
        }
    }
}

/// Runs a body on both hosts, where it must fail; looks at each failure.
#[track_caller]
fn failing<F, Fut>(kind: FailureKind, look: impl Fn(&Failure), body: F)
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + 'static,
{
    for engine in ENGINES {
        match Builder::new().engine(engine).check(body.clone()) {
            Ok(_) => panic!("{engine:?}: nothing was found"),
            Err(failure) => {
                assert_eq!(failure.kind(), kind, "{engine:?}: {failure}");
                look(&failure);
            }
        }
    }
}

/// The body must leave exactly one task behind, which waits on this.
#[track_caller]
fn leaves_waiting<F, Fut>(operation: Operation, object: ObjectKind, line: u32, body: F)
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + 'static,
{
    let look = |failure: &Failure| {
        let [task] = failure.stuck() else {
            panic!("not one stuck task: {failure}")
        };
        waits(task, operation, object, line);
    };
    failing(FailureKind::Leak, look, body);
}

#[track_caller]
fn waits(task: &StuckTask, operation: Operation, object: ObjectKind, line: u32) {
    let expected = WaitsOn {
        operation,
        object: Some(object),
    };
    assert_eq!(task.waits_on(), Some(expected));
    assert_eq!(task.awaited_at().map(|site| site.line()), Some(line));
    assert_eq!(task.state(), StuckState::Parked);
}
