//! Checks as properties: a body with an input, for many random inputs.
//!
//! - `inputs`: what proptest draws and keeps
//! - `budget`: how much each case may explore
//! - `run`: case after case, and what is made of a failure
//!
//! Not here: how one case is explored (`engines`).

mod budget;
mod inputs;
mod run;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use proptest::arbitrary::Arbitrary;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestError, contextualize_config};

use self::run::{Case, Property};
use super::{Builder, TestOutput};
use crate::outcome::{Coverage, Failure};
use crate::report::messages;

/// An input for which a body fails: the smallest that was found.
pub struct Counterexample<V> {
    input: Option<V>,
    failure: Failure,
}

impl<V> Counterexample<V> {
    /// The input. None if the check failed without one: its configuration cannot be used, or too
    /// many inputs were rejected.
    pub fn input(&self) -> Option<&V> {
        self.input.as_ref()
    }

    /// How the body fails for it.
    pub fn failure(&self) -> &Failure {
        &self.failure
    }

    /// How the body fails for it.
    pub fn into_failure(self) -> Failure {
        self.failure
    }
}

impl<V> fmt::Display for Counterexample<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.failure, f)
    }
}

/// The report, as of a [`Failure`].
impl<V> fmt::Debug for Counterexample<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.failure, f)
    }
}

impl<V> std::error::Error for Counterexample<V> {}

impl<V> From<Counterexample<V>> for Failure {
    fn from(found: Counterexample<V>) -> Failure {
        found.failure
    }
}

/// For code that knows proptest's own runner.
impl<V> From<Counterexample<V>> for TestError<V> {
    fn from(found: Counterexample<V>) -> TestError<V> {
        let reason = found.failure.to_string().into();
        match found.input {
            Some(input) => TestError::Fail(reason, input),
            None => TestError::Abort(reason),
        }
    }
}

impl Builder {
    /// Checks a body for every input that proptest draws, in the schedules that the engine chooses;
    /// the first failure's input is made small, by checking each candidate again, and then its
    /// schedule. `#[leak_test]` on a function with arguments does the same.
    ///
    /// - **Inputs** are drawn from the test's [`seed`](Builder::seed), so that two runs of a test
    ///   draw the same, unless `config` or `PROPTEST_RNG_SEED` has a seed. proptest's other settings
    ///   and its `PROPTEST_*` variables apply as well, and its files of inputs that failed before:
    ///   these are checked first. Schedules are not kept: that of an input is found again. (`fork`
    ///   and `timeout` mean nothing here.)
    /// - **Budget**: [`schedules`](Builder::schedules) are for all cases together; by default there
    ///   are 100 for each, and 10,000 at the least. What small cases leave over, large ones use; half
    ///   of an even share is kept for every case, and 16 at the least, whatever the budget. loom takes
    ///   part in the first few cases, and where atomics are used.
    ///   [`exhaustive`](Builder::exhaustive) asks it of every case.
    /// - **Smaller inputs** are those that proptest's `simplify` offers. One fails if it shows the
    ///   same kind of failure: a task that never ends, or a panic. (proptest makes the parts of a
    ///   tuple small one after the other, each once, so that what is left can depend on their
    ///   order.)
    /// - A body that returns `Result<(), TestCaseError>` may use `prop_assert!` and `prop_assume!`:
    ///   an input that is rejected does not count.
    ///
    /// A [`Failure`] is an error as well, so `builder.check(…)?` works inside `proptest!`.
    ///
    /// ```
    /// use leak_harness::{Builder, spawn, sync::mpsc};
    /// use proptest::test_runner::Config;
    ///
    /// // With room for two messages, a third one waits for ever.
    /// let config = Config { failure_persistence: None, ..Config::with_cases(16) };
    /// let found = Builder::new().check_all(config, 0..8_usize, |messages| async move {
    ///     let (tx, rx) = mpsc::channel(2);
    ///     spawn(async move {
    ///         for message in 0..messages {
    ///             tx.send(message).await.unwrap();
    ///         }
    ///     });
    ///     std::mem::forget(rx);
    /// });
    /// assert_eq!(found.unwrap_err().input(), Some(&3));
    /// ```
    ///
    /// # Errors
    ///
    /// The smallest failing input that was found, and its failure.
    pub fn check_all<S, F, Fut>(
        &self,
        config: Config,
        inputs: S,
        body: F,
    ) -> Result<Coverage, Counterexample<S::Value>>
    where
        S: Strategy,
        S::Value: Clone + Send + 'static,
        F: Fn(S::Value) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future + 'static,
        Fut::Output: TestOutput,
    {
        let arguments = Arguments {
            names: &["input"],
            values: |input: &S::Value| vec![debug(input)],
        };
        self.check_arguments(config, inputs, arguments, body)
    }

    fn check_arguments<S, F, Fut>(
        &self,
        mut config: Config,
        inputs: S,
        arguments: Arguments<S::Value>,
        body: F,
    ) -> Result<Coverage, Counterexample<S::Value>>
    where
        S: Strategy,
        S::Value: Clone + Send + 'static,
        F: Fn(S::Value) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future + 'static,
        Fut::Output: TestOutput,
    {
        let own = self.effective_config().map_err(|failure| Counterexample {
            input: None,
            failure,
        })?;
        if !own.regressions {
            config.failure_persistence = None;
        }
        // proptest keeps its files beside that of the test.
        config.source_file.get_or_insert(self.site().file());
        let case = move |input: S::Value| case(body.clone(), input);
        let survey = self.survey_of_all();
        Property::new(
            own,
            self.site(),
            survey,
            config,
            inputs,
            arguments,
            Box::new(case),
        )
        .run()
    }
}

/// The body of a case.
fn case<V, F, Fut>(body: F, input: V) -> Case
where
    V: Clone + Send + 'static,
    F: Fn(V) -> Fut + Send + Sync + 'static,
    Fut: Future + 'static,
    Fut::Output: TestOutput,
{
    let rejected = Arc::new(Mutex::new(None));
    let note = Arc::clone(&rejected);
    // Behind a lock, a value need not be one that threads can share.
    let input = Mutex::new(input);
    Case {
        body: Arc::new(move || {
            let input = input.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let (future, note) = (body(input), Arc::clone(&note));
            Box::pin(async move {
                let output = future.await;
                if let Some(reason) = output.rejection() {
                    *note.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
                }
                output.into_result()
            })
        }),
        rejected,
    }
}

/// The arguments of a property's body, for reports.
pub(super) struct Arguments<V> {
    names: &'static [&'static str],
    values: fn(&V) -> Vec<String>,
}

// What `#[leak_test]` on a function with arguments expands to.

/// The options of a property that are proptest's.
pub fn settings(file: &'static str, cases: Option<u32>, config: Option<Config>) -> Config {
    let mut config = config.unwrap_or_default();
    if let Some(cases) = cases {
        config.cases = cases;
        // The environment has the last word, as for all options.
        config = contextualize_config(config);
    }
    config.source_file = Some(file);
    config
}

/// A strategy for values of a type.
pub fn strategy<T, S: Strategy<Value = T>>(strategy: S) -> S {
    strategy
}

/// A range as a strategy: the type of its ends follows from that of its values.
pub fn range<T, R: Strategy<Value = T> + std::ops::RangeBounds<T>>(range: R) -> R {
    range
}

/// Any value of a type.
pub fn any<T: Arbitrary>() -> T::Strategy {
    proptest::arbitrary::any::<T>()
}

/// A value as reports show it.
pub fn debug(value: &impl fmt::Debug) -> String {
    format!("{value:?}")
}

/// The values of all arguments.
pub fn values<const N: usize>(values: [String; N]) -> Vec<String> {
    Vec::from(values)
}

/// Checks a property, and ends its test.
#[track_caller]
pub fn run<S, F, Fut>(
    builder: Builder,
    mut settings: Config,
    strategy: S,
    names: &'static [&'static str],
    values: fn(&S::Value) -> Vec<String>,
    body: F,
) where
    S: Strategy,
    S::Value: Clone + Send + 'static,
    F: Fn(S::Value) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future + 'static,
    Fut::Output: TestOutput,
{
    let arguments = Arguments { names, values };
    if !builder.keeps_failures() {
        settings.failure_persistence = None;
    }
    let checked = builder.check_arguments(settings, strategy, arguments, body);
    builder.end_test(checked.map_err(Counterexample::into_failure));
}

/// What proptest makes of the error that a body returned, if that is one of its own.
fn verdict_of(error: &dyn std::any::Any) -> Option<&TestCaseError> {
    error.downcast_ref()
}

/// Why the input was rejected, if the error says that it was.
pub(super) fn rejection(error: &dyn std::any::Any) -> Option<String> {
    match verdict_of(error)? {
        TestCaseError::Reject(reason) => Some(reason.to_string()),
        TestCaseError::Fail(_) => None,
    }
}

/// The error of a body, in words.
pub(super) fn complaint(error: &dyn std::any::Any) -> Option<String> {
    match verdict_of(error)? {
        TestCaseError::Reject(reason) => Some(messages::rejected(reason.message())),
        TestCaseError::Fail(reason) => Some(reason.to_string()),
    }
}
