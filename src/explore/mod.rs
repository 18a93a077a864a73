//! Which schedules to run. Each engine drives executions through the runtime's chooser seam.
//!
//! Not here: what an ending means for the test (`check`), and anything of the mirror.

mod brute;
mod clocks;
mod fifo;
mod first;
mod history;
mod learned;
#[cfg(feature = "loom")]
mod loom;
mod node;
mod pct;
mod pos;
mod races;
mod random;
mod replay;
mod rerun;
mod reversal;
mod sample;
mod search;
mod shrink;
mod steps;
mod systematic;
mod touches;
mod urw;
mod wakeup;
mod ways;

use std::time::{Duration, Instant};

pub(crate) use self::brute::explore as brute;
#[cfg(feature = "loom")]
pub(crate) use self::loom::explore as loom;
pub(crate) use self::pct::Pct;
pub(crate) use self::pos::Pos;
pub(crate) use self::random::Random;
pub(crate) use self::replay::{Parting, follow, replay};
pub(crate) use self::sample::{Sampler, explore as sample};
pub(crate) use self::search::SpareSearch;
pub(crate) use self::shrink::{Shrunk, is_same_failure, shrink};
pub(crate) use self::systematic::Systematic;
pub(crate) use self::urw::Urw;
use crate::trace::{Ending, ObjectKind, Opaque, Schedule, Trace};

/// Whether this OS thread can run no more executions: a stack was abandoned in the middle of an
/// unwinding, which the thread goes on counting as a panic.
pub(crate) fn is_spent() -> bool {
    std::thread::panicking()
}

/// How far an engine may go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// The most schedules to run.
    pub(crate) schedules: u64,
    /// A safety net in wall-clock time: when it began, and how long it may take.
    pub(crate) time: Option<(Instant, Duration)>,
}

impl Budget {
    /// Whether the safety net says to stop.
    fn is_out_of_time(&self) -> bool {
        self.time
            .is_some_and(|(began, limit)| began.elapsed() >= limit)
    }
}

/// What an engine came back with.
pub(crate) struct Explored {
    /// Schedules that were run.
    pub(crate) schedules: u64,
    pub(crate) result: Found,
    /// Those of them that differ from each other.
    pub(crate) classes: u64,
    /// Executions that were started and found to repeat an order.
    pub(crate) redundant: u64,
    /// How large the body is.
    pub(crate) size: Size,
}

/// The most that any execution had.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Size {
    /// Tasks, the body included.
    pub(crate) tasks: usize,
    /// Names of objects.
    pub(crate) objects: usize,
    /// Whether atomics are used: then weak memory can show what no order of steps does.
    pub(crate) atomics: bool,
    /// Whether something takes part that no mirrored operation explains: reduction is off then.
    pub(crate) opaque: Option<Opaque>,
}

impl Size {
    /// The most of both.
    pub(crate) fn max(self, other: Size) -> Size {
        Size {
            tasks: self.tasks.max(other.tasks),
            objects: self.objects.max(other.objects),
            atomics: self.atomics || other.atomics,
            opaque: self.opaque.or(other.opaque),
        }
    }

    pub(crate) fn grow(&mut self, trace: &Trace) {
        self.tasks = self.tasks.max(trace.tasks.len());
        self.objects = self.objects.max(trace.objects.len());
        self.opaque = self.opaque.or(trace.opaque);
        let mut objects = trace.objects.iter().flatten();
        self.atomics = self.atomics || objects.any(|object| object.kind == ObjectKind::Atomic);
    }
}

/// Clean so far, and given up.
pub(crate) const UNFINISHED: Found = Found::Clean {
    exhaustive: false,
    out_of_time: false,
};

/// How an exploration ended.
pub(crate) enum Found {
    /// Every schedule that was run is clean.
    Clean {
        /// Whether these were all that can differ.
        exhaustive: bool,
        /// Whether the wall-clock safety net cut it short.
        out_of_time: bool,
    },
    /// A schedule that is not clean.
    Failing { ending: Ending, trace: Box<Trace> },
    /// The schedule that was asked for does not fit the body.
    Misfit {
        asked: Schedule,
        parted: Parting,
        ending: Ending,
        trace: Box<Trace>,
    },
    /// The execution of loom's that was asked for is one more than the body has.
    LoomMisfit {
        /// Its number.
        asked: u64,
    },
    /// Two runs of one schedule differ.
    Diverged {
        first: Box<Trace>,
        second: Box<Trace>,
    },
}
