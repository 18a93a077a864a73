//! Makes a free function of a method: what it takes, gives and asks for, said without `self`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{
    FnArg, Generics, Ident, ImplItemConst, Lifetime, Path, Receiver, Signature, Type,
    TypeParamBound, TypePath, TypeReference,
};

/// The type whose methods are probed, with the parameters of their `impl`.
pub struct Owner {
    generics: Generics,
    own: Type,
}

impl Owner {
    /// Of `impl<generics> own`.
    pub fn new(generics: &Generics, own: &Type) -> Owner {
        let (mut generics, mut own) = (generics.clone(), own.clone());
        Paths.visit_type_mut(&mut own);
        Paths.visit_generics_mut(&mut generics);
        // Lifetimes that are not named are parameters as well.
        let mut elided = Elided::new("'of");
        elided.visit_type_mut(&mut own);
        if elided.used {
            let lifetime = elided.lifetime;
            generics.params.insert(0, syn::parse_quote!(#lifetime));
        }
        Owner { generics, own }
    }

    /// A probe that the type implements a trait.
    pub fn implements(&self, probe: &Ident, bound: &TokenStream) -> TokenStream {
        let own = &self.own;
        let mut bound: Path = syn::parse2(bound.clone()).unwrap();
        SelfIs(own).visit_path_mut(&mut bound);
        Paths.visit_path_mut(&mut bound);
        let mut generics = self.generics.clone();
        Sized.visit_generics_mut(&mut generics);
        let (parameters, _, conditions) = generics.split_for_impl();
        let parameters = quote!(#parameters);
        quote! {
            fn #probe #parameters (value: #own) -> impl #bound #conditions { value }
        }
    }
}

/// A probe of a function that no type has.
pub fn function(signature: &Signature, probe: &Ident, path: &TokenStream) -> TokenStream {
    let mut signature = signature.clone();
    Paths.visit_signature_mut(&mut signature);
    let names = name_arguments(&mut signature);
    signature.ident = probe.clone();
    let awaited = signature.asyncness.map(|_| quote!(.await));
    quote!(#signature { #path(#(#names),*) #awaited })
}

/// A probe of a constant of a type.
pub fn constant(constant: &ImplItemConst, probe: &Ident, owner: &Owner) -> TokenStream {
    let (own, name, ty) = (&owner.own, &constant.ident, &constant.ty);
    let (parameters, _, conditions) = owner.generics.split_for_impl();
    quote!(fn #probe #parameters () -> #ty #conditions { <#own>::#name })
}

/// A probe of a method, or of a function of a type.
pub fn method(signature: &Signature, probe: &Ident, owner: &Owner) -> TokenStream {
    let (own, name) = (&owner.own, signature.ident.clone());
    let mut signature = signature.clone();
    let mut all = owner.generics.clone();
    all.params
        .extend(std::mem::take(&mut signature.generics.params));
    // Lifetimes come first.
    let (lifetimes, others): (Vec<_>, Vec<_>) = all
        .params
        .into_iter()
        .partition(|one| matches!(one, syn::GenericParam::Lifetime(_)));
    all.params = lifetimes.into_iter().chain(others).collect();
    if let Some(conditions) = signature.generics.where_clause.take() {
        all.make_where_clause()
            .predicates
            .extend(conditions.predicates);
    }
    signature.generics = all;
    // What is elided in the result is of `self`.
    if let Some(FnArg::Receiver(receiver)) = signature.inputs.first().cloned() {
        let mut ty = (*receiver.ty).clone();
        let mut elided = Elided::new("'receiver");
        elided.visit_type_mut(&mut ty);
        if elided.used {
            elided.visit_return_type_mut(&mut signature.output);
            let lifetime = elided.lifetime;
            signature
                .generics
                .params
                .insert(0, syn::parse_quote!(#lifetime));
        } else if let Some(lifetime) = named(&receiver) {
            let mut named = Elided {
                lifetime,
                used: false,
            };
            named.visit_return_type_mut(&mut signature.output);
        }
        signature.inputs[0] = syn::parse_quote!(this: #ty);
    }
    SelfIs(own).visit_signature_mut(&mut signature);
    Paths.visit_signature_mut(&mut signature);
    let names = name_arguments(&mut signature);
    signature.ident = probe.clone();
    let awaited = signature.asyncness.map(|_| quote!(.await));
    quote!(#signature { <#own>::#name(#(#names),*) #awaited })
}

fn named(receiver: &Receiver) -> Option<Lifetime> {
    receiver.reference.as_ref()?.1.clone()
}

/// Gives every argument a plain name.
fn name_arguments(signature: &mut Signature) -> Vec<Ident> {
    let arguments = signature.inputs.iter_mut().enumerate();
    let names = arguments.map(|(index, argument)| {
        let name = format_ident!("argument_{index}");
        if let FnArg::Typed(argument) = argument {
            argument.attrs.clear();
            *argument.pat = syn::parse_quote!(#name);
        }
        name
    });
    names.collect()
}

/// `Self`, said by name.
struct SelfIs<'a>(&'a Type);

impl VisitMut for SelfIs<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if matches!(ty, Type::Path(TypePath { qself: None, path }) if path.is_ident("Self")) {
            *ty = self.0.clone();
            return;
        }
        visit_mut::visit_type_mut(self, ty);
    }
}

/// Lifetimes that are left out, named.
struct Elided {
    lifetime: Lifetime,
    used: bool,
}

impl Elided {
    fn new(name: &str) -> Elided {
        Elided {
            lifetime: Lifetime::new(name, proc_macro2::Span::call_site()),
            used: false,
        }
    }
}

impl VisitMut for Elided {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        if reference.lifetime.is_none() {
            reference.lifetime = Some(self.lifetime.clone());
            self.used = true;
        }
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = self.lifetime.clone();
            self.used = true;
        }
    }
}

/// Without `?Sized`: what is given and returned has a size.
struct Sized;

impl VisitMut for Sized {
    fn visit_type_param_mut(&mut self, parameter: &mut syn::TypeParam) {
        let bounds = std::mem::take(&mut parameter.bounds);
        parameter.bounds = bounds.into_iter().filter(is_asked_for).collect();
    }

    fn visit_predicate_type_mut(&mut self, predicate: &mut syn::PredicateType) {
        let bounds = std::mem::take(&mut predicate.bounds);
        predicate.bounds = bounds.into_iter().filter(is_asked_for).collect();
    }
}

fn is_asked_for(bound: &TypeParamBound) -> bool {
    let TypeParamBound::Trait(bound) = bound else {
        return true;
    };
    matches!(bound.modifier, syn::TraitBoundModifier::None)
}

/// tokio's own paths, as they are seen from outside: by their last names, which are in scope.
struct Paths;

impl VisitMut for Paths {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        let first = path
            .segments
            .first()
            .map(|segment| segment.ident.to_string());
        let inside = [
            "crate", "super", "self", "error", "task", "time", "runtime", "futures",
        ];
        let known = path.segments.iter().any(|segment| {
            ["Context", "Poll", "Waker"]
                .iter()
                .any(|known| segment.ident == known)
        });
        if first.as_deref() == Some("error") && path.segments.last().unwrap().ident == "Error" {
            *path = syn::parse_quote!(std::error::Error);
            return;
        }
        let module = first
            .as_deref()
            .filter(|first| ["runtime", "task", "time"].contains(first));
        if module.is_some() && path.segments.len() == 2 && !known {
            *path = syn::parse_quote!(mirrored::#path);
            return;
        }
        // An alias that only tokio's own modules see.
        if first.as_deref() == Some("super") && path.segments.last().unwrap().ident == "Result" {
            let last = path.segments.pop().unwrap().into_value();
            if let syn::PathArguments::AngleBracketed(arguments) = last.arguments {
                let output = arguments.args;
                *path = syn::parse_quote!(Result<#output, JoinError>);
            }
            return;
        }
        if first.is_some_and(|first| inside.contains(&first.as_str())) && !known {
            let last = path.segments.pop().unwrap().into_value();
            *path = last.into();
        }
    }
}
