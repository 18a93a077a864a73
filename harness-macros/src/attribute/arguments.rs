//! The arguments of a function: the inputs of a property, each with its strategy.
//!
//! Not here: the rest of the signature (`validate`), emitting (`expand`).

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Expr, FnArg, Meta, Pat, PatType, Type};

use super::options::Dialect;
use super::parse::Function;
use crate::errors::Errors;

/// As many as a tuple of strategies has parts.
const MOST: usize = 12;

/// One argument.
pub(crate) struct Argument {
    /// What reports call it: its name, or its pattern.
    pub(crate) name: String,
    pub(crate) value: Type,
    /// What its values are drawn from; from all of its type if none is given.
    pub(crate) strategy: Option<Expr>,
}

/// Whether an attribute of an argument says what it is drawn from. No compiler knows it.
pub(crate) fn is_strategy(attribute: &Attribute) -> bool {
    attribute.path().is_ident("strategy")
}

/// The arguments of a function. Only to be used if there were no errors.
pub(crate) fn read(dialect: &Dialect, function: &Function, errors: &mut Errors) -> Vec<Argument> {
    let mut arguments = Vec::new();
    let mut unwanted = TokenStream::new();
    for pair in function.signature.inputs.pairs() {
        match pair.value() {
            FnArg::Receiver(receiver) => errors.on(
                receiver,
                "leak tests take no `self`; move the function out of its `impl` block",
            ),
            FnArg::Typed(typed) if dialect.arguments && cfg!(feature = "proptest") => {
                arguments.push(argument(typed, errors));
            }
            FnArg::Typed(_) => pair.to_tokens(&mut unwanted),
        }
    }
    function.signature.variadic.to_tokens(&mut unwanted);
    if !unwanted.is_empty() {
        errors.on(unwanted, no_arguments(dialect));
    }
    if let Some(extra) = function.signature.inputs.iter().nth(MOST) {
        errors.on(
            extra,
            format!(
                "a leak test takes {MOST} arguments at most; put some into a tuple or a struct"
            ),
        );
    }
    arguments
}

fn no_arguments(dialect: &Dialect) -> &'static str {
    if dialect.arguments && !cfg!(feature = "proptest") {
        "arguments are drawn by proptest: enable the feature `proptest` of leak-harness"
    } else {
        "leak tests take no arguments; create what the test needs in its body"
    }
}

fn argument(typed: &PatType, errors: &mut Errors) -> Argument {
    let mut strategies = Vec::new();
    for attribute in &typed.attrs {
        if is_strategy(attribute) {
            if strategies.is_empty() {
                strategies.push(expression(attribute, errors));
            } else {
                errors.on(attribute, "`strategy` is given twice; keep one");
            }
        } else if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
            errors.on(
                attribute,
                "an argument of a leak test cannot be configured out",
            );
        }
    }
    if let Type::ImplTrait(value) = &*typed.ty {
        errors.on(value, "say which type it is: values are drawn of one type");
    }
    Argument {
        name: name(&typed.pat),
        value: (*typed.ty).clone(),
        strategy: strategies.pop().flatten(),
    }
}

/// What stands in the parentheses of `#[strategy(..)]`.
fn expression(attribute: &Attribute, errors: &mut Errors) -> Option<Expr> {
    let needed = "`strategy` needs an expression, as in `#[strategy(0..8)]`";
    match &attribute.meta {
        Meta::List(list) if !list.tokens.is_empty() => match list.parse_args() {
            Ok(expression) => Some(expression),
            Err(error) => {
                errors.push(error);
                None
            }
        },
        _ => {
            errors.on(attribute, needed);
            None
        }
    }
}

/// A name without what only the body needs to know, or a pattern as one would write it.
fn name(pattern: &Pat) -> String {
    match pattern {
        Pat::Ident(name) => name.ident.unraw().to_string(),
        pattern => {
            let text = pattern.to_token_stream().to_string();
            text.replace(" ,", ",")
                .replace("( ", "(")
                .replace(" )", ")")
        }
    }
}
