//! The mirror of the parts of std that tasks synchronise with.
