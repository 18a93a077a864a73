//! Every verdict, on both hosts and under both flavors.
//!
//! Not here: what teardown does after a verdict (`teardown`), and stalls (`stall`).

mod groups;
mod loops;
mod panics;
mod parked;
#[path = "../support/mod.rs"]
mod support;
