//! Checks the value of one option against the kind of value which that option takes.
//!
//! Not here: whether the option exists, is repeated, or goes with the others (`validate`).

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{Expr, ExprLit, ExprUnary, Ident, Lit, LitInt, LitStr, Path, UnOp};

use super::options::{Kind, OptionSpec};
use super::parse::RawValue;
use crate::words;

/// A legal value.
pub(crate) enum Value {
    Flag,
    /// A variant of an enum of the library's: `Flavor`, `MultiThread`.
    Variant {
        of: &'static str,
        variant: &'static str,
    },
    Count(usize),
    Cases(u32),
    Seed(u64),
    Bool(bool),
    Text(LitStr),
    Path(Path),
    Expression(Box<Expr>),
}

impl Value {
    /// The value as an argument of a method of the library's `Builder`.
    pub(crate) fn to_argument(&self, library: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        match self {
            Self::Flag => quote_spanned!(site=> true),
            Self::Bool(bool) => quote_spanned!(site=> #bool),
            Self::Variant { of, variant } => {
                let (of, variant) = (Ident::new(of, site), Ident::new(variant, site));
                quote_spanned!(site=> #library::#of::#variant)
            }
            Self::Count(count) => quote_spanned!(site=> #count),
            Self::Cases(cases) => quote_spanned!(site=> #cases),
            Self::Seed(seed) => quote_spanned!(site=> #seed),
            Self::Text(text) => quote_spanned!(site=> #text),
            Self::Path(path) => quote_spanned!(site=> #path),
            Self::Expression(value) => quote_spanned!(site=> #value),
        }
    }
}

/// Checks what was written for `option`, whose name stands at `name`.
pub(crate) fn check(option: &OptionSpec, name: &Ident, raw: &RawValue) -> syn::Result<Value> {
    let legal = legal(&option.kind);
    match (&option.kind, raw) {
        (Kind::Flag, RawValue::Bare) => Ok(Value::Flag),
        (Kind::Switch, RawValue::Bare) => Ok(Value::Bool(true)),
        (Kind::Flag, RawValue::Missing(equals)) => Err(syn::Error::new_spanned(
            equals,
            format!("`{name}` takes no value; write `{name}` alone"),
        )),
        (Kind::Flag, RawValue::Given(value)) => Err(syn::Error::new_spanned(
            value,
            format!("`{name}` takes no value; write `{name}` alone, or leave it out"),
        )),
        (_, RawValue::Bare) => Err(syn::Error::new_spanned(
            name,
            format!(
                "`{name}` needs a value: {legal}, as in `{}`",
                option.example()
            ),
        )),
        (_, RawValue::Missing(equals)) => Err(syn::Error::new_spanned(
            equals,
            format!("`{name}` needs a value here: {legal}"),
        )),
        (kind, RawValue::Given(value)) => read(kind, value).map_err(|problem| {
            let problem = problem.map_or_else(String::new, |problem| format!("{problem} "));
            let message = format!("{problem}`{name}` must be {legal}");
            syn::Error::new_spanned(value, message)
        }),
    }
}

/// What is wrong with a value, where that says more than what would be legal. Stands before that.
type Problem = Option<String>;

fn read(kind: &Kind, value: &Expr) -> Result<Value, Problem> {
    match kind {
        // Answered by the caller: a flag has no value to read.
        Kind::Flag => Err(None),
        Kind::Choice { of, choices } => {
            let text = text(value)?.value();
            match choices.iter().find(|choice| choice.text == text) {
                Some(choice) => Ok(Value::Variant {
                    of,
                    variant: choice.variant,
                }),
                None => Err(did_you_mean(&text, choices.iter().map(|c| c.text))),
            }
        }
        Kind::Count { min } => {
            let count = integer::<usize>(value, "usize")?;
            if count < *min {
                return Err(None);
            }
            Ok(Value::Count(count))
        }
        Kind::Cases => match integer(value, "u32")? {
            0 => Err(None),
            cases => Ok(Value::Cases(cases)),
        },
        Kind::Seed => integer(value, "u64").map(Value::Seed),
        Kind::Expression => Ok(Value::Expression(Box::new(value.clone()))),
        Kind::Bool | Kind::Switch => match literal(value) {
            Some(Lit::Bool(literal)) => Ok(Value::Bool(literal.value)),
            _ => Err(None),
        },
        Kind::Text { may_be_empty } => {
            let text = text(value)?;
            if !may_be_empty && text.value().trim().is_empty() {
                return Err(None);
            }
            Ok(Value::Text(text.clone()))
        }
        Kind::Path => match text(value)?.parse_with(Path::parse_mod_style) {
            Ok(path) => Ok(Value::Path(path)),
            Err(_) => Err(None),
        },
    }
}

fn did_you_mean(typed: &str, legal: impl Iterator<Item = &'static str>) -> Problem {
    words::nearest(typed, legal).map(|near| format!("did you mean \"{near}\"?"))
}

fn legal(kind: &Kind) -> String {
    match kind {
        Kind::Flag => "nothing".to_owned(),
        Kind::Choice { choices, .. } => {
            words::list_or(choices.iter().map(|c| format!("\"{}\"", c.text)))
        }
        Kind::Count { min: 0 } => "an integer that fits `usize`".to_owned(),
        Kind::Count { min } => format!("an integer of at least {min} that fits `usize`"),
        Kind::Cases => "an integer of at least 1 that fits `u32`".to_owned(),
        Kind::Seed => "an integer that fits `u64`".to_owned(),
        Kind::Expression => "an expression".to_owned(),
        Kind::Bool | Kind::Switch => "`true` or `false`".to_owned(),
        Kind::Text { may_be_empty: true } => "a string".to_owned(),
        Kind::Text {
            may_be_empty: false,
        } => "a string that is not empty".to_owned(),
        Kind::Path => {
            "a string that holds a path, such as \"my_reexports::leak_harness\"".to_owned()
        }
    }
}

/// The literal that `value` is. A value that came through a `macro_rules!` fragment stands in an
/// invisible group.
fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

fn text(value: &Expr) -> Result<&LitStr, Problem> {
    match literal(value) {
        Some(Lit::Str(text)) => Ok(text),
        _ => Err(None),
    }
}

fn integer<T: std::str::FromStr>(value: &Expr, suffix: &str) -> Result<T, Problem>
where
    T::Err: std::fmt::Display,
{
    if let Expr::Unary(ExprUnary {
        op: UnOp::Neg(_),
        expr,
        ..
    }) = value
        && matches!(literal(expr), Some(Lit::Int(_)))
    {
        return Err(Some("a negative number makes no sense here;".to_owned()));
    }
    match literal(value) {
        Some(Lit::Int(literal)) => parse_integer(literal, suffix),
        _ => Err(None),
    }
}

fn parse_integer<T: std::str::FromStr>(literal: &LitInt, suffix: &str) -> Result<T, Problem>
where
    T::Err: std::fmt::Display,
{
    let given = literal.suffix();
    if !given.is_empty() && given != suffix {
        return Err(Some(format!("leave out the suffix `{given}`;")));
    }
    literal.base10_parse().map_err(|_| None)
}
