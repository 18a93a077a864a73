//! Every setting of a check by its name: which values it takes, and how it is set.
//!
//! A key of `leak-test.toml` and a variable of the environment are the same setting: `seed` and
//! `LEAK_TEST_SEED`. Not here: the file itself (`file`), and the environment (`env`).

mod file;
mod value;

use std::fmt::Display;

pub(crate) use self::file::{CrateSettings, of_crate, of_file};
pub(crate) use self::value::Value;
use crate::config::{Config, Engine, Flavor};

/// One thing that can be set for every test of a crate.
pub(crate) struct Setting {
    /// The key in `leak-test.toml`.
    pub(crate) name: &'static str,
    /// The variable in the environment.
    pub(crate) variable: &'static str,
    /// Which values it takes, in words.
    pub(crate) legal: fn() -> String,
    /// Sets it; `None` if the value is none that it takes.
    pub(crate) set: fn(&mut Config, Value<'_>) -> Option<()>,
}

/// All of them, by name.
pub(crate) static SETTINGS: [Setting; 9] = [
    Setting {
        name: "early_timers",
        variable: "LEAK_TEST_EARLY_TIMERS",
        legal: || "a whole number of timers, from 0".to_owned(),
        set: |config, value| {
            config.early_timers = usize::try_from(value.whole()?).ok()?;
            Some(())
        },
    },
    Setting {
        name: "engine",
        variable: "LEAK_TEST_ENGINE",
        legal: || one_of(Engine::NAMES.iter().map(|(name, _)| name)),
        set: |config, value| {
            config.engine = named(&Engine::NAMES, value)?;
            Some(())
        },
    },
    Setting {
        name: "exhaustive",
        variable: "LEAK_TEST_EXHAUSTIVE",
        legal: || ON_OR_OFF.to_owned(),
        set: |config, value| {
            config.exhaustive = value.flag()?;
            Some(())
        },
    },
    Setting {
        name: "flavor",
        variable: "LEAK_TEST_FLAVOR",
        legal: flavors,
        set: |config, value| {
            config.flavor = flavor(value)?;
            Some(())
        },
    },
    Setting {
        name: "max_duration",
        variable: "LEAK_TEST_MAX_DURATION",
        legal: || SECONDS.to_owned(),
        set: |config, value| {
            config.max_duration = Some(value.seconds()?);
            Some(())
        },
    },
    Setting {
        name: "regressions",
        variable: "LEAK_TEST_REGRESSIONS",
        legal: || ON_OR_OFF.to_owned(),
        set: |config, value| {
            config.regressions = value.flag()?;
            Some(())
        },
    },
    Setting {
        name: "schedules",
        variable: "LEAK_TEST_SCHEDULES",
        legal: || "a whole number of schedules, from 1".to_owned(),
        set: |config, value| {
            let schedules = usize::try_from(value.whole()?).ok()?;
            config.schedules = Some(schedules).filter(|&schedules| schedules > 0);
            config.schedules.map(|_| ())
        },
    },
    Setting {
        name: "seed",
        variable: "LEAK_TEST_SEED",
        legal: || "a whole number from 0 to 2^64 - 1".to_owned(),
        set: |config, value| {
            config.seed = value.whole()?;
            Some(())
        },
    },
    Setting {
        name: "stall",
        variable: "LEAK_TEST_STALL",
        legal: || SECONDS.to_owned(),
        set: |config, value| {
            config.stall = value.seconds()?;
            Some(())
        },
    },
];

const ON_OR_OFF: &str = "true or false (on or off, as a variable)";
const SECONDS: &str = "a number of seconds above 0, such as 10 or 0.5";

fn flavors() -> String {
    one_of(Flavor::NAMES.iter().map(|(name, _)| name))
}

fn flavor(value: Value<'_>) -> Option<Flavor> {
    named(&Flavor::NAMES, value)
}

fn named<T: Copy>(names: &[(&str, T)], value: Value<'_>) -> Option<T> {
    let word = value.word()?;
    let found = names.iter().find(|(name, _)| *name == word);
    found.map(|&(_, variant)| variant)
}

fn one_of(names: impl Iterator<Item = impl Display>) -> String {
    let names: Vec<String> = names.map(|name| name.to_string()).collect();
    format!("one of {}", names.join(", "))
}
