//! A failure as a page: one file, which loads nothing and runs nothing.
//!
//! Not here: who writes it (`check`), and the sentences on it (`messages`).

mod picture;
mod prose;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::picture::Picture;
use self::prose::sentence;
use super::ansi::plain;
use super::ladder;
use super::messages::causes::Told;
use super::messages::{self, followers, page};
use super::place::place;
use super::source::Sources;
use super::stuck::{self, Block, ToldWait};
use crate::config::AllowList;
use crate::outcome::Failure;
use crate::trace::{Frame, PanicNote};

const STYLE: &str = include_str!("page.css");
/// Stuck tasks that are told in full.
const TASKS: usize = 20;
/// Tasks that are stuck because of one.
const FOLLOWERS: usize = 12;

impl Failure {
    /// The report as a page: one HTML file that loads nothing and runs nothing, with the schedule as
    /// a picture. It shows lines of the source files, if these are where the compiler read them.
    ///
    /// ```
    /// let failure = leak_harness::check(|| std::future::pending::<()>()).unwrap_err();
    /// assert!(failure.to_html().starts_with("<!DOCTYPE html>"));
    /// ```
    pub fn to_html(&self) -> String {
        page(self, &Sources::of(self)).into_string()
    }
}

fn page(failure: &Failure, sources: &Sources) -> Markup {
    let parts = failure.parts();
    let headline = messages::headline(parts.kind, parts.test.as_deref());
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (headline) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    header {
                        p.verdict { (parts.kind.name()) }
                        @if let Some(test) = &parts.test { h1 { (broken_at_colons(test)) } }
                        p.lede { (sentence(&messages::what_it_is(failure), sources)) }
                    }
                    (input(failure))
                    @if let Some(panic) = &parts.panic { (panicked(panic, sources)) }
                    (detail(failure, sources))
                    (stuck_tasks(failure, sources))
                    (steps(failure, sources))
                    (end(failure, sources))
                }
            }
        }
    }
}

/// A path that may be broken into lines between its names.
fn broken_at_colons(path: &str) -> Markup {
    html! {
        @for (index, name) in path.split("::").enumerate() {
            @if index > 0 { "::" wbr; }
            (name)
        }
    }
}

/// What the body of a property was given.
fn input(failure: &Failure) -> Markup {
    let parts = failure.parts();
    let title = messages::input_title(parts.kind, parts.coverage.cases);
    html! {
        @if !failure.input().is_empty() {
            section {
                p { (title) }
                pre.command {
                    @for argument in failure.input() { (messages::argument(argument)) "\n" }
                }
            }
        }
    }
}

fn panicked(panic: &PanicNote, sources: &Sources) -> Markup {
    let name = messages::task_name(panic.task, panic.name.as_deref());
    let site = panic.site.as_deref().unwrap_or_default();
    let source = place(site);
    let source = source.and_then(|(file, line, _)| prose::excerpt(file, line, 2, sources));
    html! {
        section.task {
            h2 { (page::panicked(&name)) }
            p.where { (sentence(site, sources)) }
            pre.message { (plain(&panic.message)) }
            (source.unwrap_or_default())
        }
    }
}

fn detail(failure: &Failure, sources: &Sources) -> Markup {
    let parts = failure.parts();
    let Some(detail) = &parts.detail else {
        return html! {};
    };
    html! {
        section {
            h2 { (page::DETAILS) }
            pre.message { (plain(detail)) }
            @if let Some(place) = &parts.place { p.where { (sentence(place, sources)) } }
            @if let Some(way_out) = messages::way_out(failure) { p { (sentence(&way_out, sources)) } }
        }
    }
}

fn stuck_tasks(failure: &Failure, sources: &Sources) -> Markup {
    let blocks = stuck::blocks(failure);
    let left = stuck::left_out(&blocks, TASKS);
    html! {
        @if !blocks.is_empty() {
            section {
                h2 { (page::STUCK) }
                @for block in blocks.iter().take(TASKS) { (task(failure, block, sources)) }
                @if left > 0 { p.dim { (messages::more(left)) } }
            }
        }
    }
}

fn task(failure: &Failure, block: &Block<'_>, sources: &Sources) -> Markup {
    let name = messages::stuck_name(block.first(), block.tasks.len());
    let (followers, left) = block.followers(failure, FOLLOWERS);
    html! {
        article.task {
            h3 {
                (sentence(&name, sources))
                @if let Some(spawned) = messages::spawned(block.first()) {
                    " " span.spawned { (sentence(&spawned, sources)) }
                }
            }
            @for wait in &block.waits { (told_wait(wait, sources)) }
            @if stuck::is_unexplained(&block.waits) {
                dl { dt { (page::WHY) } dd { (followers::no_cause()) } }
            }
            @if !followers.is_empty() {
                div.followers {
                    p { (followers::title()) }
                    ul {
                        @for line in &followers { li { (sentence(line, sources)) } }
                        @if left > 0 { li.dim { (messages::more(left)) } }
                    }
                }
            }
        }
    }
}

fn told_wait(wait: &ToldWait<'_>, sources: &Sources) -> Markup {
    let site = wait.wait.map(|wait| wait.awaited_at);
    let made = site.as_ref().map(|site| (site.file(), site.line()));
    let awaited = wait.awaited_elsewhere();
    let awaited = awaited.map(|it| (it.file.as_str(), it.line));
    let shown = awaited.or(made);
    let source = shown.and_then(|(file, line)| prose::excerpt(file, line, 2, sources));
    html! {
        div.wait {
            p { (sentence(&wait.line, sources)) }
            @if let Some((file, line)) = awaited {
                p.origin { (sentence(&page::awaited_at(file, line), sources)) }
            }
            (source.unwrap_or_default())
            @if let Some(origin) = &wait.origin { p.origin { (sentence(origin, sources)) } }
            @if wait.chain.len() > 1 { (chain(wait.chain, sources)) }
            @if let Some((_, Told { why, proof, change })) = &wait.told {
                dl {
                    dt { (page::WHY) }
                    dd {
                        p { (sentence(why, sources)) }
                        @if !proof.is_empty() {
                            ul { @for line in proof { li { (sentence(line, sources)) } } }
                        }
                    }
                    dt.change { (page::CHANGE) }
                    dd.change { p { (sentence(change, sources)) } }
                }
            }
        }
    }
}

fn chain(chain: &[Frame], sources: &Sources) -> Markup {
    html! {
        div.chain {
            p { (page::BY_WAY_OF) }
            ol {
                @for frame in chain.iter().rev() {
                    @let at = format!("{}:{}", frame.file, frame.line);
                    li {
                        @if let Some(function) = &frame.function {
                            code { (broken_at_colons(function)) } " "
                        }
                        (sentence(&at, sources))
                    }
                }
            }
        }
    }
}

fn steps(failure: &Failure, sources: &Sources) -> Markup {
    let trace = failure.trace();
    let columns = ladder::columns(failure, picture::COLUMNS);
    let rungs = ladder::rungs(trace, &columns);
    let files = ladder::files(trace);
    let drawn = || Picture::new(trace, &columns, &rungs, sources).drawn(&rungs);
    html! {
        @if ladder::explains(failure.kind()) && !rungs.is_empty() {
            section {
                h2 { (page::STEPS) }
                p.dim { (sentence(&page::steps(rungs.len(), &files), sources)) }
                (drawn())
                (legend(!failure.stuck().is_empty()))
            }
        }
    }
}

fn legend(stuck: bool) -> Markup {
    html! {
        p.legend {
            span { span.key.key-spawn {} (page::SPAWNS) }
            span { span.key {} (page::WAKES) }
            span { span.key.key-wait {} (page::WAITS) }
            @if stuck { span { span.key.key-stuck {} (page::NEVER_ENDS) } }
            span.hint { (page::HOVER) }
        }
    }
}

fn end(failure: &Failure, sources: &Sources) -> Markup {
    let parts = failure.parts();
    let token = failure.token();
    let command = token.map(|token| messages::replay_command(&token, parts.test.as_deref()));
    html! {
        @if let Some(command) = command {
            section {
                h2 { (page::AGAIN) }
                pre.command { (command) }
                @if let Some(note) = &parts.note { p.dim { (note) } }
                @if let Some(task) = messages::allowed(failure) {
                    p { (page::IF_MEANT) }
                    @if parts.allow_list != AllowList::File {
                        pre.command { (messages::allow_attribute(task)) }
                    }
                    @if parts.allow_list != AllowList::Attribute {
                        p { (page::IN_FILE) }
                        pre.command { (messages::allow_in_file(task).join("\n")) }
                    }
                }
            }
        }
        @if !parts.coverage.runs.is_empty() {
            section {
                h2 { (page::EXPLORED) }
                p { (sentence(&messages::sentence_case(&parts.coverage.to_string()), sources)) }
            }
        }
    }
}
