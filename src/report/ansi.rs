//! Texts without the colours that terminals understand.

use std::borrow::Cow;

const ESCAPE: char = '\u{1b}';

/// The text without its escape sequences for colours: `ESC [ … m`.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(ESCAPE) {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split(ESCAPE);
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| without_colour(part).unwrap_or(part));
    Cow::Owned(rest.fold(first, |text, part| text + part))
}

/// What follows a colour, if this begins with one.
fn without_colour(part: &str) -> Option<&str> {
    let numbers = part.strip_prefix('[')?;
    let end = numbers.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
    end.strip_prefix('m')
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn only_the_colours_go() {
        assert_eq!(plain("more"), "more");
        assert_eq!(plain("\u{1b}[1;31m<more\u{1b}[0m mass"), "<more mass");
        assert_eq!(plain("a\u{1b}[2K farm"), "a[2K farm");
    }
}
