//! `#[leak_test]` and `#[test]`: the glue of parse, validate and expand.
//!
//! - `options`: which options each of the two takes, as tables
//! - `parse`: tokens to a function and a list of options, whatever they say
//! - `value`: one option's value, checked
//! - `arguments`: the function's arguments and their strategies, checked
//! - `validate`: all other checks; gives a plan
//! - `expand`: function and plan to tokens

mod arguments;
mod expand;
mod options;
mod parse;
mod validate;
mod value;

use proc_macro2::TokenStream;

use crate::errors::Errors;
use options::Dialect;

/// The expansion of `#[leak_test(options)] item`.
pub(crate) fn leak_test(options: TokenStream, item: TokenStream) -> TokenStream {
    test(&options::LEAK_TEST, options, item)
}

/// The expansion of `#[test(options)] item`, which a user writes as `#[tokio::test(options)] item`.
pub(crate) fn tokio_test(options: TokenStream, item: TokenStream) -> TokenStream {
    test(&options::TOKIO_TEST, options, item)
}

fn test(dialect: &'static Dialect, options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let function = match parse::function(dialect, item.clone()) {
        Ok(function) => function,
        Err(error) => return expand::unparsed(item, error),
    };
    let options = parse::options(options, &mut errors);
    let plan = validate::validate(dialect, &function, options, &mut errors);
    if errors.is_empty() {
        expand::test(&function, &plan)
    } else {
        expand::recovered(&function, &errors)
    }
}
