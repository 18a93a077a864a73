//! One execution as data: who did what to which object, where, and in which order.
//!
//! Plain values without behaviour: what runs tasks is in `executor`, what reads traces is in
//! `explore` and `diagnose`.

pub(crate) mod dependence;
mod ending;
#[cfg(feature = "loom")]
pub(crate) mod forecast;
mod frame;
mod holding;
mod id;
pub(crate) mod input;
mod log;
mod operation;
mod schedule;
mod site;
mod token;

pub use ending::{Ending, Held, PanicNote, Stuck, StuckState, Waiting};
pub(crate) use frame::Chain;
pub use frame::Frame;
pub(crate) use holding::{Holdings, Order, Release};
pub use id::{ExecutionId, ObjectId, TaskId};
#[cfg(feature = "proptest")]
pub(crate) use input::InputSeed;
pub(crate) use input::InputToken;
pub(crate) use log::Lent;
pub use log::{Branch, Event, Look, ObjectInfo, Opaque, Shared, TaskInfo, Trace, Wake};
pub use operation::{Effect, ObjectKind, Operation};
pub(crate) use schedule::Choice;
pub use schedule::Schedule;
pub use site::Site;
pub(crate) use token::{Decisions, LoomExecution, NoToken, Token};
