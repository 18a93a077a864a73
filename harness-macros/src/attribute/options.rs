//! The options that `#[leak_test]` and `#[tokio::test]` take, as two tables.
//!
//! Not here: reading a value (`value`) or anything about the function.

/// One of the two attributes.
pub(crate) struct Dialect {
    /// The attribute as its user writes it.
    pub(crate) name: &'static str,
    /// Every option, in the order in which messages list them.
    pub(crate) options: &'static [OptionSpec],
    /// Whether a function that is not `async` is accepted.
    pub(crate) plain_fn: bool,
    /// Whether a function with arguments is accepted.
    pub(crate) arguments: bool,
    /// The function of the library that gives the `Builder` to begin with.
    pub(crate) begins_with: &'static str,
    /// The flavor when none is given, unless the library is told otherwise.
    pub(crate) default_flavor: Option<&'static Choice>,
}

/// One option of a dialect.
pub(crate) struct OptionSpec {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) role: Role,
    /// Whether the option may be given more than once.
    pub(crate) repeatable: bool,
    /// The flavors without one of which this option makes no sense.
    pub(crate) needs: &'static [Choice],
}

/// What values an option takes.
pub(crate) enum Kind {
    /// None at all.
    Flag,
    /// None, or whether it is on.
    Switch,
    /// One of some strings, each standing for a variant of the library's enum.
    Choice {
        of: &'static str,
        choices: &'static [Choice],
    },
    /// An integer that fits `usize` and is at least `min`.
    Count {
        min: usize,
    },
    /// An integer that fits `u32` and is at least 1.
    Cases,
    /// An integer that fits `u64`.
    Seed,
    Bool,
    Text {
        may_be_empty: bool,
    },
    /// A string that holds a path.
    Path,
    /// Any expression: the compiler checks it.
    Expression,
}

/// A legal string and the variant for which it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) text: &'static str,
    pub(crate) variant: &'static str,
}

/// What an option is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Calls the method of the library's `Builder` that has the option's name.
    Builder,
    /// Calls the method of that name.
    Method(&'static str),
    /// Names the library.
    CratePath,
    /// About the inputs of a function with arguments.
    Inputs,
    /// Checked, then ignored: it means nothing under the controlled executor.
    Ignored,
}

const CURRENT_THREAD: Choice = choice("current_thread", "CurrentThread");
const MULTI_THREAD: Choice = choice("multi_thread", "MultiThread");
const LOCAL: Choice = choice("local", "Local");

/// `#[leak_test]`.
pub(crate) static LEAK_TEST: Dialect = Dialect {
    name: "#[leak_test]",
    options: &[
        option("flavor", flavor(&[MULTI_THREAD, CURRENT_THREAD])),
        option("engine", ENGINE),
        option("schedules", Kind::Count { min: 1 }),
        option("exhaustive", Kind::Switch),
        option("seed", Kind::Seed),
        OptionSpec {
            repeatable: true,
            ..option("allow", NON_EMPTY)
        },
        option("should_leak", Kind::Flag),
        option("early_timers", Kind::Count { min: 0 }),
        option("cases", Kind::Cases).with_role(Role::Inputs),
        option("proptest_config", Kind::Expression).with_role(Role::Inputs),
        option("crate", Kind::Path).with_role(Role::CratePath),
    ],
    plain_fn: true,
    begins_with: "leak_test",
    arguments: true,
    default_flavor: None,
};

/// `#[test]`, used as `#[tokio::test]`.
pub(crate) static TOKIO_TEST: Dialect = Dialect {
    name: "#[tokio::test]",
    options: &[
        option("flavor", flavor(&[CURRENT_THREAD, MULTI_THREAD, LOCAL])),
        option("worker_threads", Kind::Count { min: 1 }).only_with(&[MULTI_THREAD]),
        option("start_paused", Kind::Bool).only_with(&[CURRENT_THREAD, LOCAL]),
        option("crate", Kind::Path).with_role(Role::CratePath),
        option("unhandled_panic", UNHANDLED_PANIC)
            .with_role(Role::Ignored)
            .only_with(&[CURRENT_THREAD, LOCAL]),
        option("name", Kind::Text { may_be_empty: true }).with_role(Role::Method("runtime_name")),
    ],
    plain_fn: false,
    begins_with: "tokio_test",
    arguments: false,
    default_flavor: Some(&CURRENT_THREAD),
};

const ENGINE: Kind = Kind::Choice {
    of: "Engine",
    choices: &[
        choice("auto", "Auto"),
        choice("systematic", "Systematic"),
        choice("loom", "Loom"),
        choice("random", "Random"),
        choice("pct", "Pct"),
        choice("pos", "Pos"),
        choice("urw", "Urw"),
        choice("tokio", "Tokio"),
    ],
};

const UNHANDLED_PANIC: Kind = Kind::Choice {
    of: "UnhandledPanic",
    choices: &[
        choice("ignore", "Ignore"),
        choice("shutdown_runtime", "ShutdownRuntime"),
    ],
};

const NON_EMPTY: Kind = Kind::Text {
    may_be_empty: false,
};

const fn choice(text: &'static str, variant: &'static str) -> Choice {
    Choice { text, variant }
}

const fn flavor(choices: &'static [Choice]) -> Kind {
    Kind::Choice {
        of: "Flavor",
        choices,
    }
}

const fn option(name: &'static str, kind: Kind) -> OptionSpec {
    OptionSpec {
        name,
        kind,
        role: Role::Builder,
        repeatable: false,
        needs: &[],
    }
}

impl OptionSpec {
    const fn with_role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    const fn only_with(self, flavors: &'static [Choice]) -> Self {
        Self {
            needs: flavors,
            ..self
        }
    }

    /// How to write this option with its first legal value: `flavor = "multi_thread"`.
    pub(crate) fn example(&self) -> String {
        let value = match &self.kind {
            Kind::Flag | Kind::Switch => return self.name.to_owned(),
            Kind::Choice { choices, .. } => format!("\"{}\"", choices[0].text),
            Kind::Count { min } => min.max(&2).to_string(),
            Kind::Cases => "64".to_owned(),
            Kind::Seed => "7".to_owned(),
            Kind::Expression => "ProptestConfig::with_cases(64)".to_owned(),
            Kind::Bool => "true".to_owned(),
            Kind::Text { .. } => "\"..\"".to_owned(),
            Kind::Path => "\"path::to::leak_harness\"".to_owned(),
        };
        format!("{} = {value}", self.name)
    }
}

impl Dialect {
    /// The option that has `text` among its legal strings.
    pub(crate) fn option_with_choice(&self, text: &str) -> Option<&'static OptionSpec> {
        self.options.iter().find(|option| match &option.kind {
            Kind::Choice { choices, .. } => choices.iter().any(|choice| choice.text == text),
            _ => false,
        })
    }

    /// The option of that name.
    pub(crate) fn option(&self, name: &str) -> Option<&'static OptionSpec> {
        self.options.iter().find(|option| option.name == name)
    }
}
