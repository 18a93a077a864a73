//! Checks how the arms of a `select!` go together, reports everything that is wrong, and gives the
//! plan of what to emit. It edits nothing.
//!
//! Not here: the grammar of one arm (`parse`), types and borrows (the compiler).

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

use super::parse::{Arm, Branch, Handler, Select};
use crate::errors::Errors;

/// As many as bits in the word that says which branches are disabled; tokio's limit too.
const MOST_BRANCHES: usize = 64;

/// What to emit. Only to be used if there were no errors.
pub(crate) struct Plan<'a> {
    pub(crate) library: &'a TokenStream,
    pub(crate) biased: bool,
    pub(crate) branches: Vec<&'a Branch>,
    /// The handler of `else`.
    pub(crate) fallback: Option<&'a Handler>,
}

/// Checks the arms of `select`.
pub(crate) fn validate<'a>(select: &'a Select, errors: &mut Errors) -> Plan<'a> {
    let mut plan = Plan {
        library: &select.library,
        biased: select.biased,
        branches: Vec::new(),
        fallback: None,
    };
    for (index, arm) in select.arms.iter().enumerate() {
        match arm {
            Arm::Branch(branch) => plan.branches.push(branch),
            Arm::Else(arm) => {
                if plan.fallback.is_some() {
                    errors.on(arm.keyword, "`select!` takes one `else`; remove this one");
                } else if has_branch(&select.arms[index + 1..]) {
                    errors.on(arm.keyword, "`else` must come last");
                }
                plan.fallback = Some(&arm.handler);
            }
        }
    }
    if select.arms.is_empty() {
        let message = "`select!` needs at least one branch: `pattern = future => handler`";
        errors.at(Span::call_site(), message);
    }
    if let Some(branch) = plan.branches.get(MOST_BRANCHES) {
        let message =
            format!("`select!` takes at most {MOST_BRANCHES} branches; this is one too many");
        errors.on(branch.pattern.to_token_stream(), message);
    }
    plan
}

fn has_branch(arms: &[Arm]) -> bool {
    arms.iter().any(|arm| matches!(arm, Arm::Branch(_)))
}
