//! Tokens to a function and a list of options. What they say is taken as it stands, and only what
//! is not grammar at all is an error; a bad option does not hide the ones after it.
//!
//! Not here: which options exist and which functions are acceptable (`validate`).

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{AttrStyle, Attribute, Expr, Ident, Signature, Token, Visibility, token};

use super::options::Dialect;
use crate::errors::Errors;

/// The function under the attribute. Its body is not parsed, so that a half-written one still gives
/// a test, with the compiler's own errors.
pub(crate) struct Function {
    /// Outer and inner attributes, all made outer.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) brace: token::Brace,
    pub(crate) body: TokenStream,
}

/// One option as it was written.
pub(crate) struct RawOption {
    pub(crate) name: Ident,
    pub(crate) value: RawValue,
}

/// What follows the name of an option.
pub(crate) enum RawValue {
    /// Nothing.
    Bare,
    /// `=` and nothing.
    Missing(Token![=]),
    /// `= expression`.
    Given(Box<Expr>),
}

/// Parses the item to which the attribute was given.
pub(crate) fn function(dialect: &Dialect, item: TokenStream) -> syn::Result<Function> {
    let parse = |input: ParseStream| {
        let mut attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        if !starts_function(input) {
            return Err(input.error(format!("`{}` goes on a function", dialect.name)));
        }
        let signature = input.parse()?;
        if input.peek(Token![;]) {
            return Err(input.error("a leak test needs a body"));
        }
        let content;
        let brace = syn::braced!(content in input);
        attributes.extend(content.call(Attribute::parse_inner)?);
        for attribute in &mut attributes {
            attribute.style = AttrStyle::Outer;
        }
        Ok(Function {
            attributes,
            visibility,
            signature,
            brace,
            body: content.parse()?,
        })
    };
    parse.parse2(item)
}

fn starts_function(input: ParseStream) -> bool {
    // `const`, `unsafe` and `extern` begin other items as well; those are told apart by parsing on.
    input.peek(Token![fn]) || input.fork().parse::<Signature>().is_ok() || input.peek(Token![async])
}

/// Parses what stands in the attribute's parentheses.
pub(crate) fn options(tokens: TokenStream, errors: &mut Errors) -> Vec<RawOption> {
    let mut options = Vec::new();
    for (piece, comma) in split_at_commas(tokens) {
        if piece.is_empty() {
            errors.at(comma, "expected an option before this comma");
            continue;
        }
        match option.parse2(piece) {
            Ok(option) => options.push(option),
            Err(error) => errors.push(error),
        }
    }
    options
}

/// The pieces between top-level commas, each with its own comma if it has one. No piece for nothing
/// after the last comma.
fn split_at_commas(tokens: TokenStream) -> Vec<(TokenStream, Span)> {
    let mut pieces = Vec::new();
    let mut piece = TokenStream::new();
    for token in tokens {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => {
                pieces.push((std::mem::take(&mut piece), punct.span()));
            }
            _ => piece.extend([token]),
        }
    }
    if !piece.is_empty() {
        pieces.push((piece, Span::call_site()));
    }
    pieces
}

fn option(input: ParseStream) -> syn::Result<RawOption> {
    if !input.peek(Ident::peek_any) {
        return Err(input.error("expected the name of an option"));
    }
    let name = input.call(Ident::parse_any)?;
    if input.is_empty() {
        let value = RawValue::Bare;
        return Ok(RawOption { name, value });
    }
    if !input.peek(Token![=]) {
        let message = format!("expected `=` or `,` after `{name}`");
        return Err(syn::Error::new_spanned(next_token(input)?, message));
    }
    let equals = input.parse()?;
    if input.is_empty() {
        let value = RawValue::Missing(equals);
        return Ok(RawOption { name, value });
    }
    let value = RawValue::Given(Box::new(input.parse()?));
    if !input.is_empty() {
        return Err(syn::Error::new_spanned(
            next_token(input)?,
            format!("expected `,` after the value of `{name}`"),
        ));
    }
    Ok(RawOption { name, value })
}

/// The next token, to point at. What comes after it goes unread: this piece is given up.
fn next_token(input: ParseStream) -> syn::Result<TokenTree> {
    let token: TokenTree = input.parse()?;
    input.parse::<TokenStream>()?;
    Ok(token)
}
