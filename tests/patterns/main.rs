//! How tasks leak in real code, and what stops it: every cause fails with the right operation,
//! object and places, every remedy is clean in every schedule.
//!
//! Each row names a cause and its remedy, two functions of one module. In a cause, `// spawned:`
//! and `// waits:` stand above the lines that the failure must name. Not here: the wording of failures.

mod locks;
mod loops;
mod senders;
mod workers;

use std::future::Future;

use leak_harness::{Builder, Engine, Failure, FailureKind, Flavor, ObjectKind, Operation};

const HOSTS: [Engine; 2] = [Engine::Systematic, Engine::Loom];
const BOTH: &[Flavor] = &[Flavor::MultiThread, Flavor::CurrentThread];
/// For causes that need a switch in the middle of a poll.
const THREADS: &[Flavor] = &[Flavor::MultiThread];

/// loom's own reduction leaves many more orders than there are.
const LOOM_SCHEDULES: usize = 1_000;

/// What a failure must say of the stuck task that was spawned on the marked line.
struct Expected {
    kind: FailureKind,
    operation: Operation,
    object: Option<ObjectKind>,
    spawned: u32,
    waits: u32,
}

/// The line below a mark, in a function of a source file.
fn marked(source: &str, function: &str, mark: &str) -> u32 {
    let begin = source
        .lines()
        .position(|line| line.contains(&format!("async fn {function}()")));
    let begin = begin.unwrap_or_else(|| panic!("no function {function}"));
    let mark = format!("// {mark}:");
    let lines = source.lines().enumerate().skip(begin);
    let end = lines.clone().find(|(_, line)| *line == "}").unwrap().0;
    let found: Vec<usize> = lines
        .take_while(|&(number, _)| number < end)
        .filter(|(_, line)| line.trim() == mark)
        .map(|(number, _)| number + 2)
        .collect();
    let [line] = found[..] else {
        panic!("{function} has {mark} above lines {found:?}, not above one")
    };
    u32::try_from(line).unwrap()
}

fn builder(engine: Engine, flavor: Flavor) -> Builder {
    Builder::new().engine(engine).flavor(flavor)
}

#[track_caller]
fn assert_found(failure: &Failure, expected: &Expected) {
    assert_eq!(failure.kind(), expected.kind, "{failure}");
    let stuck = failure.stuck().iter();
    let task = stuck
        .filter(|task| !task.is_body())
        .find(|task| task.spawned_at().line() == expected.spawned)
        .unwrap_or_else(|| panic!("no stuck task of line {}: {failure}", expected.spawned));
    let waits_on = task.waits_on().unwrap();
    assert_eq!(waits_on.operation, expected.operation, "{failure}");
    assert_eq!(waits_on.object, expected.object, "{failure}");
    assert_eq!(
        task.awaited_at().unwrap().line(),
        expected.waits,
        "{failure}"
    );
}

#[track_caller]
fn fails<Fut>(flavors: &[Flavor], body: fn() -> Fut, expected: &Expected)
where
    Fut: Future<Output = ()> + 'static,
{
    for engine in HOSTS {
        for &flavor in flavors {
            let failure = builder(engine, flavor).check(body);
            let Err(failure) = failure else {
                panic!("{} under {flavor:?} finds nothing", engine.name())
            };
            assert_found(&failure, expected);
        }
    }
}

#[track_caller]
fn is_clean<Fut>(body: fn() -> Fut)
where
    Fut: Future<Output = ()> + 'static,
{
    for engine in HOSTS {
        for &flavor in BOTH {
            let builder = builder(engine, flavor);
            let check = match engine {
                Engine::Loom => builder.schedules(LOOM_SCHEDULES).check(body),
                _ => builder.exhaustive(true).check(body),
            };
            if let Err(failure) = check {
                panic!("{} under {flavor:?}: {failure}", engine.name());
            }
        }
    }
}

macro_rules! rows {
    ($(
        $name:ident: $module:ident::$cause:ident in $flavors:ident
            => $kind:ident, $operation:ident of $object:expr;
            until $remedy:ident;
    )*) => {
        $(
            #[test]
            fn $name() {
                let source = include_str!(concat!(stringify!($module), ".rs"));
                let expected = Expected {
                    kind: FailureKind::$kind,
                    operation: Operation::$operation,
                    object: $object,
                    spawned: marked(source, stringify!($cause), "spawned"),
                    waits: marked(source, stringify!($cause), "waits"),
                };
                fails($flavors, $module::$cause, &expected);
                is_clean($module::$remedy);
            }
        )*
    };
}

const MPSC: Option<ObjectKind> = Some(ObjectKind::Mpsc);
const UNBOUNDED: Option<ObjectKind> = Some(ObjectKind::UnboundedMpsc);
const MUTEX: Option<ObjectKind> = Some(ObjectKind::Mutex);
const NOTIFY: Option<ObjectKind> = Some(ObjectKind::Notify);
const TIMER: Option<ObjectKind> = Some(ObjectKind::Timer);
const TASK: Option<ObjectKind> = Some(ObjectKind::Task);

rows! {
    a_send_to_a_receiver_that_never_receives: senders::nobody_receives in BOTH
        => Leak, Send of MPSC; until room_for_the_values;
    a_reply_to_a_caller_that_gave_up: senders::the_caller_gave_up in BOTH
        => Leak, Send of MPSC; until room_for_a_late_reply;
    a_send_loop_whose_consumer_stopped_at_an_error: senders::the_consumer_stopped in BOTH
        => Deadlock, Send of MPSC; until the_consumer_drains;
    a_send_loop_that_nobody_cancels: senders::the_consumer_is_kept in BOTH
        => Leak, Send of MPSC; until the_producer_is_cancelled;

    a_worker_whose_sender_lives_in_its_owner: workers::the_owner_keeps_the_sender in BOTH
        => Deadlock, Recv of MPSC; until the_owner_cancels_by_watch;
    a_worker_whose_sender_lives_in_a_parked_task: workers::a_parked_task_keeps_the_sender in BOTH
        => Leak, Recv of UNBOUNDED; until the_owner_cancels_by_oneshot;
    a_worker_that_keeps_its_own_sender: workers::the_worker_keeps_the_sender in BOTH
        => Leak, Recv of MPSC; until the_worker_keeps_the_sender_and_is_cancelled;
    a_consumer_that_drains_until_nobody_closes: workers::nobody_closes in BOTH
        => Deadlock, Recv of MPSC; until the_last_producer_closes;

    a_loop_on_sleep: loops::sleeps in BOTH => Loop, Sleep of TIMER; until sleeps_until_told;
    a_loop_on_yield_now: loops::yields in BOTH => Loop, Yield of None; until yields_until_told;
    a_loop_on_try_recv: loops::tries in BOTH => Loop, TryRecv of MPSC; until tries_until_closed;
    a_join_on_a_task_that_leaks: loops::joins_a_leak in BOTH
        => Leak, Join of TASK; until aborts_before_it_joins;
    a_timeout_whose_loser_is_never_told: loops::the_loser_lives_on in BOTH
        => Leak, Recv of MPSC; until the_loser_is_aborted;

    a_lost_wakeup: locks::checks_then_waits in THREADS
        => Leak, Notified of NOTIFY; until registers_then_checks;
    two_locks_in_opposite_orders: locks::opposite_orders in THREADS
        => Leak, Lock of MUTEX; until one_order;
    a_lock_that_is_taken_twice: locks::taken_twice in BOTH
        => Leak, Lock of MUTEX; until released_before;
}
