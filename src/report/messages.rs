//! All wording.

use std::fmt;
use std::time::Duration;

use pretty_assertions::StrComparison;

use crate::outcome::Coverage;
use crate::trace::Trace;

pub(crate) fn leak_expected(test: Option<&str>, coverage: &Coverage) -> String {
    let test = test.unwrap_or("the test");
    format!("{test} should leak, and did not: every task ended, in {coverage}")
}

pub(crate) fn body_returned(error: &dyn fmt::Debug) -> String {
    format!("the body returned Err({error:?})")
}

pub(crate) fn stalled(limit: Duration) -> String {
    format!("a step did not give the thread back for {limit:?}")
}

pub(crate) fn difference(first: &Trace, second: &Trace) -> String {
    let (first, second) = (steps(first), steps(second));
    format!("{}", StrComparison::new(&first, &second))
}

fn steps(trace: &Trace) -> String {
    trace
        .events
        .iter()
        .map(|e| format!("{} {} {}\n", e.task, e.operation, e.site))
        .collect()
}
