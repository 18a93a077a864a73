//! The ladder as a picture: time goes down, a line for each task, arrows for spawns and wakes.
//!
//! Not here: what stands where (`ladder`).

mod arrow;
mod lifeline;

use maud::{Markup, html};

use self::arrow::arrow;
use self::lifeline::{Lifelines, State};
use super::prose;
use crate::report::ladder::{self, Column, Part, Rung};
use crate::report::messages;
use crate::report::source::Sources;
use crate::trace::{Effect, Trace};

/// The most columns of one task each; with more, tasks that are alike have one together.
pub(super) const COLUMNS: usize = 12;
/// Rungs that are shown at once: the first, and the last; those between on demand.
const FIRST: usize = 40;
const LAST: usize = 80;
/// The most rungs that are shown on demand.
const BETWEEN: usize = 1_000;

// Lengths are in pixels of the picture.

/// A character of the font for code.
const CHARACTER: usize = 8;
const NARROWEST: usize = 120;
const WIDEST: usize = 300;
/// From a column's left edge to its line, and from the line to the text.
const LINE: usize = 12;
const TEXT: usize = 14;
const ROW: usize = 26;
/// A row with an arrow below its text.
const ARROW_ROW: usize = 36;
/// How far the end of a text is from the next line.
const GAP: usize = 18;
/// The room below the last row for how it ends.
const END: usize = 40;

/// What all parts of a ladder have in common.
pub(super) struct Picture<'a> {
    columns: &'a [Column],
    /// Left edges, and the right edge of the last one.
    edges: Vec<usize>,
    one_file: bool,
    sources: &'a Sources,
}

impl<'a> Picture<'a> {
    pub(super) fn new(
        trace: &Trace,
        columns: &'a [Column],
        rungs: &[Rung],
        sources: &'a Sources,
    ) -> Picture<'a> {
        let mut picture = Picture {
            columns,
            edges: vec![0],
            one_file: ladder::files(trace).len() == 1,
            sources,
        };
        let mut longest: Vec<usize> = columns.iter().map(|it| it.name.chars().count()).collect();
        for rung in rungs {
            let length = picture.text(rung).chars().count();
            longest[rung.column] = longest[rung.column].max(length);
        }
        for length in longest {
            let width = LINE + TEXT + length * CHARACTER + GAP;
            let left = picture.width();
            picture.edges.push(left + width.clamp(NARROWEST, WIDEST));
        }
        picture
    }

    fn width(&self) -> usize {
        self.edges.last().copied().unwrap_or(0)
    }

    /// Where a column's line is.
    fn line(&self, column: usize) -> usize {
        self.edges[column] + LINE
    }

    fn what(rung: &Rung) -> String {
        match rung.who {
            Some(who) => messages::step_of(&who.to_string(), &rung.what),
            None => rung.what.clone(),
        }
    }

    fn text(&self, rung: &Rung) -> String {
        let place = ladder::place(rung.site, self.one_file);
        format!("{} {place}", Self::what(rung))
    }

    /// The whole of it.
    pub(super) fn drawn(&self, rungs: &[Rung]) -> Markup {
        let parts = ladder::folded(rungs);
        let between = match parts.len().saturating_sub(FIRST + LAST) {
            0..=10 => 0,
            many => many,
        };
        let (first, rest) = parts.split_at(if between > 0 { FIRST } else { parts.len() });
        let (middle, last) = rest.split_at(between);
        let long = parts.len() > FIRST;
        let shown = &middle[..between.min(BETWEEN)];
        let all = [first, shown, last].into_iter().flatten();
        let mut lifelines = Lifelines::new(self.columns, all.filter_map(Part::rung));
        html! {
            div.ladder.long[long] tabindex="0" role="figure" aria-label=(messages::page::PICTURE) {
                (self.heads())
                (self.part(first, &mut lifelines, between == 0))
                @if between > 0 {
                    details.between {
                        summary { (messages::steps_left_out(between)) }
                        (self.part(shown, &mut lifelines, false))
                        @if between > BETWEEN {
                            p.fold { (messages::page::steps_not_shown(between - BETWEEN)) }
                        }
                    }
                    (self.part(last, &mut lifelines, true))
                }
            }
        }
    }

    fn heads(&self) -> Markup {
        let style = |column: usize| {
            let width = self.edges[column + 1] - self.edges[column];
            format!("left:{}px;width:{width}px", self.edges[column])
        };
        html! {
            div.heads style={ "width:" (self.width()) "px" } {
                @for (index, column) in self.columns.iter().enumerate() {
                    div.head.stuck[column.is_stuck] style=(style(index)) title=(column.name) {
                        (column.name)
                    }
                }
            }
        }
    }

    /// Rungs, with the notes between them; and below them how it ends, if they are the last.
    fn part(&self, parts: &[Part<'_>], lifelines: &mut Lifelines<'_>, ends: bool) -> Markup {
        let mut pieces: Vec<(Vec<&Rung>, Option<String>)> = vec![(Vec::new(), None)];
        for part in parts {
            match part {
                Part::Rung(rung) => pieces.last_mut().into_iter().for_each(|it| it.0.push(rung)),
                Part::Repeated { rungs, times } => {
                    let note = messages::repeated(*rungs, *times);
                    pieces
                        .last_mut()
                        .into_iter()
                        .for_each(|it| it.1 = Some(note.clone()));
                    pieces.push((Vec::new(), None));
                }
            }
        }
        let count = pieces.len();
        html! {
            @for (index, (rungs, note)) in pieces.iter().enumerate() {
                (self.piece(rungs, lifelines, ends && index + 1 == count))
                @if let Some(note) = note {
                    p.fold { (note) }
                }
            }
        }
    }

    fn piece(&self, rungs: &[&Rung], lifelines: &mut Lifelines<'_>, ends: bool) -> Markup {
        let ends = ends && self.columns.iter().any(|column| column.is_stuck);
        let arrows_below = |rung: &Rung| rung.to.is_some_and(|to| to > rung.column);
        let mut tops = vec![0];
        for rung in rungs {
            let height = if arrows_below(rung) { ARROW_ROW } else { ROW };
            tops.push(tops.last().copied().unwrap_or(0) + height);
        }
        let bottom = tops.last().copied().unwrap_or(0);
        let height = bottom + if ends { END } else { 0 };
        if height == 0 {
            return html! {};
        }
        let size = format!("width:{}px;height:{height}px", self.width());
        let rows = || rungs.iter().zip(tops.windows(2));
        // The point of a step is level with its arrow.
        let level = |rung: &Rung, top: usize| {
            top + if arrows_below(rung) {
                ARROW_ROW - 10
            } else {
                ROW / 2
            }
        };
        for (rung, top) in rows() {
            lifelines.step(rung, (top[0], level(rung, top[0]), top[1]));
        }
        html! {
            div.piece style=(size) {
                svg viewBox={ "0 0 " (self.width()) " " (height) } width=(self.width()) height=(height)
                    aria-hidden="true" {
                    @for segment in lifelines.finished(ends.then_some((bottom, bottom + END / 2))) {
                        line.life.parked[segment.state == State::Parked]
                            .for-ever[segment.state == State::ForEver]
                            x1=(self.line(segment.column)) x2=(self.line(segment.column))
                            y1=(segment.from) y2=(segment.to) {}
                    }
                    @for (rung, top) in rows() {
                        (self.rung(rung, top[0], level(rung, top[0])))
                    }
                    @if ends { (self.ends(bottom + END / 2)) }
                }
                @for (rung, top) in rows() {
                    (self.hover(rung, top[0], top[1] - top[0]))
                }
            }
        }
    }

    /// The point, the arrow and the text of a step.
    fn rung(&self, rung: &Rung, top: usize, level: usize) -> Markup {
        let x = self.line(rung.column);
        let room = self.edges[rung.column + 1] - x - TEXT;
        let place = ladder::place(rung.site, self.one_file);
        let most = (room / CHARACTER).saturating_sub(place.chars().count() + 1);
        let what = ladder::fitted(&Self::what(rung), most);
        let ended = rung.what == messages::ENDS;
        html! {
            @if let Some(to) = rung.to {
                (arrow(x, self.line(to), level, rung.spawns))
            }
            @if ended {
                path.end d={ "M" (x - 5) " " (level) "h10" } {}
            } @else {
                circle.point.waits[rung.effect == Effect::Pending]
                    .clock[self.columns[rung.column].is_clock()]
                    cx=(x) cy=(level) r="4" {}
            }
            text x=(x + TEXT) y=(top + ROW / 2 + 4) {
                (what) " "
                tspan.at { (place) }
            }
        }
    }

    /// What never ends.
    fn ends(&self, level: usize) -> Markup {
        html! {
            @for (index, column) in self.columns.iter().enumerate() {
                @if column.is_stuck {
                    @let x = self.line(index);
                    path.cross d={ "M" (x - 5) " " (level - 5) "l10 10m0 -10l-10 10" } {}
                    text.for-ever x=(x + TEXT) y=(level + 4) { (messages::page::FOR_EVER) }
                }
            }
        }
    }

    /// What a step shows while it is under the pointer: its source.
    fn hover(&self, rung: &Rung, top: usize, height: usize) -> Markup {
        let (file, line) = (rung.site.file(), rung.site.line());
        let source = prose::excerpt(file, line, 4, self.sources);
        let who = rung.who.map_or_else(
            || self.columns[rung.column].name.clone(),
            |who| who.to_string(),
        );
        let title = html! {
            strong { (who) } " " (rung.what) " "
            span.dim { (rung.site.to_string()) }
        };
        html! {
            div.row tabindex="0" style={ "top:" (top) "px;height:" (height) "px" } {
                (prose::dock(title, &source.unwrap_or_else(|| html! {})))
            }
        }
    }
}
