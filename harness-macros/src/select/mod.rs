//! `select!`: the glue of parse, validate and expand.
//!
//! - `parse`: tokens to branches, in tokio's grammar
//! - `validate`: where `else` may stand, how many branches there may be; gives a plan
//! - `expand`: the plan to tokens
//! - `pattern`: a branch's pattern, made fit to be tried by reference

mod expand;
mod parse;
mod pattern;
mod validate;

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::Errors;

/// The expansion of `select!`. The input is the library's path in parentheses, then what the user
/// wrote.
pub(crate) fn select(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    match syn::parse2::<parse::Select>(input) {
        Ok(select) => {
            let plan = validate::validate(&select, &mut errors);
            if errors.is_empty() {
                return expand::select(&plan);
            }
        }
        Err(error) => errors.push(error),
    }
    let errors = errors.to_compile_errors();
    // One expression, however many errors there are.
    quote! { { #errors } }
}
