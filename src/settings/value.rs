//! A value as it was written: a variable's text, or a value of TOML.
//!
//! Not here: which values a setting takes.

use std::time::Duration;

use toml::de::DeValue;

/// What a setting is set to.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    /// Of a variable, where everything is text.
    Variable(&'a str),
    /// Of `leak-test.toml`, where a number is not a text.
    Toml(&'a DeValue<'a>),
}

impl<'a> Value<'a> {
    /// As a word.
    pub(super) fn word(self) -> Option<&'a str> {
        match self {
            Value::Variable(text) => Some(text),
            Value::Toml(value) => value.as_str(),
        }
    }

    /// As a whole number.
    pub(super) fn whole(self) -> Option<u64> {
        match self {
            Value::Variable(text) => text.parse().ok(),
            Value::Toml(value) => {
                let number = value.as_integer()?;
                u64::from_str_radix(number.as_str(), number.radix()).ok()
            }
        }
    }

    /// As a number of seconds above 0.
    pub(super) fn seconds(self) -> Option<Duration> {
        let seconds: f64 = match self {
            Value::Variable(text) => text.parse().ok()?,
            Value::Toml(DeValue::Float(number)) => number.as_str().parse().ok()?,
            Value::Toml(_) => self.whole()? as f64,
        };
        let seconds = Some(seconds).filter(|&seconds| seconds > 0.0);
        Duration::try_from_secs_f64(seconds?).ok()
    }

    /// As yes or no.
    pub(super) fn flag(self) -> Option<bool> {
        match self {
            Value::Variable("on" | "true") => Some(true),
            Value::Variable("off" | "false") => Some(false),
            Value::Variable(_) => None,
            Value::Toml(value) => value.as_bool(),
        }
    }
}
