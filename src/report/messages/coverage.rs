//! How much was explored: the sentences.
//!
//! Not here: how it is counted (`outcome`).

use std::fmt;

use super::counted;
use super::inputs::{cases, smaller};
use crate::config::Engine;
use crate::outcome::Coverage;
use crate::trace::{Opaque, Shared, Site};

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.on_tokio() {
            return f.write_str(on_tokio());
        }
        let schedules = counted(self.schedules(), "schedule");
        let reach = match (self.exhaustive(), self.out_of_time) {
            (true, _) => "exhaustive",
            (false, true) => "not exhaustive, cut by max_duration",
            (false, false) => "not exhaustive",
        };
        match &self.cases {
            Some(of) => {
                f.write_str(&cases(of))?;
                f.write_str(&schedules)?;
                if self.out_of_time {
                    write!(f, ", {reach}")?;
                }
            }
            None => write!(f, "{schedules}, {reach}")?,
        }
        for (index, run) in self.runs.iter().enumerate() {
            let separator = if index == 0 { " (" } else { ", " };
            write!(f, "{separator}{} {}", run.engine.name(), run.schedules)?;
            if run.engine == Engine::Loom {
                if let Some(cases) = &self.cases {
                    write!(f, " in {}", cases.with_loom)?;
                }
                f.write_str(" without early timers and select! orders")?;
            }
        }
        if !self.runs.is_empty() {
            f.write_str(")")?;
        }
        if let Some(cases) = self.cases.filter(|cases| cases.smaller > 0) {
            write!(f, "; {}", smaller(&cases))?;
        }
        if let Some(opaque) = self.opaque {
            write!(f, "; {}", reduction_is_off(opaque))?;
        }
        if let Some(site) = self.real_tokio() {
            write!(f, "; {}", real_tokio(site))?;
        }
        for &site in self.atomic_sites() {
            write!(f, "; {}", atomic_site(site))?;
        }
        Ok(())
    }
}

/// A sentence of its own.
pub(in crate::report) fn sentence_case(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase());
    first
        .into_iter()
        .flatten()
        .chain(characters)
        .chain(['.'])
        .collect()
}

pub(in crate::report) fn explored(coverage: &Coverage) -> String {
    format!("Explored: {coverage}.")
}

fn on_tokio() -> &'static str {
    "one run on real tokio, where no order is controlled and no leak is looked for"
}

fn reduction_is_off(opaque: Opaque) -> String {
    let Opaque {
        task,
        spawned_at,
        shared,
    } = opaque;
    match shared {
        Some(Shared { kind, at }) => format!(
            "reduction is off, because {task}, spawned at {spawned_at}, shares a {kind} with real \
             tokio since {at}, and what is done to it there is not seen"
        ),
        None => format!(
            "reduction is off, because {task}, spawned at {spawned_at}, was woken by something \
             that the harness does not know, such as another crate's channel"
        ),
    }
}

fn real_tokio(site: &str) -> String {
    format!(
        "a dependency used real tokio at {site}: its tasks and timers had a paused runtime of their \
         own and went as one task, so orders among them were not explored"
    )
}

fn atomic_site(site: Site) -> String {
    format!(
        "nothing was switched before {site}, where a lock or a RefCell that the harness cannot see \
         is held; the std mirror would explore it"
    )
}
