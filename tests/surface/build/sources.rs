//! tokio's sources: which of their items are public without unstable features.

use std::fs;
use std::path::{Path, PathBuf};

use syn::parse::{Parse, ParseStream};
use syn::{Attribute, ImplItem, Item, Macro, Visibility};

/// Macros that turn on what an unstable flag, a test of tokio's own, or another platform has.
const OFF: [&str; 6] = [
    "cfg_io_uring",
    "cfg_loom",
    "cfg_schedule_latency",
    "cfg_taskdump",
    "cfg_unstable",
    "cfg_unstable_metrics",
];

/// Words in a `cfg` that is not on.
const OFF_IN_CFG: [&str; 5] = ["tokio_unstable", "loom", "test", "windows", "docsrs"];

/// All Rust files in a folder, or the one file.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    if folder.is_file() {
        return vec![folder.to_owned()];
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What stands in a file.
pub fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The items of a file, those in tokio's `cfg_…! {}` blocks among them; with the inline modules
/// that they are in.
pub fn items(file: &Path) -> Vec<(Vec<String>, Item)> {
    let text = text(file);
    let parsed =
        syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut found = Vec::new();
    flatten(&mut Vec::new(), parsed.items, &mut found);
    found
}

fn flatten(module: &mut Vec<String>, items: Vec<Item>, found: &mut Vec<(Vec<String>, Item)>) {
    for item in items {
        match item {
            Item::Macro(block) if is_on(&block.attrs) => {
                if let Some(Items(items)) = opened(&block.mac) {
                    flatten(module, items, found);
                }
            }
            Item::Mod(inner) => {
                if !is_on(&inner.attrs) || !matches!(inner.vis, Visibility::Public(_)) {
                    continue;
                }
                let Some((_, items)) = inner.content else {
                    continue;
                };
                module.push(inner.ident.to_string());
                flatten(module, items, found);
                module.pop();
            }
            item => found.push((module.clone(), item)),
        }
    }
}

/// The items of an `impl`, those in `cfg_…! {}` blocks among them.
pub fn impl_items(items: Vec<ImplItem>) -> Vec<ImplItem> {
    let mut found = Vec::new();
    for item in items {
        match item {
            ImplItem::Macro(block) if is_on(&block.attrs) => {
                if let Some(ImplItems(items)) = opened(&block.mac) {
                    found.extend(impl_items(items));
                }
            }
            item => found.push(item),
        }
    }
    found
}

/// What stands in a block that is on, or that only says how a struct is pinned.
fn opened<T: Parse>(block: &Macro) -> Option<T> {
    let name = block.path.segments.last()?.ident.to_string();
    let conditional = name.starts_with("cfg_") || name == "feature";
    let on = !OFF.contains(&name.as_str()) && !name.starts_with("cfg_not_");
    let opened = (conditional && on) || name == "pin_project";
    let parse = || syn::parse2(block.tokens.clone());
    opened.then(|| parse().unwrap_or_else(|error| panic!("{name}! {{ … }}: {error}")))
}

struct Items(Vec<Item>);

impl Parse for Items {
    fn parse(input: ParseStream<'_>) -> syn::Result<Items> {
        let unstable = input.call(Attribute::parse_inner)?;
        let mut items = Vec::new();
        while !input.is_empty() {
            items.push(input.parse()?);
        }
        Ok(Items(if is_on(&unstable) { items } else { Vec::new() }))
    }
}

struct ImplItems(Vec<ImplItem>);

impl Parse for ImplItems {
    fn parse(input: ParseStream<'_>) -> syn::Result<ImplItems> {
        let unstable = input.call(Attribute::parse_inner)?;
        let mut items = Vec::new();
        while !input.is_empty() {
            items.push(input.parse()?);
        }
        Ok(ImplItems(if is_on(&unstable) { items } else { Vec::new() }))
    }
}

/// Whether something is there, documented, without an unstable flag and on this platform.
pub fn is_on(attributes: &[Attribute]) -> bool {
    attributes.iter().all(|attribute| {
        let text = quote::quote!(#attribute).to_string().replace(' ', "");
        // Negated conditions are on.
        let asked = OFF_IN_CFG.iter().any(|word| asks_for(&text, word));
        let gated = text.starts_with("#[cfg(")
            || text.starts_with("#![all(")
            || text.starts_with("#![cfg(");
        !(gated && asked) && text != "#[doc(hidden)]"
    })
}

/// Whether a condition asks for a word, and not for its absence.
fn asks_for(condition: &str, word: &str) -> bool {
    let plain = strip_not(condition);
    plain
        .split(|letter: char| !matches!(letter, '_' | '-') && !letter.is_alphanumeric())
        .any(|part| part == word)
}

/// A condition without its `not(…)` parts.
fn strip_not(condition: &str) -> String {
    let mut rest = condition;
    let mut plain = String::new();
    while let Some(at) = rest.find("not(") {
        plain.push_str(&rest[..at]);
        let mut open = 0;
        let end = rest[at..].find(|letter| {
            open += i32::from(letter == '(') - i32::from(letter == ')');
            letter == ')' && open == 0
        });
        rest = &rest[at + end.map_or(rest.len() - at, |end| end + 1)..];
    }
    plain.push_str(rest);
    plain
}
