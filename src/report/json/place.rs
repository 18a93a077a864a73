//! Places in the user's code, as JSON has them.

use serde::Serialize;

use crate::report::place::place;
use crate::trace::{self, Site};

/// A file, a line and a column.
#[derive(Serialize)]
pub(super) struct Place<'a> {
    file: &'a str,
    line: u32,
    column: Option<u32>,
}

impl From<Site> for Place<'static> {
    fn from(site: Site) -> Place<'static> {
        Place {
            file: site.file(),
            line: site.line(),
            column: Some(site.column()),
        }
    }
}

impl Place<'_> {
    /// Of a text such as `src/lib.rs:10:5`.
    pub(super) fn parse(text: &str) -> Option<Place<'_>> {
        let (file, line, column) = place(text)?;
        Some(Place { file, line, column })
    }
}

/// A function on the way to where a task waits.
#[derive(Serialize)]
pub(super) struct Frame<'a> {
    function: Option<&'a str>,
    at: Place<'a>,
}

impl<'a> From<&'a trace::Frame> for Frame<'a> {
    fn from(frame: &'a trace::Frame) -> Frame<'a> {
        Frame {
            function: frame.function.as_deref(),
            at: Place {
                file: &frame.file,
                line: frame.line,
                column: frame.column,
            },
        }
    }
}
