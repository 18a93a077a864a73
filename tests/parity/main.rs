//! Which of the traits that matter to a program each public type implements: the same ones here as
//! in tokio. `types.rs` is compiled twice, against each.
//!
//! Not here: the unnamed futures of async methods, which tokio's own `async_send_sync` pins
//! (`tests/conformance`), and all other traits (`tests/surface`).

#[expect(dead_code, reason = "of the two answers of each probe one is used")]
mod theirs {
    use ::tokio as subject;
    include!("types.rs");
}

#[expect(dead_code, reason = "of the two answers of each probe one is used")]
mod ours {
    use ::leak_harness as subject;
    include!("types.rs");
}

/// Types that differ, and why.
const DIFFERENT: &[(&str, &str)] = &[];

#[test]
fn every_type_has_the_traits_of_tokios() {
    let (theirs, ours) = (theirs::types(), ours::types());
    assert!(theirs.len() > 100, "only {} types", theirs.len());
    let mut wrong = Vec::new();
    for (theirs, ours) in theirs.iter().zip(&ours) {
        assert_eq!(theirs.0, ours.0);
        let listed = DIFFERENT.iter().any(|(name, _)| *name == theirs.0);
        if (theirs.1 != ours.1) != listed {
            let (name, theirs, ours) = (&theirs.0, &theirs.1, &ours.1);
            wrong.push(format!("{name}: tokio's is {theirs:?}, ours is {ours:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
