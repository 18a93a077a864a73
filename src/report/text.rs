//! The text of a failure: verdict, stuck tasks, what happened, coverage.
//!
//! Not here: the sentences (`messages`).

use std::fmt::{self, Write};

use super::ladder::text::Room;
use super::ladder::{self, is_told};
use super::{messages, tasks};
use crate::outcome::Failure;
use crate::trace::{Event, Trace};

/// The most lines of a report, if its tasks leave room for the steps.
const MOST_LINES: usize = 59;
/// The most steps that are shown where they have no columns, and the note between them.
const STEPS: usize = 25;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.parts();
        let mut head = messages::headline(parts.kind, parts.test.as_deref());
        head.push_str("\n\n");
        write_input(&mut head, self)?;
        write_what(&mut head, self)?;
        tasks::write(&mut head, self)?;
        let end = end(self);
        f.write_str(&head)?;
        if ladder::explains(parts.kind) && !self.trace().events.is_empty() {
            // Two empty lines and a title, and the names of the columns with their ends.
            let others = head.lines().count() + end.lines().count() + 5;
            let room = Room(MOST_LINES.saturating_sub(others));
            if !ladder::text::write(f, self, room)? {
                write_steps(f, self.trace(), room)?;
            }
        }
        f.write_str(&end)
    }
}

/// How much was explored, and what to do now.
fn end(failure: &Failure) -> String {
    let parts = failure.parts();
    let mut end = String::new();
    if !parts.coverage.runs.is_empty() {
        let _ = writeln!(end, "\n{}", messages::explored(&parts.coverage));
    }
    if let Some(task) = messages::allowed(failure) {
        let _ = writeln!(end, "{}", messages::allow(task, parts.allow_list));
    }
    if let Some(token) = failure.token() {
        let line = messages::replay(&token, parts.test.as_deref(), parts.input.is_some());
        let _ = writeln!(end, "{line}");
    }
    if let Some(note) = &parts.note {
        let _ = writeln!(end, "{note}");
    }
    end
}

/// The report: an `unwrap` of a failed check shows it.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The arguments of the body, a line for each.
fn write_input(f: &mut String, failure: &Failure) -> fmt::Result {
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

fn write_what(f: &mut String, failure: &Failure) -> fmt::Result {
    let parts = failure.parts();
    writeln!(f, "{}", messages::what_it_is(failure))?;
    if let Some(panic) = &parts.panic {
        writeln!(f, "\n  {}", messages::panicked(panic))?;
        if let Some(site) = &panic.site {
            writeln!(f, "    {}", messages::panicked_at(site))?;
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
        if let Some(way_out) = messages::way_out(failure) {
            writeln!(f, "{way_out}")?;
        }
    }
    Ok(())
}

/// The steps of the schedule, one a line, where there are too many tasks for columns.
fn write_steps(f: &mut fmt::Formatter<'_>, trace: &Trace, room: Room) -> fmt::Result {
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
    let (first, left_out) = room.split(steps.len(), STEPS);
    let mut before = None;
    for (index, event) in steps.iter().enumerate() {
        if (first..first + left_out).contains(&index) {
            if index == first {
                writeln!(f, "  ... {} ...", messages::steps_left_out(left_out))?;
                before = None;
            }
            continue;
        }
        let task = messages::short_name_of(trace, event.task);
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
