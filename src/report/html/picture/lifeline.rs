//! The lines of a ladder's columns: when tasks are alive, and when they wait.

use crate::report::ladder::{Column, Rung};
use crate::report::messages;
use crate::trace::Effect;

/// What a task does on a part of its line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Absent,
    Alive,
    Parked,
    /// It never goes on again.
    ForEver,
}

/// A part of a line, from top to bottom.
pub(super) struct Segment {
    pub(super) column: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) state: State,
}

/// The lines so far.
pub(super) struct Lifelines<'a> {
    columns: &'a [Column],
    states: Vec<State>,
    /// Steps that each column is still to take.
    left: Vec<usize>,
    segments: Vec<Segment>,
}

impl<'a> Lifelines<'a> {
    /// For the rungs that are shown.
    pub(super) fn new<'r>(
        columns: &'a [Column],
        rungs: impl Iterator<Item = &'r Rung>,
    ) -> Lifelines<'a> {
        let mut left = vec![0; columns.len()];
        rungs.for_each(|rung| left[rung.column] += 1);
        let mut states = vec![State::Absent; columns.len()];
        // The body is there from the start.
        states[..1.min(columns.len())].fill(State::Alive);
        Lifelines {
            columns,
            states,
            left,
            segments: Vec::new(),
        }
    }

    /// A step in a row with this top, at this level, and with this bottom.
    pub(super) fn step(&mut self, rung: &Rung, (top, level, bottom): (usize, usize, usize)) {
        for column in 0..self.columns.len() {
            // The end of the body is no step that is shown.
            if !rung.alive[column] && column != rung.column {
                self.states[column] = State::Absent;
            }
            self.draw(column, top, level);
        }
        self.left[rung.column] = self.left[rung.column].saturating_sub(1);
        self.states[rung.column] = self.after(rung);
        if let Some(to) = rung.to
            && matches!(self.states[to], State::Absent | State::Parked)
        {
            self.states[to] = State::Alive;
        }
        for column in 0..self.columns.len() {
            self.draw(column, level, bottom);
        }
    }

    fn after(&self, rung: &Rung) -> State {
        let column = &self.columns[rung.column];
        let alone = column.tasks.len() == 1;
        if column.is_clock() || !rung.alive[rung.column] {
            State::Absent
        } else if column.is_stuck && self.left[rung.column] == 0 {
            State::ForEver
        } else if alone && rung.effect == Effect::Pending && rung.what != messages::ENDS {
            State::Parked
        } else {
            State::Alive
        }
    }

    fn draw(&mut self, column: usize, from: usize, to: usize) {
        let state = self.states[column];
        if state == State::Absent || from == to {
            return;
        }
        let mut last = self.segments.iter_mut().rev();
        let last = last.find(|segment| segment.column == column);
        match last {
            Some(last) if last.state == state && last.to == from => last.to = to,
            _ => self.segments.push(Segment {
                column,
                from,
                to,
                state,
            }),
        }
    }

    /// The parts of the lines since this was asked last; those that never end go on to the end.
    pub(super) fn finished(&mut self, end: Option<(usize, usize)>) -> Vec<Segment> {
        if let Some((bottom, end)) = end {
            for column in 0..self.columns.len() {
                if self.columns[column].is_stuck {
                    self.draw(column, bottom, end.saturating_sub(8));
                }
            }
        }
        std::mem::take(&mut self.segments)
    }
}
