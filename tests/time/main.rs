//! Virtual time: intervals, and the clock that a test moves by hand.

mod clock;
mod interval;
