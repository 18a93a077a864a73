//! What the engines found, as coverage or failure.
//!
//! Not here: why tasks are stuck (`diagnose`), and what becomes of a failure (`end`).

use super::work::Outcome;
use crate::config::Config;
use crate::diagnose::diagnose;
use crate::explore::Found;
use crate::outcome::{Coverage, Failure, FailureKind, FailureParts};
use crate::report::messages;
use crate::trace::{Chain, Ending, Holdings, PanicNote, Site, Stuck, Token, Trace};

/// The verdict of a check whose engines came to an end.
pub(super) fn judge(
    config: &Config,
    outcome: Outcome,
    atomic_sites: &[Site],
) -> Result<Coverage, Failure> {
    let coverage = Coverage {
        runs: outcome.runs,
        atomic_sites: atomic_sites.to_vec(),
        out_of_time: outcome.out_of_time,
        opaque: outcome.opaque,
        cases: None,
        guest: outcome.guest,
    };
    let mut draft = Draft::new(config, coverage);
    let result = match (outcome.result, outcome.examined) {
        (_, Some(examined)) => {
            draft.token = Some(Token::Decisions(examined.token));
            draft.holdings = examined.holdings;
            draft.chains = examined.chains;
            Found::Failing {
                ending: examined.shrunk.ending,
                trace: Box::new(examined.shrunk.trace),
            }
        }
        (result, None) => {
            draft.token = outcome.on_loom.map(Token::Loom);
            result
        }
    };
    match result {
        Found::Clean { .. }
            if config.exhaustive && !draft.coverage.exhaustive() && !draft.coverage.on_tokio() =>
        {
            Err(draft.fail(FailureKind::NotExhaustive, Trace::default()))
        }
        Found::Clean { .. } => Ok(draft.coverage),
        Found::Failing { ending, trace } => Err(draft.ended(ending, *trace)),
        Found::LoomMisfit { asked } => {
            let detail = messages::loom_misfit(asked, &draft.coverage);
            Err(draft.detailed(FailureKind::Replay, Trace::default(), detail, None))
        }
        Found::Misfit {
            asked,
            parted,
            ending,
            trace,
        } => {
            let common = (parted.decisions, parted.steps);
            let detail = messages::misfit(&asked, common, &trace, &ending);
            Err(draft.detailed(FailureKind::Replay, *trace, detail, None))
        }
        Found::Diverged { first, second } => {
            let detail = messages::difference(&first, &second);
            Err(draft.detailed(FailureKind::Nondeterminism, *second, detail, None))
        }
    }
}

/// The check's thread does not move.
pub(super) fn stall(config: &Config, atomic_sites: &[Site]) -> Failure {
    let coverage = Coverage {
        atomic_sites: atomic_sites.to_vec(),
        ..Coverage::default()
    };
    let draft = Draft::new(config, coverage);
    let detail = messages::stalled(config.stall);
    draft.detailed(FailureKind::Stall, Trace::default(), detail, None)
}

/// The configuration cannot be used.
pub(super) fn config_failure(config: &Config, message: String) -> Failure {
    let draft = Draft::new(config, Coverage::default());
    draft.detailed(FailureKind::Config, Trace::default(), message, None)
}

/// The token that was asked for is not one of this test's.
pub(super) fn misfit(config: &Config, detail: String) -> Failure {
    let draft = Draft::new(config, Coverage::default());
    draft.detailed(FailureKind::Replay, Trace::default(), detail, None)
}

/// What is known of a check that fails.
struct Draft<'a> {
    config: &'a Config,
    coverage: Coverage,
    token: Option<Token>,
    holdings: Holdings,
    chains: Vec<Chain>,
}

impl<'a> Draft<'a> {
    fn new(config: &'a Config, coverage: Coverage) -> Draft<'a> {
        Draft {
            config,
            coverage,
            token: None,
            holdings: Holdings::default(),
            chains: Vec::new(),
        }
    }

    fn parts(self, kind: FailureKind, trace: Trace) -> FailureParts {
        FailureParts {
            kind,
            test: self.config.name.clone(),
            stuck: Vec::new(),
            panic: None,
            detail: None,
            place: None,
            trace,
            coverage: self.coverage,
            token: self.token,
            allow_list: self.config.allow_list,
            note: None,
            input: None,
        }
    }

    fn fail(self, kind: FailureKind, trace: Trace) -> Failure {
        Failure::new(self.parts(kind, trace))
    }

    fn detailed(
        self,
        kind: FailureKind,
        trace: Trace,
        detail: String,
        place: Option<String>,
    ) -> Failure {
        Failure::new(FailureParts {
            detail: Some(detail),
            place,
            ..self.parts(kind, trace)
        })
    }

    fn stuck(self, kind: FailureKind, trace: Trace, tasks: Vec<Stuck>) -> Failure {
        let mut stuck = diagnose(&trace, &self.holdings, tasks);
        for task in &mut stuck {
            task.note_chains(&self.chains);
        }
        Failure::new(FailureParts {
            stuck,
            ..self.parts(kind, trace)
        })
    }

    fn panicked(self, trace: Trace, note: PanicNote) -> Failure {
        let parts = self.parts(FailureKind::Panic, trace);
        Failure::new(FailureParts {
            panic: Some(note),
            ..parts
        })
    }

    fn ended(self, ending: Ending, trace: Trace) -> Failure {
        match ending {
            Ending::Stuck { body: true, tasks } => self.stuck(FailureKind::Deadlock, trace, tasks),
            Ending::Stuck { body: false, tasks } => self.stuck(FailureKind::Leak, trace, tasks),
            Ending::Looping(tasks) => self.stuck(FailureKind::Loop, trace, tasks),
            Ending::Panicked(note) => self.panicked(trace, note),
            Ending::Unsupported { what, site } => {
                self.detailed(FailureKind::Unsupported, trace, what, site)
            }
            // No engine hands these on as failures.
            Ending::Clean | Ending::Cut => self.fail(FailureKind::NotExhaustive, trace),
        }
    }
}
