//! The ladder in letters.
//!
//! Not here: what stands where (`ladder`), and the words for a step (`messages`).

use std::fmt::{self, Write};

use super::{Part, Rung, columns, files, fitted, folded, messages, place, rungs};
use crate::outcome::Failure;

/// The width of a report.
const WIDTH: usize = 100;
/// What a column needs at least.
const NARROWEST: usize = 15;
const WIDEST: usize = 34;
/// The most lines of steps, and the note between them.
const MOST: usize = 31;
/// The fewest.
const FEWEST: usize = 7;

/// How many lines there are for steps.
#[derive(Clone, Copy)]
pub(in crate::report) struct Room(pub(in crate::report) usize);

impl Room {
    /// Of so many lines, how many to show at the start, and how many to leave out after these: the
    /// start says how it began, the end, which has twice as many, how it got stuck.
    pub(in crate::report) fn split(self, lines: usize, most: usize) -> (usize, usize) {
        let room = self.0.clamp(FEWEST, most);
        if lines <= room {
            return (lines, 0);
        }
        ((room - 1) / 3, lines - (room - 1))
    }
}

enum Line<'a> {
    Rung(&'a Rung),
    Note(String),
}

/// Writes the ladder; whether there is room for one.
pub(in crate::report) fn write(
    f: &mut fmt::Formatter<'_>,
    failure: &Failure,
    room: Room,
) -> Result<bool, fmt::Error> {
    let trace = failure.trace();
    let columns = columns(failure, usize::MAX);
    let width = ((WIDTH - 2) / columns.len().max(1)).min(WIDEST);
    if width < NARROWEST {
        return Ok(false);
    }
    let rungs = rungs(trace, &columns);
    let files = files(trace);
    writeln!(f, "\n{}\n", messages::schedule_title(rungs.len(), &files))?;
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    f.write_str(&line(&names, width))?;
    for line in shortened(folded(&rungs).into_iter().map(told).collect(), room) {
        match line {
            Line::Rung(rung) => {
                let place = place(rung.site, files.len() == 1);
                f.write_str(&drawn(rung, &format!("{} {place}", rung.what), width))?;
            }
            Line::Note(note) => writeln!(f, "  {note}")?,
        }
    }
    if columns.iter().any(|column| column.is_stuck) {
        let ends = columns.iter().map(|column| match column.is_stuck {
            true => messages::stuck_end(),
            false => String::new(),
        });
        f.write_str(&line(&ends.collect::<Vec<_>>(), width))?;
    }
    Ok(true)
}

fn told(part: Part<'_>) -> Line<'_> {
    match part {
        Part::Rung(rung) => Line::Rung(rung),
        Part::Repeated { rungs, times } => {
            let note = messages::repeated(rungs, times);
            Line::Note(format!("... {note} ..."))
        }
    }
}

/// Leaves out the middle.
fn shortened(lines: Vec<Line<'_>>, room: Room) -> Vec<Line<'_>> {
    let (first, left_out) = room.split(lines.len(), MOST);
    if left_out == 0 {
        return lines;
    }
    let mut shown = Vec::new();
    for (index, line) in lines.into_iter().enumerate() {
        if index == first {
            let note = messages::steps_left_out(left_out);
            shown.push(Line::Note(format!("... {note} ...")));
        }
        if index < first || index >= first + left_out {
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

/// One step, with the lines of the tasks that do nothing now, and its arrow.
fn drawn(rung: &Rung, text: &str, width: usize) -> String {
    let mut cells: Vec<char> = vec![' '; width * rung.alive.len()];
    for (column, _) in rung.alive.iter().enumerate().filter(|(_, alive)| **alive) {
        cells[column * width] = '│';
    }
    let start = rung.column * width;
    // An arrow to the right begins behind the text, in the same column.
    let arrow = rung.to.is_some_and(|to| to > rung.column);
    let text = fitted(text, if arrow { width - 3 } else { width - 1 });
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
    use crate::trace::{Effect, Site};

    #[test]
    fn arrows_have_room_beside_texts_of_any_length() {
        for length in 0..40 {
            let text = "x".repeat(length);
            for (column, to) in [(0, 1), (0, 2), (1, 2), (1, 0), (2, 0)] {
                let rung = Rung {
                    column,
                    who: None,
                    what: String::new(),
                    site: Site::caller(),
                    effect: Effect::Done,
                    to: Some(to),
                    spawns: false,
                    alive: vec![true; 3],
                };
                let line = drawn(&rung, &text, NARROWEST);
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
}
