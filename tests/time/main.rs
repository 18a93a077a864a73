//! Virtual time: intervals, the clock that a test moves by hand, and wakers that are no task's.

mod clock;
mod interval;
mod wakers;
