//! The path of a depth-first search with sleep sets and wakeup trees: as a chooser it follows the
//! path and makes it longer, and between executions it moves on to the next order that can differ.
//!
//! Races are reversed when an execution is over: then all that commutes with a reversal is known,
//! and whether an order that was run covers it. Not here: when an execution is run, and what is made
//! of its ending (`systematic`).

use std::cell::Cell;

use super::learned::Learned;
use super::node::{Asleep, BranchNode, Node, TaskNode, is_asleep};
use super::races::Races;
use super::reversal::{Buffers, Reversal, View};
use super::steps::Steps;
use super::wakeup::{Tree, Trees};
use super::ways::{self, Guesses};
use crate::executor::chooser::{Chooser, Picks};
use crate::trace::dependence::any_depend;
use crate::trace::{Branch, ObjectInfo, ObjectKind, Operation, TaskId, Trace};

/// A search that is over, for its buffers.
#[derive(Default)]
pub(crate) struct SpareSearch(Cell<Option<Search>>);

impl SpareSearch {
    /// A search that knows nothing.
    pub(super) fn take(&self) -> Search {
        self.0.take().unwrap_or_default()
    }

    pub(super) fn put_back(&self, mut search: Search) {
        search.forget_all();
        self.0.set(Some(search));
    }
}

/// The path to the current schedule, and what was learned on the way.
#[derive(Default)]
pub(super) struct Search {
    path: Vec<Node>,
    /// Nodes that are not on the path any more: their buffers are used again.
    #[expect(
        clippy::vec_box,
        reason = "they go to and fro between this and the path"
    )]
    spare: Vec<Box<TaskNode>>,
    races: Races,
    steps: Steps,
    trees: Trees,
    /// What is to be run next, of what was still to be run from the last decision that changed.
    guide: Tree,
    /// The next step that the guide is about.
    guided: u32,
    /// The first event that was not the same in the execution before.
    fresh: u32,
    picks: Picks,
    buffers: Buffers,
    guesses: Guesses,
    /// What sleeps at the next node; kept for its buffer.
    asleep: Vec<Asleep>,
    pub(super) learned: Learned,
    /// Whether the last decision on the path is a new one.
    changes: bool,
    /// Whether of some reversal only the first task was known, and not all of its steps.
    is_unguided: bool,
    /// The body did not do what it did under the same schedule before.
    pub(super) diverged: bool,
    /// The schedule turned out to repeat an order.
    pub(super) redundant: bool,
}

impl Search {
    pub(super) fn begin(&mut self) {
        // Of an execution that is to be the same all over, it is to be seen whether it is.
        let changes = std::mem::take(&mut self.changes);
        let known = if changes { self.path.len() - 1 } else { 0 };
        self.picks.begin(known);
        self.races.rewind(self.fresh as usize);
        self.steps.rewind(self.fresh as usize);
        self.diverged = false;
        self.redundant = false;
    }

    /// The execution that is over is run again, as it was.
    pub(super) fn begin_rerun(&mut self) -> &mut Picks {
        self.picks.begin_again();
        &mut self.picks
    }

    /// Looks at the rest of an execution that is over.
    pub(super) fn conclude(&mut self, trace: &Trace) {
        self.trees.clear(&mut self.guide);
        if self.diverged {
            return;
        }
        if !self.redundant {
            self.follow(trace);
            self.redundant = !self.inherit(trace);
        }
        if !self.redundant {
            self.races.look_at_blocked();
        }
        let timer = |object: &ObjectInfo| object.kind == ObjectKind::Timer;
        // What woke a task that something unknown woke is not known.
        let is_plain = !self.learned.is_opaque()
            && trace.branches.is_empty()
            && !trace.shares_threads
            && !trace.objects.iter().flatten().any(timer);
        for race in 0..self.races.found().len() {
            self.reverse(self.races.found()[race], trace, is_plain);
        }
        for race in 0..self.races.ending().len() {
            self.reverse(self.races.ending()[race], trace, is_plain);
        }
    }

    /// Learns what the choices of an execution were between.
    pub(super) fn learn_choices(&mut self, trace: &Trace) {
        self.guesses.learn(trace);
    }

    /// Becomes as good as new, but for its buffers.
    pub(super) fn forget_all(&mut self) {
        self.start_over();
        let mut old = std::mem::take(self);
        old.trees.clear(&mut old.guide);
        old.races.forget_all();
        old.steps.rewind(0);
        old.asleep.clear();
        *self = Search {
            path: old.path,
            spare: old.spare,
            races: old.races,
            steps: old.steps,
            trees: old.trees,
            buffers: old.buffers,
            asleep: old.asleep,
            ..Search::default()
        };
    }

    /// Forgets the path: the search starts over.
    pub(super) fn start_over(&mut self) {
        while let Some(node) = self.path.pop() {
            if let Node::Tasks(mut node) = node {
                self.trees.clear(&mut node.rest);
                self.spare.push(node);
            }
        }
        self.fresh = 0;
        self.changes = false;
        self.picks.clear();
    }

    /// Looks at what happened since the last decision.
    fn follow(&mut self, trace: &Trace) {
        self.races.follow(trace, &mut self.learned);
        self.steps.follow(trace);
    }

    /// Notes how to reverse a race, at the decision that the earlier event was the step of.
    fn reverse(&mut self, race: (u32, u32), trace: &Trace, is_plain: bool) {
        let view = View {
            trace,
            races: &self.races,
            steps: &self.steps,
            is_plain,
            is_guided: !self.is_unguided,
        };
        let point = view.point(race);
        let mut decisions = self.path.iter_mut().rev().filter_map(Node::as_tasks_mut);
        let node = decisions.find(|node| node.event <= point);
        // Or else nobody else could run there.
        if let Some(node) = node.filter(|node| node.is_first_step(trace, point)) {
            let asleep = |task| is_asleep(&node.sleep[..node.inherited], task);
            let decided = (node.event, &node.options[..]);
            let reversal = view.reverse(race, decided, asleep, &mut self.buffers);
            let is_part = matches!(reversal, Reversal::Begin(_) | Reversal::BeginAll(_));
            node.note(reversal, !self.is_unguided, &mut self.trees);
            self.is_unguided |= is_part;
        }
    }

    /// Whether anything may still sleep after the last decision.
    fn sleeps(&self) -> bool {
        let last = self.last_decision();
        last.is_some_and(|last| last.sleep.iter().any(|it| it.task != last.chosen))
    }

    fn last_decision(&self) -> Option<&TaskNode> {
        self.path.iter().rev().find_map(Node::as_tasks)
    }

    /// Finds what is still asleep at a new node. False if the execution has become redundant: it
    /// went on with a step that slept.
    fn inherit(&mut self, trace: &Trace) -> bool {
        let mut sleep = std::mem::take(&mut self.asleep);
        sleep.clear();
        let goes_on = self.find_asleep(trace, &mut sleep);
        self.asleep = sleep;
        goes_on
    }

    fn find_asleep(&self, trace: &Trace, sleep: &mut Vec<Asleep>) -> bool {
        let Some(last) = self.last_decision() else {
            return true;
        };
        for asleep in &last.sleep {
            if asleep.task != last.chosen {
                sleep.push(asleep.clone());
            }
        }
        for index in last.event..self.races.len() {
            if sleep.is_empty() {
                break;
            }
            if trace.events[index].operation == Operation::Fire {
                // Not the early firing that was explored: it leaves more of those for later.
                sleep.retain(|asleep| asleep.task != TaskId::CLOCK);
            }
            let task = trace.events[index].task;
            if sleep
                .iter()
                .any(|asleep| asleep.task == task && went(asleep, index, trace))
            {
                return false;
            }
            let accesses = self.races.accesses(index);
            sleep.retain(|asleep| asleep.task != task && !any_depend(&asleep.accesses, accesses));
        }
        true
    }

    /// Follows the guide through the steps that were taken since the last decision: there, nobody
    /// else could go.
    fn consume(&mut self) {
        while (self.guided as usize) < self.steps.len() && !self.guide.is_empty() {
            let step = self.steps.get(self.guided);
            self.guided += 1;
            let taken = self.trees.take(&mut self.guide, |task| task == step.task);
            let mut events = step.first..step.end;
            if taken.is_some() || events.any(|it| !self.races.accesses(it as usize).is_empty()) {
                self.trees.clear(&mut self.guide);
            }
            if let Some((_, below)) = taken {
                self.guide = below;
            }
        }
    }

    fn new_node(&mut self, options: &[TaskId], running: Option<TaskId>, trace: &Trace) -> bool {
        // What is not needed for this decision is looked at when the execution is over: all at once.
        // But then it is not seen any more that an operation was interrupted.
        let is_free = self.guide.is_empty() && !trace.is_inside_operation();
        let sleeps = self.sleeps();
        if sleeps || !is_free {
            self.follow(trace);
            self.consume();
        }
        if !sleeps {
            self.asleep.clear();
        } else if !self.inherit(trace) {
            return false;
        }
        let sleep = &self.asleep;
        let awake = |&task: &TaskId| !is_asleep(sleep, task);
        let can = |task: TaskId| options.contains(&task) && awake(&task);
        let guided = self.trees.take(&mut self.guide, can);
        let all = || running.into_iter().chain(options.iter().copied());
        // Rather not one of whose ways some need not be explored.
        let wide = |&task: &TaskId| !sleep.iter().any(|asleep| asleep.task == task);
        let first = || all().find(wide).or_else(|| all().find(awake));
        let straight = || Some((first()?, Tree::default()));
        let Some((chosen, below)) = guided.or_else(straight) else {
            return false;
        };
        let mut node = self
            .spare
            .pop()
            .unwrap_or_else(|| Box::new(TaskNode::new()));
        node.event = trace.events.len();
        node.options.clear();
        node.options.extend_from_slice(options);
        node.chosen = chosen;
        node.touched.clear();
        node.rest = std::mem::replace(&mut self.guide, below);
        // A timer that does not fire early leaves no trace that a race could be found in.
        if chosen != TaskId::CLOCK && options.contains(&TaskId::CLOCK) {
            self.trees.add(&mut node.rest, TaskId::CLOCK);
        }
        node.inherited = sleep.len();
        node.split.clear();
        node.is_mixed = false;
        std::mem::swap(&mut node.sleep, &mut self.asleep);
        self.guided = self.steps.len() as u32 + 1;
        self.path.push(Node::Tasks(node));
        true
    }

    /// Adds what the step that was taken at a node touched, in the execution that is over.
    fn add_step(races: &Races, node: &mut TaskNode, trace: &Trace) {
        let own = trace.task(node.chosen).map(|task| task.group);
        // Of a poll that no other task of its group can interrupt, all is one step.
        let whole = trace.shares_thread(node.chosen);
        let end = node.step_end(trace, whole);
        for index in node.event..end {
            let event = &trace.events[index];
            if whole && trace.task(event.task).map(|task| task.group) != own {
                continue;
            }
            node.touch(races.accesses(index));
        }
    }

    /// Moves on to the next way of a choice, if there is one.
    fn advance_branch(&mut self, node: &mut BranchNode, trace: &Trace) -> bool {
        let made = trace.branches.get(node.ordinal);
        let covered = made.map_or(1, |branch| ways::covered(trace, branch));
        let explored = node.tried;
        let next = node.first_awake(explored + covered);
        node.tried = next.unwrap_or(node.alternatives);
        let owner = self.path.iter_mut().rev().find_map(Node::as_tasks_mut);
        let Some(owner) = owner else {
            return next.is_some();
        };
        let splits = node.is_first && !owner.is_mixed;
        let apart = made.filter(|_| splits && !trace.shares_threads && !trace.has_atomic);
        match apart.and_then(|branch| ways::apart(trace, branch)) {
            Some(mut ways) => {
                let end = owner.step_end(trace, false);
                while let Some((way, event)) = ways.next() {
                    // What comes after the last belongs to it.
                    let next = ways.clone().next().map_or(end, |(_, next)| next);
                    (event..next).for_each(|event| owner.touch(self.races.accesses(event)));
                    owner.put_ways_to_sleep(std::iter::once(way), node.alternatives);
                }
            }
            None => Search::add_step(&self.races, owner, trace),
        }
        if splits {
            // Those that are left out end as the one that was explored does.
            let ways = (explored..node.tried).map(|tried| node.way(tried));
            owner.put_ways_to_sleep(ways, node.alternatives);
        }
        next.is_some()
    }

    fn new_branch(&mut self, task: TaskId, alternatives: u32, trace: &Trace) -> BranchNode {
        self.follow(trace);
        let branch = |node: &&Node| matches!(node, Node::Branch(_));
        let ordinal = self.path.iter().filter(branch).count();
        let is_next = matches!(self.path.last(), Some(Node::Tasks(_)));
        let owner = self.path.iter_mut().rev().find_map(Node::as_tasks_mut);
        let owner = owner.filter(|owner| owner.chosen == task);
        let begins = |owner: &&mut TaskNode| owner.event == trace.events.len();
        let mut asleep = Vec::new();
        let mut is_first = false;
        let mut add = |sleep: &[Asleep]| {
            let own = sleep.iter().filter(|asleep| asleep.task == task);
            asleep.extend(own.filter_map(|asleep| Some(asleep.way?.0)));
        };
        match owner {
            Some(owner) if is_next && begins(&owner) => {
                is_first = true;
                add(&owner.sleep);
            }
            owner => {
                // Perhaps a part of the same step.
                owner.into_iter().for_each(|owner| owner.is_mixed = true);
                if self.inherit(trace) {
                    add(&self.asleep);
                }
            }
        }
        let mut node = BranchNode {
            task,
            alternatives,
            first: self.guesses.first(task, alternatives, self.races.history()),
            tried: 0,
            ordinal,
            is_first,
            asleep,
        };
        node.tried = node.first_awake(0).unwrap_or(0);
        node
    }

    /// Moves on to the next schedule that can differ, if there is one.
    pub(super) fn advance(&mut self, trace: &Trace) -> bool {
        while let Some(last) = self.path.pop() {
            match last {
                Node::Branch(mut node) => {
                    if self.advance_branch(&mut node, trace) {
                        let branch = trace.branches.get(node.ordinal);
                        self.fresh = branch.map_or(0, |branch| branch.event);
                        self.changes = true;
                        self.path.push(Node::Branch(node));
                        return true;
                    }
                }
                Node::Tasks(mut node) => {
                    if let Some((next, below)) = node.next(&mut self.trees) {
                        Search::add_step(&self.races, &mut node, trace);
                        node.put_to_sleep();
                        node.chosen = next;
                        self.guide = below;
                        self.fresh = node.event as u32;
                        self.changes = true;
                        self.guided = self.steps.of(node.event) + 1;
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

/// Whether a step that begins here went the way that sleeps.
fn went(asleep: &Asleep, index: usize, trace: &Trace) -> bool {
    let here = |branch: &&Branch| branch.task == asleep.task && branch.event == index as u32;
    let taken = trace.branches.iter().find(here).map(|branch| branch.taken);
    let way = asleep.way.map(|(way, _)| way);
    way.is_none() || taken.is_none() || way == taken
}

impl Chooser for Search {
    fn next_task(
        &mut self,
        options: &[TaskId],
        running: Option<TaskId>,
        trace: &Trace,
    ) -> Option<usize> {
        let depth = trace.schedule.choices.len();
        if depth == self.path.len() && !self.new_node(options, running, trace) {
            self.redundant = true;
            return None;
        }
        let Some(Node::Tasks(node)) = self.path.get(depth) else {
            self.diverged = true;
            return None;
        };
        if node.options != options || node.event != trace.events.len() {
            self.diverged = true;
            return None;
        }
        options.iter().position(|&task| task == node.chosen)
    }

    fn picks(&mut self) -> Option<&mut Picks> {
        Some(&mut self.picks)
    }

    fn branch(&mut self, task: TaskId, alternatives: u32, trace: &Trace) -> u32 {
        let depth = trace.schedule.choices.len();
        if depth == self.path.len() {
            let node = self.new_branch(task, alternatives, trace);
            self.path.push(Node::Branch(node));
        }
        match self.path.get(depth) {
            Some(Node::Branch(node)) if node.task == task && node.alternatives == alternatives => {
                node.way(node.tried)
            }
            // A body that diverges here is cut at its next choice of a task.
            _ => {
                self.diverged = true;
                0
            }
        }
    }
}
