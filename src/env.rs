//! Environment variables: each overrides one setting, and a value that cannot be read is an error.
//!
//! Not here: which settings there are (`settings`).

use std::env;
use std::fmt::Display;
use std::path::PathBuf;

use crate::config::Config;
use crate::settings::{SETTINGS, Value};
use crate::trace::{InputToken, NoToken, Token, input};

/// Applies every `LEAK_TEST_*` variable to a configuration.
///
/// # Errors
///
/// A sentence that names the variable, its value and what is legal.
pub(crate) fn apply(config: &mut Config) -> Result<(), String> {
    apply_from(config, |name| match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(value)) => Err(value.to_string_lossy().into_owned()),
    })
}

fn apply_from(
    config: &mut Config,
    variable: impl Fn(&'static str) -> Result<Option<String>, String>,
) -> Result<(), String> {
    for setting in &SETTINGS {
        let name = setting.variable;
        let unreadable = |value: &str| unreadable(name, value, &(setting.legal)());
        if let Some(value) = variable(name).map_err(|value| unreadable(&value))? {
            let set = (setting.set)(config, Value::Variable(&value));
            set.ok_or_else(|| unreadable(&value))?;
        }
    }
    let name = "LEAK_TEST_REPLAY";
    let legal = "a token from the last lines of a failure, such as lh1-015g";
    let unreadable = |value: &str| unreadable(name, value, &legal);
    if let Some(value) = variable(name).map_err(|value| unreadable(&value))? {
        let (token, input) =
            token(&value).map_err(|why| format!("{}; {why}", unreadable(&value)))?;
        config.replay = Some(token);
        config.replay_input = input;
    }
    Ok(())
}

/// A job of GitHub Actions.
pub(crate) struct Github {
    /// The folder of the repository.
    pub(crate) workspace: Option<PathBuf>,
}

impl Github {
    /// If `GITHUB_ACTIONS` says that this is one.
    pub(crate) fn from_env() -> Option<Github> {
        let is_one = env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        is_one.then(|| Github {
            workspace: env::var_os("GITHUB_WORKSPACE").map(PathBuf::from),
        })
    }
}

/// A schedule to run again, and with which input if it is of a property.
///
/// # Errors
///
/// Why the text is no token.
pub(crate) fn token(text: &str) -> Result<(Token, Option<InputToken>), &'static str> {
    let why = |error| match error {
        NoToken::Version => {
            "this version of leak-harness reads tokens that begin with lh1- or lhm1-"
        }
        NoToken::Damaged => DAMAGED,
    };
    let why_not_input = |error| match error {
        NoToken::Version => "this version of leak-harness reads inputs that begin with -p1-",
        NoToken::Damaged => DAMAGED,
    };
    let (schedule, input) = input::split(text);
    let input = input.map(|input| input.parse().map_err(why_not_input));
    Ok((schedule.parse().map_err(why)?, input.transpose()?))
}

const DAMAGED: &str = "this one is not whole: it was not copied from its begin to its end";

fn unreadable(name: &str, value: &str, legal: &dyn Display) -> String {
    format!("the environment variable {name} is {value:?}; it takes {legal}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::{Engine, Flavor};
    use crate::trace::{Decisions, LoomExecution};

    fn with(name: &'static str, value: &'static str) -> Result<Config, String> {
        let mut config = Config::default();
        apply_from(&mut config, |asked| {
            Ok((asked == name).then(|| value.to_owned()))
        })?;
        Ok(config)
    }

    #[test]
    fn each_variable_sets_its_setting() {
        assert_eq!(
            with("LEAK_TEST_ENGINE", "loom").unwrap().engine,
            Engine::Loom
        );
        assert_eq!(with("LEAK_TEST_SCHEDULES", "7").unwrap().schedules, Some(7));
        assert_eq!(
            with("LEAK_TEST_SEED", "18446744073709551615").unwrap().seed,
            u64::MAX
        );
        assert_eq!(
            with("LEAK_TEST_STALL", "0.5").unwrap().stall,
            Duration::from_millis(500)
        );
        assert_eq!(
            with("LEAK_TEST_REPLAY", "lh1-015g").unwrap().replay,
            Some(Token::Decisions(Decisions::default()))
        );
    }

    #[test]
    fn every_key_of_the_file_has_its_variable() {
        for setting in &SETTINGS {
            let name = format!("LEAK_TEST_{}", setting.name.to_uppercase());
            assert_eq!(setting.variable, name);
        }
        let flavor = with("LEAK_TEST_FLAVOR", "current_thread").unwrap().flavor;
        assert_eq!(flavor, Flavor::CurrentThread);
        assert!(with("LEAK_TEST_EXHAUSTIVE", "on").unwrap().exhaustive);
        assert!(!with("LEAK_TEST_REGRESSIONS", "off").unwrap().regressions);
        let timers = with("LEAK_TEST_EARLY_TIMERS", "5").unwrap().early_timers;
        assert_eq!(timers, 5);
        let most = with("LEAK_TEST_MAX_DURATION", "90").unwrap().max_duration;
        assert_eq!(most, Some(Duration::from_secs(90)));
    }

    #[test]
    fn every_token_that_a_failure_prints_can_be_given() {
        for number in 1..1_000 {
            let token = Token::Loom(LoomExecution { number, objects: 3 });
            let read = super::token(&token.to_string());
            assert_eq!(read, Ok((token.clone(), None)), "{token}");
        }
    }

    #[test]
    fn a_bad_value_names_the_variable_the_value_and_what_is_legal() {
        for (name, value, legal) in [
            (
                "LEAK_TEST_ENGINE",
                "Loom",
                "auto, systematic, loom, random, pct, pos, urw, tokio",
            ),
            ("LEAK_TEST_SCHEDULES", "0", "from 1"),
            ("LEAK_TEST_SCHEDULES", "many", "a whole number"),
            ("LEAK_TEST_SEED", "-1", "from 0"),
            ("LEAK_TEST_STALL", "0", "seconds above 0"),
            ("LEAK_TEST_STALL", "NaN", "seconds above 0"),
            ("LEAK_TEST_REGRESSIONS", "no", "on or off"),
            ("LEAK_TEST_FLAVOR", "local", "multi_thread, current_thread"),
            ("LEAK_TEST_REPLAY", "lh0-015g", "begin with lh1-"),
            ("LEAK_TEST_REPLAY", "lh1-015", "not whole"),
            ("LEAK_TEST_REPLAY", "lh1-015g-p9-04", "begin with -p1-"),
            ("LEAK_TEST_REPLAY", "lh1-015g-p1-04", "not whole"),
        ] {
            let message = with(name, value).unwrap_err();
            assert!(message.contains(name), "{message}");
            assert!(message.contains(&format!("{value:?}")), "{message}");
            assert!(message.contains(legal), "{message}");
        }
    }
}
