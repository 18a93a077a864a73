//! The mirrors: modules with the public names of tokio and std, over the real primitives.
//!
//! A mirrored primitive is the real one plus an object that the executor knows. Every method
//! announces its operation, lets the executor switch, and then acts on the real thing. Outside an
//! execution it acts at once. Not here: any state of a primitive's own.

mod handle;
mod leaf;
mod owned;
pub mod seam;
pub mod std;
pub mod tokio;
