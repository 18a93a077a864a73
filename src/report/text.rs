//! The text of a failure.

use std::fmt;

use crate::outcome::{Coverage, Failure};

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} schedules, exhaustive: {}",
            self.schedules(),
            self.exhaustive()
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.parts();
        writeln!(f, "{}: {:?}", parts.kind, parts.test)?;
        for stuck in self.stuck() {
            writeln!(f, "{:?}", stuck)?;
        }
        if let Some(d) = &parts.detail {
            writeln!(f, "{d}")?;
        }
        if let Some(d) = &parts.panic {
            writeln!(f, "{d:?}")?;
        }
        for e in &parts.trace.events {
            writeln!(
                f,
                "  {} {} {:?} at {}",
                e.task, e.operation, e.effect, e.site
            )?;
        }
        writeln!(f, "{}", parts.coverage)
    }
}
