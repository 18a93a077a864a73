//! One probe for each public function, method, constant, type, variant and implemented trait of
//! tokio's.
//!
//! Not here: how a signature is rewritten so that it stands alone (`signature`).

use std::collections::BTreeSet;
use std::path::Path;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{GenericParam, Generics, Ident, ImplItem, Item, ItemImpl, Type, Visibility};

use crate::signature::{Owner, constant, function, method};
use crate::sources;

/// Files and folders of tokio's, the public module that shows what is in them, and what else its
/// signatures name.
const PLACES: [(&str, &str, &[&str]); 35] = [
    ("sync/barrier.rs", "sync", &[]),
    (
        "sync/broadcast.rs",
        "sync::broadcast",
        &["sync::broadcast::error"],
    ),
    ("sync/mpsc/bounded.rs", "sync::mpsc", &["sync::mpsc::error"]),
    (
        "sync/mpsc/unbounded.rs",
        "sync::mpsc",
        &["sync::mpsc::error"],
    ),
    ("sync/mpsc/error.rs", "sync::mpsc::error", &[]),
    ("sync/mutex.rs", "sync", &[]),
    ("sync/notify.rs", "sync", &["sync::futures"]),
    ("sync/once_cell.rs", "sync", &[]),
    (
        "sync/oneshot.rs",
        "sync::oneshot",
        &["sync::oneshot::error"],
    ),
    ("sync/rwlock.rs", "sync", &[]),
    ("sync/rwlock", "sync", &[]),
    ("sync/semaphore.rs", "sync", &[]),
    ("sync/set_once.rs", "sync", &[]),
    ("sync/watch.rs", "sync::watch", &["sync::watch::error"]),
    ("task/blocking.rs", "task", &[]),
    ("task/coop/mod.rs", "task::coop", &[]),
    ("task/coop/consume_budget.rs", "task::coop", &[]),
    ("task/coop/unconstrained.rs", "task::coop", &[]),
    ("task/join_set.rs", "task", &["runtime"]),
    ("task/local.rs", "task", &["runtime"]),
    ("task/spawn.rs", "task", &[]),
    ("task/task_local.rs", "task", &["task::futures"]),
    ("task/yield_now.rs", "task", &[]),
    ("runtime/task/abort.rs", "task", &[]),
    ("runtime/task/error.rs", "task", &[]),
    ("runtime/task/id.rs", "task", &[]),
    ("runtime/task/join.rs", "task", &[]),
    ("time", "time", &["time::error"]),
    ("runtime/builder.rs", "runtime", &[]),
    ("runtime/handle.rs", "runtime", &["task"]),
    ("runtime/id.rs", "runtime", &[]),
    ("runtime/local_runtime", "runtime", &["task"]),
    ("runtime/metrics/runtime.rs", "runtime", &[]),
    ("runtime/mod.rs", "runtime", &[]),
    ("runtime/runtime.rs", "runtime", &["task"]),
];

/// Types that are public in a module of their own, whatever their file.
const ELSEWHERE: [(&str, &str); 5] = [
    ("Error", "time::error"),
    ("Notified", "sync::futures"),
    ("OwnedNotified", "sync::futures"),
    ("TaskLocalFuture", "task::futures"),
    ("Elapsed", "time::error"),
];

/// Public types of tokio's files that no path leads to.
const UNREACHABLE: [&str; 2] = ["AccessError", "Kind"];

/// Traits that tell nothing to who uses a type, or only inside of tokio.
const UNTOLD: [&str; 4] = ["Drop", "Sealed", "PinnedDrop", "Termination"];

/// A small piece of a program that has to compile.
pub struct Probe {
    pub name: String,
    pub code: String,
}

/// All probes of tokio's sources.
pub fn all(sources: &Path) -> Vec<Probe> {
    let mut probes = Vec::new();
    let mut items = Vec::new();
    for (path, module, uses) in PLACES {
        for file in sources::files(&sources.join(path)) {
            let found = sources::items(&file).into_iter();
            items.extend(found.map(|(inner, item)| (Place { module, uses }, inner, item)));
        }
    }
    // Methods and traits of other types are nobody's business.
    let types: BTreeSet<String> = items
        .iter()
        .filter_map(|(_, _, item)| public_type(item))
        .collect();
    for (place, inner, item) in items {
        match item {
            Item::Impl(of) if base(&of.self_ty).is_none_or(|base| !types.contains(&base)) => {}
            item => place.probe(&inner, item, &mut probes),
        }
    }
    number_doubles(&mut probes);
    probes
}

/// One probe for each macro of tokio's.
pub fn macros(sources: &Path) -> impl Iterator<Item = Probe> {
    // Each stands in a file of its name.
    let own = sources::files(&sources.join("macros"))
        .into_iter()
        .filter_map(|file| {
            let name = file.file_stem()?.to_str()?;
            let text = sources::text(&file);
            let exported = text.contains(&format!("macro_rules! {name} "));
            (exported && text.contains("#[macro_export]")).then(|| name.to_owned())
        });
    let others = ["main", "test", "spawn", "task_local"].map(str::to_owned);
    own.chain(others).map(|name| Probe {
        code: format!(
            "mod probe_macro_{name} {{ use super::mirrored; use mirrored::{name} as _; }}"
        ),
        name: format!("macro_{name}"),
    })
}

/// Impls for several types of one name differ in a number.
fn number_doubles(probes: &mut [Probe]) {
    for index in 0..probes.len() {
        let before = probes[..index].iter();
        let name = &probes[index].name;
        let doubles = before.filter(|other| other.name == *name).count();
        if doubles > 0 {
            let numbered = format!("{name}_{}", doubles + 1);
            probes[index].code = probes[index].code.replacen(name, &numbered, 1);
            probes[index].name = numbered;
        }
    }
}

/// Where items of a file are public.
struct Place {
    module: &'static str,
    uses: &'static [&'static str],
}

impl Place {
    fn probe(&self, inner: &[String], item: Item, probes: &mut Vec<Probe>) {
        match item {
            Item::Fn(item) if is_public(&item.vis) && sources::is_on(&item.attrs) => {
                let path = self.path(&item.sig.ident.to_string(), inner);
                let name = self.name(&[&item.sig.ident.to_string()]);
                let probe = format_ident!("{name}");
                self.add(probes, &name, function(&item.sig, &probe, &path));
            }
            Item::Struct(item) if is_public(&item.vis) && sources::is_on(&item.attrs) => {
                self.item(inner, &item.ident, probes);
                self.derived(&item.attrs, &item.ident, &item.generics, probes);
            }
            Item::Enum(item) if is_public(&item.vis) && sources::is_on(&item.attrs) => {
                self.item(inner, &item.ident, probes);
                self.derived(&item.attrs, &item.ident, &item.generics, probes);
                for variant in item
                    .variants
                    .iter()
                    .filter(|one| sources::is_on(&one.attrs))
                {
                    let of = self.path(&item.ident.to_string(), inner);
                    let (name, variant) = (&item.ident, &variant.ident);
                    let name = self.name(&[&name.to_string(), &variant.to_string()]);
                    self.add(probes, &name, quote!(use #of::#variant as _;));
                }
            }
            Item::Trait(item) if is_public(&item.vis) && sources::is_on(&item.attrs) => {
                self.item(inner, &item.ident, probes);
            }
            Item::Impl(item) if sources::is_on(&item.attrs) => self.implemented(item, probes),
            _ => {}
        }
    }

    fn path(&self, name: &str, inner: &[String]) -> TokenStream {
        let elsewhere = ELSEWHERE.iter().find(|(other, _)| *other == name);
        let module = elsewhere.map_or(self.module, |(_, module)| module);
        let inner = inner.iter().filter(|_| elsewhere.is_none());
        let parts = module.split("::").map(str::to_owned).chain(inner.cloned());
        let parts = parts.map(|part| format_ident!("{part}"));
        let name = format_ident!("{name}");
        quote!(mirrored::#(#parts::)*#name)
    }

    fn name(&self, parts: &[&str]) -> String {
        format!("{}_{}", self.module.replace("::", "_"), parts.join("_"))
    }

    /// A type or a trait is there.
    fn item(&self, inner: &[String], ident: &Ident, probes: &mut Vec<Probe>) {
        let path = self.path(&ident.to_string(), inner);
        self.add(
            probes,
            &self.name(&[&ident.to_string()]),
            quote!(use #path as _;),
        );
    }

    fn derived(
        &self,
        attributes: &[syn::Attribute],
        ident: &Ident,
        generics: &Generics,
        probes: &mut Vec<Probe>,
    ) {
        for attribute in attributes
            .iter()
            .filter(|one| one.path().is_ident("derive"))
        {
            let list = syn::punctuated::Punctuated::<syn::Path, syn::Token![,]>::parse_terminated;
            for derived in attribute.parse_args_with(list).unwrap() {
                let mut generics = generics.clone();
                for parameter in generics.type_params_mut() {
                    parameter.bounds.push(syn::parse_quote!(#derived));
                }
                let arguments = arguments(&generics);
                let owner: Type = syn::parse_quote!(#ident #arguments);
                self.implements(&generics, &owner, &quote!(#derived), probes);
            }
        }
    }

    fn implemented(&self, item: ItemImpl, probes: &mut Vec<Probe>) {
        let Some(base) = base(&item.self_ty) else {
            return;
        };
        match &item.trait_ {
            None => {
                let owner = Owner::new(&item.generics, &item.self_ty);
                for inner in sources::impl_items(item.items) {
                    let named = |ident: &Ident| {
                        let name = self.name(&[&base, &ident.to_string()]);
                        let probe = format_ident!("{name}");
                        (name, probe)
                    };
                    match inner {
                        ImplItem::Fn(it) if is_public(&it.vis) && sources::is_on(&it.attrs) => {
                            let (name, probe) = named(&it.sig.ident);
                            self.add(probes, &name, method(&it.sig, &probe, &owner));
                        }
                        ImplItem::Const(it) if is_public(&it.vis) && sources::is_on(&it.attrs) => {
                            let (name, probe) = named(&it.ident);
                            self.add(probes, &name, constant(&it, &probe, &owner));
                        }
                        _ => {}
                    }
                }
            }
            Some((None, path, _)) => {
                let last = path.segments.last().unwrap();
                if UNTOLD.iter().any(|untold| last.ident == untold) {
                    return;
                }
                let mut path = path.clone();
                for inner in &item.items {
                    if let ImplItem::Type(inner) = inner {
                        let (name, value) = (&inner.ident, &inner.ty);
                        bind(&mut path, syn::parse_quote!(#name = #value));
                    }
                }
                self.implements(&item.generics, &item.self_ty, &quote!(#path), probes);
            }
            Some((Some(_), _, _)) => {}
        }
    }

    /// A type implements a trait.
    fn implements(
        &self,
        generics: &Generics,
        owner: &Type,
        bound: &TokenStream,
        probes: &mut Vec<Probe>,
    ) {
        let Some(base) = base(owner) else { return };
        let words = bound.to_string();
        let words = words.split(|letter: char| letter != '_' && !letter.is_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let name = self.name(&[&base, "is", &words.join("_")]);
        let probe = format_ident!("{name}");
        let owner = Owner::new(generics, owner);
        self.add(probes, &name, owner.implements(&probe, bound));
    }

    fn add(&self, probes: &mut Vec<Probe>, name: &str, probe: TokenStream) {
        let paths = std::iter::once(&self.module).chain(self.uses);
        let uses = paths.map(|path| {
            let parts = path.split("::").map(|part| format_ident!("{part}"));
            quote!(use mirrored::#(#parts::)**;)
        });
        let module = format_ident!("probe_{name}");
        // tokio's `time` has an `Error` of its own.
        let error = (self.module != "time").then(|| {
            quote!(
                use std::error::Error;
            )
        });
        // So has its `runtime` an `Id`.
        let id = self.module.starts_with("task").then(|| {
            quote!(
                use mirrored::task::Id;
            )
        });
        let code = quote! {
            mod #module {
                use super::mirrored;
                use std::any::Any; #error use std::fmt::{self, Debug, Display};
                use std::future::{Future, IntoFuture}; use std::hash::Hash; use std::io;
                use std::ops::{self, Add, AddAssign, Deref, DerefMut, RangeInclusive, Sub, SubAssign};
                use std::panic::{RefUnwindSafe, UnwindSafe}; use std::pin::Pin;
                use std::rc::Rc; use std::sync::Arc; use std::task::{self, Context, Poll, Waker};
                use std::thread; use std::time::Duration;
                use mirrored::task::{AbortHandle, JoinError, JoinHandle};
                use mirrored::time::Instant; #id
                #(#uses)*
                #probe
            }
        };
        let code = code.to_string();
        let mut words = code.split(|letter: char| letter != '_' && !letter.is_alphanumeric());
        if words.all(|word| !UNREACHABLE.contains(&word)) {
            let name = name.to_owned();
            probes.push(Probe { name, code });
        }
    }
}

/// The name of a public type.
fn public_type(item: &Item) -> Option<String> {
    let (visibility, attributes, name) = match item {
        Item::Struct(item) => (&item.vis, &item.attrs, &item.ident),
        Item::Enum(item) => (&item.vis, &item.attrs, &item.ident),
        _ => return None,
    };
    (is_public(visibility) && sources::is_on(attributes)).then(|| name.to_string())
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// The name of a type, without a module and parameters; none for references and the like.
fn base(owner: &Type) -> Option<String> {
    match owner {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        _ => None,
    }
}

/// The parameters of a type as its arguments.
fn arguments(generics: &Generics) -> TokenStream {
    let parameters = generics.params.iter().map(|parameter| match parameter {
        GenericParam::Lifetime(one) => {
            let lifetime = &one.lifetime;
            quote!(#lifetime)
        }
        GenericParam::Type(one) => {
            let name = &one.ident;
            quote!(#name)
        }
        GenericParam::Const(one) => {
            let name = &one.ident;
            quote!(#name)
        }
    });
    quote!(<#(#parameters),*>)
}

/// Adds `Name = Type` to a trait's arguments.
fn bind(path: &mut syn::Path, argument: syn::GenericArgument) {
    let last = path.segments.last_mut().unwrap();
    match &mut last.arguments {
        syn::PathArguments::AngleBracketed(list) => list.args.push(argument),
        arguments => {
            *arguments = syn::PathArguments::AngleBracketed(syn::parse_quote!(<#argument>));
        }
    }
}
