//! `leak-test.toml`: what is set for all tests of a crate.
//!
//! The file is read by hand from TOML's tables, not by serde, because every message has to name the
//! line, the key that was meant and what is legal. Not here: what the settings mean (`settings`).

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{SETTINGS, Value, flavor, flavors};
use crate::config::{Allow, Config, Flavor};

/// Beside the `Cargo.toml` of the tested crate.
const FILE_NAME: &str = "leak-test.toml";

/// The key for the flavor of `#[tokio::test]` without one.
const TOKIO_TEST_FLAVOR: &str = "tokio_test_flavor";
/// The key for tasks that may live on.
const ALLOW: &str = "allow";
/// The keys of one of these.
const ALLOW_KEYS: [&str; 3] = ["name", "file", "function"];

/// What is set for a crate.
#[derive(Clone, Debug, Default)]
pub(crate) struct CrateSettings {
    /// The defaults with what the file sets.
    pub(crate) config: Config,
    /// The flavor of `#[tokio::test]` without one.
    pub(crate) tokio_test_flavor: Option<Flavor>,
    /// Whether there is a file at all.
    pub(crate) exists: bool,
}

/// What is set, or why the file cannot be used.
type Settled = Arc<Result<CrateSettings, String>>;

/// What was read, for the whole process: all of its tests have the same settings.
static READ: Mutex<BTreeMap<PathBuf, Settled>> = Mutex::new(BTreeMap::new());

/// What is set for the crate in that folder. Without a file, the defaults.
pub(crate) fn of_crate(folder: &Path) -> Settled {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let path = folder.join(FILE_NAME);
    let settled = read.entry(path).or_insert_with_key(|path| {
        let settled = match fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(CrateSettings::default()),
            Err(error) => Err(format!("{}: {error}", path.display())),
            Ok(text) => parse(&path.display().to_string(), &text),
        };
        Arc::new(settled)
    });
    Arc::clone(settled)
}

/// What a file sets, which must be there.
pub(crate) fn of_file(path: &Path) -> Result<CrateSettings, String> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
    parse(&shown, &text)
}

fn parse(path: &str, text: &str) -> Result<CrateSettings, String> {
    let mut reader = Reader {
        text,
        problems: Vec::new(),
        settings: CrateSettings {
            exists: true,
            ..CrateSettings::default()
        },
    };
    match DeTable::parse(text) {
        Ok(table) => reader.table(table.get_ref()),
        Err(error) => {
            let place = error.span().unwrap_or_default();
            reader.problem(place, error.message().trim().to_owned());
        }
    }
    let Reader {
        mut problems,
        settings,
        ..
    } = reader;
    if problems.is_empty() {
        return Ok(settings);
    }
    problems.sort();
    let lines = problems
        .into_iter()
        .map(|(line, problem)| format!("{path}:{line}: {problem}"));
    Err(lines.collect::<Vec<_>>().join("\n"))
}

struct Reader<'a> {
    text: &'a str,
    /// With the number of the line.
    problems: Vec<(usize, String)>,
    settings: CrateSettings,
}

impl Reader<'_> {
    fn problem(&mut self, place: Range<usize>, what: String) {
        let before = self.text.get(..place.start).unwrap_or(self.text);
        self.problems.push((before.matches('\n').count() + 1, what));
    }

    fn table(&mut self, table: &DeTable<'_>) {
        for (key, value) in table.iter() {
            let name: &str = key.get_ref();
            if let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) {
                let set = (setting.set)(&mut self.settings.config, Value::Toml(value.get_ref()));
                if set.is_none() {
                    self.wrong(name, value, &(setting.legal)());
                }
            } else if name == TOKIO_TEST_FLAVOR {
                self.settings.tokio_test_flavor = flavor(Value::Toml(value.get_ref()));
                if self.settings.tokio_test_flavor.is_none() {
                    self.wrong(name, value, &flavors());
                }
            } else if name == ALLOW {
                self.allow(value);
            } else {
                let mut names: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
                names.extend([ALLOW, TOKIO_TEST_FLAVOR]);
                names.sort_unstable();
                self.unknown(key, "key", &names);
            }
        }
    }

    fn allow(&mut self, value: &Spanned<DeValue<'_>>) {
        let Some(entries) = value.get_ref().as_array() else {
            let legal = "tables [[allow]], each with the keys name, file or function";
            return self.wrong(ALLOW, value, legal);
        };
        for entry in entries.iter() {
            match entry.get_ref().as_table() {
                Some(table) => self.allow_entry(entry.span(), table),
                None => self.wrong(ALLOW, entry, "tables with the keys name, file or function"),
            }
        }
    }

    fn allow_entry(&mut self, place: Range<usize>, table: &DeTable<'_>) {
        let [mut name, mut file, mut function] = [None, None, None];
        let before = self.problems.len();
        for (key, value) in table.iter() {
            let place = match &**key.get_ref() {
                "name" => &mut name,
                "file" => &mut file,
                "function" => &mut function,
                _ => {
                    self.unknown(key, "key of an [[allow]]", &ALLOW_KEYS);
                    continue;
                }
            };
            let text = value.get_ref().as_str().filter(|text| !text.is_empty());
            *place = text.map(str::to_owned);
            if place.is_none() {
                self.wrong(key.get_ref(), value, "a string that is not empty");
            }
        }
        if table.is_empty() {
            let what = "this [[allow]] says of no task that it may live on: it takes a name, a \
                        file it is spawned in, a function it is written in, or several of these";
            self.problem(place, what.to_owned());
        } else if self.problems.len() == before {
            let allow = Allow::All {
                name,
                file,
                function,
            };
            self.settings.config.allow.push(allow);
        }
    }

    fn unknown<T: AsRef<str>>(&mut self, key: &Spanned<T>, what: &str, names: &[&str]) {
        let typed = key.get_ref().as_ref();
        let meant = match nearest(typed, names) {
            Some(near) => format!("did you mean `{near}`? "),
            None => String::new(),
        };
        let legal = names.join(", ");
        let what = format!("unknown {what} `{typed}`: {meant}The keys are {legal}.");
        self.problem(key.span(), what);
    }

    fn wrong(&mut self, name: &str, value: &Spanned<DeValue<'_>>, legal: &str) {
        let written = self.text.get(value.span()).unwrap_or_default();
        let written = written.lines().next().unwrap_or_default();
        self.problem(
            value.span(),
            format!("`{name}` is {written}; it takes {legal}"),
        );
    }
}

/// The name that was most likely meant, if one is near.
fn nearest<'a>(typed: &str, names: &[&'a str]) -> Option<&'a str> {
    let typed = typed.to_lowercase().replace('-', "_");
    let distances = names
        .iter()
        .map(|&name| (strsim::osa_distance(&typed, name), name));
    let near = distances.filter(|&(distance, name)| distance * 3 <= name.len().max(typed.len()));
    near.min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::Engine;

    fn problems(text: &str) -> String {
        parse("leak-test.toml", text).unwrap_err()
    }

    #[test]
    fn every_key_sets_its_setting() {
        let text = "
            early_timers = 0
            engine = 'systematic'
            exhaustive = true
            flavor = 'current_thread'
            max_duration = 60
            regressions = false
            schedules = 1_000
            seed = 0xff
            stall = 0.5
            tokio_test_flavor = 'multi_thread'

            [[allow]]
            name = 'metrics'

            [[allow]]
            file = 'src/log.rs'
            function = 'log::flush'
        ";
        let settings = parse("leak-test.toml", text).unwrap();
        let config = settings.config;
        assert_eq!(config.early_timers, 0);
        assert_eq!(config.engine, Engine::Systematic);
        assert!(config.exhaustive);
        assert_eq!(config.flavor, Flavor::CurrentThread);
        assert_eq!(config.max_duration, Some(Duration::from_secs(60)));
        assert!(!config.regressions);
        assert_eq!(config.schedules, Some(1_000));
        assert_eq!(config.seed, 255);
        assert_eq!(config.stall, Duration::from_millis(500));
        assert_eq!(settings.tokio_test_flavor, Some(Flavor::MultiThread));
        let named = Allow::All {
            name: Some("metrics".to_owned()),
            file: None,
            function: None,
        };
        let flush = Allow::All {
            name: None,
            file: Some("src/log.rs".to_owned()),
            function: Some("log::flush".to_owned()),
        };
        assert_eq!(config.allow, [named, flush]);
        for setting in &SETTINGS {
            assert!(
                text.contains(&format!("{} = ", setting.name)),
                "{}",
                setting.name
            );
        }
    }

    #[test]
    fn an_unknown_key_names_its_line_and_the_key_that_was_meant() {
        assert_eq!(
            problems("seed = 1\nschedule = 5\n"),
            "leak-test.toml:2: unknown key `schedule`: did you mean `schedules`? The keys are \
             allow, early_timers, engine, exhaustive, flavor, max_duration, regressions, \
             schedules, seed, stall, tokio_test_flavor."
        );
        assert!(problems("early-timers = 1").contains("did you mean `early_timers`?"));
        assert!(!problems("retries = 1").contains("did you mean"));
        let nested = problems("[[allow]]\nnames = 'metrics'");
        let meant = "leak-test.toml:2: unknown key of an [[allow]] `names`: did you mean `name`?";
        assert!(nested.starts_with(meant), "{nested}");
    }

    #[test]
    fn a_wrong_value_says_what_is_allowed() {
        for (text, expected) in [
            (
                "seed = -1",
                "1: `seed` is -1; it takes a whole number from 0",
            ),
            (
                "\nseed = '1'",
                "2: `seed` is '1'; it takes a whole number from 0",
            ),
            (
                "schedules = 0",
                "1: `schedules` is 0; it takes a whole number of schedules, from 1",
            ),
            (
                "stall = nan",
                "1: `stall` is nan; it takes a number of seconds above 0",
            ),
            (
                "exhaustive = 1",
                "1: `exhaustive` is 1; it takes true or false",
            ),
            (
                "engine = 'Loom'",
                "1: `engine` is 'Loom'; it takes one of auto, systematic",
            ),
            (
                "flavor = 'local'",
                "1: `flavor` is 'local'; it takes one of multi_thread, current",
            ),
            (
                "tokio_test_flavor = 2",
                "1: `tokio_test_flavor` is 2; it takes one of multi_thread",
            ),
            (
                "allow = 'metrics'",
                "1: `allow` is 'metrics'; it takes tables [[allow]]",
            ),
            (
                "allow = ['metrics']",
                "1: `allow` is 'metrics'; it takes tables",
            ),
            (
                "[[allow]]\nfile = ''",
                "2: `file` is ''; it takes a string that is not empty",
            ),
            ("seed = 1\n[[allow]]", "2: this [[allow]] says of no task"),
            ("seed = 1\nseed = 2", "2: duplicate key"),
            ("seed 1", "1: "),
        ] {
            let problems = problems(text);
            let expected = format!("leak-test.toml:{expected}");
            assert!(problems.starts_with(&expected), "{problems}");
        }
    }

    #[test]
    fn all_problems_are_told_in_the_order_of_their_lines() {
        let problems = problems("zeal = 1\nstall = 0\nengine = 1\n[[allow]]\n");
        let lines = problems
            .lines()
            .map(|line| line.split(": ").next().unwrap());
        let places = ["1", "2", "3", "4"].map(|line| format!("leak-test.toml:{line}"));
        assert_eq!(lines.collect::<Vec<_>>(), places);
    }
}
