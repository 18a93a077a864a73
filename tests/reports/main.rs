//! What a failure says, word for word: for every row of the patterns, and for causes that they do
//! not have. `UPDATE_EXPECT=1 cargo test --test reports` writes the files anew; read what changed.
//!
//! Not here: whether the right task is found (`patterns`).

mod cost;
#[path = "../patterns/locks.rs"]
#[expect(dead_code, reason = "the remedies are clean, and say nothing")]
mod locks;
#[path = "../patterns/loops.rs"]
#[expect(dead_code, reason = "the remedies are clean, and say nothing")]
mod loops;
mod machine;
mod more;
#[path = "../patterns/senders.rs"]
#[expect(dead_code, reason = "the remedies are clean, and say nothing")]
mod senders;
#[path = "../patterns/workers.rs"]
#[expect(dead_code, reason = "the remedies are clean, and say nothing")]
mod workers;

use std::future::Future;

use expect_test::{ExpectFile, expect_file};
use leak_harness::{Builder, Engine};

/// A report of a real body must be read at one glance.
const MOST_LINES: usize = 60;
const WIDEST: usize = 100;

fn says<Fut>(name: &str, body: fn() -> Fut, golden: &ExpectFile)
where
    Fut: Future<Output = ()> + 'static,
{
    let builder = Builder::new().name(name).engine(Engine::Systematic);
    let failure = builder.check(body).unwrap_err();
    machine::says_the_same(&failure);
    machine::is_on_the_page(&failure);
    let report = failure.to_string();
    assert!(report.lines().count() <= MOST_LINES, "too long:\n{report}");
    let ladder = report.lines().filter(|line| line.contains('│'));
    for line in ladder {
        assert!(line.chars().count() <= WIDEST, "too wide:\n{line}");
    }
    golden.assert_eq(&without_functions(&report));
}

/// A chain of awaits with its places alone: which functions have names there depends on how much
/// debug information there is.
fn without_functions(report: &str) -> String {
    let mut told = String::new();
    let mut waits = false;
    for line in report.lines() {
        let words = line.trim_start();
        let indent = &line[..line.len() - words.len()];
        if let Some(frame) = words.strip_prefix("← ") {
            let place = frame.rsplit_once(" at ").map_or(frame, |(_, place)| place);
            told += &format!("{indent}← {place}\n");
        } else if !(waits && words.starts_with("in ")) {
            told += &format!("{line}\n");
        }
        waits = words.starts_with("waits ");
    }
    told
}

macro_rules! reports {
    ($($module:ident { $($body:ident)* })*) => {
        $($(
            #[test]
            fn $body() {
                let golden = concat!("golden/", stringify!($body), ".txt");
                says(stringify!($body), $module::$body, &expect_file![golden]);
            }
        )*)*
    };
}

reports! {
    senders {
        nobody_receives
        the_caller_gave_up
        the_consumer_stopped
        the_consumer_is_kept
    }
    workers {
        the_owner_keeps_the_sender
        a_parked_task_keeps_the_sender
        the_worker_keeps_the_sender
        nobody_closes
    }
    loops {
        sleeps
        yields
        tries
        joins_a_leak
        the_loser_lives_on
    }
    locks {
        checks_then_waits
        opposite_orders
        taken_twice
    }
    more {
        a_forgotten_permit
        permits_that_are_held
        a_forgotten_guard
        an_answer_that_nobody_gives
        an_answer_that_a_worker_does_not_give
        an_answer_in_a_message_in_a_message
        a_semaphore_used_as_a_lock
        two_senders_are_left
        a_signal_that_nobody_gives
        waits_under_the_lock
        a_barrier_for_three
        an_arc_that_two_tasks_share
        ten_that_wait_for_one
        a_thousand_of_a_kind
        a_branch_that_never_comes
        nobody_sets_it
        a_closed_that_never_comes
        a_wait_deep_inside
        a_panic
    }
}
