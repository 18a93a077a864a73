//! Exploration: how many schedules there are, and that none is missed.

mod actor;
mod counts;
mod daemons;
mod deal;
mod decode;
mod differential;
mod foreign;
mod foreign_handles;
mod lost;
mod lost_later;
mod objects;
mod on_loom;
mod opaque;
mod portfolio;
mod program;
mod races;
#[path = "../support/random.rs"]
mod random;
mod strategies;
mod unordered;
