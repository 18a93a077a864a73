//! What the compiler says to wrong uses of the macros, in `tests/ui`: where it points, and what
//! would be legal. After a wanted change, `TRYBUILD=overwrite cargo test --test ui` rewrites it.
//!
//! Not here: every wording, for which `harness-macros` has tests without a compiler.

#[test]
fn wrong_uses_of_the_macros_are_told_where_they_stand() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
    // With one that passes all are built, not only checked, and so with the dependencies that are
    // built for `tests/surface`.
    cases.pass("tests/ui/right/*.rs");
}
