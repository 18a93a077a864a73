//! Hand-written traces, one for each cause.
