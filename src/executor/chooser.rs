//! The seam between running and exploring.

use crate::trace::{Choice, TaskId, Trace};

/// Decides how an execution goes on each time there is more than one way.
pub(crate) trait Chooser {
    /// Which of `options` goes next, as an index; `None` ends the execution here.
    ///
    /// `options` has at least two entries in a fixed order and may contain [`TaskId::CLOCK`].
    /// `running` is the task that had control last, if it can go on.
    fn next_task(
        &mut self,
        options: &[TaskId],
        running: Option<TaskId>,
        trace: &Trace,
    ) -> Option<usize>;

    /// Which of `alternatives` a task's own choice takes, such as the start branch of `select!`.
    fn branch(&mut self, task: TaskId, alternatives: u32, trace: &Trace) -> u32;

    /// Who went when in the execution before, if this one begins as that did. Up to there, nobody
    /// is asked.
    fn picks(&mut self) -> Option<&mut Picks> {
        None
    }
}

/// Who goes next, and what was known of that when it was decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Pick {
    pub(crate) task: TaskId,
    /// How many events and choices there were before.
    pub(crate) events: usize,
    pub(crate) choices: usize,
    /// The choice that it was, if it was one.
    pub(crate) choice: Option<Choice>,
}

/// Who went when in an execution, so that one that begins in the same way need not find out again
/// who could go.
#[derive(Default)]
pub(crate) struct Picks {
    list: Vec<Pick>,
    /// How many of them this execution has made.
    made: usize,
    /// How many of the choices come again.
    known: usize,
}

impl Picks {
    /// Forgets all: what comes next is not known to begin in the same way.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
    }

    /// Another execution begins, in which so many choices, from the first, are as they were in the
    /// one before.
    pub(crate) fn begin(&mut self, known: usize) {
        self.made = 0;
        self.known = known;
    }

    /// Another execution begins, and all of its choices are to be those of the one before.
    pub(crate) fn begin_again(&mut self) {
        self.begin(usize::MAX);
    }

    /// What comes next, if that is known.
    #[inline]
    pub(crate) fn next(&self) -> Option<Pick> {
        let pick = self.list.get(self.made)?;
        let choices = pick.choices + usize::from(pick.choice.is_some());
        (choices <= self.known).then_some(*pick)
    }

    /// What comes next came.
    pub(crate) fn repeat(&mut self) {
        self.made += 1;
    }

    /// A pick was made.
    #[inline]
    pub(crate) fn add(&mut self, pick: Pick) {
        if self.list.get(self.made) != Some(&pick) {
            self.list.truncate(self.made);
            self.list.push(pick);
        }
        self.made += 1;
    }
}
