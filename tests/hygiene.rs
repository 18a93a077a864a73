//! The macros in a crate without a prelude, under names that get in their way.

#![no_implicit_prelude]

// What a crate may have under its own names.
mod core {}
#[expect(dead_code, reason = "none of it may be taken for the real thing")]
struct Builder;
#[expect(dead_code, reason = "none of it may be taken for the real thing")]
enum Option {}
#[expect(dead_code, reason = "none of it may be taken for the real thing")]
enum Poll {}
#[expect(
    non_camel_case_types,
    dead_code,
    reason = "it hides the primitive type"
)]
struct u32;
#[expect(
    non_camel_case_types,
    dead_code,
    reason = "it hides the primitive type"
)]
struct bool;

/// Runs a task to its end through a channel.
async fn round_trip() -> ::std::primitive::u32 {
    let (tx, mut rx) = ::leak_harness::sync::mpsc::channel(1);
    let task = ::leak_harness::spawn(async move { tx.send(7).await });
    let mut value = 0;
    // Variables of the user's with names that the expansion uses.
    let (disabled, start, pending, output) = (1, 2, 3, 4);
    while let ::std::option::Option::Some(got) = ::leak_harness::select! {
        got = rx.recv(), if disabled < start => got,
        _ = ::std::future::pending::<()>(), if pending > output => ::std::unreachable!(),
        else => ::std::option::Option::None,
    } {
        value = got;
    }
    ::std::assert!(::std::matches!(
        task.await,
        ::std::result::Result::Ok(::std::result::Result::Ok(()))
    ));
    value
}

#[::leak_harness::leak_test(engine = "systematic", exhaustive, allow = "nobody")]
async fn an_async_leak_test_needs_no_prelude() {
    ::std::assert_eq!(round_trip().await, 7);
}

#[::leak_harness::leak_test(flavor = "current_thread", seed = 3)]
fn a_plain_leak_test_needs_no_prelude() -> ::std::result::Result<(), ::std::fmt::Error> {
    ::std::result::Result::Ok(())
}

#[::leak_harness::leak_test(should_leak)]
async fn an_expected_leak_needs_no_prelude() {
    ::std::future::pending::<()>().await;
}

#[::leak_harness::test(flavor = "multi_thread")]
async fn a_test_of_tokios_needs_no_prelude() {
    ::std::assert_eq!(round_trip().await, 7);
}

#[::leak_harness::leak_test(cases = 4)]
async fn arguments_need_no_prelude(
    #[strategy(0..3)] number: ::std::primitive::u8,
    (one, other): (::std::primitive::bool, ::std::primitive::bool),
) {
    let _ = (one, other);
    ::std::assert!(number < 3);
}

#[::leak_harness::leak_test(should_leak, proptest_config = few())]
fn a_plain_function_with_an_argument_needs_no_prelude(number: ::std::primitive::u8) {
    let _ = number;
    ::leak_harness::spawn(::std::future::pending::<()>());
}

fn few() -> ::leak_harness::proptest::test_runner::Config {
    ::leak_harness::proptest::test_runner::Config::with_cases(2)
}

// Tests that are called like what they expand to.

#[::leak_harness::leak_test]
async fn run() {}

#[::leak_harness::leak_test]
fn leak_harness() {}

#[::leak_harness::leak_test]
async fn r#match() {}
