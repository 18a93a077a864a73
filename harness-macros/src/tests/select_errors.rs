//! Every bad `select!`, with what is underlined and what is said.
//!
//! Not here: what only the compiler can know, such as types.

use super::{assert_errors, tokens};
use crate::select::select;

const BRANCH: &str = "a branch is `pattern = future => handler` or \
    `pattern = future, if condition => handler`";

fn assert_select(table: &[(&str, &str, &str)]) {
    for (input, underlined, message) in table {
        let expansion = select(tokens(&format!("(k) {input}")));
        assert_errors(input, expansion, &[(underlined, message)]);
    }
}

fn assert_legal(inputs: &[&str]) {
    for input in inputs {
        assert_errors(input, select(tokens(&format!("(k) {input}"))), &[]);
    }
}

#[test]
fn every_form_of_tokios_grammar_is_accepted() {
    assert_legal(&[
        "_ = a => b",
        "_ = a => b,",
        "_ = a => { b }",
        "_ = a => { b },",
        "_ = a => { b } _ = c => { d } _ = e => f, _ = g => h",
        "_ = a, if b => c, _ = d, if e < f => { g } _ = h => i",
        "biased; _ = a => b",
        "biased = a => b",
        "else => a",
        "biased; else => { a }.b(),",
        "_ = a => b, else => { c }",
        "| A(x) | B(x) = a::<C, D>(|| e) => { x } else => return,",
    ]);
}

#[test]
fn no_branch() {
    let message = "`select!` needs at least one branch: `pattern = future => handler`";
    assert_select(&[("", "", message), ("biased;", "", message)]);
}

#[test]
fn a_misplaced_biased() {
    let first = "`biased;` must come first, and once";
    assert_select(&[
        ("biased, _ = a => b", ",", "expected `;` after `biased`"),
        ("_ = a => b, biased;", "biased", first),
        ("biased; biased; _ = a => b", "biased", first),
    ]);
}

#[test]
fn a_wrong_pattern() {
    let pattern = format!("expected a pattern: {BRANCH}");
    let equals = format!("expected `=` after the pattern: {BRANCH}");
    assert_select(&[
        ("_ = a => b,, _ = c => d", ",", &pattern),
        ("_ = a => { b } + 1", "+", &pattern),
        ("= a => b", "=", &pattern),
        ("_ = a => { b }, { c }", "{", &pattern),
        ("rx.recv()", ".", &equals),
        ("x => b", "=", &equals),
        (
            "x if x > 1 = a => b",
            "if",
            "a condition comes after the future: `pattern = future, if condition => handler`",
        ),
    ]);
}

#[test]
fn a_wrong_future_or_condition() {
    let after = format!("expected `=>` or `, if` after the future: {BRANCH}");
    assert_select(&[
        ("_ = => b", "=", "expected a future after `=`"),
        ("_ = a, b => c", ",", &after),
        ("_ = a() { b }", "{", "expected `=>` after the future"),
        (
            "_ = a",
            "",
            "unexpected end of input, expected `=>` after the future",
        ),
        ("_ = a; b", ";", "expected `=>` after the future"),
        (
            "_ = a if b => c",
            "if",
            "expected a comma before the condition: `pattern = future, if condition => handler`",
        ),
        ("_ = a, if => c", "=", "expected a condition after `if`"),
        (
            "_ = a, if b, c => d",
            ",",
            "expected `=>` after the condition",
        ),
    ]);
}

#[test]
fn a_wrong_handler() {
    let comma = "expected `,` after the handler; only a block needs none";
    assert_select(&[
        ("_ = a =>, _ = b => c", ",", "expected a handler after `=>`"),
        ("_ = a => b _ = c => d", "_", comma),
        ("_ = a => match b {} _ = c => d", "_", comma),
        ("_ = a => b; _ = c => d", ";", comma),
    ]);
}

#[test]
fn a_wrong_else() {
    assert_select(&[
        ("else => a, _ = b => c", "else", "`else` must come last"),
        (
            "_ = a => b, else => c, else => d",
            "else",
            "`select!` takes one `else`; remove this one",
        ),
        (
            "_ = a => b, else if c => d",
            "if",
            "expected `=>` after `else`",
        ),
        ("_ = a => b, else { c }", "{", "expected `=>` after `else`"),
        (
            "else => { a } _ = b => c",
            "_",
            "expected `,` after the handler; only a block needs none",
        ),
    ]);
}

#[test]
fn up_to_64_branches() {
    let branch = "_ = a => {}\n";
    assert_legal(&[&branch.repeat(64)]);
    let one_too_many = format!("{}last = a => {{}}", branch.repeat(64));
    let message = "`select!` takes at most 64 branches; this is one too many";
    assert_select(&[(&one_too_many, "last", message)]);
}
