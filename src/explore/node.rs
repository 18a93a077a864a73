//! The decisions on the path of the search: what can go, what went, and what is still to go.
//!
//! Not here: how the path grows (`search`).

use std::rc::Rc;

use super::reversal::{Reversal, Sequence};
use super::steps::starts_step;
use super::wakeup::{Tree, Trees};
use crate::trace::dependence::Access;
use crate::trace::{TaskId, Trace};

/// A step that was explored from here: until a dependent one wakes it, going on with it would only
/// repeat an order.
#[derive(Clone)]
pub(super) struct Asleep {
    pub(super) task: TaskId,
    /// Which of its ways it took, of so many, if each of them sleeps for itself.
    pub(super) way: Option<(u32, u32)>,
    pub(super) accesses: Rc<[Access]>,
}

impl Asleep {
    /// What it touches, as far as that is known.
    fn accesses(&self) -> Option<&[Access]> {
        (self.task != TaskId::CLOCK).then_some(&self.accesses)
    }
}

/// A point with more than one way to go on.
pub(super) enum Node {
    Tasks(Box<TaskNode>),
    Branch(BranchNode),
}

impl Node {
    pub(super) fn as_tasks(&self) -> Option<&TaskNode> {
        match self {
            Node::Tasks(node) => Some(node),
            Node::Branch(_) => None,
        }
    }

    pub(super) fn as_tasks_mut(&mut self) -> Option<&mut TaskNode> {
        match self {
            Node::Tasks(node) => Some(node),
            Node::Branch(_) => None,
        }
    }
}

/// A choice of a task's own.
pub(super) struct BranchNode {
    pub(super) task: TaskId,
    pub(super) alternatives: u32,
    /// The way to begin with; the others follow in their order.
    pub(super) first: u32,
    /// How many ways were tried, or left out, before the one that is taken.
    pub(super) tried: u32,
    /// How many choices the execution had before it.
    pub(super) ordinal: usize,
    /// Whether the step that was decided on last begins with it.
    pub(super) is_first: bool,
    /// Ways that need not be explored.
    pub(super) asleep: Vec<u32>,
}

impl BranchNode {
    /// The way after so many others.
    pub(super) fn way(&self, tried: u32) -> u32 {
        (self.first + tried) % self.alternatives
    }

    /// After how many ways comes one that is to be explored, of those from this one on.
    pub(super) fn first_awake(&self, from: u32) -> Option<u32> {
        (from..self.alternatives).find(|&tried| !self.asleep.contains(&self.way(tried)))
    }
}

pub(super) struct TaskNode {
    /// The event that comes next.
    pub(super) event: usize,
    pub(super) options: Vec<TaskId>,
    pub(super) chosen: TaskId,
    /// What the step that was chosen touched so far, over all choices of its own.
    pub(super) touched: Vec<Access>,
    /// What else is to be run from here.
    pub(super) rest: Tree,
    /// Steps that went first from here, or need not.
    pub(super) sleep: Vec<Asleep>,
    /// How many of them need not.
    pub(super) inherited: usize,
    /// Tasks that went first from here in all of their ways, each of which sleeps for itself.
    pub(super) split: Vec<TaskId>,
    /// Whether the step that was chosen has choices beside the one that it begins with.
    pub(super) is_mixed: bool,
}

impl TaskNode {
    pub(super) fn new() -> TaskNode {
        TaskNode {
            event: 0,
            options: Vec::new(),
            chosen: TaskId::BODY,
            touched: Vec::new(),
            rest: Tree::default(),
            sleep: Vec::new(),
            inherited: 0,
            split: Vec::new(),
            is_mixed: false,
        }
    }

    /// The task to go first after the one that does now, and what is to follow.
    pub(super) fn next(&mut self, trees: &mut Trees) -> Option<(TaskId, Tree)> {
        let TaskNode {
            options,
            sleep,
            rest,
            chosen,
            split,
            ..
        } = self;
        let next = trees.take(rest, |task| {
            let is_new = task != *chosen && !is_asleep(sleep, task) && !split.contains(&task);
            is_new && options.contains(&task)
        });
        if next.is_none() {
            trees.clear(rest);
        }
        next
    }

    /// Whether an event belongs to the step that was decided on.
    pub(super) fn is_first_step(&self, trace: &Trace, event: usize) -> bool {
        let events = &trace.events[self.event..=event];
        events.iter().all(|event| event.task == self.chosen)
            && events.iter().filter(|event| starts_step(event)).count() <= 1
    }

    /// Where the step that was decided on ends.
    pub(super) fn step_end(&self, trace: &Trace, whole: bool) -> usize {
        let own = trace.task(self.chosen).map(|task| task.group);
        let mut steps = 0;
        for (offset, event) in trace.events[self.event..].iter().enumerate() {
            steps += usize::from(starts_step(event));
            let next = if whole {
                offset > 0 && event.starts_poll
            } else {
                steps > 1
            };
            let other = event.task != self.chosen;
            let elsewhere = || trace.task(event.task).map(|task| task.group) != own;
            let inside = || trace.is_inside_poll_of(self.chosen, event.task, self.event + offset);
            if other && whole && (elsewhere() || inside()) {
                continue;
            }
            if other || next {
                return self.event + offset;
            }
        }
        trace.events.len()
    }

    /// The step that was chosen touched this.
    pub(super) fn touch(&mut self, accesses: &[Access]) {
        for &access in accesses {
            if !self.touched.contains(&access) {
                self.touched.push(access);
            }
        }
    }

    /// The step that went first from here was explored in some of its ways, of so many.
    pub(super) fn put_ways_to_sleep(&mut self, ways: impl Iterator<Item = u32>, of: u32) {
        let accesses: Rc<[Access]> = self.touched.drain(..).collect();
        for way in ways {
            let way = Some((way, of));
            let known = |asleep: &Asleep| asleep.task == self.chosen && asleep.way == way;
            if !self.sleep.iter().any(known) {
                self.sleep.push(Asleep {
                    task: self.chosen,
                    way,
                    accesses: Rc::clone(&accesses),
                });
            }
        }
        if !self.split.contains(&self.chosen) {
            self.split.push(self.chosen);
        }
    }

    /// The step that went first from here was explored.
    pub(super) fn put_to_sleep(&mut self) {
        let task = self.chosen;
        if self.split.contains(&task) {
            if !std::mem::take(&mut self.is_mixed) {
                self.touched.clear();
                return;
            }
            // Its ways cannot be told apart after all: they wake together.
            let own = |asleep: &&Asleep| asleep.task == task;
            for asleep in self.sleep.iter().filter(own) {
                self.touched.extend_from_slice(&asleep.accesses);
            }
            self.sleep.retain(|asleep| asleep.task != task);
        }
        self.is_mixed = false;
        self.sleep.push(Asleep {
            task,
            way: None,
            accesses: self.touched.drain(..).collect(),
        });
    }

    /// Notes what is to be run from here to reverse a race; `is_guided` says that so far all that was
    /// to be run was known step by step.
    pub(super) fn note(&mut self, reversal: Reversal<'_>, is_guided: bool, trees: &mut Trees) {
        match reversal {
            Reversal::Impossible => {}
            Reversal::By(mut sequence) => {
                if !self.has_run(&sequence, is_guided) {
                    trees.insert(&mut self.rest, &mut sequence);
                }
            }
            Reversal::Begin(initials) => {
                if !initials.iter().any(|&task| self.has(task, trees)) {
                    let mut latest = initials.iter().rev();
                    let able = latest.find(|task| self.options.contains(task));
                    able.into_iter()
                        .for_each(|&task| trees.add(&mut self.rest, task));
                }
            }
            Reversal::BeginAll(initials) => {
                for &task in initials {
                    if self.options.contains(&task) && !self.has(task, trees) {
                        trees.add(&mut self.rest, task);
                    }
                }
            }
        }
    }

    /// Whether a task goes first from here, did, or will.
    fn has(&self, task: TaskId, trees: &Trees) -> bool {
        self.chosen == task
            || self.split.contains(&task)
            || is_asleep(&self.sleep[self.inherited..], task)
            || trees.tasks(&self.rest).any(|other| other == task)
    }

    /// Whether what was run from here has the same order, but for steps that commute. Or from where
    /// a step slept first: there, the races of the executions that began with it were reversed, and
    /// if that was done step by step, what leads here was run with the steps that follow.
    fn has_run(&self, sequence: &Sequence<'_>, is_guided: bool) -> bool {
        let from = if is_guided { 0 } else { self.inherited };
        self.sleep[from..].iter().any(|asleep| {
            // One way is no substitute for another.
            asleep.way.is_none() && sequence.can_begin(asleep.task, asleep.accesses())
        })
    }
}

/// Whether the next step of a task was explored already, in all of its ways.
pub(super) fn is_asleep(sleep: &[Asleep], task: TaskId) -> bool {
    let mut ways = 0;
    let mut own = sleep.iter().filter(|asleep| asleep.task == task);
    own.any(|asleep| {
        ways += 1;
        asleep.way.is_none_or(|(_, of)| ways == of)
    })
}
