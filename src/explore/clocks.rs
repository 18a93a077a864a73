//! The vector clocks of an execution's events.
//!
//! An event has two: its *tick*, for what it depends on, and its *completion*, for what its task does
//! next. Not here: what an event is after (`races`).

use std::ops::Range;

const NONE: u32 = u32::MAX;

/// Two clocks for each event; an entry of a clock is how many events of a task are before.
#[derive(Default)]
pub(super) struct Clocks {
    /// Entries of a clock.
    width: usize,
    ticks: Vec<u32>,
    /// The completions that are not as their ticks.
    completions: Vec<u32>,
    /// Which of the completions is an event's own; [`NONE`] if it is as its tick.
    own: Vec<u32>,
}

impl Clocks {
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Forgets the events from this one on.
    #[inline]
    pub(super) fn truncate(&mut self, event: usize) {
        let first_own = self.own[event..].iter().find(|&&own| own != NONE);
        if let Some(&own) = first_own {
            self.completions.truncate(own as usize * self.width);
        }
        self.own.truncate(event);
        self.ticks.truncate(event * self.width);
    }

    /// Forgets all, and how wide it was.
    pub(super) fn clear(&mut self) {
        self.width = 0;
        self.ticks.clear();
        self.completions.clear();
        self.own.clear();
    }

    /// Makes clocks wider.
    pub(super) fn widen(&mut self, new: usize) {
        let old = std::mem::replace(&mut self.width, new);
        for clocks in [&mut self.ticks, &mut self.completions] {
            let rows = clocks.len().checked_div(old).unwrap_or(0);
            let mut wider = vec![0; rows * new];
            for row in 0..rows {
                wider[row * new..row * new + old]
                    .copy_from_slice(&clocks[row * old..(row + 1) * old]);
            }
            *clocks = wider;
        }
    }

    pub(super) fn tick(&self, event: usize) -> &[u32] {
        &self.ticks[event * self.width..(event + 1) * self.width]
    }

    #[inline]
    pub(super) fn completion(&self, event: u32) -> &[u32] {
        match self.own[event as usize] {
            NONE => self.tick(event as usize),
            own => &self.completions[self.row(own)],
        }
    }

    fn row(&self, row: u32) -> Range<usize> {
        let start = row as usize * self.width;
        start..start + self.width
    }

    /// Begins the tick of the event that comes next: it is after another one, if that is said.
    #[inline]
    pub(super) fn begin(&mut self, after: Option<u32>) {
        match after {
            None => self.ticks.resize(self.ticks.len() + self.width, 0),
            Some(event) => match self.own[event as usize] {
                NONE => self.ticks.extend_from_within(self.row(event)),
                own => {
                    let row = self.row(own);
                    self.ticks.extend_from_slice(&self.completions[row]);
                }
            },
        }
        self.own.push(NONE);
    }

    /// The tick of the last event.
    pub(super) fn last(&mut self) -> &mut [u32] {
        let start = self.ticks.len() - self.width;
        &mut self.ticks[start..]
    }

    /// The last event is after the completion of another one.
    #[inline]
    pub(super) fn join_completion(&mut self, event: u32) {
        match self.own[event as usize] {
            NONE => self.join_tick(event),
            own => {
                let row = self.row(own);
                let start = self.ticks.len() - self.width;
                join(&mut self.ticks[start..], &self.completions[row]);
            }
        }
    }

    /// The last event is after another one.
    #[inline]
    pub(super) fn join_tick(&mut self, event: u32) {
        let (row, start) = (self.row(event), self.ticks.len() - self.width);
        let (ticks, last) = self.ticks.split_at_mut(start);
        join(last, &ticks[row]);
    }

    /// What comes after the last event is after these as well; and so is the event itself, if that is
    /// said.
    #[inline]
    pub(super) fn complete(&mut self, after: &[u32], itself: bool) {
        if after.is_empty() {
            return;
        }
        let last = self.own.len() - 1;
        let start = self.completions.len();
        self.completions.resize(start + self.width, 0);
        let (completions, own) = self.completions.split_at_mut(start);
        own.copy_from_slice(&self.ticks[last * self.width..]);
        for &event in after {
            let (clocks, row) = match self.own[event as usize] {
                NONE => (&self.ticks[..], event),
                own => (&completions[..], own),
            };
            join(own, &clocks[row as usize * self.width..]);
        }
        if itself {
            self.ticks[last * self.width..].copy_from_slice(own);
        }
        self.own[last] = (start / self.width) as u32;
    }
}

/// The later of two clocks, entry by entry. Without iterators: tests run without optimisation, and
/// there each of them would be a few calls an entry.
#[inline]
fn join(clock: &mut [u32], other: &[u32]) {
    let other = &other[..clock.len()];
    let mut at = 0;
    while at < clock.len() {
        if clock[at] < other[at] {
            clock[at] = other[at];
        }
        at += 1;
    }
}
