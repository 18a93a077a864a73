//! What happens when no task can get anywhere: a guest goes on, a timer fires, or the execution is
//! over.

use std::time::Duration;

use super::Runtime;
use super::clock::Timer;
use super::core::Core;
use super::fairness::LOOP_TURNS;
use super::task::{TaskState, Wait};
use crate::trace::{Ending, ObjectId, Operation, Site, Stuck, StuckState, TaskId, Waiting};

/// Timers that may fire after the body has ended before what they wake counts as a loop.
const LATE_TIMERS: u32 = 1_000;
/// Virtual time that may pass after the body has ended before what goes on counts as a loop.
const LATE_TIME: Duration = Duration::from_secs(24 * 60 * 60);
/// Timers that may fire in one execution before it counts as a loop, the body's own included.
const ALL_TIMERS: u32 = 100_000;
/// Operations of one execution after which it counts as a loop.
const ALL_EVENTS: usize = 100_000;
/// Operations of tasks that may live on, once all others have ended.
const EPILOGUE_EVENTS: usize = 200;
/// Repeated operations that are named of a task that loops.
const REPEATED: usize = 3;

/// What there was when the last task ended that had to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Epilogue {
    events: usize,
    panics: usize,
}

/// What quiescence, or the lack of it, leads to.
pub(super) enum Quiet {
    /// A task can run.
    Run,
    /// A timer fired, or a guest goes on: somebody may be able to run now.
    Again,
    /// Nothing more can happen, or nothing more needs to.
    Over(Ending),
}

impl Runtime {
    /// Fills `options` with the tasks that may run, or does what there is to do when none can.
    pub(super) fn settle(&self, options: &mut Vec<TaskId>) -> Quiet {
        if self.monitor.is_retired() {
            return Quiet::Over(Ending::Cut);
        }
        let mut core = self.core();
        if core.ending.is_some() {
            let ending = core.ending.take();
            if let Some(ending) = ending.filter(|_| core.epilogue.is_none()) {
                return Quiet::Over(ending);
            }
        }
        if core.epilogue.is_some() || (core.body_done && core.everyone_ended()) {
            self.look_after_guest(&mut core);
            if core.goes_on_after_all(options) {
                core.goes_next(options);
                return Quiet::Run;
            }
            drop(core);
            return Quiet::Over(self.conclude_clean());
        }
        if core.trace.events.len() > ALL_EVENTS {
            return Quiet::Over(core.unobserved_panic().unwrap_or_else(|| core.looping()));
        }
        self.look_after_guest(&mut core);
        let all_spin = core.fill_options(options);
        if options.is_empty() || (all_spin && core.clock.held == 0) {
            if core.guest_goes_first() {
                return Quiet::Again;
            }
            if !core.clock.is_empty() {
                core.trace.has_spun |= !options.is_empty();
                let fired = core.fire_next();
                drop(core);
                return match fired {
                    Ok(due) => {
                        due.into_iter().for_each(Timer::wake);
                        Quiet::Again
                    }
                    Err(ending) => Quiet::Over(ending),
                };
            }
            if options.is_empty() {
                drop(core);
                return Quiet::Over(self.conclude_stuck());
            }
            if core.idle_turns > LOOP_TURNS {
                return Quiet::Over(core.unobserved_panic().unwrap_or_else(|| core.looping()));
            }
        }
        core.goes_next(options);
        Quiet::Run
    }

    fn conclude_clean(&self) -> Ending {
        if let Some(foreign) = self.inbox.collect(Duration::ZERO) {
            return real_thread(foreign.site);
        }
        self.core().unobserved_panic().unwrap_or(Ending::Clean)
    }

    fn conclude_stuck(&self) -> Ending {
        if let Some(foreign) = self.inbox.collect(self.settings.grace) {
            return real_thread(foreign.site);
        }
        let core = self.core();
        core.unobserved_panic().unwrap_or_else(|| core.stuck())
    }

    /// Fires one raced timer although tasks can run.
    pub(super) fn fire_early(&self) {
        let timer = {
            let mut core = self.core();
            let timer = core.clock.fire_early();
            if let Some(timer) = &timer {
                core.record_clock(Operation::FireEarly, timer.object, timer.site, false);
            }
            timer
        };
        timer.into_iter().for_each(Timer::wake);
    }
}

fn real_thread(site: Option<Site>) -> Ending {
    Ending::Unsupported {
        what: "a real thread takes part: a task was woken, or something of the test used, from another OS thread".to_owned(),
        site: site.map(|site| site.to_string()),
    }
}

impl Core {
    /// Whether the execution may be over although a task runs on and nobody else can go: it is
    /// time to look.
    #[inline]
    pub(super) fn is_overdue(&self) -> bool {
        self.ending.is_some()
            || self.idle_turns > LOOP_TURNS
            || self.trace.events.len() > ALL_EVENTS
    }

    /// Who goes next as in the execution before, if all was as it was then up to here, and if it is
    /// this task, where that is asked. Nobody else need be looked at.
    #[inline]
    pub(super) fn next_as_before(&mut self, only: Option<TaskId>) -> Option<TaskId> {
        let pick = self.picks.as_ref()?.next()?;
        let is_same = pick.events == self.trace.events.len()
            && pick.choices == self.trace.schedule.choices.len()
            && only.is_none_or(|only| only == pick.task);
        if !is_same || !self.goes_on_plainly(pick.task) {
            return None;
        }
        self.picks.as_mut()?.repeat();
        self.trace.schedule.choices.extend(pick.choice);
        Some(pick.task)
    }

    /// Whether a task can go on, and nothing but tasks decides what happens next.
    #[inline]
    fn goes_on_plainly(&mut self, task: TaskId) -> bool {
        self.ending.is_none()
            && self.epilogue.is_none()
            && self.guest.is_none()
            && task != TaskId::CLOCK
            && self.task(task).can_run()
            && !(self.body_done && self.everyone_ended())
    }

    /// Whether nobody is left who has to end.
    #[inline]
    fn everyone_ended(&mut self) -> bool {
        while let Some(&id) = self.spawned.get(self.ended) {
            let task = self.task(id);
            if task.is_alive() && !task.daemon {
                return false;
            }
            self.ended += 1;
        }
        true
    }

    /// Everybody has ended who has to. A task that may live on could have gone before, and what it
    /// could have done then is seen by what it does now: so it goes on until it waits, or for so
    /// long. It has no more say in the verdict.
    fn goes_on_after_all(&mut self, options: &mut Vec<TaskId>) -> bool {
        let now = Epilogue {
            events: self.trace.events.len(),
            panics: self.panics.len(),
        };
        let began = *self.epilogue.get_or_insert(now);
        self.panics.truncate(began.panics);
        let is_long = now.events - began.events > EPILOGUE_EVENTS;
        let all_spin = self.fill_options(options);
        !all_spin && !is_long
    }

    fn unobserved_panic(&self) -> Option<Ending> {
        let unobserved = self.panics.iter().find(|note| {
            !self
                .task(note.task)
                .join
                .as_ref()
                .is_some_and(|join| join.observed())
        });
        unobserved.map(|note| Ending::Panicked(note.clone()))
    }

    /// Lets time pass until the earliest timer, and takes what is due then.
    fn fire_next(&mut self) -> Result<Vec<Timer>, Ending> {
        let mut due: Vec<Timer> = self.clock.fire_next().into_iter().collect();
        due.extend(std::iter::from_fn(|| self.clock.take_due()));
        self.count_fired(due.len() as u32);
        let late = self.clock.now.saturating_sub(self.body_done_at);
        let too_late = self.late_timers > LATE_TIMERS || (self.body_done && late > LATE_TIME);
        if too_late || self.timers_fired > ALL_TIMERS {
            return Err(self.unobserved_panic().unwrap_or_else(|| self.looping()));
        }
        for timer in &due {
            let early = timer.is_raced() && self.clock.early_left > 0;
            self.record_clock(Operation::Fire, timer.object, timer.site, !early);
        }
        Ok(due)
    }

    /// Timers fired because nothing else could happen.
    pub(super) fn count_fired(&mut self, timers: u32) {
        self.timers_fired += timers;
        self.late_timers += if self.body_done { timers } else { 0 };
    }

    fn stuck(&self) -> Ending {
        Ending::Stuck {
            body: !self.body_done,
            tasks: self.unfinished(),
        }
    }

    /// Tasks run without getting anywhere: theirs is the loop, unless all that are left of them
    /// may live on; then it is the parked ones that are stuck.
    fn looping(&self) -> Ending {
        let tasks = self.unfinished();
        if tasks.iter().any(|task| task.state == StuckState::Looping) {
            Ending::Looping(tasks)
        } else {
            Ending::Stuck {
                body: !self.body_done,
                tasks,
            }
        }
    }

    fn unfinished(&self) -> Vec<Stuck> {
        self.spawned
            .iter()
            .filter(|&&id| self.task(id).is_alive() && !self.task(id).daemon)
            .filter_map(|&id| self.describe(id))
            .collect()
    }

    fn describe(&self, id: TaskId) -> Option<Stuck> {
        let task = self.task(id);
        let info = self.trace.task(id)?;
        let on_time = task.waits.iter().any(|wait| wait.timer.is_some());
        let state = match task.state {
            TaskState::Blocked if !task.blocking.timed => StuckState::Blocked,
            TaskState::Parked if !on_time => StuckState::Parked,
            _ => StuckState::Looping,
        };
        let waits = match (state, task.blocked) {
            (StuckState::Blocked, Some((operation, object, site))) => {
                vec![self.waiting(operation, Some(object), site)]
            }
            (StuckState::Looping, _) => self.repeated(id),
            _ => {
                // What may have been given up comes last.
                let (current, rest): (Vec<&Wait>, Vec<&Wait>) =
                    task.waits.iter().partition(|wait| task.is_current(wait));
                let all = current.into_iter().chain(rest);
                all.map(|wait| self.waiting(wait.operation, Some(wait.object), wait.site))
                    .collect()
            }
        };
        Some(Stuck {
            task: id,
            name: info.name.clone(),
            spawned_at: info.spawned_at,
            future: info.future,
            state,
            waits,
        })
    }

    fn waiting(&self, operation: Operation, object: Option<ObjectId>, site: Site) -> Waiting {
        let info = object.and_then(|object| self.trace.object(object));
        Waiting {
            operation,
            object,
            kind: info.map(|info| info.kind),
            created_at: info.map(|info| info.created_at),
            awaited_at: site,
            held_by: object.and_then(|object| self.object(object).holder.clone()),
        }
    }

    /// The last few different operations of a task, the latest last.
    fn repeated(&self, id: TaskId) -> Vec<Waiting> {
        let mut last: Vec<Waiting> = Vec::new();
        let recent = self
            .trace
            .events
            .iter()
            .rev()
            .filter(|event| event.task == id)
            .take(32);
        for event in recent {
            let known = last
                .iter()
                .any(|one| one.operation == event.operation && one.awaited_at == event.site);
            if !known && last.len() < REPEATED {
                last.push(self.waiting(event.operation, event.object, event.site));
            }
        }
        last.reverse();
        last
    }
}
