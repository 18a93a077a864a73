//! Checks as properties: a body with an input, for many random inputs.
//!
//! Not here: which inputs (proptest's strategies), and how a check is run (`builder`).

use std::future::Future;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

use super::{Builder, TestOutput};

impl Builder {
    /// Checks a body for every input that proptest draws, in every schedule that the engine
    /// chooses; the first failure's input is made small, by checking each candidate again. That is
    /// proptest's shrinking: it makes the parts of a tuple small one after the other, each once, so
    /// that what is left can depend on their order.
    ///
    /// proptest's own settings and its `PROPTEST_*` variables apply; `config` is theirs. (A
    /// [`Failure`](crate::Failure) is an error, so `builder.check(…)?` works inside `proptest!` as
    /// well.)
    ///
    /// ```
    /// use leak_harness::{Builder, spawn, sync::mpsc};
    /// use proptest::test_runner::Config;
    ///
    /// // With room for two messages, a third one waits for ever.
    /// let found = Builder::new().check_all(Config::with_cases(16), 0..8_usize, |messages| async move {
    ///     let (tx, rx) = mpsc::channel(2);
    ///     spawn(async move {
    ///         for message in 0..messages {
    ///             tx.send(message).await.unwrap();
    ///         }
    ///     });
    ///     std::mem::forget(rx);
    /// });
    /// match found {
    ///     Err(proptest::test_runner::TestError::Fail(_, smallest)) => assert_eq!(smallest, 3),
    ///     other => panic!("{other:?}"),
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The report of the failing input that was left when no smaller one failed, with that input.
    pub fn check_all<S, F, Fut>(
        &self,
        config: Config,
        inputs: S,
        body: F,
    ) -> Result<(), TestError<S::Value>>
    where
        S: Strategy,
        S::Value: Clone + Send + Sync + 'static,
        F: Fn(S::Value) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future + 'static,
        Fut::Output: TestOutput,
    {
        // A schedule alone does not say what the input was: proptest keeps its own regressions.
        let builder = self.clone().without_regressions();
        TestRunner::new(config).run(&inputs, |input| {
            let body = body.clone();
            let checked = builder.check(move || body(input.clone()));
            checked
                .map(drop)
                .map_err(|failure| TestCaseError::fail(failure.to_string()))
        })
    }
}
