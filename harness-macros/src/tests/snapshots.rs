//! What the macros expand to, pretty-printed and compared with the files in `snapshots/`.
//!
//! Not here: bad input, but for what is emitted beside its errors.

use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;

use super::tokens;
use crate::attribute::{leak_test, tokio_test};
use crate::select::select;

fn assert_items(expansion: TokenStream, expected: &ExpectFile) {
    let file = syn::parse2(expansion).expect("the expansion consists of items");
    expected.assert_eq(&prettyplease::unparse(&file));
}

fn assert_select(branches: &str, expected: &ExpectFile) {
    let expression = select(tokens(&format!("(::leak_harness) {branches}")));
    assert_items(quote::quote! { async fn user() { #expression } }, expected);
}

#[test]
fn leak_test_without_options() {
    assert_items(
        leak_test(tokens(""), tokens("async fn minimal() { work().await; }")),
        &expect_file!["snapshots/leak_test_minimal.txt"],
    );
}

#[test]
fn leak_test_with_every_option() {
    let options = r#"flavor = "current_thread", engine = "systematic", schedules = 1_000,
        exhaustive, seed = 0xff, allow = "metrics", allow = "src/log.rs", should_leak,
        early_timers = 0, crate = "crate::renamed""#;
    let item = "async fn every_option() -> Result<(), Error> { work().await?; Ok(()) }";
    assert_items(
        leak_test(tokens(options), tokens(item)),
        &expect_file!["snapshots/leak_test_every_option.txt"],
    );
}

#[test]
fn leak_test_on_a_plain_function() {
    assert_items(
        leak_test(
            tokens(r#"engine = "loom","#),
            tokens("fn plain() { work(); }"),
        ),
        &expect_file!["snapshots/leak_test_plain_fn.txt"],
    );
}

#[test]
fn leak_test_with_arguments() {
    let item = "async fn arguments(
        #[strategy(0..4)] mut producers: usize,
        messages: Vec<u8>,
        #[allow(unused)] #[strategy(pairs())] (a, b): (u8, u8),
    ) { work(producers, messages, a).await; }";
    assert_items(
        leak_test(tokens(""), tokens(item)),
        &expect_file!["snapshots/leak_test_arguments.txt"],
    );
}

#[test]
fn leak_test_on_a_plain_function_with_an_argument() {
    let options = "cases = 16, proptest_config = config(), should_leak, crate = \"crate::renamed\"";
    assert_items(
        leak_test(tokens(options), tokens("fn plain(a: u8) { work(a); }")),
        &expect_file!["snapshots/leak_test_plain_fn_with_argument.txt"],
    );
}

#[test]
fn leak_test_keeps_other_attributes() {
    let item = r#"
        /// Documentation.
        #[cfg(not(windows))]
        #[ignore = "slow"]
        #[should_panic(expected = "boom")]
        pub(crate) async fn r#type() {
            #![expect(unused_variables, reason = "a test")]
            let x = 1;
        }
    "#;
    assert_items(
        leak_test(tokens(""), tokens(item)),
        &expect_file!["snapshots/leak_test_kept_attributes.txt"],
    );
}

#[test]
fn tokio_test_without_options() {
    assert_items(
        tokio_test(tokens(""), tokens("async fn minimal() { work().await; }")),
        &expect_file!["snapshots/tokio_test_minimal.txt"],
    );
}

#[test]
fn tokio_test_multi_thread() {
    let options = r#"flavor = "multi_thread", worker_threads = 4, name = "pool""#;
    assert_items(
        tokio_test(
            tokens(options),
            tokens("async fn parallel() { work().await; }"),
        ),
        &expect_file!["snapshots/tokio_test_multi_thread.txt"],
    );
}

#[test]
fn tokio_test_local() {
    let options = r#"flavor = "local", start_paused = true,
        unhandled_panic = "shutdown_runtime", crate = "tokio""#;
    assert_items(
        tokio_test(
            tokens(options),
            tokens("async fn local() { work().await; }"),
        ),
        &expect_file!["snapshots/tokio_test_local.txt"],
    );
}

#[test]
fn a_wrong_option_leaves_a_test_that_only_compiles_its_body() {
    let item = "#[tokio::test] #[ignore] async fn body() { work().await; }";
    assert_items(
        leak_test(tokens("seed"), tokens(item)),
        &expect_file!["snapshots/recovered_from_options.txt"],
    );
}

#[test]
fn a_wrong_signature_leaves_the_function() {
    assert_items(
        leak_test(
            tokens(""),
            tokens(
                "/// Documentation.\nfn body(#[strategy(0..3)] a: u8, #[strategy] b: u8) { work(a); }",
            ),
        ),
        &expect_file!["snapshots/recovered_from_signature.txt"],
    );
}

#[test]
fn what_is_no_function_is_left_alone() {
    assert_items(
        leak_test(tokens(""), tokens("struct NoFunction;")),
        &expect_file!["snapshots/recovered_from_item.txt"],
    );
}

#[test]
fn select_two_branches() {
    assert_select(
        "Some(mut v) = rx.recv() => v += 1, () = &mut done => { return }",
        &expect_file!["snapshots/select_two_branches.txt"],
    );
}

#[test]
fn select_biased() {
    assert_select(
        "biased; v = a => v, w = b => w?,",
        &expect_file!["snapshots/select_biased.txt"],
    );
}

#[test]
fn select_with_else_and_conditions() {
    assert_select(
        "Ok(ref v) = a, if x < 1 => if y { 1 } else { 2 } + 3, _ = b, if more() => { 4 } else => 5",
        &expect_file!["snapshots/select_else_and_conditions.txt"],
    );
}

#[test]
fn select_only_else() {
    assert_select(
        "biased; else => work().await,",
        &expect_file!["snapshots/select_only_else.txt"],
    );
}
