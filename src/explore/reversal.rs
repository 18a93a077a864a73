//! What it takes to reverse a race: the steps after the earlier one that can be without it, and
//! then the later one.
//!
//! (Abdulla, Aronis, Jonsson, Sagonas: *Source Sets*, JACM 2017: `notdep(e, E).e'`.) Not here:
//! which events race (`races`), and where the sequence goes (`wakeup`).

use super::history::is_blocked;
use super::races::{Races, entry};
use super::steps::{Step, Steps};
use crate::trace::dependence::{Access, any_depend, may_touch_instead};
use crate::trace::{TaskId, Trace, Wake};

/// How many steps after the later one are looked at: more of them only make it likelier that a
/// reversal is found to be covered by another one.
const LOOK_AHEAD: usize = 64;

/// An execution, for looking at its races.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) trace: &'a Trace,
    pub(super) races: &'a Races,
    pub(super) steps: &'a Steps,
    /// Whether whole sequences of steps can be told to come again. Not on shared threads, where
    /// polls are not interrupted; nor with choices, which may be other ones the next time; nor with
    /// timers: that one can fire early no more, because another one is due before it, is no race.
    pub(super) is_plain: bool,
    /// Whether so far all reversals were known step by step.
    pub(super) is_guided: bool,
}

/// How a race can be reversed.
pub(super) enum Reversal<'a> {
    /// Not at all: only the earlier event lets the task of the later one go on.
    Impossible,
    /// By these steps.
    By(Sequence<'a>),
    /// One of these tasks goes first, and what follows is not known; the last is the likeliest.
    Begin(&'a [TaskId]),
    /// Each of these tasks goes first once: whole polls are steps, or several operations are kept
    /// together, and which of the tasks can go first with all of it is not known.
    BeginAll(&'a [TaskId]),
}

/// Steps to run from a decision.
pub(super) struct Sequence<'a> {
    view: View<'a>,
    /// In the order in which they are run; those before `next` are gone.
    steps: &'a mut Vec<u32>,
    next: usize,
    /// The later step of the race. Reversed, it may come to something else.
    last: u32,
}

/// What is kept from one race to the next.
#[derive(Default)]
pub(super) struct Buffers {
    steps: Vec<u32>,
    /// What the later step of a race may touch instead of what it did.
    instead: Vec<Access>,
    firsts: Vec<u32>,
    /// By entry of a task: whether its first event is among those.
    known: Vec<bool>,
    initials: Vec<TaskId>,
}

impl<'a> View<'a> {
    /// The event before which the later one of a race has to come. Tasks of one group do not
    /// interleave inside a poll: there it is the first event of the earlier one's poll.
    pub(super) fn point(self, (earlier, later): (u32, u32)) -> usize {
        let (earlier, later) = (earlier as usize, later as usize);
        if self.share_group(earlier, later) {
            self.races.poll_of(earlier)
        } else {
            earlier
        }
    }

    /// Where that which the earlier event of a race is a part of begins: what is after any part of it is
    /// after all of it. But where the step chose what to begin with, it could have been that part.
    fn beginning(self, race: (u32, u32)) -> usize {
        let first = self.steps.get(self.steps.of(race.0 as usize)).first;
        let is_outer = |&event: &u32| self.trace.events[event as usize].depth == 0;
        let operation = (first..=race.0).rev().find(is_outer).unwrap_or(first);
        let mut selects = self.trace.branches.iter().filter(|branch| branch.select);
        let chose = selects.any(|branch| (first..=operation).contains(&branch.event));
        let beginning = if chose { operation } else { first };
        self.point(race).min(beginning as usize)
    }

    fn share_group(self, one: usize, two: usize) -> bool {
        let trace = self.trace;
        let group = |event: usize| trace.task(trace.events[event].task).map(|task| task.group);
        trace.shares_threads && group(one).is_some_and(|own| group(two) == Some(own))
    }

    /// How to reverse a race at a decision after which these tasks could go, and after which the
    /// step of the earlier event came.
    ///
    /// A task that is asleep there went first elsewhere, where nothing that its step depends on had
    /// come before it; and its step need not be what it was here. So if nobody else can go first,
    /// those are tried who come after the later one as well: they may be what it depends on.
    pub(super) fn reverse(
        self,
        race: (u32, u32),
        (decided, options): (usize, &[TaskId]),
        asleep: impl Fn(TaskId) -> bool,
        buffers: &'a mut Buffers,
    ) -> Reversal<'a> {
        let (earlier, later) = (race.0 as usize, race.1 as usize);
        let is_whole = self.share_group(earlier, later) || self.trace.has_atomic;
        if !is_whole && self.is_plain && self.find_steps((earlier, later), decided, buffers) {
            let last = self.steps.of(later);
            if !self.can_go(last, decided, options, &buffers.steps) {
                return Reversal::Impossible;
            }
            // Where not all were known, what began with a step that sleeps was not run with all that
            // may follow it: then that step is no part of this.
            let sleeps = |task: TaskId| !self.is_guided && asleep(task);
            let goes = |&step: &u32| step == last || !sleeps(self.steps.get(step).task);
            buffers.steps.retain(goes);
            let first = self.steps.get(buffers.steps[0]).task;
            if options.contains(&first) && !sleeps(first) {
                return Reversal::By(Sequence {
                    view: self,
                    steps: &mut buffers.steps,
                    next: 0,
                    last,
                });
            }
        }
        let beginning = self.beginning(race);
        self.find_initials(beginning, later, later + 1, buffers);
        let all_sleep = buffers.initials.iter().all(|&task| asleep(task));
        if all_sleep {
            self.find_initials(beginning, later, self.trace.events.len(), buffers);
        }
        if is_whole || all_sleep {
            Reversal::BeginAll(&buffers.initials)
        } else {
            Reversal::Begin(&buffers.initials)
        }
    }

    /// Finds the steps that are not after the one that was decided on, and puts the later one of
    /// the race behind them. Whether these are steps that can be run in this order.
    fn find_steps(
        self,
        (earlier, later): (usize, usize),
        decided: usize,
        Buffers { steps, instead, .. }: &mut Buffers,
    ) -> bool {
        steps.clear();
        let (first, last) = (self.steps.of(decided), self.steps.of(later));
        let end = self.steps.len().min(last as usize + LOOK_AHEAD) as u32;
        instead.clear();
        let own = self.accesses(last).iter();
        instead.extend(own.filter_map(|&own| may_touch_instead(own)).flatten());
        for step in (first + 1..end).filter(|&step| step != last) {
            let it = self.steps.get(step);
            if self.is_blocked(it) {
                continue;
            }
            if step > last && any_depend(instead, self.accesses(step)) {
                // It comes before this step, whatever it comes to.
                break;
            }
            if self.races.precedes(decided, it.first as usize) {
                // What is after another part of the earlier step must not be needed.
                let other = decided != earlier && step < last;
                if other && self.races.precedes(it.first as usize, later) {
                    return false;
                }
                continue;
            }
            let mut rest = it.first + 1..it.end;
            let is_split = rest.any(|event| self.races.precedes(decided, event as usize));
            if is_split || it.task == TaskId::CLOCK {
                return false;
            }
            steps.push(step);
        }
        steps.push(last);
        self.steps.get(last).task != TaskId::CLOCK
    }

    /// Whether the task of the later step is not one that waits for the earlier one.
    fn can_go(self, last: u32, decided: usize, options: &[TaskId], steps: &[u32]) -> bool {
        let it = self.steps.get(last);
        let before = &steps[..steps.len() - 1];
        let runs = |event: u32| {
            (event as usize) < decided || before.contains(&self.steps.of(event as usize))
        };
        let (task, first) = (it.task, &self.trace.events[it.first as usize]);
        if let Some(waker) = first.woken_by {
            let rewoken = |wake: &Wake| wake.task == task && runs(wake.event);
            return runs(waker) || self.trace.rewakes.iter().any(rewoken);
        }
        let mut before = before.iter();
        before.any(|&step| self.steps.get(step).task == task)
            || options.contains(&task)
            || self.races.spawn_of(task).is_some_and(runs)
    }

    /// Finds the tasks that can go first on the way to the reversed order, the latest last; of those
    /// with events up to here.
    fn find_initials(self, earlier: usize, later: usize, end: usize, buffers: &mut Buffers) {
        let Buffers {
            firsts,
            known,
            initials,
            ..
        } = buffers;
        firsts.clear();
        known.fill(false);
        initials.clear();
        let comes = |&event: &usize| event == later || !self.races.precedes(earlier, event);
        for event in (earlier + 1..end).filter(comes) {
            if event != later && is_blocked(&self.trace.events[event], self.trace) {
                continue;
            }
            let task = self.trace.events[event].task;
            let at = entry(task);
            if known.len() <= at {
                known.resize(at + 1, false);
            }
            if std::mem::replace(&mut known[at], true) {
                continue;
            }
            // What is before any event of a task in between is after the first of that task. A step
            // is after what any part of it is after.
            let Step { first, end, .. } = self.steps.get(self.steps.of(event));
            let after = |&earlier: &u32| {
                let mut parts = first.max(event as u32)..end;
                parts.any(|part| self.races.precedes(earlier as usize, part as usize))
            };
            if !firsts.iter().any(after) {
                initials.push(task);
            }
            firsts.push(event as u32);
        }
    }

    /// Whether a step did nothing but try to take a lock: without the one who had it, it is no step.
    fn is_blocked(self, step: Step) -> bool {
        let events = step.first as usize..step.end as usize;
        let mut events = self.trace.events[events].iter();
        events.all(|event| is_blocked(event, self.trace))
    }

    fn accesses(self, step: u32) -> &'a [Access] {
        let Step { first, end, .. } = self.steps.get(step);
        self.races.accesses_between(first as usize, end as usize)
    }

    fn precedes(self, one: u32, other: u32) -> bool {
        let (one, other) = (self.steps.get(one).first, self.steps.get(other));
        let mut events = other.first..other.end;
        events.any(|event| self.races.precedes(one as usize, event as usize))
    }
}

impl<'a> Sequence<'a> {
    pub(super) fn is_empty(&self) -> bool {
        self.next == self.steps.len()
    }

    /// Takes the step that comes next in order, and what it touches if that is known.
    pub(super) fn pop(&mut self) -> Option<(TaskId, Option<&'a [Access]>)> {
        let step = *self.steps.get(self.next)?;
        self.next += 1;
        let known = step != self.last;
        let accesses = known.then(|| self.view.accesses(step));
        Some((self.view.steps.get(step).task, accesses))
    }

    /// Whether the sequence may as well begin with a step that touches this; if that is one of its
    /// own, it is gone then.
    pub(super) fn take_first(&mut self, task: TaskId, accesses: Option<&[Access]>) -> bool {
        let place = self.place(task, accesses);
        if let Some(Some(place)) = place {
            self.steps.remove(place);
        }
        place.is_some()
    }

    /// Whether the sequence may as well begin with a step that touches this.
    pub(super) fn can_begin(&self, task: TaskId, accesses: Option<&[Access]>) -> bool {
        self.place(task, accesses).is_some()
    }

    /// Whether nothing depends on a step that touches this, until its task goes; and where it does.
    fn place(&self, task: TaskId, accesses: Option<&[Access]>) -> Option<Option<usize>> {
        for place in self.next..self.steps.len() {
            let step = self.steps[place];
            if self.view.steps.get(step).task == task {
                let first = accesses.is_some() || self.is_first(place);
                return first.then_some(Some(place));
            }
            if accesses.is_some_and(|accesses| self.depends(step, accesses)) {
                return None;
            }
        }
        accesses.map(|_| None)
    }

    fn is_first(&self, place: usize) -> bool {
        let step = self.steps[place];
        let mut before = self.steps[self.next..place].iter();
        !before.any(|&other| self.view.precedes(other, step))
    }

    fn depends(&self, step: u32, accesses: &[Access]) -> bool {
        let own = self.view.accesses(step);
        any_depend(own, accesses)
            || (step == self.last && own.iter().any(|&own| may_depend_instead(own, accesses)))
    }
}

/// Whether what may be touched instead depends on one of these.
fn may_depend_instead(own: Access, others: &[Access]) -> bool {
    may_touch_instead(own).is_some_and(|all| any_depend(&all, others))
}
