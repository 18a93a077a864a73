//! The stuck tasks of a failure as text.
//!
//! Not here: what there is to say of them (`stuck`), and the sentences (`messages`).

use std::fmt::{self, Write};

use super::messages::causes::{CHANGE, Told, WHY};
use super::messages::{self, followers};
use super::stuck::{self, Block, ToldWait};
use crate::outcome::Failure;
use crate::trace::Frame;

/// The width of a report.
const WIDTH: usize = 100;
/// Stuck tasks that are told in full.
const TASKS: usize = 6;
/// Waits of one task of which the cause is told.
const WAITS: usize = 3;
/// Tasks that are stuck because of one.
const FOLLOWERS: usize = 4;
/// Functions of a chain, the first one aside.
const FRAMES: usize = 5;

pub(super) fn write(f: &mut String, failure: &Failure) -> fmt::Result {
    let blocks = stuck::blocks(failure);
    for block in blocks.iter().take(TASKS) {
        let title = messages::stuck_task(block.first(), block.tasks.len());
        writeln!(f, "\n  {title}")?;
        f.write_str(&text(block))?;
        let (followers, left) = block.followers(failure, FOLLOWERS);
        f.write_str(&followers_text(&followers, left))?;
    }
    let left = stuck::left_out(&blocks, TASKS);
    if left > 0 {
        writeln!(f, "\n  {}", messages::more(left))?;
    }
    Ok(())
}

fn text(block: &Block<'_>) -> String {
    let mut text = String::new();
    let mut left = WAITS;
    let mut around: &[Frame] = &[];
    for wait in &block.waits {
        wrap(&mut text, "    ", "      ", &wait.line);
        write_chain(&mut text, wait, around);
        around = outer(wait);
        if let Some(origin) = &wait.origin {
            wrap(&mut text, "      ", "        ", origin);
        }
        if let (Some((_, told)), 1..) = (&wait.told, left) {
            left -= 1;
            write_cause(&mut text, told);
        }
    }
    if stuck::is_unexplained(&block.waits) {
        let why = followers::no_cause();
        labelled(&mut text, WHY, why);
    }
    text
}

/// The functions around the one that waits.
fn outer<'a>(wait: &ToldWait<'a>) -> &'a [Frame] {
    wait.chain.get(1..).unwrap_or_default()
}

/// The function of a wait, and those around it, if there are others. Branches of a `select!` have
/// the same around them, which is said once.
fn write_chain(text: &mut String, wait: &ToldWait<'_>, said: &[Frame]) {
    let (Some(first), [_, ..]) = (wait.chain.first(), outer(wait)) else {
        return;
    };
    if let Some(line) = messages::waits_in(first, wait.awaited_elsewhere().is_none()) {
        wrap(text, "      ", "        ", &line);
    }
    let outer = outer(wait);
    if outer == said {
        return;
    }
    for frame in outer.iter().take(FRAMES) {
        wrap(text, "      ", "        ", &messages::waits_from(frame));
    }
    if outer.len() > FRAMES {
        let more = messages::more(outer.len() - FRAMES);
        wrap(text, "      ", "        ", &more);
    }
}

fn write_cause(text: &mut String, told: &Told) {
    let Told { why, proof, change } = told;
    labelled(text, WHY, why);
    for line in proof {
        wrap(text, "            - ", "              ", line);
    }
    labelled(text, CHANGE, change);
}

fn followers_text(followers: &[String], left: usize) -> String {
    let mut text = String::new();
    if followers.is_empty() {
        return text;
    }
    wrap(&mut text, "    ", "    ", followers::title());
    for line in followers {
        wrap(&mut text, "      ", "        ", line);
    }
    if left > 0 {
        wrap(&mut text, "      ", "        ", &messages::more(left));
    }
    text
}

fn labelled(text: &mut String, label: &str, words: &str) {
    wrap(text, &format!("    {label:8}"), "            ", words);
}

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
