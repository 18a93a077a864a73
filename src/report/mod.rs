//! A failure as text.
//!
//! Not here: what a failure is (`outcome`), and why a task is stuck (`diagnose`).

mod ladder;
pub(crate) mod messages;
mod tasks;
mod text;
