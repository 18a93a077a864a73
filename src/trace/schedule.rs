//! Which way was taken at each point of an execution that had more than one.

use std::fmt;

/// One decision of an execution.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Choice {
    /// Which way was taken, from 0; none for straight on. Of tasks: counted in the order in which
    /// they were spawned, which is the same in every process; the clock comes last.
    pub(crate) taken: Option<u32>,
    /// How many ways there were; at least 2.
    pub(crate) of: u32,
}

/// Which task took each step of an execution: what it takes to run that execution again.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Schedule {
    /// At each point with more than one way to go on, the way that was taken.
    pub(crate) choices: Vec<Choice>,
}

impl Schedule {
    /// The number of decisions: points where more than one way to go on existed.
    pub fn len(&self) -> usize {
        self.choices.len()
    }

    /// Whether there was never anything to decide.
    pub fn is_empty(&self) -> bool {
        self.choices.is_empty()
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, choice) in self.choices.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            match choice.taken {
                Some(way) => write!(f, "{way}")?,
                None => f.write_str("-")?,
            }
        }
        Ok(())
    }
}
