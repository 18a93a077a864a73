//! Exploration: how many schedules there are, and that none is missed.

mod counts;
mod differential;
mod opaque;
mod portfolio;
mod program;
mod races;
