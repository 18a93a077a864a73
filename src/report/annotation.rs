//! A failure as an annotation: a line by which GitHub Actions shows it beside the code.
//!
//! Not here: who prints it (`check`), and the sentences (`messages`).

use std::fmt::Write;
use std::path::Path;

use super::source::Sources;
use super::{messages, place, stuck};
use crate::outcome::Failure;

/// The annotation, at the line where the first stuck task waits; of other failures, where they
/// happened or where the test is. `workspace` is the folder that GitHub's paths are relative to.
pub(crate) fn annotation(failure: &Failure, sources: &Sources, workspace: Option<&Path>) -> String {
    let parts = failure.parts();
    let title = messages::headline(parts.kind, parts.test.as_deref());
    let mut line = String::from("::error ");
    if let Some((file, row, column)) = site(failure) {
        let file = path(&file, sources, workspace);
        let _ = write!(line, "file={},line={row},col={column},", property(&file));
    }
    let _ = write!(
        line,
        "title={}::{}",
        property(&title),
        data(&message(failure))
    );
    line
}

/// The await rather than the call that made its future, where both are known.
fn site(failure: &Failure) -> Option<(String, u32, u32)> {
    let lead = failure.stuck().first();
    if let Some(frame) = lead.and_then(|lead| lead.chain().first()) {
        return Some((frame.file.clone(), frame.line, frame.column.unwrap_or(1)));
    }
    let site = lead.map(|task| task.awaited_at().unwrap_or(task.spawned_at()));
    let parts = failure.parts();
    let panic = parts.panic.as_ref().and_then(|panic| panic.site.as_deref());
    let text = panic.or(parts.place.as_deref());
    let body = || failure.trace().tasks.first().map(|body| body.spawned_at);
    match (site, text.and_then(place::place)) {
        (None, Some((file, line, column))) => Some((file.to_owned(), line, column.unwrap_or(1))),
        (site, _) => {
            let site = site.or_else(body)?;
            Some((site.file().to_owned(), site.line(), site.column()))
        }
    }
}

/// The path below GitHub's workspace, as far as that is known.
fn path(file: &str, sources: &Sources, workspace: Option<&Path>) -> String {
    let whole = match sources.root() {
        Some(root) => root.join(file),
        None => file.into(),
    };
    let below = workspace.and_then(|workspace| whole.strip_prefix(workspace).ok());
    let path = below.map(Path::to_owned).unwrap_or_else(|| file.into());
    path.to_string_lossy().replace('\\', "/")
}

/// What it is, and of the first stuck task why, and what to change.
fn message(failure: &Failure) -> String {
    let parts = failure.parts();
    let mut text = messages::what_it_is(failure);
    for argument in failure.input() {
        let _ = write!(text, "\n{}", messages::argument(argument));
    }
    if let Some(panic) = &parts.panic {
        let _ = write!(text, "\n{}", super::ansi::plain(&panic.message));
    }
    if let Some(detail) = &parts.detail {
        let _ = write!(text, "\n{}", super::ansi::plain(detail));
    }
    if let Some(lead) = failure.stuck().first() {
        let _ = write!(text, "\n{}", messages::stuck_task(lead, 1));
        for wait in stuck::waits(failure, lead) {
            let _ = write!(text, "\n{}", wait.line);
            if let Some((_, told)) = wait.told {
                let _ = write!(text, "\n{}", messages::causes::in_lines(&told));
            }
        }
    }
    if let Some(token) = failure.token() {
        let _ = write!(
            text,
            "\n{}",
            messages::replay(&token, parts.test.as_deref(), parts.input.is_some())
        );
    }
    text
}

/// The text of a command, escaped as GitHub's own toolkit does.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of one of a command's properties.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_value_is_escaped() {
        assert_eq!(data("100%\r\nof it: a, b"), "100%25%0D%0Aof it: a, b");
        assert_eq!(property("a::b, 5%"), "a%3A%3Ab%2C 5%25");
    }
}
