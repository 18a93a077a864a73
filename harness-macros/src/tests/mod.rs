//! Tests of whole expansions: tokens in, tokens out, without a compiler.
//!
//! - `snapshots`: what the macros expand to, against the files in `snapshots/`. After a wanted
//!   change, `UPDATE_EXPECT=1 cargo test` rewrites them.
//! - `option_errors`, `function_errors`, `select_errors`: every bad input, with what is underlined
//!   and what is said
//!
//! Not here: whether an expansion compiles and does the right thing. That needs the library, so it
//! is tested there.

mod function_errors;
mod option_errors;
mod select_errors;
mod snapshots;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

/// What is underlined and what is said, for each error.
type Expected<'a> = &'a [(&'a str, &'a str)];

/// Tokens that know where in `source` they stand.
fn tokens(source: &str) -> TokenStream {
    source
        .parse()
        .expect("the input of a test consists of tokens")
}

/// An error as a user sees it.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    /// The source that is underlined; nothing for the macro call as a whole.
    underlined: String,
    message: String,
}

/// All `compile_error!`s in an expansion.
fn errors_in(expansion: TokenStream) -> Vec<Shown> {
    let mut errors = Vec::new();
    let mut start = None;
    for token in expansion {
        match token {
            TokenTree::Ident(ident) if ident == "compile_error" => start = Some(ident.span()),
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                match start.take() {
                    Some(start) => errors.push(shown(start, group.span(), group.stream())),
                    None => errors.extend(errors_in(group.stream())),
                }
            }
            _ => {}
        }
    }
    errors
}

fn shown(start: Span, end: Span, message: TokenStream) -> Shown {
    let whole = start.join(end).unwrap_or(start);
    let message: syn::LitStr = syn::parse2(message).expect("the message is a string");
    Shown {
        underlined: whole.source_text().unwrap_or_default(),
        message: message.value(),
    }
}

/// Compares the errors of an expansion with pairs of underlined source and message.
fn assert_errors(input: &str, expansion: TokenStream, expected: Expected) {
    let expected: Vec<Shown> = expected
        .iter()
        .map(|(underlined, message)| Shown {
            underlined: (*underlined).to_owned(),
            message: (*message).to_owned(),
        })
        .collect();
    assert_eq!(errors_in(expansion), expected, "for {input}");
}
