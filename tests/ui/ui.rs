//! What the compiler says to wrong uses of the macros, which are in `wrong`: where it points, and
//! what would be legal. After a wanted change, `TRYBUILD=overwrite cargo test -p leak-harness-ui`
//! rewrites it.
//!
//! Not here: every wording, for which `harness-macros` has tests without a compiler.

#[test]
fn wrong_uses_of_the_macros_are_told_where_they_stand() {
    trybuild::TestCases::new().compile_fail("wrong/*.rs");
}
