//! The wording of properties: their inputs and cases.

use std::fmt::Write;

use super::counted;
use crate::outcome::{Argument, Cases, FailureKind};

/// Characters of a value that are shown.
const SHOWN: usize = 300;

pub(in crate::report) fn input_title(kind: FailureKind, cases: Option<Cases>) -> String {
    let title = match (kind, cases) {
        (FailureKind::Replay, _) => "The input that the token names:",
        (_, None) => "With the input that the token names:",
        (_, Some(Cases { smaller: 0, .. })) => "With this input:",
        (_, Some(_)) => "With this input, the smallest that was found to fail:",
    };
    title.to_owned()
}

/// One line, however long the value is.
pub(in crate::report) fn argument(argument: &Argument) -> String {
    let value = argument.value();
    let whole: String = value.chars().take(SHOWN).collect();
    let mut line = format!("{} = {whole}", argument.name());
    let left = value.chars().count().saturating_sub(SHOWN);
    if left > 0 {
        let _ = write!(line, "… and {left} characters more");
    }
    // A `Debug` of a user's own may have line ends.
    line.replace(['\n', '\r'], " ")
}

/// How many cases, at the begin of a coverage.
pub(super) fn cases(cases: &Cases) -> String {
    let exhaustive = match cases.exhaustive {
        all if all == cases.run => "every one exhaustive".to_owned(),
        0 => "none exhaustive".to_owned(),
        some => format!("{some} of them exhaustive"),
    };
    let mut text = format!("{}, {exhaustive}, ", counted(cases.run, "case"));
    if cases.rejected > 0 {
        let _ = write!(text, "{} inputs rejected, ", cases.rejected);
    }
    text
}

pub(super) fn smaller(cases: &Cases) -> String {
    format!(
        "then {} smaller inputs in {} schedules",
        cases.smaller, cases.smaller_schedules
    )
}

// For those who watch (`PROPTEST_VERBOSE`).

pub(crate) fn next_input(value: &str) -> String {
    format!("leak-harness: next input: {value}")
}

/// An input that the body did not want.
pub(crate) fn rejected(reason: &str) -> String {
    format!("the body rejects its input: {reason}")
}

// Details of failures.

pub(crate) fn too_many_rejected(most: u32, reason: &str) -> String {
    format!(
        "more than {most} inputs were rejected, the last one by: {reason}. A strategy that gives \
         fewer of them would do, or a higher max_global_rejects in proptest's configuration."
    )
}

pub(crate) fn no_input(reason: &str) -> String {
    format!("the strategy gives no input: {reason}")
}

pub(crate) fn token_with_input() -> String {
    "The token names an input as well, and this test takes none.".to_owned()
}

pub(crate) fn token_without_input() -> String {
    "The token names no input, and this test takes one.".to_owned()
}

pub(crate) fn input_is_gone() -> String {
    "The input that it names does not exist: the strategies of the arguments have changed."
        .to_owned()
}
