//! The stuck tasks of a failure: each that others wait for with those that do, the same told once.
//!
//! Not here: the sentences (`messages`).

use std::fmt::{self, Write};

use super::messages::{self, causes, followers};
use crate::outcome::{Failure, StuckTask};
use crate::trace::{StuckState, TaskId, Waiting};

/// Stuck tasks that are told in full.
const TASKS: usize = 6;
/// Waits of one task of which the cause is told.
const WAITS: usize = 3;
/// Tasks that are stuck because of one.
const FOLLOWERS: usize = 4;

/// Tasks of which the same is to be said.
struct Block<'a> {
    tasks: Vec<&'a StuckTask>,
    text: String,
    followers: Vec<&'a StuckTask>,
}

pub(super) fn write(f: &mut fmt::Formatter<'_>, failure: &Failure) -> fmt::Result {
    let blocks = blocks(failure);
    for block in blocks.iter().take(TASKS) {
        let first = block.tasks[0];
        writeln!(f, "\n  {}", messages::stuck_task(first, block.tasks.len()))?;
        f.write_str(&block.text)?;
        write_followers(f, failure, &block.followers)?;
    }
    let left: usize = blocks
        .iter()
        .skip(TASKS)
        .map(|block| block.tasks.len())
        .sum();
    if left > 0 {
        writeln!(f, "\n  and {left} more")?;
    }
    Ok(())
}

fn blocks(failure: &Failure) -> Vec<Block<'_>> {
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
        let text = text(failure, task);
        let same = blocks.iter_mut().find(|block| {
            let other = block.tasks[0];
            block.text == text
                && other.spawned_at() == task.spawned_at()
                && other.name() == task.name()
        });
        match same {
            Some(block) => block.tasks.push(task),
            None => blocks.push(Block {
                tasks: vec![task],
                text,
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

/// The waits of a task, each with its cause; of a loop, what it repeats and one cause.
fn text(failure: &Failure, task: &StuckTask) -> String {
    let mut text = String::new();
    let mut left = WAITS;
    for (index, line) in messages::waits(task).iter().enumerate() {
        wrap(&mut text, "    ", "      ", line);
        let wait = task.waits().get(index);
        if let Some(origin) = wait.and_then(messages::origin) {
            wrap(&mut text, "      ", "        ", &origin);
        }
        if task.state() != StuckState::Looping {
            write_cause(&mut text, failure, task, index, &mut left);
        }
    }
    if task.state() == StuckState::Looping {
        write_cause(&mut text, failure, task, 0, &mut left);
    }
    if left == WAITS && !task.waits().is_empty() {
        wrap(
            &mut text,
            "    why:    ",
            "            ",
            followers::no_cause(),
        );
    }
    text
}

fn write_cause(
    text: &mut String,
    failure: &Failure,
    task: &StuckTask,
    index: usize,
    left: &mut usize,
) {
    let cause = task.causes.get(index).and_then(Option::as_ref);
    let scene = scene(failure, task, task.waits().get(index));
    let (Some(cause), Some(scene), 1..) = (cause, scene, *left) else {
        return;
    };
    *left -= 1;
    let causes::Told { why, proof, change } = causes::told(cause, &scene);
    wrap(text, "    why:    ", "            ", &why);
    for line in &proof {
        wrap(text, "            - ", "              ", line);
    }
    wrap(text, "    change: ", "            ", &change);
}

fn scene<'a>(
    failure: &'a Failure,
    task: &'a StuckTask,
    wait: Option<&'a Waiting>,
) -> Option<causes::Scene<'a>> {
    Some(causes::Scene {
        trace: failure.trace(),
        stuck: failure.stuck(),
        task,
        wait: wait?,
    })
}

fn write_followers(
    f: &mut fmt::Formatter<'_>,
    failure: &Failure,
    followers: &[&StuckTask],
) -> fmt::Result {
    if followers.is_empty() {
        return Ok(());
    }
    writeln!(f, "    {}", followers::title())?;
    let mut counted: Vec<(&StuckTask, usize)> = Vec::new();
    for &task in followers {
        let same = counted.iter_mut().find(|(other, _)| {
            other.spawned_at() == task.spawned_at() && other.awaited_at() == task.awaited_at()
        });
        match same {
            Some((_, count)) => *count += 1,
            None => counted.push((task, 1)),
        }
    }
    for (task, count) in counted.iter().take(FOLLOWERS) {
        let scene = scene(failure, task, task.waits().first());
        let mut text = String::new();
        let line = followers::line(task, *count, scene.as_ref());
        wrap(&mut text, "      ", "        ", &line);
        f.write_str(&text)?;
    }
    let left: usize = counted.iter().skip(FOLLOWERS).map(|(_, count)| count).sum();
    if left > 0 {
        writeln!(f, "      and {left} more")?;
    }
    Ok(())
}

/// The width of a report.
const WIDTH: usize = 100;

/// Writes a text in lines that fit.
fn wrap(text: &mut String, first: &str, rest: &str, words: &str) {
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in words.split(' ') {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(text, "{line}");
            rest.clone_into(&mut line);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    let _ = writeln!(text, "{line}");
}
