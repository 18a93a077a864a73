//! Runs the body once, under control.
//!
//! Words, as this module uses them:
//!
//! - a **task** is anything scheduled; it lives in [`task`] as a state machine, not as a thread;
//! - a **slice** is what a task does from being scheduled until it gives control back: it
//!   reaches a switch point and another task goes first, or its poll ends;
//! - a **switch point** stands just before an operation; the first operation of a slice has none,
//!   because choosing the task was the choice;
//! - a **group** is what shares a thread: while one member is inside a poll, no other runs;
//! - **quiescence**: no task can run; then the earliest timer fires, or the execution is over;
//! - a **host** gives a task its stack; nothing outside [`host`] knows which one is in use.
//!
//! The only seam towards exploration is [`chooser`]; the only seam towards the mirror is
//! [`operation`] with the handles of [`object`]. Not here: which schedules to run, and what a
//! failure means.

mod allow;
mod backtrace;
mod begun;
mod chain;
mod choice;
pub(crate) mod chooser;
pub(crate) mod clock;
mod core;
pub(crate) mod current;
pub(crate) mod drive;
mod fairness;
pub(crate) mod foreign;
pub(crate) mod guest;
pub(crate) mod hold;
pub(crate) mod host;
pub(crate) mod inbox;
mod intern;
mod lists;
pub(crate) mod locals;
pub(crate) mod memory;
pub(crate) mod monitor;
mod names;
pub(crate) mod object;
pub(crate) mod operation;
pub(crate) mod panics;
mod poll;
mod quiescence;
mod record;
pub(crate) mod release;
mod runtime;
pub(crate) mod several;
mod spare;
mod switch;
pub(crate) mod task;
pub(crate) mod teardown;
pub(crate) mod threads;
pub(crate) mod waits;
mod waker;

pub(crate) use runtime::{Body, Runtime, Settings, Survey};
pub(crate) use spare::Spare;
