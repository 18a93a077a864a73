//! What there is to say of the stuck tasks of a failure: of each, and of those alike together.
//!
//! Not here: the sentences (`messages`), and how they are laid out (`tasks`, `json`, `html`).

use super::messages::{
    self,
    causes::{self, Told},
    followers,
};
use crate::outcome::{Cause, Failure, StuckTask};
use crate::trace::{Frame, StuckState, TaskId, Waiting};

/// A wait of a task, in words.
pub(super) struct ToldWait<'a> {
    /// None for the one line of a task that waits for something unknown.
    pub(super) wait: Option<&'a Waiting>,
    pub(super) line: String,
    /// Where the object comes from.
    pub(super) origin: Option<String>,
    /// From the wait outwards.
    pub(super) chain: &'a [Frame],
    /// Why it does not end, in parts and in words; of a loop, for its last wait only.
    pub(super) told: Option<(&'a Cause, Told)>,
}

impl ToldWait<'_> {
    /// The function that awaits, where its future was made elsewhere: the line of the wait is that
    /// of the call that made it.
    pub(super) fn awaited_elsewhere(&self) -> Option<&Frame> {
        let site = self.wait.map(|wait| wait.awaited_at);
        let is_there = |frame: &&Frame| {
            site.is_some_and(|site| (site.file(), site.line()) == (frame.file.as_str(), frame.line))
        };
        self.chain.first().filter(|frame| !is_there(frame))
    }
}

impl PartialEq for ToldWait<'_> {
    /// Whether the same is to be said. (The chain is known of the first few tasks only.)
    fn eq(&self, other: &Self) -> bool {
        let told = |it: &Self| it.told.as_ref().map(|(_, told)| told.clone());
        self.line == other.line && self.origin == other.origin && told(self) == told(other)
    }
}

/// Tasks of which the same is to be said.
pub(super) struct Block<'a> {
    pub(super) tasks: Vec<&'a StuckTask>,
    pub(super) waits: Vec<ToldWait<'a>>,
    followers: Vec<&'a StuckTask>,
}

/// The waits of a task, each with its cause; of a loop, what it repeats and then one cause.
pub(super) fn waits<'a>(failure: &'a Failure, task: &'a StuckTask) -> Vec<ToldWait<'a>> {
    let loops = task.state() == StuckState::Looping;
    let last = task.waits().len().saturating_sub(1);
    let lines = messages::waits(task).into_iter().enumerate();
    let told = lines.map(|(index, line)| {
        let wait = task.waits().get(index);
        ToldWait {
            wait,
            line,
            origin: wait.and_then(messages::origin),
            chain: task.chain_of(index),
            told: match (loops, index == last) {
                (false, _) => told(failure, task, index),
                (true, true) => told(failure, task, 0),
                (true, false) => None,
            },
        }
    });
    told.collect()
}

fn told<'a>(failure: &'a Failure, task: &'a StuckTask, index: usize) -> Option<(&'a Cause, Told)> {
    let cause = task.causes.get(index)?.as_ref()?;
    let scene = scene(failure, task, task.waits().get(index)?);
    Some((cause, causes::told(cause, &scene)))
}

/// Nothing that is known ends any of a task's waits.
pub(super) fn is_unexplained(waits: &[ToldWait<'_>]) -> bool {
    let known = |wait: &ToldWait<'_>| wait.wait.is_some();
    waits.iter().all(|wait| known(wait) && wait.told.is_none())
}

fn scene<'a>(failure: &'a Failure, task: &'a StuckTask, wait: &'a Waiting) -> causes::Scene<'a> {
    causes::Scene {
        trace: failure.trace(),
        stuck: failure.stuck(),
        task,
        wait,
    }
}

/// The stuck tasks: each that others wait for with those that do, those alike together.
pub(super) fn blocks(failure: &Failure) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for task in failure.stuck() {
        if task.follows().is_some() {
            let lead = lead(failure, task);
            let mut all = blocks.iter_mut();
            let block = all.find(|block| block.tasks.iter().any(|it| it.id() == lead));
            block
                .into_iter()
                .for_each(|block| block.followers.push(task));
            continue;
        }
        let waits = waits(failure, task);
        let same = blocks.iter_mut().find(|block| {
            let other = block.tasks[0];
            other.spawned_at() == task.spawned_at()
                && other.name() == task.name()
                && block.waits == waits
        });
        match same {
            Some(block) => block.tasks.push(task),
            None => blocks.push(Block {
                tasks: vec![task],
                waits,
                followers: Vec::new(),
            }),
        }
    }
    blocks
}

/// The task at the end of the chain of those that wait for each other.
fn lead(failure: &Failure, task: &StuckTask) -> TaskId {
    let mut at = task;
    for _ in failure.stuck() {
        let next = at.follows();
        let next = next.and_then(|next| failure.stuck().iter().find(|it| it.id() == next));
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    at.id()
}

/// Which of its waits a task owes to the one that it follows, and why.
fn because(failure: &Failure, task: &StuckTask) -> Option<(usize, String)> {
    let of = task.follows()?;
    let mut waits = task.waits().iter().zip(&task.causes).enumerate();
    waits.find_map(|(index, (wait, cause))| {
        let scene = scene(failure, task, wait);
        let because = followers::because(cause.as_ref()?, of, &scene)?;
        Some((index, because))
    })
}

/// The tasks of blocks that there is no room for.
pub(super) fn left_out(blocks: &[Block<'_>], most: usize) -> usize {
    blocks.iter().skip(most).map(|it| it.tasks.len()).sum()
}

impl<'a> Block<'a> {
    pub(super) fn first(&self) -> &'a StuckTask {
        self.tasks[0]
    }

    /// A line for each kind of task that is stuck because of it, at most so many, and how many
    /// tasks are left.
    pub(super) fn followers(&self, failure: &'a Failure, most: usize) -> (Vec<String>, usize) {
        let mut counted: Vec<(&StuckTask, usize)> = Vec::new();
        for &task in &self.followers {
            let same = counted.iter_mut().find(|(other, _)| {
                other.spawned_at() == task.spawned_at() && other.awaited_at() == task.awaited_at()
            });
            match same {
                Some((_, count)) => *count += 1,
                None => counted.push((task, 1)),
            }
        }
        let lines = counted.iter().take(most).map(|(task, count)| {
            let (wait, because) = because(failure, task).unzip();
            followers::line(task, *count, wait.unwrap_or(0), because.as_deref())
        });
        let left = counted.iter().skip(most).map(|(_, count)| count).sum();
        (lines.collect(), left)
    }
}
