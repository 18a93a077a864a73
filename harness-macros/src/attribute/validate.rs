//! Checks the function and its options, reports everything that is wrong, and gives the plan of
//! what to emit. It edits nothing.
//!
//! Not here: the arguments of a function (`arguments`), reading one value (`value`), emitting
//! (`expand`).

use quote::ToTokens;
use syn::{Attribute, Ident, Path};

use super::arguments::{self, Argument};
use super::options::{Choice, Dialect, OptionSpec, Role};
use super::parse::{Function, RawOption, RawValue};
use super::value::{self, Value};
use crate::errors::Errors;
use crate::words;

/// What to emit for a function, apart from the function itself. Only to be used if there were no
/// errors.
pub(crate) struct Plan {
    /// The function of the library that gives the `Builder` to begin with.
    pub(crate) begins_with: &'static str,
    /// The library's path, if it is not where it is by default.
    pub(crate) library: Option<Path>,
    /// The calls of the library's `Builder`: method and value.
    pub(crate) settings: Vec<(&'static str, Value)>,
    /// The function's arguments: with any, it is run for many inputs.
    pub(crate) arguments: Vec<Argument>,
    /// For how many inputs, and with which settings of proptest's.
    pub(crate) cases: Option<Value>,
    pub(crate) proptest_config: Option<Value>,
}

/// One legal option.
struct Setting<'a> {
    spec: &'static OptionSpec,
    raw: &'a RawOption,
    value: Value,
}

/// Checks everything about `function` and `options`.
pub(crate) fn validate(
    dialect: &'static Dialect,
    function: &Function,
    options: Vec<RawOption>,
    errors: &mut Errors,
) -> Plan {
    check_attributes(dialect, function, errors);
    check_signature(dialect, function, errors);
    let arguments = arguments::read(dialect, function, errors);
    let known = known_options(dialect, &options, errors);
    let settings = check_values(&known, errors);
    check_flavor(dialect, &known, &settings, errors);
    check_inputs(function, &settings, errors);
    plan(dialect, settings, arguments)
}

/// Whether `attribute` makes a test of its function, by itself or with somebody's runtime.
pub(crate) fn is_test_attribute(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| last.ident == "test" || last.ident == "leak_test")
}

fn check_attributes(dialect: &Dialect, function: &Function, errors: &mut Errors) {
    for attribute in &function.attributes {
        if is_test_attribute(attribute) {
            let name = dialect.name;
            let other = path_text(attribute.path());
            errors.on(
                attribute,
                format!("remove `#[{other}]`: `{name}` alone makes this function a test"),
            );
        }
    }
}

fn path_text(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}

fn check_signature(dialect: &Dialect, function: &Function, errors: &mut Errors) {
    let signature = &function.signature;
    if let Some(keyword) = &signature.constness {
        errors.on(keyword, "leak tests cannot be `const`; remove it");
    }
    if let Some(keyword) = &signature.unsafety {
        errors.on(
            keyword,
            "leak tests cannot be `unsafe`; use an `unsafe` block in the body",
        );
    }
    if let Some(abi) = &signature.abi {
        errors.on(abi, "leak tests cannot be `extern`; remove it");
    }
    if signature.asyncness.is_none() && !dialect.plain_fn {
        let message = format!("`{}` goes on an `async fn`; add `async`", dialect.name);
        errors.on(signature.fn_token, message);
    }
    if !signature.generics.params.is_empty() {
        errors.on(
            &signature.generics,
            "leak tests cannot be generic: nobody would choose the parameters",
        );
    }
    if let Some(clause) = &signature.generics.where_clause {
        errors.on(clause, "leak tests take no `where` clause; remove it");
    }
}

/// The options that exist, each once unless it may be repeated.
fn known_options<'a>(
    dialect: &'static Dialect,
    options: &'a [RawOption],
    errors: &mut Errors,
) -> Vec<(&'static OptionSpec, &'a RawOption)> {
    let mut known: Vec<(&'static OptionSpec, &RawOption)> = Vec::new();
    for raw in options {
        let Some(spec) = dialect.option(&raw.name.to_string()) else {
            errors.on(&raw.name, unknown(dialect, &raw.name, &raw.value));
            continue;
        };
        if !spec.repeatable && known.iter().any(|(earlier, _)| earlier.name == spec.name) {
            errors.on(
                &raw.name,
                format!("`{}` is given twice; keep one", spec.name),
            );
            continue;
        }
        known.push((spec, raw));
    }
    known
}

fn unknown(dialect: &Dialect, name: &Ident, value: &RawValue) -> String {
    let typed = name.to_string();
    let names = dialect.options.iter().map(|option| option.name);
    let bare = matches!(value, RawValue::Bare);
    let meant = if let Some(option) = dialect.option_with_choice(&typed).filter(|_| bare) {
        format!("did you mean `{} = \"{typed}\"`? ", option.name)
    } else if let Some(near) = words::nearest(&typed, names.clone()) {
        format!("did you mean `{near}`? ")
    } else {
        String::new()
    };
    let legal = words::list_or(names.map(|name| format!("`{name}`")));
    format!(
        "unknown option `{typed}`: {meant}`{}` takes {legal}",
        dialect.name
    )
}

fn check_values<'a>(
    known: &[(&'static OptionSpec, &'a RawOption)],
    errors: &mut Errors,
) -> Vec<Setting<'a>> {
    let mut settings = Vec::new();
    for &(spec, raw) in known {
        match value::check(spec, &raw.name, &raw.value) {
            Ok(value) => settings.push(Setting { spec, raw, value }),
            Err(error) => errors.push(error),
        }
    }
    settings
}

/// Options that need a flavor, against the flavor that was given or is the default.
fn check_flavor(
    dialect: &'static Dialect,
    known: &[(&'static OptionSpec, &RawOption)],
    settings: &[Setting],
    errors: &mut Errors,
) {
    let given = settings
        .iter()
        .find_map(|setting| match (setting.spec.name, &setting.value) {
            ("flavor", Value::Variant { variant, .. }) => Some(*variant),
            _ => None,
        });
    if given.is_none() && known.iter().any(|(spec, _)| spec.name == "flavor") {
        // A flavor that is an error already says nothing about the other options.
        return;
    }
    let default = dialect.default_flavor.map(|flavor| flavor.variant);
    for Setting { spec, raw, .. } in settings {
        let fits = |flavor: &Choice| given.or(default) == Some(flavor.variant);
        if let Some(needed) = spec.needs.first()
            && !spec.needs.iter().any(fits)
        {
            let (name, flavor) = (spec.name, needed.text);
            errors.on(&raw.name, format!("`{name}` needs `flavor = \"{flavor}\"`"));
        }
    }
}

/// Options about inputs, of a function that takes none.
fn check_inputs(function: &Function, settings: &[Setting], errors: &mut Errors) {
    if !function.signature.inputs.is_empty() {
        return;
    }
    let about_inputs = settings.iter().filter(|it| it.spec.role == Role::Inputs);
    for Setting { raw, .. } in about_inputs {
        let name = &raw.name;
        let message = format!("`{name}` needs a function with arguments, which are its inputs");
        errors.on(name, message);
    }
}

fn plan(dialect: &Dialect, settings: Vec<Setting>, arguments: Vec<Argument>) -> Plan {
    let mut plan = Plan {
        begins_with: dialect.begins_with,
        library: None,
        settings: Vec::new(),
        arguments,
        cases: None,
        proptest_config: None,
    };
    for Setting { spec, value, .. } in settings {
        match (spec.role, value) {
            (Role::CratePath, Value::Path(path)) => plan.library = Some(path),
            (Role::Builder, value) => plan.settings.push((spec.name, value)),
            (Role::Inputs, value @ Value::Cases(_)) => plan.cases = Some(value),
            (Role::Inputs, value) => plan.proptest_config = Some(value),
            (Role::Method(method), value) => plan.settings.push((method, value)),
            (Role::CratePath | Role::Ignored, _) => {}
        }
    }
    plan
}
