//! One execution again: as a token names it.
//!
//! Not here: looking at a failure again (`examine`).

use super::engines::Session;
use crate::config::Engine;
use crate::explore::{self, Budget, Explored, Found, Size};
use crate::trace::{Decisions, Ending, LoomExecution, Token};

impl Session<'_> {
    pub(super) fn replay(&mut self, token: &Token) -> Found {
        match token {
            Token::Decisions(decisions) => self.follow(decisions),
            Token::Loom(execution) => self.again_on_loom(*execution),
        }
    }

    fn follow(&mut self, decisions: &Decisions) -> Found {
        let body = self.body;
        let explored = self.on_coroutines(|runtime| {
            let mut replayed = explore::replay(runtime, body, decisions);
            let mut schedules = 1;
            if !replayed.fits() && !explore::is_spent() && !runtime.is_retired() {
                // Statics that the first execution of a process sets up may have been in the way.
                replayed = explore::replay(runtime, body, decisions);
                schedules = 2;
            }
            let trace = Box::new(replayed.trace);
            let result = match (replayed.ending, replayed.parted) {
                (ending, Some(parted)) => Found::Misfit {
                    asked: decisions.schedule.clone(),
                    parted,
                    ending,
                    trace,
                },
                (Ending::Clean, None) => explore::UNFINISHED,
                (ending, None) => Found::Failing { ending, trace },
            };
            Explored {
                schedules,
                classes: 1,
                redundant: 0,
                result,
                size: Size::default(),
            }
        });
        self.abortable = decisions.abortable.clone();
        self.note(Engine::Replay, explored)
    }

    /// Goes through loom's executions up to one. If an earlier one fails, it is that one.
    fn again_on_loom(&mut self, execution: LoomExecution) -> Found {
        let budget = Budget {
            schedules: execution.number,
            time: None,
        };
        let found = self.on_loom(budget, execution.objects as usize, None);
        match (found, self.runs.last()) {
            (
                Found::Clean {
                    exhaustive: true, ..
                },
                Some(run),
            ) if run.schedules < execution.number => Found::LoomMisfit {
                asked: execution.number,
            },
            (found, _) => found,
        }
    }

    /// Runs a schedule that showed a failure of a similar body. Whether it fits does not matter, as
    /// long as it shows one here.
    pub(super) fn show(&mut self, token: &Decisions) -> Option<Found> {
        let body = self.body;
        let (replayed, failing) = self.on_coroutines(|runtime| {
            let replayed = explore::replay(runtime, body, token);
            let failing = !matches!(replayed.ending, Ending::Clean | Ending::Cut);
            (replayed, failing)
        });
        self.abortable.clone_from(&token.abortable);
        let result = if failing {
            Found::Failing {
                ending: replayed.ending,
                trace: Box::new(replayed.trace),
            }
        } else {
            explore::UNFINISHED
        };
        let explored = Explored {
            schedules: 1,
            classes: 1,
            redundant: 0,
            result,
            size: Size::default(),
        };
        let found = self.note(Engine::Replay, explored);
        (failing || explore::is_spent()).then_some(found)
    }
}
