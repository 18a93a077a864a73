//! What a check's thread is given to do, and what comes back.
//!
//! Not here: doing it (`engines`), and watching over it (`supervise`).

use std::sync::Arc;

use super::examine::{Examined, Specimen};
use crate::config::Config;
use crate::executor::{Body, Survey};
use crate::explore::Found;
use crate::outcome::EngineRun;
use crate::trace::{Decisions, Ending, LoomExecution, Opaque, Site, Trace};

/// A body, and what is to be done with it.
#[derive(Clone)]
pub(super) struct Job {
    pub(super) config: Arc<Config>,
    /// Where the check was called.
    pub(super) site: Site,
    pub(super) survey: Option<Survey>,
    pub(super) body: Body,
    pub(super) work: Work,
}

/// What is to be done with a body.
#[derive(Clone)]
#[cfg_attr(
    not(feature = "proptest"),
    expect(dead_code, reason = "only properties ask for more than a check")
)]
pub(super) enum Work {
    /// It is explored, and a failure is looked at again.
    Check,
    /// It is explored, and a failure is handed on as it was found. The schedule of a token is tried
    /// before all others.
    Explore(Option<Decisions>),
    /// A failure that was handed on is looked at again.
    Examine(Arc<Specimen>),
}

/// What all engines of a check came to.
pub(super) struct Outcome {
    pub(super) runs: Vec<EngineRun>,
    pub(super) out_of_time: bool,
    /// Whether something takes part that the mirror does not know.
    pub(super) opaque: Option<Opaque>,
    pub(super) result: Found,
    /// The failure that was found, if it can be looked at again.
    #[cfg_attr(
        not(feature = "proptest"),
        expect(dead_code, reason = "only properties ask for more than a check")
    )]
    pub(super) specimen: Option<Specimen>,
    /// The failure that was found, looked at again.
    pub(super) examined: Option<Examined>,
    /// Whether the thread can run no more executions.
    pub(super) spent: bool,
    /// What runs the failure again, if only loom shows it.
    pub(super) on_loom: Option<LoomExecution>,
    /// Where tasks stood in the middle of a poll when a task panicked.
    pub(super) suspended_at_panic: Vec<Site>,
    /// Where a dependency used real tokio, if executions had a runtime for it.
    pub(super) guest: Option<String>,
    /// Where one looked for a runtime of tokio's and found none.
    pub(super) misses_guest: Option<String>,
}

impl Outcome {
    /// What is known of a failure that cannot be looked at again.
    #[cfg(feature = "proptest")]
    pub(super) fn failing(specimen: Specimen) -> Outcome {
        Outcome {
            on_loom: specimen.on_loom,
            ..Outcome::given_up(specimen.ending, *specimen.trace)
        }
    }

    /// What is known of a failure when its thread does not move any more.
    pub(super) fn given_up(ending: Ending, trace: Trace) -> Outcome {
        Outcome {
            runs: Vec::new(),
            out_of_time: false,
            opaque: None,
            result: Found::Failing {
                ending,
                trace: Box::new(trace),
            },
            specimen: None,
            examined: None,
            on_loom: None,
            spent: true,
            suspended_at_panic: Vec::new(),
            guest: None,
            misses_guest: None,
        }
    }
}
