//! The state of one execution, and the transitions that need no stack.

use std::sync::Arc;
use std::time::Duration;

use super::clock::{Clock, TimerId};
use super::intern::Intern;
use super::object::Object;
use super::runtime::Settings;
use super::task::{COOP_BUDGET, GroupChoice, Spawn, Task, TaskState, Wait, WaitId};
use super::waker::MAX_TASKS;
use crate::config::Flavor;
use crate::trace::{
    Effect, Ending, Event, ExecutionId, ObjectId, ObjectInfo, Operation, PanicNote, Site, TaskId,
    TaskInfo, Trace,
};

/// Tasks that share a thread: while one is inside a poll, no other runs.
#[derive(Default, Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) inside_poll: Option<TaskId>,
}

/// The state of one execution; its buffers are kept from one execution to the next.
pub(super) struct Core {
    pub(super) execution: ExecutionId,
    /// By name; [`TaskState::Absent`] where the name belongs to another execution.
    tasks: Vec<Task>,
    /// The tasks of this execution in the order in which they were spawned.
    pub(super) spawned: Vec<TaskId>,
    groups: Vec<Group>,
    objects: Vec<Object>,
    task_names: Intern,
    object_names: Intern,
    /// Names of objects that are created outside executions, by their site.
    adopted_names: Vec<(Site, ObjectId)>,
    pub(super) clock: Clock,
    pub(super) trace: Trace,
    /// The task that has control.
    pub(super) running: Option<TaskId>,
    /// Set when something ends the execution at once.
    pub(super) ending: Option<Ending>,
    pub(super) body_done: bool,
    pub(super) body_done_at: Duration,
    /// Timers that fired since the body ended.
    pub(super) late_timers: u32,
    /// Timers that fired at quiescence.
    pub(super) timers_fired: u32,
    /// Tasks that panicked; the first that nobody looks at fails the test.
    pub(super) panics: Vec<PanicNote>,
    /// Where tasks stood in the middle of a poll when a task panicked, in any execution so far.
    pub(super) suspended_at_panic: Vec<Site>,
    /// The panic that the hook saw last.
    pub(super) last_panic: Option<super::panics::Seen>,
    pub(super) teardown: Option<super::teardown::Teardown>,
    waits_created: u64,
    // For `fairness`.
    pub(super) turn: u64,
    pub(super) progress: u64,
    pub(super) idle_turns: u32,
}

impl Core {
    pub(super) fn new() -> Core {
        Core {
            execution: ExecutionId(0),
            tasks: Vec::new(),
            spawned: Vec::new(),
            groups: Vec::new(),
            objects: Vec::new(),
            task_names: Intern::new(1),
            object_names: Intern::default(),
            adopted_names: Vec::new(),
            clock: Clock::default(),
            trace: Trace::default(),
            running: None,
            ending: None,
            body_done: false,
            body_done_at: Duration::ZERO,
            late_timers: 0,
            timers_fired: 0,
            panics: Vec::new(),
            suspended_at_panic: Vec::new(),
            last_panic: None,
            teardown: None,
            waits_created: 0,
            turn: 0,
            progress: 0,
            idle_turns: 0,
        }
    }

    pub(super) fn reset(&mut self, execution: ExecutionId, settings: &Settings) {
        self.execution = execution;
        for task in self.spawned.drain(..) {
            self.tasks[task.index()].state = TaskState::Absent;
        }
        self.groups.clear();
        self.objects
            .iter_mut()
            .for_each(|object| *object = Object::default());
        self.clock.reset(settings.early_timers);
        self.trace.clear();
        self.running = None;
        self.ending = None;
        self.body_done = false;
        self.body_done_at = Duration::ZERO;
        self.late_timers = 0;
        self.timers_fired = 0;
        self.panics.clear();
        self.last_panic = None;
        self.teardown = None;
        self.waits_created = 0;
        self.turn = 0;
        self.progress = 1;
        self.idle_turns = 0;
    }

    // Tasks.

    pub(super) fn task(&self, id: TaskId) -> &Task {
        &self.tasks[id.index()]
    }

    pub(super) fn task_mut(&mut self, id: TaskId) -> &mut Task {
        &mut self.tasks[id.index()]
    }

    pub(super) fn is_tearing_down(&self) -> bool {
        self.teardown.is_some()
    }

    /// Adds a task that waits for its first poll, and names the object of its completion.
    pub(super) fn spawn(&mut self, spawn: Spawn, settings: &Settings) -> (TaskId, ObjectId) {
        let (id, group) = match self.running {
            None if self.spawned.is_empty() => (TaskId::BODY, self.add_group()),
            spawner => (
                self.name_task(spawner),
                self.choose_group(spawner, spawn.group, settings),
            ),
        };
        let info = ObjectInfo {
            kind: crate::trace::ObjectKind::Task,
            created_at: spawn.site,
        };
        let object = self.create_object(info);
        let info = TaskInfo {
            id,
            name: spawn.name,
            spawned_at: spawn.site,
            future: spawn.type_name,
        };
        let daemon = settings.allow.iter().any(|allowed| allows(allowed, &info));
        if self.tasks.len() <= id.index() {
            self.tasks.resize_with(id.index() + 1, Task::absent);
        }
        let task = &mut self.tasks[id.index()];
        task.begin(spawn.future, spawn.join, group);
        task.daemon = daemon;
        task.object = object;
        self.trace.tasks.push(info);
        self.spawned.push(id);
        if let Some(spawner) = self.running {
            self.record(
                spawner,
                Operation::Spawn,
                Some(object),
                spawn.site,
                Effect::Done,
            );
        }
        (id, object)
    }

    fn name_task(&mut self, spawner: Option<TaskId>) -> TaskId {
        let spawner = spawner.unwrap_or(TaskId::BODY);
        let nth = self.task(spawner).tasks_created;
        self.task_mut(spawner).tasks_created += 1;
        let name = self.task_names.name(spawner.index(), nth);
        assert!(
            name < MAX_TASKS,
            "a check can name at most {MAX_TASKS} tasks"
        );
        TaskId(name)
    }

    fn add_group(&mut self) -> usize {
        self.groups.push(Group::default());
        self.groups.len() - 1
    }

    fn choose_group(
        &mut self,
        spawner: Option<TaskId>,
        choice: GroupChoice,
        settings: &Settings,
    ) -> usize {
        match (choice, settings.flavor) {
            (GroupChoice::Flavor, Flavor::CurrentThread) => 0,
            (GroupChoice::Flavor, Flavor::MultiThread) | (GroupChoice::Own, _) => self.add_group(),
            (GroupChoice::Spawner, _) => self.task(spawner.unwrap_or(TaskId::BODY)).group,
        }
    }

    pub(super) fn group_of(&mut self, task: TaskId) -> &mut Group {
        let group = self.task(task).group;
        &mut self.groups[group]
    }

    /// The other tasks of a task's group.
    #[cfg(feature = "loom")]
    pub(super) fn group_members(&self, task: TaskId) -> impl Iterator<Item = TaskId> + '_ {
        let group = self.task(task).group;
        self.spawned
            .iter()
            .copied()
            .filter(move |&id| id != task && self.task(id).group == group)
    }

    /// Whether a task shares its thread with others.
    #[cfg(feature = "loom")]
    pub(super) fn shares_group(&self, task: TaskId) -> bool {
        self.group_members(task).next().is_some()
    }

    /// Whether every task that is alive shares the thread of `task`: none can run before its poll
    /// is over.
    #[cfg(feature = "loom")]
    pub(super) fn owns_everything(&self, task: TaskId) -> bool {
        let group = self.task(task).group;
        self.shares_group(task)
            && self
                .spawned
                .iter()
                .all(|&id| !self.task(id).is_alive() || self.task(id).group == group)
    }

    /// The tasks that can run now, in the order in which they were spawned.
    pub(super) fn runnable(&self) -> impl Iterator<Item = TaskId> + '_ {
        self.spawned.iter().copied().filter(|&id| {
            let task = self.task(id);
            task.can_run()
                && self.groups[task.group]
                    .inside_poll
                    .is_none_or(|inside| inside == id)
        })
    }

    /// Whether something else than `task` could go next.
    pub(super) fn others_can_run(&self, task: TaskId) -> bool {
        self.runnable().any(|other| other != task) || self.clock.may_fire_early()
    }

    /// Makes a parked task ready, or remembers that it was woken. Whether it became ready.
    pub(super) fn wake(&mut self, id: TaskId) -> bool {
        let Some(task) = self.tasks.get_mut(id.index()) else {
            return false;
        };
        match task.state {
            TaskState::Parked => {
                task.state = TaskState::Ready;
                true
            }
            TaskState::Polling | TaskState::Suspended | TaskState::Blocked => {
                task.notified = true;
                false
            }
            TaskState::Ready | TaskState::Absent | TaskState::Done => false,
        }
    }

    pub(super) fn begin_poll(&mut self, id: TaskId) {
        self.group_of(id).inside_poll = Some(id);
        let task = self.task_mut(id);
        task.state = TaskState::Polling;
        task.notified = false;
        task.acted = false;
        task.budget = COOP_BUDGET;
        task.polls += 1;
    }

    // Objects.

    /// Names an object created by the running task.
    pub(super) fn create_object(&mut self, info: ObjectInfo) -> ObjectId {
        let Some(task) = self.running else {
            return self.adopt_object(info);
        };
        let nth = self.task(task).objects_created;
        self.task_mut(task).objects_created += 1;
        let id = self.object_names.name(task.index(), nth);
        self.enter_object(ObjectId(id), info)
    }

    /// Names an object that was created where no execution could see it.
    pub(super) fn adopt_object(&mut self, info: ObjectInfo) -> ObjectId {
        let known = self
            .adopted_names
            .iter()
            .find(|&&(site, id)| site == info.created_at && self.trace.object(id).is_none());
        let id = match known {
            Some(&(_, id)) => id,
            None => {
                let id = ObjectId(self.object_names.fresh());
                self.adopted_names.push((info.created_at, id));
                id
            }
        };
        self.enter_object(id, info)
    }

    fn enter_object(&mut self, id: ObjectId, info: ObjectInfo) -> ObjectId {
        if self.objects.len() <= id.index() {
            self.objects.resize_with(id.index() + 1, Object::default);
            self.trace.objects.resize(id.index() + 1, None);
        }
        self.trace.objects[id.index()] = Some(info);
        id
    }

    pub(super) fn object_mut(&mut self, id: ObjectId) -> &mut Object {
        &mut self.objects[id.index()]
    }

    pub(super) fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.index()]
    }

    /// Lets the tasks that are blocked on an object try again.
    pub(super) fn unblock(&mut self, object: ObjectId) -> impl Iterator<Item = TaskId> + use<> {
        let mut woken = Vec::new();
        for &id in &self.spawned {
            let task = &mut self.tasks[id.index()];
            if task.state == TaskState::Blocked
                && task.blocked.is_some_and(|(_, on, _)| on == object)
            {
                task.state = TaskState::Suspended;
                woken.push(id);
            }
        }
        woken.into_iter()
    }

    // The record.

    pub(super) fn record(
        &mut self,
        task: TaskId,
        operation: Operation,
        object: Option<ObjectId>,
        site: Site,
        effect: Effect,
    ) {
        let depth = self.task(task).nesting;
        self.trace.events.push(Event {
            task,
            operation,
            object,
            site,
            effect,
            depth,
        });
    }

    /// Judges what an operation came to, for fairness.
    pub(super) fn judge(&mut self, task: TaskId, effect: Effect) {
        match effect {
            Effect::Done => self.made_progress(task),
            Effect::Idle => self.was_idle(task),
            Effect::Pending => {}
        }
    }

    // Waits.

    pub(super) fn add_wait(
        &mut self,
        task: TaskId,
        operation: Operation,
        object: ObjectId,
        site: Site,
        timer: Option<TimerId>,
    ) -> WaitId {
        let id = WaitId(self.waits_created);
        self.waits_created += 1;
        self.task_mut(task).waits.push(Wait {
            id,
            operation,
            object,
            site,
            timer,
            by_hand: None,
        });
        id
    }

    /// The wait that a task began last is by hand.
    pub(super) fn wait_by_hand(&mut self, task: TaskId) {
        let task = self.task_mut(task);
        let poll = task.polls;
        if let Some(wait) = task.waits.last_mut() {
            wait.by_hand = Some(poll);
        }
    }

    /// Forgets a wait, whichever task it belongs to.
    pub(super) fn remove_wait(&mut self, task: TaskId, id: WaitId) {
        self.task_mut(task).waits.retain(|wait| wait.id != id);
    }

    /// A poll of `task` returned `Pending`: which of its timers are raced is known now.
    pub(super) fn parked(&mut self, task: TaskId) {
        let parked = self.task(task);
        let waits = parked.waits.iter().filter(|wait| parked.is_current(wait));
        let raced = waits.count() > 1;
        for index in 0..self.tasks[task.index()].waits.len() {
            if let Some(timer) = self.tasks[task.index()].waits[index].timer {
                self.clock.set_raced(timer, raced);
            }
        }
    }
}

/// Whether an `allow` entry means this task: its name, the file it was spawned in (or the end of
/// its path), or the function its future was written in (or the end of its path).
fn allows(allowed: &str, task: &TaskInfo) -> bool {
    let function = task.future.trim_end_matches("::{{closure}}");
    task.name.as_deref() == Some(allowed)
        || ends_with(task.spawned_at.file(), allowed, "/")
        || ends_with(function, allowed, "::")
}

fn ends_with(path: &str, end: &str, separator: &str) -> bool {
    path.strip_suffix(end)
        .is_some_and(|before| before.is_empty() || before.ends_with(separator))
}

/// A task's name as an `Arc`, for [`Spawn`].
pub(crate) fn task_name(name: &str) -> Arc<str> {
    Arc::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allow_entry_matches_whole_path_segments_only() {
        assert!(ends_with("src/metrics.rs", "metrics.rs", "/"));
        assert!(ends_with("src/metrics.rs", "src/metrics.rs", "/"));
        assert!(!ends_with("src/my_metrics.rs", "metrics.rs", "/"));
        assert!(ends_with("app::metrics::run", "metrics::run", "::"));
        assert!(!ends_with("app::metrics::rerun", "run", "::"));
    }
}
