//! Every function that is no leak test, with what is underlined and what is said.
//!
//! Not here: bad options (`option_errors`), what is emitted beside the errors (`snapshots`).

use super::{Expected, assert_errors, tokens};
use crate::attribute::{leak_test, tokio_test};

fn assert_leak_test_items(table: &[(&str, Expected)]) {
    for (item, expected) in table {
        assert_errors(item, leak_test(tokens(""), tokens(item)), expected);
    }
}

#[test]
fn all_errors_are_shown_at_once() {
    assert_errors(
        "everything",
        leak_test(
            tokens("seed, 3, schedules = 0"),
            tokens("const async fn test(#[strategy] a: u8) {}"),
        ),
        &[
            ("3", "expected the name of an option"),
            ("const", "leak tests cannot be `const`; remove it"),
            (
                "#[strategy]",
                "`strategy` needs an expression, as in `#[strategy(0..8)]`",
            ),
            (
                "seed",
                "`seed` needs a value: an integer that fits `u64`, as in `seed = 7`",
            ),
            (
                "0",
                "`schedules` must be an integer of at least 1 that fits `usize`",
            ),
        ],
    );
}

#[test]
fn wrong_signatures() {
    let receiver = "leak tests take no `self`; move the function out of its `impl` block";
    assert_leak_test_items(&[
        ("fn t() -> u8 { 1 }", &[]),
        (
            "const fn t() {}",
            &[("const", "leak tests cannot be `const`; remove it")],
        ),
        (
            "unsafe fn t() {}",
            &[(
                "unsafe",
                "leak tests cannot be `unsafe`; use an `unsafe` block in the body",
            )],
        ),
        (
            "extern \"C\" fn t() {}",
            &[("extern \"C\"", "leak tests cannot be `extern`; remove it")],
        ),
        (
            "fn t<'a, T: Copy>() {}",
            &[(
                "<'a, T: Copy>",
                "leak tests cannot be generic: nobody would choose the parameters",
            )],
        ),
        (
            "fn t() where u8: Copy {}",
            &[(
                "where u8: Copy",
                "leak tests take no `where` clause; remove it",
            )],
        ),
        ("fn t(&mut self) {}", &[("&mut self", receiver)]),
        ("fn t(self, a: u8) {}", &[("self", receiver)]),
    ]);
    assert_errors(
        "fn t() {}",
        tokio_test(tokens(""), tokens("fn t() {}")),
        &[("fn", "`#[tokio::test]` goes on an `async fn`; add `async`")],
    );
}

#[test]
fn wrong_arguments() {
    let needed = "`strategy` needs an expression, as in `#[strategy(0..8)]`";
    let many = (0..14).map(|n| format!("a{n}: u8, ")).collect::<String>();
    assert_leak_test_items(&[
        ("async fn t(a: u8, #[strategy(0..9)] mut b: u8) {}", &[]),
        ("fn t((a, _): (u8, u8), #[allow(unused)] b: u8) {}", &[]),
        (
            "fn t(#[strategy()] a: u8, #[strategy = 1] b: u8) {}",
            &[("#[strategy()]", needed), ("#[strategy = 1]", needed)],
        ),
        (
            "fn t(#[strategy(0..1)] #[strategy(0..2)] a: u8) {}",
            &[("#[strategy(0..2)]", "`strategy` is given twice; keep one")],
        ),
        (
            "fn t(#[strategy(0.. 1, 2)] a: u8) {}",
            &[(",", "unexpected token")],
        ),
        (
            "fn t(#[cfg(unix)] a: u8) {}",
            &[(
                "#[cfg(unix)]",
                "an argument of a leak test cannot be configured out",
            )],
        ),
        (
            "fn t(a: impl Copy) {}",
            &[(
                "impl Copy",
                "say which type it is: values are drawn of one type",
            )],
        ),
        (
            &format!("fn t({many}) {{}}"),
            &[(
                "a12: u8",
                "a leak test takes 12 arguments at most; put some into a tuple or a struct",
            )],
        ),
    ]);
    assert_errors(
        "async fn t(a: u8, b: u8) {}",
        tokio_test(tokens(""), tokens("async fn t(a: u8, b: u8) {}")),
        &[(
            "a: u8, b: u8",
            "leak tests take no arguments; create what the test needs in its body",
        )],
    );
}

#[test]
fn a_second_test_attribute() {
    let remove = |attribute: &str| {
        format!("remove `{attribute}`: `#[leak_test]` alone makes this function a test")
    };
    assert_leak_test_items(&[
        ("#[test_case] #[testing::other] fn t() {}", &[]),
        ("#[test] fn t() {}", &[("#[test]", &remove("#[test]"))]),
        (
            "#[tokio::test(flavor = \"multi_thread\")] async fn t() {}",
            &[(
                "#[tokio::test(flavor = \"multi_thread\")]",
                &remove("#[tokio::test]"),
            )],
        ),
        (
            "#[::core::prelude::v1::test] #[leak_test] fn t() {}",
            &[
                (
                    "#[::core::prelude::v1::test]",
                    &remove("#[::core::prelude::v1::test]"),
                ),
                ("#[leak_test]", &remove("#[leak_test]")),
            ],
        ),
    ]);
}

#[test]
fn items_that_are_no_function() {
    let goes_on = "`#[leak_test]` goes on a function";
    assert_leak_test_items(&[
        ("struct S;", &[("struct", goes_on)]),
        ("pub const N: u8 = 1;", &[("const", goes_on)]),
        ("mod tests {}", &[("mod", goes_on)]),
        ("async fn t();", &[(";", "a leak test needs a body")]),
        ("fn () {}", &[("(", "expected identifier")]),
    ]);
}
