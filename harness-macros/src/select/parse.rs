//! Tokens to the arms of a `select!`, in tokio's grammar:
//!
//! ```text
//! select  = [ "biased" ";" ] arm*
//! arm     = pattern "=" future [ "," "if" condition ] "=>" handler
//!         | "else" "=>" handler
//! handler = block [ "," ] | expression "," (the last comma may be left out)
//! ```
//!
//! Not here: that `else` comes last and once, and how many arms there may be (`validate`).

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::{Expr, Pat, Token, token};

/// The input of `select!`.
pub(crate) struct Select {
    /// The library's path, which may begin with a macro's `$crate`.
    pub(crate) library: TokenStream,
    /// Whether the branches are polled from the first to the last, instead of from any one.
    pub(crate) biased: bool,
    pub(crate) arms: Vec<Arm>,
}

/// One arm, as it was written.
pub(crate) enum Arm {
    Branch(Box<Branch>),
    Else(Else),
}

/// `pattern = future, if condition => handler`.
pub(crate) struct Branch {
    pub(crate) pattern: Pat,
    pub(crate) future: Expr,
    pub(crate) condition: Option<Expr>,
    pub(crate) handler: Handler,
}

/// `else => handler`.
pub(crate) struct Else {
    pub(crate) keyword: Token![else],
    pub(crate) handler: Handler,
}

/// What an arm evaluates to.
pub(crate) enum Handler {
    /// A block, unread: errors in it are the compiler's to report.
    Block(Group),
    Expression(Box<Expr>),
}

const ARM: &str =
    "a branch is `pattern = future => handler` or `pattern = future, if condition => handler`";

impl Parse for Select {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let path;
        syn::parenthesized!(path in input);
        let library = path.parse()?;
        let biased = is_biased(input);
        if biased {
            input.parse::<Ident>()?;
            input.parse::<Token![;]>()?;
        }
        let mut arms = Vec::new();
        while !input.is_empty() {
            if is_biased(input) {
                return Err(input.error("`biased;` must come first, and once"));
            }
            arms.push(input.parse()?);
        }
        Ok(Self {
            library,
            biased,
            arms,
        })
    }
}

/// `biased` is a keyword only before its semicolon; elsewhere it may be a variable.
fn is_biased(input: ParseStream) -> bool {
    let fork = input.fork();
    fork.parse::<Ident>().is_ok_and(|ident| ident == "biased") && fork.peek(Token![;])
}

impl Parse for Arm {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.peek(Token![else]) {
            let keyword = input.parse()?;
            arrow(input, "after `else`")?;
            let handler = fallback(input)?;
            Ok(Self::Else(Else { keyword, handler }))
        } else {
            input.parse().map(Box::new).map(Self::Branch)
        }
    }
}

impl Parse for Branch {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let pattern = pattern(input)?;
        if !input.peek(Token![=]) || input.peek(Token![=>]) {
            return Err(missing_equals(input, &pattern));
        }
        input.parse::<Token![=]>()?;
        let future = expression(input, "expected a future after `=`")?;
        let condition = condition(input)?;
        let place = match condition {
            None => "after the future",
            Some(_) => "after the condition",
        };
        arrow(input, place)?;
        Ok(Self {
            pattern,
            future,
            condition,
            handler: handler(input)?,
        })
    }
}

fn pattern(input: ParseStream) -> syn::Result<Pat> {
    let cursor = input.cursor();
    let begins_none = match cursor.punct() {
        Some((punct, _)) => !"&.:<|-".contains(punct.as_char()),
        None => input.peek(token::Brace),
    };
    if begins_none {
        return Err(input.error(format!("expected a pattern: {ARM}")));
    }
    input.call(Pat::parse_multi_with_leading_vert)
}

fn missing_equals(input: ParseStream, pattern: &Pat) -> syn::Error {
    if input.peek(Token![if]) {
        return input.error(
            "a condition comes after the future: `pattern = future, if condition => handler`",
        );
    }
    if matches!(pattern, Pat::Ident(ident) if ident.ident == "biased") {
        return input.error("expected `;` after `biased`");
    }
    input.error(format!("expected `=` after the pattern: {ARM}"))
}

fn condition(input: ParseStream) -> syn::Result<Option<Expr>> {
    if input.peek(Token![if]) {
        return Err(input.error(
            "expected a comma before the condition: `pattern = future, if condition => handler`",
        ));
    }
    if !input.peek(Token![,]) {
        return Ok(None);
    }
    if !input.peek2(Token![if]) {
        return Err(input.error(format!("expected `=>` or `, if` after the future: {ARM}")));
    }
    input.parse::<Token![,]>()?;
    input.parse::<Token![if]>()?;
    expression(input, "expected a condition after `if`").map(Some)
}

fn arrow(input: ParseStream, place: &str) -> syn::Result<()> {
    if input.peek(Token![=>]) {
        input.parse::<Token![=>]>()?;
        return Ok(());
    }
    Err(input.error(format!("expected `=>` {place}")))
}

/// A branch's handler and the comma after it. As in tokio, what begins with a brace is a block and
/// ends with it.
fn handler(input: ParseStream) -> syn::Result<Handler> {
    if input.peek(token::Brace) && !input.peek(token::Group) {
        let block = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        return Ok(Handler::Block(block));
    }
    let handler = expression(input, "expected a handler after `=>`")?;
    // A block that came through a `macro_rules!` fragment.
    let block = matches!(&handler, Expr::Group(group) if matches!(*group.expr, Expr::Block(_)));
    comma(input, block)?;
    Ok(Handler::Expression(Box::new(handler)))
}

/// The handler of `else`, which may be any expression.
fn fallback(input: ParseStream) -> syn::Result<Handler> {
    let fork = input.fork();
    if let Ok(TokenTree::Group(block)) = fork.parse()
        && input.peek(token::Brace)
        && !input.peek(token::Group)
        && (fork.is_empty() || fork.peek(Token![,]))
    {
        input.parse::<Group>()?;
        input.parse::<Option<Token![,]>>()?;
        return Ok(Handler::Block(block));
    }
    let handler = expression(input, "expected a handler after `=>`")?;
    comma(input, false)?;
    Ok(Handler::Expression(Box::new(handler)))
}

fn comma(input: ParseStream, optional: bool) -> syn::Result<()> {
    if input.peek(Token![,]) {
        input.parse::<Token![,]>()?;
        return Ok(());
    }
    if optional || input.is_empty() {
        return Ok(());
    }
    Err(input.error("expected `,` after the handler; only a block needs none"))
}

fn expression(input: ParseStream, expected: &str) -> syn::Result<Expr> {
    if input.is_empty() || input.peek(Token![,]) || input.peek(Token![=>]) {
        return Err(input.error(expected));
    }
    input.parse()
}
