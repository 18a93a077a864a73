//! Function and plan to tokens. What is generated names everything by absolute paths and nothing by
//! the prelude.
//!
//! Not here: any check. This file may assume that `validate` found no error, except where it says
//! otherwise.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, FnArg, Ident, ReturnType, Signature};

use super::arguments::{self, Argument};
use super::parse::Function;
use super::validate::{self, Plan};
use super::value::Value;
use crate::errors::Errors;

/// The test: an outer function for the test runner, and the user's own within it.
pub(crate) fn test(function: &Function, plan: &Plan) -> TokenStream {
    let site = output_site(function);
    let library = library(plan, site);
    let builder = builder(function, plan);
    let call = if plan.arguments.is_empty() {
        let body = body_argument(function, site);
        quote_spanned!(site=> #library::__private::run(#builder, #body);)
    } else {
        let inputs = inputs(plan, &library);
        let body = body_with_arguments(function, plan, site);
        quote_spanned!(site=> #library::__private::arguments::run(#builder, #inputs #body);)
    };
    outer(function, call)
}

/// The function after an error: a test that does nothing, so that the body is still compiled and
/// the only errors are ours and the body's own.
pub(crate) fn recovered(function: &Function, errors: &Errors) -> TokenStream {
    let site = Span::mixed_site();
    let errors = errors.to_compile_errors();
    let signature = &function.signature;
    let fits_a_test = signature.inputs.is_empty()
        && signature.variadic.is_none()
        && signature.generics.params.is_empty()
        && signature.generics.where_clause.is_none();
    let function = if fits_a_test {
        let name = &signature.ident;
        outer(function, quote_spanned!(site=> let _ = #name;))
    } else {
        let attributes = kept_attributes(function);
        let (visibility, signature) = (&function.visibility, own_signature(function));
        let body = body(function);
        quote! {
            #(#attributes)*
            #[allow(dead_code, reason = "its errors are told; that nobody calls it would hide them")]
            #visibility #signature #body
        }
    };
    quote! { #function #errors }
}

/// What did not parse as a function, as it stands.
pub(crate) fn unparsed(item: TokenStream, error: syn::Error) -> TokenStream {
    let error = error.to_compile_error();
    quote! { #item #error }
}

/// The function that the test runner sees, with the user's own in it and `call` after that.
fn outer(function: &Function, call: TokenStream) -> TokenStream {
    let attributes = kept_attributes(function);
    let visibility = &function.visibility;
    let (fn_token, name) = (&function.signature.fn_token, &function.signature.ident);
    let test = quote_spanned!(Span::mixed_site()=> #[::core::prelude::v1::test]);
    let inner = inner(function);
    quote! {
        #(#attributes)*
        #test
        #visibility #fn_token #name() {
            #inner
            #call
        }
    }
}

/// The user's function without its attributes. It is a function and not an `async` block so that
/// `?` and `return` know their type, and so that errors in it read as they would without the macro.
fn inner(function: &Function) -> TokenStream {
    let (signature, body) = (own_signature(function), body(function));
    if signature.asyncness.is_some() {
        quote! {
            #[allow(clippy::unused_async, reason = "a test may happen not to wait")]
            #signature #body
        }
    } else {
        quote! { #signature #body }
    }
}

/// The user's signature without what only this macro knows.
fn own_signature(function: &Function) -> Signature {
    let mut signature = function.signature.clone();
    for argument in &mut signature.inputs {
        if let FnArg::Typed(argument) = argument {
            argument
                .attrs
                .retain(|attribute| !arguments::is_strategy(attribute));
        }
    }
    signature
}

fn body(function: &Function) -> TokenStream {
    let mut tokens = TokenStream::new();
    function
        .brace
        .surround(&mut tokens, |tokens| function.body.to_tokens(tokens));
    tokens
}

/// All attributes but those which would make it a test twice; these are an error anyway.
fn kept_attributes(function: &Function) -> impl Iterator<Item = &Attribute> {
    let attributes = function.attributes.iter();
    attributes.filter(|attribute| !validate::is_test_attribute(attribute))
}

fn builder(function: &Function, plan: &Plan) -> TokenStream {
    let site = Span::mixed_site();
    let library = library(plan, site);
    let name = function.signature.ident.unraw().to_string();
    let begin = Ident::new(plan.begins_with, site);
    let mut builder = quote_spanned! {site=>
        #library::__private::#begin(
            ::core::option_env!("CARGO_MANIFEST_DIR"),
            ::core::concat!(::core::module_path!(), "::", #name),
        )
    };
    if fails_on_purpose(function) {
        builder.append_all(quote_spanned!(site=> .fails_on_purpose()));
    }
    for (method, value) in &plan.settings {
        let method = Ident::new(method, site);
        let argument = value.to_argument(&library);
        builder.append_all(quote_spanned!(site=> .#method(#argument)));
    }
    builder
}

/// Whether the test runner is told that this test panics.
fn fails_on_purpose(function: &Function) -> bool {
    let mut attributes = function.attributes.iter();
    attributes.any(|attribute| attribute.path().is_ident("should_panic"))
}

fn library(plan: &Plan, site: Span) -> TokenStream {
    match &plan.library {
        Some(path) => path.to_token_stream(),
        None => quote_spanned!(site=> ::leak_harness),
    }
}

/// How inputs are drawn, and how they are shown; with a comma at the end.
fn inputs(plan: &Plan, library: &TokenStream) -> TokenStream {
    let site = Span::mixed_site();
    let option = |value: &Option<Value>| match value {
        Some(value) => {
            let value = value.to_argument(library);
            quote_spanned!(site=> ::core::option::Option::Some(#value))
        }
        None => quote_spanned!(site=> ::core::option::Option::None),
    };
    let (cases, config) = (option(&plan.cases), option(&plan.proptest_config));
    let arguments = quote_spanned!(site=> #library::__private::arguments);
    let strategies = plan
        .arguments
        .iter()
        .map(|argument| strategy(argument, library));
    let names = plan.arguments.iter().map(|argument| &argument.name);
    let variables: Vec<Ident> = variables(plan).collect();
    quote_spanned! {site=>
        #arguments::settings(::core::file!(), #cases, #config),
        (#(#strategies,)*),
        &[#(#names),*],
        |(#(#variables,)*)| #arguments::values([#(#arguments::debug(#variables)),*]),
    }
}

/// A strategy, where its own errors belong: at the expression, or at the type if there is none.
fn strategy(argument: &Argument, library: &TokenStream) -> TokenStream {
    let value = &argument.value;
    let Some(expression) = &argument.strategy else {
        let site = Span::mixed_site().located_at(value.span());
        return quote_spanned!(site=> #library::__private::arguments::any::<#value>());
    };
    let site = Span::mixed_site().located_at(expression.span());
    // So that `0..8` is one of what the argument is.
    let strategy = match expression {
        Expr::Range(_) => quote_spanned!(site=> range),
        _ => quote_spanned!(site=> strategy),
    };
    quote_spanned!(site=> #library::__private::arguments::#strategy::<#value, _>(#expression))
}

fn variables(plan: &Plan) -> impl Iterator<Item = Ident> {
    let arguments = plan.arguments.iter().enumerate();
    arguments.map(|(index, argument)| {
        let site = Span::mixed_site().located_at(argument.value.span());
        Ident::new(&format!("argument_{index}"), site)
    })
}

/// What gives the body's future for an input.
fn body_with_arguments(function: &Function, plan: &Plan, site: Span) -> TokenStream {
    let mut name = function.signature.ident.clone();
    name.set_span(site);
    let variables: Vec<Ident> = variables(plan).collect();
    let call = quote_spanned!(site=> #name(#(#variables),*));
    let call = if function.signature.asyncness.is_some() {
        call
    } else {
        quote_spanned!(site=> async move { #call })
    };
    quote_spanned!(site=> |(#(#variables,)*)| #call)
}

/// What gives the body's future.
fn body_argument(function: &Function, site: Span) -> TokenStream {
    let mut name = function.signature.ident.clone();
    name.set_span(site);
    if function.signature.asyncness.is_some() {
        name.into_token_stream()
    } else {
        quote_spanned!(site=> || async { #name() })
    }
}

/// Hygienic, and where the return type stands, for that is what is wrong if the library does not
/// accept the body.
fn output_site(function: &Function) -> Span {
    let signature = &function.signature;
    Span::mixed_site().located_at(match &signature.output {
        ReturnType::Default => signature.ident.span(),
        ReturnType::Type(_, output) => output.span(),
    })
}
