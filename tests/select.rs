//! `select!` inside of an execution: every branch that may win is explored; the rest is as in
//! tokio's, which runs the same bodies.

#[path = "support/orders.rs"]
mod orders;

use std::collections::BTreeSet;
use std::future::{pending, ready};
use std::sync::Arc;

use leak_harness::sync::mpsc;
use leak_harness::time::{Duration, sleep};
use leak_harness::{Builder, Engine, FailureKind, select, spawn};
use leak_harness_std::sync::atomic::{AtomicBool, Ordering};

use orders::in_all_orders;

/// Compares what a body comes to with what tokio makes of it, in so many tries.
macro_rules! same_as_tokio {
    ($expected:expr, $($body:tt)*) => {{
        let expected = BTreeSet::from($expected);
        let controlled = in_all_orders(|| async {
            use leak_harness::select;
            $($body)*
        });
        assert_eq!(controlled, expected);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let real: BTreeSet<_> = (0..200)
            .map(|_| runtime.block_on(async {
                use tokio::select;
                $($body)*
            }))
            .collect();
        assert_eq!(real, expected, "tokio's own");
    }};
}

#[test]
fn of_branches_that_are_ready_each_may_win() {
    same_as_tokio!([1, 2, 3], {
        select! {
            value = ready(1) => value,
            value = ready(2) => value,
            value = ready(3) => value,
        }
    });
}

#[test]
fn of_biased_branches_the_first_that_is_ready_wins() {
    same_as_tokio!([2], {
        select! {
            biased;
            value = pending() => value,
            value = ready(2) => value,
            value = ready(3) => value,
        }
    });
}

#[test]
fn a_branch_whose_condition_is_false_is_not_polled_but_its_future_is_evaluated() {
    same_as_tokio!([(1, 2)], {
        let mut evaluated = 0;
        let mut evaluate = || {
            evaluated += 1;
            async { ready(1).await }
        };
        let disabled = false;
        let (first, second) = (evaluate(), evaluate());
        let value = select! {
            value = first => value,
            _ = async { unreachable!("it is disabled") }, if disabled => 0,
            value = second, if disabled => value,
        };
        (value, evaluated)
    });
}

#[test]
fn what_is_evaluated_is_evaluated_in_order_conditions_before_futures() {
    same_as_tokio!([vec!["condition", "future one", "future two"]], {
        let log = std::cell::RefCell::new(Vec::new());
        let note = |what| log.borrow_mut().push(what);
        select! {
            _ = { note("future one"); ready(()) }, if { note("condition"); true } => {}
            _ = { note("future two"); ready(()) } => {}
        }
        log.into_inner()
    });
}

#[test]
fn a_pattern_that_does_not_match_disables_its_branch_and_the_others_go_on() {
    same_as_tokio!([2], {
        select! {
            Some(value) = ready(None) => value,
            value = async { tokio::task::yield_now().await; 2 } => value,
        }
    });
}

#[test]
fn without_a_branch_left_the_else_is_taken() {
    same_as_tokio!([9], {
        select! {
            Some(value) = ready(None) => value,
            value = pending(), if false => value,
            else => 9,
        }
    });
}

#[test]
fn without_a_branch_left_and_without_else_it_panics_as_tokios_does() {
    let failure = Builder::new().engine(Engine::Systematic).check(|| async {
        select! {
            _ = ready(()), if false => {}
        }
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Panic);
    let message = &failure.panic().unwrap().message;
    let real = std::panic::catch_unwind(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(async {
            tokio::select! {
                _ = ready(()), if false => {}
            }
        });
    });
    let real = *real.unwrap_err().downcast::<&str>().unwrap();
    assert_eq!(message, real);
}

#[test]
fn the_losers_are_dropped_before_the_handler_runs() {
    same_as_tokio!([vec!["dropped", "handled"]], {
        struct Loser<'a>(&'a std::cell::RefCell<Vec<&'static str>>);
        impl Drop for Loser<'_> {
            fn drop(&mut self) {
                self.0.borrow_mut().push("dropped");
            }
        }
        let log = std::cell::RefCell::new(Vec::new());
        let loser = Loser(&log);
        select! {
            () = async move { let _loser = loser; pending().await } => {}
            () = ready(()) => log.borrow_mut().push("handled"),
        }
        log.into_inner()
    });
}

#[test]
fn handlers_may_leave_the_loop_and_the_function_around_them() {
    same_as_tokio!([Ok(3), Err("left")], {
        async fn count() -> Result<u32, &'static str> {
            let mut count = 0;
            loop {
                select! {
                    one = ready(1) => {
                        count += one;
                        if count == 3 {
                            break Ok(count);
                        }
                        continue;
                    }
                    left = ready(Err::<u32, _>("left")) => left?,
                };
            }
        }
        count().await
    });
}

#[test]
fn a_future_that_is_borrowed_goes_on_in_the_next_round() {
    same_as_tokio!([2], {
        let slow = async {
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            1
        };
        tokio::pin!(slow);
        let mut rounds = 0;
        loop {
            select! {
                biased;
                one = &mut slow => break rounds + one,
                () = tokio::task::yield_now(), if rounds < 5 => rounds += 1,
            }
        }
    });
}

#[test]
fn which_channel_is_served_first_is_explored() {
    let first = in_all_orders(|| async {
        let (one_tx, mut one) = mpsc::channel(1);
        let (two_tx, mut two) = mpsc::channel(1);
        spawn(async move { one_tx.send(1).await });
        spawn(async move { two_tx.send(2).await });
        select! {
            value = one.recv() => value,
            value = two.recv() => value,
        }
    });
    assert_eq!(first, BTreeSet::from([Some(1), Some(2)]));
}

/// Where the wait of the first branch was seen to park, the second one was disabled; where both are
/// enabled, the first is ready unless its sender comes late.
#[test]
fn a_wait_that_parked_alone_is_one_of_several_where_another_branch_is_enabled() {
    let got = in_all_orders(|| async {
        let (one_tx, mut one) = mpsc::unbounded_channel();
        let (two_tx, mut two) = mpsc::unbounded_channel();
        let _open = (one_tx.clone(), two_tx.clone());
        let enabled = Arc::new(AtomicBool::new(false));
        let looked = Arc::clone(&enabled);
        let first = spawn(async move { one_tx.send(1).unwrap() });
        let selects = spawn(async move {
            let both = looked.load(Ordering::SeqCst);
            let value = select! {
                biased;
                value = one.recv() => value,
                value = two.recv(), if both => value,
            };
            // The receivers live on, so that nobody sees when they are dropped.
            (both, value, one, two)
        });
        let second = spawn(async move {
            two_tx.send(2).unwrap();
            enabled.store(true, Ordering::SeqCst);
        });
        let (both, value, _one, _two) = selects.await.unwrap();
        first.await.unwrap();
        second.await.unwrap();
        (both, value)
    });
    let all = [(false, Some(1)), (true, Some(1)), (true, Some(2))];
    assert_eq!(got, BTreeSet::from(all));
}

#[test]
fn a_message_that_a_losing_branch_had_taken_is_lost_and_the_loss_is_found() {
    // Not cancel safe: it takes a message, then waits, with the message in hand.
    async fn take(queue: &mut mpsc::Receiver<u32>) -> u32 {
        let message = queue.recv().await.unwrap();
        sleep(Duration::from_secs(1)).await;
        message
    }
    let failure = Builder::new().engine(Engine::Systematic).check(|| async {
        let (tx, mut queue) = mpsc::channel(2);
        let (stop_tx, mut stop) = mpsc::channel::<()>(1);
        spawn(async move { tx.send(1).await.unwrap() });
        spawn(async move { stop_tx.send(()).await.unwrap() });
        let taken = select! {
            message = take(&mut queue) => Some(message),
            _ = stop.recv() => queue.recv().await,
        };
        assert_eq!(taken, Some(1));
    });
    assert_eq!(failure.unwrap_err().kind(), FailureKind::Panic);
}
