//! The plan of a `select!` to tokens.
//!
//! The expansion follows the steps that tokio documents: conditions, futures (of disabled branches
//! too), polling, the pattern, the handler. The handler stands outside of what is polled, so that
//! it may use `?`, `return`, `break` and `.await`, and after the scope of the futures, so that it
//! may use what they borrowed.
//!
//! Not here: any check. Variables are hygienic, for which their spans are `mixed_site`; the user's
//! tokens keep theirs.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, token};

use super::parse::{Branch, Handler};
use super::pattern;
use super::validate::Plan;

/// The whole expression.
pub(crate) fn select(plan: &Plan) -> TokenStream {
    let site = Span::mixed_site();
    if plan.branches.is_empty() {
        let fallback = fallback(plan);
        return quote_spanned!(site=> { #fallback });
    }
    let names: Vec<Names> = (0..plan.branches.len()).map(Names::new).collect();
    let output = declare_output(&names);
    let conditions = conditions(plan, &names);
    let futures = futures(plan, &names);
    let poll = poll(plan, &names);
    let handlers = handlers(plan, &names);
    quote_spanned! {site=>
        {
            #output
            let mut disabled = 0u64;
            #conditions
            let mut output = {
                #futures
                #poll
            };
            #handlers
        }
    }
}

/// How the parts of one branch are called.
struct Names {
    index: u32,
    /// The bit that says that the branch is disabled.
    bit: Literal,
    /// The variant of the output enum, and its type parameter.
    variant: Ident,
    /// The variable of the future, pinned or not yet.
    future: Ident,
}

impl Names {
    fn new(index: usize) -> Self {
        let site = Span::mixed_site();
        let index = index as u32;
        Self {
            index,
            bit: Literal::u64_suffixed(1 << index),
            variant: format_ident!("B{index}", span = site),
            future: format_ident!("future_{index}", span = site),
        }
    }
}

/// Items are not hygienic: user code could name this one, so its name is one that nobody would use.
fn output_type() -> Ident {
    Ident::new("__LeakHarnessSelect", Span::mixed_site())
}

fn declare_output(names: &[Names]) -> TokenStream {
    let output = output_type();
    let variants: Vec<_> = names.iter().map(|name| &name.variant).collect();
    quote_spanned! {Span::mixed_site()=>
        enum #output<#(#variants),*> {
            #(#variants(#variants),)*
            Disabled,
        }
    }
}

fn conditions(plan: &Plan, names: &[Names]) -> TokenStream {
    let branches = plan.branches.iter().zip(names);
    branches
        .filter_map(|(branch, Names { bit, .. })| {
            let condition = branch.condition.as_ref()?;
            Some(quote_spanned! {Span::mixed_site()=>
                let enabled: ::core::primitive::bool = #condition;
                if !enabled {
                    disabled |= #bit;
                }
            })
        })
        .collect()
}

/// Evaluates the futures, then turns each into a future, then pins them. They are evaluated in one
/// `let` of a tuple so that temporaries in them live as long as they do, and pinned from the last
/// to the first since that is the reverse of the order in which they are dropped.
fn futures(plan: &Plan, names: &[Names]) -> TokenStream {
    let site = Span::mixed_site();
    let expressions = plan.branches.iter().map(|branch| &branch.future);
    let variables: Vec<_> = names.iter().map(|name| &name.future).collect();
    let conversions = plan
        .branches
        .iter()
        .zip(&variables)
        .map(|(branch, future)| {
            let site = site_of(branch);
            let argument = located(future, site);
            let converted =
                quote_spanned!(site=> ::core::future::IntoFuture::into_future(#argument));
            quote_spanned!(Span::mixed_site()=> let #future = #converted;)
        });
    let reversed = variables.iter().rev();
    quote_spanned! {site=>
        let (#(#variables,)*) = (#(#expressions,)*);
        #(#conversions)*
        #(let mut #reversed = ::core::pin::pin!(#reversed);)*
    }
}

/// Hygienic, and where the branch's future stands: there the compiler says it if that is no future.
fn site_of(branch: &Branch) -> Span {
    Span::mixed_site().located_at(branch.future.span())
}

fn located(variable: &Ident, site: Span) -> Ident {
    let mut variable = variable.clone();
    variable.set_span(site);
    variable
}

fn poll(plan: &Plan, names: &[Names]) -> TokenStream {
    let library = plan.library;
    let output = output_type();
    let count = names.len() as u32;
    let start = if plan.biased {
        quote_spanned!(Span::mixed_site()=> #library::__private::select_biased(enabled))
    } else {
        quote_spanned!(Span::mixed_site()=> #library::__private::select_start(#count, enabled))
    };
    let branches = plan.branches.iter().zip(names);
    let polls = branches.map(|(branch, names)| poll_branch(branch, names));
    quote_spanned! {Span::mixed_site()=>
        #library::__private::poll_fn(|cx| {
            if #library::__private::poll_select_budget(cx).is_pending() {
                return ::core::task::Poll::Pending;
            }
            let enabled = #count - disabled.count_ones();
            let start = #start;
            let mut pending = false;
            #[allow(clippy::modulo_one, reason = "one branch alone is the first in any case")]
            for offset in 0u32..#count {
                match (start.first + offset) % #count {
                    #(#polls)*
                    _ => ::core::unreachable!("the index of a branch is less than their number"),
                }
            }
            if pending {
                ::core::task::Poll::Pending
            } else {
                ::core::task::Poll::Ready(#output::Disabled)
            }
        })
        .await
    }
}

fn poll_branch(branch: &Branch, names: &Names) -> TokenStream {
    let output = output_type();
    let pattern = pattern::by_reference(&branch.pattern);
    let Names {
        index,
        bit,
        variant,
        future,
    } = names;
    let site = site_of(branch);
    let polled = located(future, site);
    let polled = quote_spanned!(site=> ::core::future::Future::poll(#polled.as_mut(), cx));
    quote_spanned! {Span::mixed_site()=>
        #[allow(unreachable_code, reason = "a branch whose future gives `!` is never ready")]
        #index => {
            if disabled & #bit != 0 {
                continue;
            }
            let ready = match #polled {
                ::core::task::Poll::Ready(ready) => ready,
                ::core::task::Poll::Pending => {
                    start.pending(#index);
                    pending = true;
                    continue;
                }
            };
            disabled |= #bit;
            let selected = #output::#variant(ready);
            #[allow(unused_variables, reason = "it only says whether it matches")]
            match &selected {
                #output::#variant(#pattern) => {}
                _ => continue,
            }
            start.won(#index);
            return ::core::task::Poll::Ready(selected);
        }
    }
}

fn handlers(plan: &Plan, names: &[Names]) -> TokenStream {
    let output = output_type();
    let fallback = fallback(plan);
    let arms = plan.branches.iter().zip(names).map(|(branch, names)| {
        let (pattern, variant) = (&branch.pattern, &names.variant);
        let handler = arm_expression(&branch.handler);
        quote_spanned!(Span::mixed_site()=> #output::#variant(#pattern) => #handler,)
    });
    quote_spanned! {Span::mixed_site()=>
        match output {
            #(#arms)*
            #output::Disabled => #fallback,
            #[allow(unreachable_patterns, reason = "every pattern may always match")]
            _ => ::core::unreachable!("a branch is selected only if its pattern matches"),
        }
    }
}

fn fallback(plan: &Plan) -> TokenStream {
    let message = "all branches are disabled and there is no else branch";
    match plan.fallback {
        Some(handler) => arm_expression(handler),
        None => quote_spanned!(Span::mixed_site()=> ::core::panic!(#message)),
    }
}

/// The handler where the expression of a `match` arm or the end of a block is wanted. There, what
/// begins like a statement would end with it: `if a { 1 } else { 2 } + 3` needs parentheses.
fn arm_expression(handler: &Handler) -> TokenStream {
    match handler {
        Handler::Block(block) => block.to_token_stream(),
        Handler::Expression(expression) if begins_with_statement(expression) => {
            let mut tokens = TokenStream::new();
            token::Paren(Span::mixed_site())
                .surround(&mut tokens, |tokens| expression.to_tokens(tokens));
            tokens
        }
        Handler::Expression(expression) => expression.to_token_stream(),
    }
}

fn begins_with_statement(expression: &Expr) -> bool {
    if is_statement(expression) {
        return false;
    }
    match expression {
        Expr::Assign(it) => begins(&it.left),
        Expr::Await(it) => begins(&it.base),
        Expr::Binary(it) => begins(&it.left),
        Expr::Call(it) => begins(&it.func),
        Expr::Cast(it) => begins(&it.expr),
        Expr::Field(it) => begins(&it.base),
        Expr::Index(it) => begins(&it.expr),
        Expr::MethodCall(it) => begins(&it.receiver),
        Expr::Range(it) => it.start.as_deref().is_some_and(begins),
        Expr::Try(it) => begins(&it.expr),
        _ => false,
    }
}

fn begins(leftmost: &Expr) -> bool {
    is_statement(leftmost) || begins_with_statement(leftmost)
}

fn is_statement(expression: &Expr) -> bool {
    matches!(
        expression,
        Expr::Block(_)
            | Expr::Const(_)
            | Expr::ForLoop(_)
            | Expr::If(_)
            | Expr::Loop(_)
            | Expr::Match(_)
            | Expr::TryBlock(_)
            | Expr::Unsafe(_)
            | Expr::While(_)
    )
}
