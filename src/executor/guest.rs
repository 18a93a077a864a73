//! A guest: a runtime that is not ours, which an execution drives as one task. A dependency that
//! was not compiled with the line of the mirror spawns its tasks there, and sets its timers.
//!
//! Not here: what the guest is (`mirror::tokio::guest`), and who finds that one is needed
//! (`panics`). What goes on inside of it is opaque: the orders of its tasks are not explored.

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::Runtime;
use super::core::Core;
use super::fairness::Turns;
use super::operation::mark_daemon;

use super::task::{GroupChoice, Spawn, TaskState};
use crate::trace::{Effect, Operation, TaskId};

/// A runtime that is not ours.
pub(crate) trait Guest {
    /// Calls `action` where the guest is found by who looks for it.
    fn enter(&self, action: &mut dyn FnMut());
    /// How much time has passed on its clock.
    fn now(&self) -> Duration;
    /// Whether something was spawned on it or woken since it ran last.
    fn has_work(&self) -> bool;
    /// Moves its clock there, if it is not that far, and lets its tasks run. Whether time passed
    /// because of [`Share::Timer`], and not until its end.
    fn run(&self, now: Duration, share: Share) -> bool;
}

/// How far a guest may run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Share {
    /// Every task that is ready goes once.
    Turn,
    /// Until none is ready.
    Rest,
    /// It parks once: until its earliest timer has fired at the latest, unless that is later than
    /// this.
    Timer(Option<Duration>),
}

/// What makes a guest for each execution, and where it was found that one is needed.
#[derive(Clone)]
pub(crate) struct Invitation {
    pub(crate) make: fn() -> Rc<dyn Guest>,
    pub(crate) site: String,
}

/// The task that drives the guest of an execution.
pub(super) struct Drives {
    pub(super) task: TaskId,
    /// What it does when it runs next.
    share: Share,
    /// None of the guest's tasks can run.
    rests: bool,
    /// Nor does it have a timer that is earlier than ours.
    waits_for_us: bool,
}

impl Runtime {
    /// Calls `action`, which runs one execution, with a guest if the check needs one.
    pub(super) fn with_guest(&self, action: &mut dyn FnMut()) {
        let Some(invitation) = &self.settings.guest else {
            return action();
        };
        let guest = (invitation.make)();
        *self.guest.borrow_mut() = Some(Rc::clone(&guest));
        guest.enter(action);
        self.guest.take();
    }

    /// How much time has passed on the guest's clock, if there is a guest.
    pub(crate) fn guest_now(&self) -> Option<Duration> {
        self.guest.borrow().as_ref().map(|guest| guest.now())
    }

    /// Spawns the task that drives the guest, if there is one. Called by the body, in its first
    /// poll.
    pub(super) fn spawn_guest(self: &Rc<Self>) {
        if self.guest.borrow().is_none() {
            return;
        }
        let runtime = Rc::downgrade(self);
        let drive = poll_fn(move |_| {
            if let Some(runtime) = runtime.upgrade() {
                runtime.drive_guest();
            }
            Poll::Pending
        });
        let site = self.settings.site;
        let named = self.name_task(site, GroupChoice::Alone);
        let task = named.task;
        self.spawn(Spawn {
            named,
            future: Box::pin(drive),
            join: Arc::clone(&self.unjoined),
            name: Some(Arc::from("real tokio")),
            site,
            type_name: "",
        });
        mark_daemon(task);
        let mut core = self.core();
        // It has nothing to do yet.
        core.task_mut(task).state = TaskState::Parked;
        core.guest = Some(Drives {
            task,
            share: Share::Turn,
            rests: false,
            waits_for_us: false,
        });
    }

    /// Wakes the guest's task if there is work for it.
    pub(super) fn look_after_guest(&self, core: &mut Core) {
        let Some(drives) = &core.guest else {
            return;
        };
        let task = drives.task;
        let guest = self.guest.borrow();
        let Some(guest) = guest.as_ref() else {
            return;
        };
        if guest.has_work() || guest.now() < core.clock.now {
            core.wake(task);
        }
    }

    /// One step of the guest's task.
    fn drive_guest(&self) {
        let guest = self.guest.borrow().clone();
        let Some(guest) = guest else {
            return;
        };
        let (share, now) = {
            let mut core = self.core();
            let now = core.clock.now;
            let Some(drives) = &mut core.guest else {
                return;
            };
            let (task, share) = (drives.task, drives.share);
            drives.share = Share::Turn;
            // Its tasks have tokio's own budgets.
            core.task_mut(task).budget = None;
            core.task_mut(task).acted = true;
            core.record(
                task,
                Operation::DriveReal,
                None,
                self.settings.site,
                Effect::Done,
            );
            (share, now)
        };
        let passed = guest.run(now, share);
        self.core().guest_ran(share, passed.then(|| guest.now()));
    }
}

impl Core {
    /// Whether a task drives the guest: nothing is switched in the middle of that, because what
    /// the guest keeps in the thread would be in effect for the others.
    pub(super) fn drives_guest(&self, task: TaskId) -> bool {
        self.guest
            .as_ref()
            .is_some_and(|drives| drives.task == task)
    }

    /// No task of ours can get anywhere: whether the guest's gets a turn first. It runs until its
    /// own tasks rest, and then until its earliest timer fires, if that is before ours.
    pub(super) fn guest_goes_first(&mut self) -> bool {
        let earliest = self.clock.earliest();
        let Some(drives) = &mut self.guest else {
            return false;
        };
        drives.share = match drives {
            Drives { rests: false, .. } => Share::Rest,
            Drives {
                waits_for_us: false,
                ..
            } => Share::Timer(earliest),
            _ => return false,
        };
        // Nobody woke it. And however often it found nothing to do, it does not spin.
        let id = drives.task;
        let task = self.task_mut(id);
        task.state = TaskState::Ready;
        task.fairness = Turns::default();
        self.list_ready(id);
        true
    }

    /// Somebody goes next: if it is a task of ours, what was known of the guest's timers is not any
    /// more.
    pub(super) fn goes_next(&mut self, options: &[TaskId]) {
        if let Some(drives) = &mut self.guest
            && *options != [drives.task]
        {
            drives.waits_for_us = false;
        }
    }

    /// The guest ran; if it parked, and time passed on its clock, it is so late now.
    fn guest_ran(&mut self, share: Share, passed_to: Option<Duration>) {
        if let Some(now) = passed_to {
            self.clock.now = self.clock.now.max(now);
            self.count_fired(1);
        }
        if let Some(drives) = &mut self.guest {
            let task = drives.task;
            drives.rests = share == Share::Rest;
            match share {
                // A timer of its own may have fired at that very moment.
                Share::Timer(_) => drives.waits_for_us = passed_to.is_none(),
                Share::Turn => drives.waits_for_us = false,
                Share::Rest => {}
            }
            if passed_to.is_some() || share == Share::Turn {
                self.made_progress(task);
            }
        }
    }
}
