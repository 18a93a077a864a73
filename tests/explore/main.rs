//! Exploration: how many schedules there are, and that none is missed.

mod counts;
mod differential;
mod program;
mod races;
