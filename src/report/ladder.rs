//! What happened, as a ladder: a column for each task, a line for each step, arrows for who woke
//! or spawned whom.
//!
//! Not here: the words for a step (`messages`).

use std::fmt::{self, Write};

use super::messages;
use crate::outcome::Failure;
use crate::trace::{Event, Operation, Site, TaskId, Trace};

/// The width of a report.
const WIDTH: usize = 100;
/// What a column needs at least.
const NARROWEST: usize = 15;
const WIDEST: usize = 34;
/// The most lines that repeat as one.
const PERIOD: usize = 8;
/// How often lines must follow each other to be told once.
const REPEATS: usize = 3;
/// Lines that are shown: the first few, and the last.
const FIRST: usize = 10;
const LAST: usize = 20;

/// A step in its column.
#[derive(Clone, PartialEq, Eq)]
struct Rung {
    column: usize,
    text: String,
    /// Whom it woke or spawned.
    to: Option<usize>,
    /// Which columns have a task that is alive.
    alive: Vec<bool>,
}

enum Line<'a> {
    Rung(&'a Rung),
    Note(String),
}

/// Writes the ladder; whether there is room for one.
pub(super) fn write(f: &mut fmt::Formatter<'_>, failure: &Failure) -> Result<bool, fmt::Error> {
    let trace = failure.trace();
    let columns = columns(trace);
    let width = ((WIDTH - 2) / columns.len().max(1)).min(WIDEST);
    if width < NARROWEST {
        return Ok(false);
    }
    let rungs = rungs(trace, &columns);
    let files = files(trace);
    writeln!(f, "\n{}\n", messages::schedule_title(rungs.len(), &files))?;
    let names: Vec<String> = columns.iter().map(|&task| name(trace, task)).collect();
    f.write_str(&line(&names, width))?;
    for line in shortened(folded(&rungs)) {
        match line {
            Line::Rung(rung) => f.write_str(&drawn(rung, width))?,
            Line::Note(note) => writeln!(f, "  {note}")?,
        }
    }
    let stuck = |task: &TaskId| failure.stuck().iter().any(|stuck| stuck.id() == *task);
    if columns.iter().any(stuck) {
        let ends: Vec<String> = columns
            .iter()
            .map(|task| {
                if stuck(task) {
                    messages::stuck_end()
                } else {
                    String::new()
                }
            })
            .collect();
        f.write_str(&line(&ends, width))?;
    }
    Ok(true)
}

/// The body, the tasks in the order in which they were spawned, the clock: who did something.
fn columns(trace: &Trace) -> Vec<TaskId> {
    let acts = |task: &TaskId| trace.events.iter().any(|event| event.task == *task);
    let tasks = trace.tasks.iter().map(|task| task.id);
    tasks.chain([TaskId::CLOCK]).filter(acts).collect()
}

/// The files that steps are in: with one alone, its name is said once.
fn files(trace: &Trace) -> Vec<&'static str> {
    let told = trace.events.iter().filter(|event| is_told(event));
    let mut files: Vec<&str> = told.map(|event| event.site.file()).collect();
    files.sort_unstable();
    files.dedup();
    files
}

fn name(trace: &Trace, task: TaskId) -> String {
    trace
        .task(task)
        .map_or_else(|| task.to_string(), messages::short_name)
}

fn place(site: Site, one_file: bool) -> String {
    if one_file {
        return format!(":{}", site.line());
    }
    let file = site.file().rsplit(['/', '\\']).next().unwrap_or_default();
    format!("{file}:{}", site.line())
}

fn rungs(trace: &Trace, columns: &[TaskId]) -> Vec<Rung> {
    let one_file = files(trace).len() == 1;
    let column = |task: TaskId| columns.iter().position(|&it| it == task);
    let mut woken: Vec<Option<TaskId>> = vec![None; trace.events.len()];
    for event in &trace.events {
        let by = event.woken_by.and_then(|by| woken.get_mut(by as usize));
        by.into_iter().for_each(|by| *by = by.or(Some(event.task)));
    }
    let mut alive = vec![false; columns.len()];
    let mut spawned = trace.tasks.iter().skip(1);
    let mut rungs = Vec::new();
    for (event, woken) in trace.events.iter().zip(woken) {
        let Some(own) = column(event.task) else {
            continue;
        };
        alive[own] = event.task != TaskId::CLOCK;
        let to = match event.operation {
            Operation::Spawn => spawned.next().map(|task| task.id),
            _ => woken.filter(|&task| task != event.task),
        };
        let to = to.and_then(column);
        if event.operation == Operation::Complete {
            alive[own] = false;
        }
        if is_told(event) {
            rungs.push(Rung {
                column: own,
                text: format!("{} {}", messages::step(event), place(event.site, one_file)),
                to,
                alive: alive.clone(),
            });
        }
        if let Some(to) = to.filter(|_| event.operation == Operation::Spawn) {
            alive[to] = true;
        }
    }
    rungs
}

/// The end of the body is told by what the failure is.
fn is_told(event: &Event) -> bool {
    !(event.operation == Operation::Complete && event.task == TaskId::BODY)
}

/// Tells lines that repeat once.
fn folded(rungs: &[Rung]) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut at = 0;
    while at < rungs.len() {
        let best = (1..=PERIOD)
            .map(|period| (period, repeats(&rungs[at..], period)))
            .filter(|&(_, times)| times >= REPEATS)
            .max_by_key(|&(period, times)| (period * times, usize::MAX - period));
        match best {
            Some((period, times)) => {
                lines.extend(rungs[at..at + period].iter().map(Line::Rung));
                lines.push(Line::Note(messages::repeated(period, times - 1)));
                at += period * times;
            }
            None => {
                lines.push(Line::Rung(&rungs[at]));
                at += 1;
            }
        }
    }
    lines
}

/// How often the first lines follow each other.
fn repeats(rungs: &[Rung], period: usize) -> usize {
    let Some(first) = rungs.get(..period) else {
        return 0;
    };
    rungs
        .chunks_exact(period)
        .take_while(|chunk| *chunk == first)
        .count()
}

/// Leaves out the middle: the start says how it began, the end how it got stuck.
fn shortened(lines: Vec<Line<'_>>) -> Vec<Line<'_>> {
    if lines.len() <= FIRST + LAST + 1 {
        return lines;
    }
    let left_out = lines.len() - FIRST - LAST;
    let mut shown = Vec::new();
    for (index, line) in lines.into_iter().enumerate() {
        if index == FIRST {
            shown.push(Line::Note(messages::steps_left_out(left_out)));
        }
        if index < FIRST || index >= FIRST + left_out {
            shown.push(line);
        }
    }
    shown
}

/// Texts in columns.
fn line(texts: &[String], width: usize) -> String {
    let mut line = String::from("  ");
    for text in texts {
        let _ = write!(line, "{:width$}", fitted(text, width - 1));
    }
    let mut line = line.trim_end().to_owned();
    line.push('\n');
    line
}

fn fitted(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width - 1).collect();
    short.push('…');
    short
}

/// One step, with the lines of the tasks that do nothing now, and its arrow.
fn drawn(rung: &Rung, width: usize) -> String {
    let mut cells: Vec<char> = vec![' '; width * rung.alive.len()];
    for (column, _) in rung.alive.iter().enumerate().filter(|(_, alive)| **alive) {
        cells[column * width] = '│';
    }
    let start = rung.column * width;
    // An arrow to the right begins behind the text, in the same column.
    let arrow = rung.to.is_some_and(|to| to > rung.column);
    let text = fitted(&rung.text, if arrow { width - 3 } else { width - 1 });
    let mut end = start;
    for c in text.chars() {
        cells[end] = c;
        end += 1;
    }
    match rung.to.map(|to| to * width) {
        Some(to) if to > start => {
            cells[end + 1..to - 1].fill('─');
            cells[to - 1] = '>';
        }
        Some(to) => {
            cells[to + 1] = '<';
            cells[to + 2..start - 1].fill('─');
        }
        None => {}
    }
    let line: String = cells.into_iter().collect();
    format!("  {}\n", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rung(column: usize, text: &str, to: Option<usize>) -> Rung {
        Rung {
            column,
            text: text.to_owned(),
            to,
            alive: vec![true; 3],
        }
    }

    #[test]
    fn arrows_have_room_beside_texts_of_any_length() {
        for length in 0..40 {
            let text = "x".repeat(length);
            for (column, to) in [(0, 1), (0, 2), (1, 2), (1, 0), (2, 0)] {
                let line = drawn(&rung(column, &text, Some(to)), NARROWEST);
                let (tip, place) = if to > column {
                    ('>', to * NARROWEST - 1)
                } else {
                    ('<', to * NARROWEST + 1)
                };
                assert_eq!(line.chars().nth(2 + place), Some(tip), "{line}");
                assert!(line.chars().count() <= 2 + 3 * NARROWEST + 1, "{line}");
            }
        }
    }

    #[test]
    fn what_repeats_is_told_once() {
        let (a, b) = (rung(0, "a", None), rung(1, "b", None));
        let rungs = [a.clone(), a.clone(), b.clone(), a.clone(), b.clone(), a, b];
        let lines = folded(&rungs);
        let notes = lines.iter().filter(|line| matches!(line, Line::Note(_)));
        assert_eq!((lines.len(), notes.count()), (4, 1));
    }
}
