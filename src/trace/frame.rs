//! Functions on the way from a task to where it waits.
//!
//! Not here: how they are found (`executor`).

use std::fmt;

/// One function of an await chain: a task waits in it, or in what it awaits or calls there.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct Frame {
    /// The function's path, if the debug information has it: `debug = "line-tables-only"` leaves out
    /// most. A closure or an `async` block goes by the function that it is in.
    pub function: Option<String>,
    /// The source file: as in a [`Site`](crate::Site), or where it is on the machine that built it.
    pub file: String,
    /// The line of the await or the call, from 1.
    pub line: u32,
    /// The column, from 1; none where the debug information has none.
    pub column: Option<u32>,
}

impl Frame {
    /// Where it is, as a site has it: `file:line:column`.
    pub(crate) fn place(&self) -> String {
        let column = self.column.map(|column| format!(":{column}"));
        format!("{}:{}{}", self.file, self.line, column.unwrap_or_default())
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(function) = &self.function {
            write!(f, "{function} at ")?;
        }
        f.write_str(&self.place())
    }
}

/// How a task came to wait somewhere.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) task: super::TaskId,
    pub(crate) operation: super::Operation,
    pub(crate) site: super::Site,
    /// Where it waits first, then who awaits or calls that.
    pub(crate) frames: Vec<Frame>,
}
