//! The inputs of a property: for how many it was checked, and for which it fails.
//!
//! Not here: drawing them and making them small (`check`).

use crate::trace::InputToken;

/// One argument of a property's body.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Argument {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Argument {
    /// Its name in the function: `input` if there is no function.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value, as `Debug` shows it.
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// An input for which a property fails.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Input {
    pub(crate) arguments: Vec<Argument>,
    pub(crate) token: InputToken,
}

/// For how many inputs a property was checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Cases {
    pub(crate) run: u64,
    /// Those of which every schedule that can differ was run.
    pub(crate) exhaustive: u64,
    /// Those in which loom took part.
    pub(crate) with_loom: u64,
    /// Inputs that the body did not want; not among the cases.
    pub(crate) rejected: u64,
    /// Inputs smaller than the one that failed, and the schedules that were run for them; among
    /// neither the cases nor the schedules.
    pub(crate) smaller: u64,
    pub(crate) smaller_schedules: u64,
}
