//! Sentences of a report on its page: with code set as code, and places that show their source.
//!
//! Not here: the sentences (`messages`), and the lines of the source (`source`).

use maud::{Markup, html};

use crate::report::place::place;
use crate::report::source::Sources;

/// Lines of source around the one that matters.
const AROUND: usize = 3;

/// A sentence, where `` `x` `` is code and `src/x.rs:1:2` a place.
pub(super) fn sentence(text: &str, sources: &Sources) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 {
                code { (part) }
            } @else {
                (words(part, sources))
            }
        }
    }
}

fn words(text: &str, sources: &Sources) -> Markup {
    html! {
        @for (index, word) in text.split(' ').enumerate() {
            @if index > 0 { " " }
            @let end = word.trim_end_matches([':', ',', '.', ';', ')']).len();
            @if let Some((file, line, _)) = place(&word[..end]) {
                (site(&word[..end], file, line, sources))
                (&word[end..])
            } @else {
                (word)
            }
        }
    }
}

fn site(text: &str, file: &str, line: u32, sources: &Sources) -> Markup {
    let source = excerpt(file, line, AROUND, sources);
    html! {
        @if let Some(source) = source {
            span.site tabindex="0" {
                (text)
                (dock(html! { (text) }, &source))
            }
        } @else {
            span.site { (text) }
        }
    }
}

/// What is shown at the edge of the page while its parent is under the pointer or has the focus.
pub(super) fn dock(title: Markup, source: &Markup) -> Markup {
    html! {
        span.dock {
            (title)
            (source)
        }
    }
}

/// The source around a line, with that line marked; none where it is not there.
pub(super) fn excerpt(file: &str, line: u32, around: usize, sources: &Sources) -> Option<Markup> {
    let lines = sources.excerpt(file, line, around)?;
    Some(html! {
        span.source {
            @for (number, text) in &lines {
                span.line.marked[*number == line as usize] {
                    span.number { (number) }
                    (text) "\n"
                }
            }
        }
    })
}
