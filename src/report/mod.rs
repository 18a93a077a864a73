//! A failure as text, as JSON and as a page.
//!
//! Not here: what a failure is (`outcome`), why a task is stuck (`diagnose`), and what is written
//! where (`check`).

mod annotation;
mod ansi;
mod html;
mod json;
mod ladder;
pub(crate) mod messages;
mod place;
mod source;
mod stuck;
mod tasks;
mod text;

pub(crate) use self::annotation::annotation;
pub(crate) use self::source::Sources;
