//! The procedural macros of `leak-harness`. Use them through that crate: what they expand to calls
//! its hidden `__private` module.
//!
//! This file holds the macros' documentation and nothing else. The way of each macro is parse,
//! validate, expand, one file each:
//!
//! - `attribute`: `#[leak_test]` and `#[test]`, two dialects of one macro
//! - `select`: the expansion of `select!`
//! - `errors`, `words`: collecting errors and wording them

mod attribute;
mod errors;
mod select;
#[cfg(test)]
mod tests;
mod words;

use proc_macro::TokenStream;

/// Turns a function into a test whose body is run under a controlled executor, in the orders in
/// which its tasks can interleave, and which fails on the first order that leaves a task stuck.
///
/// It goes on an `async fn` or a plain `fn` without generics, which returns `()` or a
/// `Result<(), E>` with `E: Debug`. A function with arguments is run for many inputs (below). The
/// result is an ordinary `#[test]`: other attributes such as `#[ignore]`, `#[should_panic]`,
/// `#[cfg(..)]` and lint levels are kept.
///
/// ```text
/// #[leak_test]
/// async fn the_worker_stops_when_its_queue_is_closed() {
///     let (jobs, queue) = tokio::sync::mpsc::channel(1);
///     let worker = tokio::spawn(work(queue));
///     drop(jobs);
///     worker.await.unwrap();
/// }
///
/// #[leak_test(engine = "systematic", exhaustive, allow = "metrics")]
/// async fn no_order_of_shutdown_leaks() -> Result<(), Error> {
///     let service = Service::start().await?;
///     service.stop().await
/// }
/// ```
///
/// # Options
///
/// All are optional. What is not given is as in the crate's `leak-test.toml`, and what is not there
/// keeps the default of `leak_harness::Builder`.
///
/// | option | legal values | meaning |
/// |---|---|---|
/// | `flavor = ".."` | `"multi_thread"`, `"current_thread"` | which tokio runtime is modelled: may tasks run in parallel? |
/// | `engine = ".."` | `"auto"`, `"systematic"`, `"loom"`, `"random"`, `"pct"`, `"pos"`, `"urw"`, `"tokio"` | what decides which schedules to run; `"tokio"` runs the body once on real tokio |
/// | `schedules = N` | an integer of at least 1 | how many schedules to run at most; of a function with arguments, for all inputs together |
/// | `exhaustive` | (no value), `true`, `false` | every order must be seen; running out of schedules before that fails the test |
/// | `seed = N` | an integer that fits `u64` | where sampling starts |
/// | `allow = ".."` | a string that is not empty; may be repeated | a task that may live on: its name, the file it is spawned in, or the function it is written in |
/// | `should_leak` | (no value) | the test passes if a leak is found, and fails if none is |
/// | `cases = N` | an integer of at least 1, for a function with arguments | for how many inputs it is run; 256 by default |
/// | `proptest_config = ..` | an expression, for a function with arguments | proptest's configuration, a `ProptestConfig` |
/// | `early_timers = N` | an integer | how many timers that race with something else may win early in one execution |
/// | `crate = ".."` | a path | where to find `leak_harness` if it was renamed, as in `crate = "my_reexports::leak_harness"` |
///
/// # Arguments
///
/// Arguments are drawn by proptest: from the strategy in `#[strategy(..)]`, or from all values of
/// their type (`Arbitrary`). Every input is explored, with a budget of schedules for all of them
/// together; the first failure's input is made small, then its schedule, and one token replays both.
/// A body that returns `Result<(), TestCaseError>` may use `prop_assert!` and `prop_assume!`.
///
/// ```text
/// #[leak_test(cases = 64)]
/// async fn nothing_is_left_behind(#[strategy(1..4)] producers: usize, messages: Vec<u8>) {
///     ...
/// }
/// ```
///
/// # Errors
///
/// A wrong option or signature is reported where it stands, all of them at once, with what would be
/// legal. The function's body is still compiled, so that completion and other diagnostics go on
/// working.
#[proc_macro_attribute]
pub fn leak_test(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute::leak_test(options.into(), item.into()).into()
}

/// The mirror of `#[tokio::test]`: what that attribute becomes when `leak_harness` is used under
/// the name `tokio`.
///
/// It takes an `async fn` and does what [`macro@leak_test`] does, with the options of tokio's
/// attribute:
///
/// ```text
/// #[cfg(test)]
/// pub extern crate leak_harness as tokio;
///
/// #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
/// async fn an_existing_test() {
///     service().await;
/// }
/// ```
///
/// # Options
///
/// | option | legal values | meaning here |
/// |---|---|---|
/// | `flavor = ".."` | `"current_thread"` (the default, unless `leak-test.toml` sets `tokio_test_flavor`), `"multi_thread"`, `"local"` | may tasks run in parallel? `"local"` is `"current_thread"` where `spawn_local` works everywhere |
/// | `worker_threads = N` | an integer of at least 1, with `flavor = "multi_thread"` | none, but for the engine `tokio`: every order is explored, whatever the number of threads |
/// | `start_paused = B` | `true`, `false`, without `flavor = "multi_thread"` | time is always virtual; with `true`, a timeout comes only once things have settled |
/// | `unhandled_panic = ".."` | `"ignore"`, `"shutdown_runtime"`, without `flavor = "multi_thread"` | none: a panic that nobody looks at always fails the test |
/// | `name = ".."` | a string | what `Handle::name` gives |
/// | `crate = ".."` | a path | where to find `leak_harness` if it was renamed |
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute::tokio_test(options.into(), item.into()).into()
}

/// The expansion of `select!`, which calls it with the path of its own crate in parentheses before
/// the branches.
#[doc(hidden)]
#[proc_macro]
pub fn __select(input: TokenStream) -> TokenStream {
    select::select(input.into()).into()
}
