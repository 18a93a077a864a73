//! The path of a depth-first search with source sets and sleep sets: as a chooser it follows the
//! path and makes it longer, and between executions it moves on to the next order that can differ.
//!
//! Not here: when an execution is run, and what is made of its ending (`systematic`).

use std::rc::Rc;

use super::learned::Learned;
use super::races::{Races, Reversal};
use crate::executor::chooser::Chooser;
use crate::trace::dependence::{Access, depends};
use crate::trace::{Effect, Event, Operation, TaskId, Trace};

/// A task whose next step was explored from here: until a dependent step wakes it, going on with
/// it would only repeat an order.
#[derive(Clone)]
struct Asleep {
    task: TaskId,
    accesses: Rc<[Access]>,
}

/// A point with more than one way to go on.
enum Node {
    Tasks(TaskNode),
    /// A choice of a task's own: all alternatives are explored.
    Branch {
        task: TaskId,
        alternatives: u32,
        current: u32,
        /// The how-manieth choice of the execution it is.
        ordinal: usize,
    },
}

struct TaskNode {
    /// The event that comes next.
    event: usize,
    options: Vec<TaskId>,
    chosen: TaskId,
    /// What the step of the chosen task touched so far, over all choices of its own.
    touched: Vec<Access>,
    /// Tasks to go first from here.
    backtrack: Vec<TaskId>,
    /// Tasks that went first from here, or need not.
    sleep: Vec<Asleep>,
}

impl TaskNode {
    fn new() -> TaskNode {
        TaskNode {
            event: 0,
            options: Vec::new(),
            chosen: TaskId::BODY,
            touched: Vec::new(),
            backtrack: Vec::new(),
            sleep: Vec::new(),
        }
    }

    /// The task to go first after the one that does now.
    fn next(&self) -> Option<TaskId> {
        let mut left = self.backtrack.iter().copied();
        left.find(|&task| task != self.chosen && !self.sleeps(task))
    }

    fn sleeps(&self, task: TaskId) -> bool {
        self.sleep.iter().any(|asleep| asleep.task == task)
    }
}

/// The path to the current schedule, and what was learned on the way.
#[derive(Default)]
pub(super) struct Search {
    path: Vec<Node>,
    depth: usize,
    /// Nodes that are not on the path any more: their buffers are used again.
    spare: Vec<TaskNode>,
    races: Races,
    pub(super) learned: Learned,
    /// The body did not do what it did under the same schedule before.
    pub(super) diverged: bool,
    /// The schedule turned out to repeat an order.
    pub(super) redundant: bool,
}

impl Search {
    pub(super) fn begin(&mut self) {
        self.depth = 0;
        self.races.begin();
        self.diverged = false;
        self.redundant = false;
    }

    /// Looks at the rest of an execution that is over.
    pub(super) fn conclude(&mut self, trace: &Trace) {
        if !self.diverged && !self.redundant {
            self.follow(trace);
            self.redundant = self.inherit(trace).is_none();
        }
    }

    /// Forgets the path: the search starts over.
    pub(super) fn start_over(&mut self) {
        self.path.clear();
    }

    /// Looks at what happened since the last decision, and notes which tasks have to go where.
    fn follow(&mut self, trace: &Trace) {
        let Search {
            path,
            races,
            learned,
            ..
        } = self;
        races.follow(trace, learned, &mut |reversal| note(path, trace, &reversal));
    }

    /// What is still asleep at a new node. None if the execution has become redundant: it went on
    /// with a task that slept.
    fn inherit(&self, trace: &Trace) -> Option<Vec<Asleep>> {
        let last = self.path.iter().rev().find_map(|node| match node {
            Node::Tasks(node) => Some(node),
            Node::Branch { .. } => None,
        });
        let Some(last) = last else {
            return Some(Vec::new());
        };
        let mut sleep: Vec<Asleep> = last
            .sleep
            .iter()
            .filter(|asleep| asleep.task != last.chosen)
            .cloned()
            .collect();
        for (offset, event) in trace.events[last.event..self.races.len()]
            .iter()
            .enumerate()
        {
            if event.operation == Operation::Fire {
                // Not the early firing that was explored: it leaves more of those for later.
                sleep.retain(|asleep| asleep.task != TaskId::CLOCK);
            }
            if sleep.iter().any(|asleep| asleep.task == event.task) {
                return None;
            }
            let accesses = self.races.accesses(last.event + offset);
            sleep.retain(|asleep| !touch(&asleep.accesses, accesses));
        }
        Some(sleep)
    }

    fn new_node(&mut self, options: &[TaskId], running: Option<TaskId>, trace: &Trace) -> bool {
        self.follow(trace);
        let Some(sleep) = self.inherit(trace) else {
            return false;
        };
        let awake = |task: &TaskId| !sleep.iter().any(|asleep| asleep.task == *task);
        let first = running
            .filter(awake)
            .or_else(|| options.iter().copied().find(awake));
        let Some(first) = first else { return false };
        let mut node = self.spare.pop().unwrap_or_else(TaskNode::new);
        node.event = trace.events.len();
        node.options.clear();
        node.options.extend_from_slice(options);
        node.chosen = first;
        node.touched.clear();
        node.backtrack.clear();
        node.backtrack.push(first);
        // A timer that does not fire early leaves no trace that a race could be found in.
        if first != TaskId::CLOCK && options.contains(&TaskId::CLOCK) {
            node.backtrack.push(TaskId::CLOCK);
        }
        node.sleep = sleep;
        self.path.push(Node::Tasks(node));
        true
    }

    /// Adds what the step that was taken at a node touched, in the execution that is over.
    fn add_step(races: &Races, node: &mut TaskNode, trace: &Trace) {
        let group = |task: TaskId| trace.task(task).map(|task| task.group);
        let own = group(node.chosen);
        // Of a poll that no other task of its group can interrupt, all is one step.
        let whole = trace
            .tasks
            .iter()
            .any(|it| it.id != node.chosen && Some(it.group) == own);
        let mut steps = 0;
        for (offset, event) in trace.events[node.event..].iter().enumerate() {
            steps += usize::from(starts_step(event));
            let next = if whole {
                offset > 0 && event.starts_poll
            } else {
                steps > 1
            };
            if event.task != node.chosen || next {
                if whole && event.task != node.chosen && group(event.task) != own {
                    continue;
                }
                break;
            }
            for &access in races.accesses(node.event + offset) {
                if !node.touched.contains(&access) {
                    node.touched.push(access);
                }
            }
        }
    }

    /// Moves on to the next schedule that can differ, if there is one.
    pub(super) fn advance(&mut self, trace: &Trace) -> bool {
        while let Some(last) = self.path.pop() {
            match last {
                Node::Branch {
                    task,
                    alternatives,
                    current,
                    ordinal,
                } => {
                    // Whichever way the task takes, it is the same step.
                    let owner = self.path.iter_mut().rev().find_map(|node| match node {
                        Node::Tasks(node) => Some(node),
                        Node::Branch { .. } => None,
                    });
                    if let Some(owner) = owner {
                        Search::add_step(&self.races, owner, trace);
                    }
                    let next = next_start(trace, ordinal, current, alternatives);
                    if next < alternatives {
                        self.path.push(Node::Branch {
                            task,
                            alternatives,
                            current: next,
                            ordinal,
                        });
                        return true;
                    }
                }
                Node::Tasks(mut node) => {
                    let next = node.next();
                    if let Some(next) = next {
                        Search::add_step(&self.races, &mut node, trace);
                        node.sleep.push(Asleep {
                            task: node.chosen,
                            accesses: node.touched.drain(..).collect(),
                        });
                        node.chosen = next;
                        self.path.push(Node::Tasks(node));
                        return true;
                    }
                    self.spare.push(node);
                }
            }
        }
        false
    }
}

/// The next branch for a `select!` to begin with, after one that did with `current`.
///
/// If all that it polled only looks (a receive, a change, a join, a yield), then beginning with one
/// that was not ready ends as beginning with the next one does: only those after the winner are
/// left to try, and none if nobody won.
fn next_start(trace: &Trace, ordinal: usize, current: u32, alternatives: u32) -> u32 {
    let Some(branch) = trace.branches.get(ordinal).filter(|branch| branch.select) else {
        return current + 1;
    };
    let from = branch.event as usize;
    let mine = |event: &&Event| event.task == branch.task;
    let polled: Vec<&Event> = match branch.won {
        Some((_, end)) => trace.events[from..end as usize]
            .iter()
            .filter(mine)
            .collect(),
        None => {
            let rest = trace.events[from..].iter().filter(mine).enumerate();
            rest.take_while(|(index, event)| *index == 0 || !event.starts_poll)
                .map(|(_, event)| event)
                .collect()
        }
    };
    let ready = polled
        .iter()
        .filter(|event| event.leaf > 0 && matches!(event.effect, Effect::Done | Effect::Closed));
    let most = usize::from(branch.won.is_some());
    if !polled.iter().all(|event| event.operation.only_looks()) || ready.count() > most {
        return current + 1;
    }
    match branch.won {
        Some((winner, _)) if winner >= current => winner + 1,
        _ => alternatives,
    }
}

/// Notes a reversal at the decision that the earlier event was the step of.
fn note(path: &mut [Node], trace: &Trace, reversal: &Reversal<'_>) {
    let before = reversal.before as usize;
    let node = path.iter_mut().rev().find_map(|node| match node {
        Node::Tasks(node) if node.event <= before => Some(node),
        _ => None,
    });
    let Some(node) = node else { return };
    if !is_first_step(node, trace, before) {
        // Nobody else could run there.
        return;
    }
    // Those that parked there cannot: if all of them did, it is not reversible.
    let able = reversal
        .initials
        .iter()
        .rev()
        .filter(|task| node.options.contains(task));
    if reversal.whole_polls {
        for &task in able {
            if !node.backtrack.contains(&task) {
                node.backtrack.push(task);
            }
        }
    } else if !reversal
        .initials
        .iter()
        .any(|task| node.backtrack.contains(task))
    {
        node.backtrack.extend(able.take(1));
    }
}

/// Whether an event belongs to the step that a node decided on.
fn is_first_step(node: &TaskNode, trace: &Trace, event: usize) -> bool {
    let events = &trace.events[node.event..=event];
    events.iter().all(|event| event.task == node.chosen)
        && events.iter().filter(|event| starts_step(event)).count() <= 1
}

/// Whether an event is after a switch point: others belong to the step before them.
fn starts_step(event: &Event) -> bool {
    !event.goes_on
        && !matches!(
            event.operation,
            Operation::Sleep
                | Operation::Timeout
                | Operation::Spawn
                | Operation::Yield
                | Operation::Now
                | Operation::Tick
                | Operation::Advance
                | Operation::Deliver
        )
}

pub(super) fn touch(one: &[Access], other: &[Access]) -> bool {
    one.iter()
        .any(|&one| other.iter().any(|&other| depends(one, other)))
}

impl Chooser for Search {
    fn next_task(
        &mut self,
        options: &[TaskId],
        running: Option<TaskId>,
        trace: &Trace,
    ) -> Option<usize> {
        if self.depth == self.path.len() && !self.new_node(options, running, trace) {
            self.redundant = true;
            return None;
        }
        let Node::Tasks(node) = &self.path[self.depth] else {
            self.diverged = true;
            return None;
        };
        if node.options != options || node.event != trace.events.len() {
            self.diverged = true;
            return None;
        }
        self.depth += 1;
        options.iter().position(|&task| task == node.chosen)
    }

    fn branch(&mut self, task: TaskId, alternatives: u32) -> u32 {
        if self.depth == self.path.len() {
            let branch = |node: &&Node| matches!(node, Node::Branch { .. });
            let ordinal = self.path.iter().filter(branch).count();
            self.path.push(Node::Branch {
                task,
                alternatives,
                current: 0,
                ordinal,
            });
        }
        match self.path[self.depth] {
            Node::Branch {
                task: known,
                alternatives: same,
                current,
                ..
            } if known == task && same == alternatives => {
                self.depth += 1;
                current
            }
            // A body that diverges here is cut at its next choice of a task.
            _ => {
                self.diverged = true;
                0
            }
        }
    }
}
