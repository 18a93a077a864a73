//! How a test ends once its check is over: it returns, or prints its report and panics with it.
//!
//! Not here: what it leaves behind (`leave`), and what a check by hand gives (`builder`).

use std::future::Future;
use std::panic::resume_unwind;

use super::builder::Builder;
use super::leave;
use super::output::TestOutput;
use crate::outcome::{Coverage, Failure, FailureKind};
use crate::report::messages;

/// What `#[leak_test]` and `#[tokio::test]` call.
#[track_caller]
pub fn run<F, Fut>(builder: Builder, body: F)
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future + 'static,
    Fut::Output: TestOutput,
{
    builder.end_test(builder.check(body));
}

impl Builder {
    /// The end of a test. Panics if that is not what it expects.
    pub(super) fn end_test(&self, checked: Result<Coverage, Failure>) {
        let test = self.test().unwrap_or("test");
        let (report, after) = match checked {
            Ok(_) if !self.should_leak => return leave::clear(test),
            Err(failure) if self.should_leak && never_ends(&failure) => return leave::clear(test),
            Ok(coverage) => {
                leave::clear(test);
                (
                    messages::leak_expected(self.test(), &coverage),
                    String::new(),
                )
            }
            Err(failure) if self.fails_on_purpose => {
                leave::clear(test);
                (failure.to_string(), String::new())
            }
            Err(failure) => (failure.to_string(), leave::leave(test, &failure)),
        };
        fail(&report, &after);
    }
}

/// Whether a task was found that never ends.
fn never_ends(failure: &Failure) -> bool {
    matches!(
        failure.kind(),
        FailureKind::Leak | FailureKind::Deadlock | FailureKind::Loop
    )
}

/// Prints a report, and what is to be said after it, and unwinds with it: no hook prints it a second
/// time.
pub(super) fn fail(report: &str, after: &str) -> ! {
    #[expect(clippy::print_stderr, reason = "the report of a failing test")]
    {
        eprintln!("{report}{after}");
    }
    resume_unwind(Box::new(report.to_owned()))
}
