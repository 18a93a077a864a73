//! Every public name of tokio's `sync`, `task`, `time` and `runtime`, and every macro, is here too,
//! and takes and gives the same.
//!
//! tokio's sources, those of the version in the lock file, are read with their signatures. For each
//! function and method a function is written that has tokio's signature, and calls the mirror; for
//! each implemented trait one that asks for it. The compiler judges them: that this crate compiles
//! is the test, and the names of the probes that do not say what is missing or different. That they
//! also compile against tokio itself shows that they say what they should.
//!
//! Not here: how the probes are made (`build`), and what the functions do (`tests/mirror`,
//! `tests/conformance`).

#[allow(
    warnings,
    reason = "they are tokio's signatures, and nobody calls them"
)]
mod theirs {
    use tokio as mirrored;
    include!(concat!(env!("OUT_DIR"), "/probes.rs"));
}

#[allow(
    warnings,
    reason = "they are tokio's signatures, and nobody calls them"
)]
mod ours {
    use leak_harness as mirrored;
    include!(concat!(env!("OUT_DIR"), "/probes.rs"));
}
