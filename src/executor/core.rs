//! The state of one execution, and the transitions that need no stack.

use std::time::Duration;

use super::allow::means;
use super::chooser::Picks;
use super::clock::Clock;
use super::intern::Intern;
use super::lists::List;
use super::object::Object;
use super::runtime::Settings;
use super::task::{COOP_BUDGET, Looking, Named, Spawn, Task, TaskState};
use super::threads::Kept;
use crate::trace::{
    Effect, Ending, ExecutionId, ObjectId, ObjectInfo, Operation, PanicNote, Release, Site, TaskId,
    TaskInfo, Trace, Wake,
};

/// Tasks that share a thread: while one is inside a poll, no other runs.
#[derive(Default)]
pub(super) struct Group {
    pub(super) inside_poll: Option<TaskId>,
    /// Who lets that task go on in the middle of its own poll, until that task has ended.
    pub(super) lent_by: Option<TaskId>,
    pub(super) kept: Kept,
}

/// The state of one execution; its buffers are kept from one execution to the next.
pub(super) struct Core {
    pub(super) execution: ExecutionId,
    /// By name; [`TaskState::Absent`] where the name belongs to another execution.
    pub(super) tasks: Vec<Task>,
    /// The tasks of this execution in the order in which they were spawned.
    pub(super) spawned: Vec<TaskId>,
    /// Those of them that can run, and others that could.
    pub(super) ready: List,
    /// Those of them that are blocked, and others that were.
    pub(super) blocked: List,
    /// So many tasks, from the first, have ended or need not.
    pub(super) ended: usize,
    groups: Vec<Group>,
    objects: Vec<Object>,
    pub(super) task_names: Intern,
    object_names: Intern,
    /// Names of objects that are created outside executions, by their site.
    adopted_names: Vec<(Site, ObjectId)>,
    pub(super) clock: Clock,
    pub(super) trace: Trace,
    /// Who went when in the execution before, if that matters.
    pub(super) picks: Option<Picks>,
    /// The task that has control.
    pub(super) running: Option<TaskId>,
    /// Set when something ends the execution at once.
    pub(super) ending: Option<Ending>,
    pub(super) body_done: bool,
    pub(super) body_done_at: Duration,
    /// Set once nobody is left who has to end: those that may live on go on until they wait.
    pub(super) epilogue: Option<super::quiescence::Epilogue>,
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
    /// Where a dependency looked for a runtime of tokio's and found none, in any execution so far.
    pub(super) misses_guest: Option<String>,
    /// The task that drives the guest, if there is one.
    pub(super) guest: Option<super::guest::Drives>,
    pub(super) teardown: Option<super::teardown::Teardown>,
    /// What was dropped in teardown, if that is asked for.
    pub(super) releases: Vec<Release>,
    /// The channels whose receivers are being dropped, the innermost last.
    pub(super) emptied: Vec<ObjectId>,
    /// How tasks came to wait, if that is asked for.
    pub(super) backtraces: Vec<super::chain::Taken>,
    /// Whether any task runs in a scope.
    pub(super) has_scopes: bool,
    /// Whether any future is polled with a waker of its own.
    pub(super) has_apart: bool,
    pub(super) waits_created: u64,
    pub(super) leaves: u32,
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
            ready: List::default(),
            blocked: List::default(),
            ended: 0,
            groups: Vec::new(),
            objects: Vec::new(),
            task_names: Intern::new(1),
            object_names: Intern::default(),
            adopted_names: Vec::new(),
            clock: Clock::default(),
            trace: Trace::default(),
            picks: None,
            running: None,
            ending: None,
            body_done: false,
            body_done_at: Duration::ZERO,
            epilogue: None,
            late_timers: 0,
            timers_fired: 0,
            panics: Vec::new(),
            suspended_at_panic: Vec::new(),
            last_panic: None,
            misses_guest: None,
            guest: None,
            teardown: None,
            releases: Vec::new(),
            emptied: Vec::new(),
            backtraces: Vec::new(),
            has_scopes: false,
            has_apart: false,
            waits_created: 0,
            leaves: 0,
            turn: 0,
            progress: 0,
            idle_turns: 0,
        }
    }

    /// Becomes as good as new, but for its buffers.
    pub(super) fn forget_all(&mut self) {
        self.tasks.iter_mut().for_each(Task::forget);
        self.groups.drain(..).for_each(|group| group.kept.forget());
        let old = std::mem::replace(self, Core::new());
        let (mut spawned, mut objects, mut trace) = (old.spawned, old.objects, old.trace);
        let (mut ready, mut blocked) = (old.ready, old.blocked);
        spawned.clear();
        objects.clear();
        trace.clear();
        trace.objects.clear();
        ready.clear();
        blocked.clear();
        *self = Core {
            tasks: old.tasks,
            groups: old.groups,
            spawned,
            objects,
            trace,
            ready,
            blocked,
            ..Core::new()
        };
    }

    pub(super) fn reset(&mut self, execution: ExecutionId, settings: &Settings) {
        self.execution = execution;
        for task in self.spawned.drain(..) {
            self.tasks[task.index()].state = TaskState::Absent;
        }
        self.ready.clear();
        self.blocked.clear();
        self.ended = 0;
        self.groups.drain(..).for_each(|group| group.kept.forget());
        self.objects
            .iter_mut()
            .for_each(|object| *object = Object::default());
        self.clock.reset(settings.early_timers);
        self.trace.clear();
        self.picks = None;
        self.running = None;
        self.ending = None;
        self.body_done = false;
        self.body_done_at = Duration::ZERO;
        self.epilogue = None;
        self.late_timers = 0;
        self.timers_fired = 0;
        self.panics.clear();
        self.last_panic = None;
        self.guest = None;
        self.teardown = None;
        self.releases.clear();
        self.emptied.clear();
        self.backtraces.clear();
        self.has_scopes = false;
        self.has_apart = false;
        self.waits_created = 0;
        self.leaves = 0;
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

    /// Adds a task that waits for its first poll.
    pub(super) fn spawn(&mut self, spawn: Spawn, settings: &Settings) {
        let Named {
            task: id,
            object,
            group,
            is_thread,
        } = spawn.named;
        let info = TaskInfo {
            id,
            name: spawn.name,
            spawned_at: spawn.site,
            future: spawn.type_name,
            group,
        };
        let daemon = settings.allow.iter().any(|allowed| means(allowed, &info));
        if self.tasks.len() <= id.index() {
            self.tasks.resize_with(id.index() + 1, Task::absent);
        }
        let task = &mut self.tasks[id.index()];
        task.begin(spawn.future, spawn.join, group);
        task.daemon = daemon;
        task.is_thread = is_thread;
        let body_may_block = id == TaskId::BODY && !settings.runtime.strict;
        task.may_block = is_thread || body_may_block;
        task.object = object;
        task.place = self.spawned.len() as u32;
        self.spawned.push(id);
        self.list_ready(id);
        // What drop code spawns in teardown is no part of what happened.
        if self.is_tearing_down() {
            return;
        }
        let shares = || self.trace.tasks.iter().any(|other| other.group == group);
        self.trace.shares_threads = self.trace.shares_threads || shares();
        self.trace.add_task(info);
        if let Some(spawner) = self.running {
            // The new task can go before whatever its spawner does next.
            self.task_mut(spawner).acted = true;
            self.record(
                spawner,
                Operation::Spawn,
                Some(object),
                spawn.site,
                Effect::Done,
            );
            self.made_progress(spawner);
        }
    }

    pub(super) fn add_group(&mut self) -> usize {
        self.groups.push(Group::default());
        self.groups.len() - 1
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

    /// Whether a task of a group may run: no other one is in the middle of a poll.
    #[inline]
    pub(super) fn may_enter(&self, group: usize, id: TaskId) -> bool {
        // Alone on its thread, it is itself the one that is inside.
        if !self.trace.shares_threads {
            return true;
        }
        let inside = self.groups[group].inside_poll;
        inside.is_none_or(|inside| inside == id)
    }

    /// Makes a parked task ready, or remembers that it was woken. Whether it became ready.
    #[inline]
    pub(super) fn wake(&mut self, id: TaskId) -> bool {
        self.note_wake(id);
        self.note_unexplained(id);
        let last_event = self
            .trace
            .events
            .len()
            .checked_sub(1)
            .map(|last| last as u32);
        let Some(task) = self.tasks.get_mut(id.index()) else {
            return false;
        };
        match task.state {
            _ if task.is_parked() => {
                task.state = match task.state {
                    TaskState::Parked => TaskState::Ready,
                    _ => TaskState::Suspended,
                };
                task.woken_by = last_event;
                self.list_ready(id);
                true
            }
            TaskState::Polling | TaskState::Suspended | TaskState::Blocked => {
                task.notified = true;
                false
            }
            TaskState::Ready => {
                let event = last_event.filter(|_| self.teardown.is_none());
                let wake = event.map(|event| Wake { event, task: id });
                self.trace.rewakes.extend(wake);
                false
            }
            TaskState::Parked | TaskState::Absent | TaskState::Done => false,
        }
    }

    #[inline]
    pub(super) fn begin_poll(&mut self, id: TaskId) {
        self.task_mut(id).starts_poll = true;
        self.task_mut(id).yielded = false;
        self.task_mut(id).looking = Looking::Not;
        self.task_mut(id).among = false;
        self.group_of(id).inside_poll = Some(id);
        let task = self.task_mut(id);
        task.state = TaskState::Polling;
        task.notified = false;
        task.acted = false;
        task.budget = (!task.is_thread).then_some(COOP_BUDGET);
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
        let first = self
            .adopted_names
            .iter()
            .find(|(site, _)| *site == info.created_at);
        let namesake = first.map(|&(_, first)| first);
        self.enter_object(id, ObjectInfo { namesake, ..info })
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
}
