//! Every kernel's failure says why in less than 60 lines, is small, and has a token that shows it again; the table in the
//! README tells what is true.

use leak_kernels_test::{Kernel, KERNELS};
use tokio::{Builder, Cause, Failure};
use tokio::{Effect, Operation, TaskId, Trace};

const README: &str = include_str!("../README.md");
/// The most preemptions that a schedule may have once it was made small.
const PREEMPTIONS: usize = 3;

fn check(kernel: &Kernel) -> Failure {
    let builder = Builder::new().name(kernel.id);
    builder.check(kernel.run_buggy).unwrap_err()
}

/// A report must be read at one glance.
const MOST_LINES: usize = 60;

#[test]
fn every_failure_is_as_the_table_says_small_and_runs_again() {
    let mut problems = String::new();
    let mut table = String::new();
    for kernel in KERNELS {
        let failure = check(kernel);
        let row = row(kernel, &failure);
        if !README.contains(&row) {
            problems += &format!("{}: the table says otherwise\n", kernel.id);
        }
        table += &format!("{row}\n");
        let preempted = preemptions(failure.trace());
        if preempted > PREEMPTIONS {
            problems += &format!("{}: {preempted} preemptions\n", kernel.id);
        }
        let lines = failure.to_string().lines().count();
        if lines >= MOST_LINES {
            problems += &format!("{}: {lines} lines: {failure}\n", kernel.id);
        }
        if let Err(problem) = runs_again(kernel, &failure) {
            problems += &format!("{}: {problem}\n", kernel.id);
        }
    }
    assert!(problems.is_empty(), "\n{problems}\n{table}");
}

/// What the table says of a kernel, but for its fix.
fn row(kernel: &Kernel, failure: &Failure) -> String {
    let trace = failure.trace();
    let switches = trace.events.windows(2);
    let switches = switches.filter(|pair| pair[0].task != pair[1].task);
    let lead = &failure.stuck()[0];
    let root = if lead.is_body() {
        "body".to_owned()
    } else {
        lead.id().to_string()
    };
    format!(
        "| {} | {} | {} | {} | {root} | {} | {} | {} | {} |",
        kernel.id,
        kernel.category,
        failure.kind(),
        failure.coverage().schedules(),
        lead.cause().map_or("none", cause),
        trace.events.len(),
        switches.count(),
        preemptions(trace),
    )
}

fn cause(cause: &Cause) -> &'static str {
    match cause {
        Cause::NoSenderWillSend { .. } => "no sender will send",
        Cause::NoReceiverWillReceive { .. } => "no receiver will receive",
        Cause::AnswerNeverReceived { .. } => "its message is never received",
        Cause::NeverClosed { .. } => "never closed",
        Cause::LockCycle { .. } => "lock cycle",
        Cause::LockTakenTwice { .. } => "lock taken twice",
        Cause::LockHeld { .. } => "lock held",
        Cause::Forgotten { .. } => "never given back",
        Cause::LostWakeup { .. } => "lost wakeup",
        Cause::NeverSignalled => "never signalled",
        _ => "another one",
    }
}

/// How often a task that could go on was kept from it by another one.
fn preemptions(trace: &Trace) -> usize {
    let switches = trace.events.windows(2);
    let switches = switches.filter(|pair| pair[0].task != pair[1].task);
    let goes_on = switches.filter(|pair| {
        let left = &pair[0];
        let by_itself = matches!(left.operation, Operation::Complete | Operation::Yield);
        let by_clock = [left.task, pair[1].task].contains(&TaskId::CLOCK);
        left.effect != Effect::Pending && !by_itself && !by_clock
    });
    goes_on.count()
}

fn runs_again(kernel: &Kernel, failure: &Failure) -> Result<(), String> {
    let token = failure.token().ok_or("no token")?;
    let builder = Builder::new().name(kernel.id).replay(&token);
    let again = builder.check(kernel.run_buggy).unwrap_err();
    let lead = |failure: &Failure| failure.stuck()[0].awaited_at();
    if again.kind() != failure.kind() || lead(&again) != lead(failure) {
        return Err(format!("another failure: {again}"));
    }
    if again.token() != Some(token) {
        return Err(format!("another token: {again}"));
    }
    Ok(())
}
