//! Backtraces, cut to the functions of the test's own packages.
//!
//! Not here: when one is worth it (`chain`, `panics`). Without debug information there is nothing
//! to tell.

use std::path::PathBuf;
use std::{backtrace, env};

use crate::trace::Frame;

/// Where a task is.
pub(super) struct Backtrace(backtrace::Backtrace);

impl Backtrace {
    /// From here.
    pub(super) fn take() -> Backtrace {
        Backtrace(backtrace::Backtrace::force_capture())
    }

    /// Whether the name of a function, or its place, contains this.
    pub(super) fn mentions(&self, part: &str) -> bool {
        self.0.to_string().contains(part)
    }

    /// The user's functions, the innermost first. `file` is a path as sites have it of one of them,
    /// which shows what the others are relative to.
    pub(super) fn frames(&self, file: &str) -> Vec<Frame> {
        frames(&self.0.to_string(), file)
    }
}

/// The user's functions in the text of a backtrace. (std has no other way to read one; its format
/// is the one that people know from panics: a line with a number and a function, then one with its
/// place. What has been inlined has no number.)
fn frames(text: &str, file: &str) -> Vec<Frame> {
    let mut function = "";
    let mut all = Vec::new();
    for line in text.lines().map(str::trim) {
        match line.strip_prefix("at ") {
            Some(place) => all.extend(frame(function, place)),
            None => function = without_number(line),
        }
    }
    // It begins in this file, or in one that calls it, if an optimized build leaves no frame of this
    // one; and the task with its poll by the executor.
    let begins = ["backtrace", "panics", "chain"].map(|name| format!("/src/executor/{name}.rs"));
    let own = all.iter().find_map(|frame| {
        let mut begins = begins.iter();
        begins.find_map(|file| frame.file.strip_suffix(file))
    });
    let own = own.unwrap_or_default().to_owned();
    let poll = format!("{own}/src/executor/poll.rs");
    let inside = all.into_iter().take_while(|frame| frame.file != poll);
    let mut frames: Vec<Frame> = inside.filter(|frame| is_users(&frame.file, &own)).collect();
    frames.dedup();
    // Sites have paths as the compiler was given them: below the root of the workspace.
    let suffix = format!("/{file}");
    let mut roots = frames.iter().map(|frame| frame.file.strip_suffix(&suffix));
    let root = roots.find_map(|root| root.map(PathBuf::from));
    let root = root.or_else(|| env::current_dir().ok());
    let root = root.map(|root| format!("{}/", root.display()));
    for frame in &mut frames {
        let relative = root
            .as_deref()
            .and_then(|root| frame.file.strip_prefix(root));
        if let Some(relative) = relative {
            frame.file = relative.to_owned();
        }
    }
    frames
}

fn without_number(line: &str) -> &str {
    match line.split_once(": ") {
        Some((number, rest)) if number.bytes().all(|c| c.is_ascii_digit()) => rest,
        _ => line,
    }
}

fn frame(function: &str, place: &str) -> Option<Frame> {
    let (rest, last) = place.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    let before = rest.rsplit_once(':');
    let before = before.and_then(|(file, line)| Some((file, line.parse().ok()?)));
    let (file, line, column) = match before {
        Some((file, line)) => (file, line, Some(last)),
        None => (rest, last, None),
    };
    Some(Frame {
        function: path(function),
        file: absolute(file),
        line,
        column,
    })
}

/// What is below the working directory is told from there.
fn absolute(file: &str) -> String {
    let below = file.strip_prefix("./");
    let path = below.and_then(|below| Some(env::current_dir().ok()?.join(below)));
    path.map_or_else(
        || file.to_owned(),
        |path| path.to_string_lossy().into_owned(),
    )
}

/// A function's path, without the closures and `async` blocks in it.
fn path(function: &str) -> Option<String> {
    let mut path = function;
    while let Some((before, last)) = path.rsplit_once("::") {
        if !last.starts_with('{') {
            return Some(path.to_owned());
        }
        path = before;
    }
    None
}

/// Whether a file is of the package that is tested, or of one beside it; not of the standard
/// library, a registry or this crate.
fn is_users(file: &str, own: &str) -> bool {
    const OTHERS: [&str; 4] = ["/rustc/", "/rustlib/", "/registry/src/", "/git/checkouts/"];
    let harness = file.strip_prefix(own).is_some_and(|below| {
        !own.is_empty() && (below.starts_with("/src/") || below.starts_with("/mirrors/"))
    });
    let other = OTHERS.iter().any(|folder| file.contains(folder));
    file.ends_with(".rs") && !harness && !other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_users_functions_are_left_and_named_by_what_people_wrote() {
        let here = file!();
        let text = format!(
            "   0: leak_harness::executor::backtrace::Backtrace::take\n\
             \x20            at /harness/src/executor/backtrace.rs:9:5\n\
             \x20  1: <core::pin::Pin<P> as core::future::future::Future>::poll\n\
             \x20            at /rustc/0123/library/core/src/future/future.rs:133:9\n\
             \x20  2: shop::cart::next_item::{{{{closure}}}}\n\
             \x20            at /me/{}:10:25\n\
             \x20     shop::cart::serve::{{closure#0}}::{{closure#1}}\n\
             \x20            at /me/src/serve.rs:7\n\
             \x20  3: {{async_block#0}}<shop::Guard>\n\
             \x20            at /harness/src/lib.rs:9:5\n\
             \x20  4: <shop::Guard as futures_core::Stream>::poll_next\n\
             \x20            at /me/.cargo/registry/src/x/lib.rs:9:5\n\
             \x20  5: {{async_block#0}}\n\
             \x20            at /me/src/main.rs:3:1\n\
             \x20  6: poll_task\n\
             \x20            at /harness/src/executor/poll.rs:3:1\n\
             \x20  7: start\n\
             \x20            at /me/src/too_far.rs:3:1\n",
            here
        );
        let frames: Vec<String> = frames(&text, here).iter().map(Frame::to_string).collect();
        let first = format!("shop::cart::next_item at {}:10:25", here);
        // As `take` may go on in what it calls.
        let taken = text.find("   1:").unwrap();
        let hook = "   0: leak_harness::executor::panics::install::{closure#0}\n\
             \x20            at /harness/src/executor/panics.rs:29:33\n";
        let optimized = super::frames(&format!("{hook}{}", &text[taken..]), here);
        assert_eq!(optimized[0].to_string(), first);
        let below = "  0: app::connect\n   at ./src/app.rs:7:9\n";
        let below = super::frames(below, here);
        assert_eq!(below[0].place(), "src/app.rs:7:9");
        assert!(super::frames("   0: without\n   1: places\n", here).is_empty());
        let others = ["shop::cart::serve at src/serve.rs:7", "src/main.rs:3:1"];
        assert_eq!(frames, [&*first, others[0], others[1]]);
    }
}
