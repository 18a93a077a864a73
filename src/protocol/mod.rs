//! Protocols to be run in every order: random programs as data, and components under random
//! clients.
//!
//! - `script`: a program over channels, locks and tokens, as data
//! - `validity`: whether it can be run
//! - `plan`, `topology`, `misdeed`: which programs are drawn
//! - `run`, `actor`: what they do
//! - `source`, `statement`: the same as Rust
//! - `component`: a component under test, and how it is driven
//! - `workload`: the clients that do
//! - `order`: whether what they were answered fits a model
//! - `cancel`: aborts and drops at any await
//!
//! Not here: how a check is run, and how inputs are made small (`check`, proptest).

mod actor;
mod cancel;
mod component;
mod misdeed;
mod order;
mod plan;
mod run;
mod script;
mod source;
mod statement;
mod topology;
mod validity;
mod workload;

pub use self::cancel::{abort_anywhere, drop_anywhere};
pub use self::component::{Component, drive};
pub use self::order::Model;
pub use self::plan::{
    broadcast_tree, fan_in, fan_out, pipeline, request_reply, scripts, well_behaved, worker_pool,
};
pub use self::script::{End, Party, Patience, Script, Step, Thing};
pub use self::topology::Topology;
pub use self::workload::{Behaviour, Client, ShutDown, Workload, workloads};
