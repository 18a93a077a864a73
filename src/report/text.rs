//! The text of a failure: verdict, stuck tasks, what happened, coverage.
//!
//! Not here: the sentences (`messages`).

use std::fmt;

use super::{ladder, messages, tasks};
use crate::config::Engine;
use crate::outcome::{Coverage, Failure, FailureKind};
use crate::trace::{Event, Operation, TaskId, Trace};

/// Steps that are shown: the first few, and the last.
const FIRST_STEPS: usize = 8;
const LAST_STEPS: usize = 16;

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schedules = self.schedules();
        let plural = if schedules == 1 {
            "schedule"
        } else {
            "schedules"
        };
        let reach = match (self.exhaustive(), self.out_of_time) {
            (true, _) => "exhaustive",
            (false, true) => "not exhaustive, cut by max_duration",
            (false, false) => "not exhaustive",
        };
        match &self.cases {
            Some(cases) => {
                f.write_str(&messages::cases(cases))?;
                write!(f, "{schedules} {plural}")?;
                if self.out_of_time {
                    write!(f, ", {reach}")?;
                }
            }
            None => write!(f, "{schedules} {plural}, {reach}")?,
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
            write!(f, "; {}", messages::smaller(&cases))?;
        }
        if let Some((task, site)) = self.opaque {
            write!(f, "; {}", messages::opaque_task(task, site))?;
        }
        for &site in self.atomic_sites() {
            write!(f, "; {}", messages::atomic_site(site))?;
        }
        Ok(())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.parts();
        writeln!(
            f,
            "{}",
            messages::headline(parts.kind, parts.test.as_deref())
        )?;
        writeln!(f)?;
        write_input(f, self)?;
        write_what(f, self)?;
        tasks::write(f, self)?;
        let explains = !matches!(
            parts.kind,
            FailureKind::Nondeterminism | FailureKind::Replay
        );
        if explains && !self.trace().events.is_empty() && !ladder::write(f, self)? {
            write_steps(f, self.trace())?;
        }
        if !parts.coverage.runs.is_empty() {
            writeln!(f, "\n{}", messages::explored(&parts.coverage))?;
        }
        if let Some(task) = self.stuck().iter().find(|task| !task.is_body()) {
            writeln!(f, "{}", messages::allow(task, parts.allow_list))?;
        }
        if let Some(token) = self.token() {
            let replay = messages::replay(&token, parts.test.as_deref(), parts.input.is_some());
            writeln!(f, "{replay}")?;
        }
        if let Some(note) = &parts.note {
            writeln!(f, "{note}")?;
        }
        Ok(())
    }
}

/// The report: an `unwrap` of a failed check shows it.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The arguments of the body, a line for each.
fn write_input(f: &mut fmt::Formatter<'_>, failure: &Failure) -> fmt::Result {
    let arguments = failure.input();
    if arguments.is_empty() {
        return Ok(());
    }
    let parts = failure.parts();
    let title = messages::input_title(parts.kind, parts.coverage.cases);
    writeln!(f, "{title}\n")?;
    for argument in arguments {
        writeln!(f, "  {}", messages::argument(argument))?;
    }
    writeln!(f)
}

fn write_what(f: &mut fmt::Formatter<'_>, failure: &Failure) -> fmt::Result {
    let parts = failure.parts();
    match &parts.panic {
        Some(panic) if panic.task == TaskId::BODY => {
            writeln!(f, "{}", messages::body_panicked())?;
        }
        _ => writeln!(f, "{}", messages::meaning(parts.kind, parts.stuck.len()))?,
    }
    if let Some(panic) = &parts.panic {
        let name = messages::task_name(panic.task, panic.name.as_deref());
        writeln!(f, "\n  {name}, spawned at {}", panic.spawned_at)?;
        if let Some(site) = &panic.site {
            writeln!(f, "    panicked at {site}:")?;
        }
        for line in panic.message.lines() {
            writeln!(f, "    {line}")?;
        }
    }
    if let Some(detail) = &parts.detail {
        writeln!(f, "{detail}")?;
        if let Some(place) = &parts.place {
            writeln!(f, "  at {place}")?;
        }
        if parts.kind == FailureKind::Unsupported {
            writeln!(f, "{}", messages::way_out(detail))?;
        }
    }
    Ok(())
}

/// The steps of the schedule, one a line, where there are too many tasks for columns.
fn write_steps(f: &mut fmt::Formatter<'_>, trace: &Trace) -> fmt::Result {
    let steps: Vec<&Event> = trace.events.iter().filter(|event| is_told(event)).collect();
    if steps.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{}\n", messages::schedule_title(steps.len(), &[]))?;
    let names: Vec<String> = trace.tasks.iter().map(messages::short_name).collect();
    let width = names
        .iter()
        .map(String::len)
        .max()
        .unwrap_or(0)
        .max("clock".len());
    let whole = steps.len() <= FIRST_STEPS + LAST_STEPS + 1;
    let mut before = None;
    for (index, event) in steps.iter().enumerate() {
        if !whole && index >= FIRST_STEPS && index < steps.len() - LAST_STEPS {
            if index == FIRST_STEPS {
                let left_out = steps.len() - FIRST_STEPS - LAST_STEPS;
                writeln!(f, "  {}", messages::steps_left_out(left_out))?;
                before = None;
            }
            continue;
        }
        let task = trace
            .task(event.task)
            .map_or_else(|| event.task.to_string(), messages::short_name);
        let shown = if before == Some(event.task) {
            ""
        } else {
            &task
        };
        before = Some(event.task);
        let indent = "  ".repeat(usize::from(event.depth));
        let what = format!("{indent}{}", messages::step(event));
        writeln!(f, "  {shown:width$}  {what:24}  {}", event.site)?;
    }
    Ok(())
}

/// The end of a task is told only if it is the last thing that it did and not the body's.
fn is_told(event: &Event) -> bool {
    !(event.operation == Operation::Complete && event.task == TaskId::BODY)
}
