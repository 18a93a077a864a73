//! Places in the user's code, read back from texts.

/// The file, the line and the column, if there is one, of a text such as `src/lib.rs:10:5`.
pub(super) fn place(text: &str) -> Option<(&str, u32, Option<u32>)> {
    let (rest, last) = text.rsplit_once(':')?;
    let last = last.parse().ok()?;
    let before = rest.rsplit_once(':');
    let before = before.and_then(|(file, line)| Some((file, line.parse().ok()?)));
    match before {
        Some((file, line)) => Some((file, line, Some(last))),
        None => Some((rest, last, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_place_has_a_line_and_maybe_a_column() {
        assert_eq!(place("src/lib.rs:10:5"), Some(("src/lib.rs", 10, Some(5))));
        assert_eq!(place("C:\\lib.rs:10"), Some(("C:\\lib.rs", 10, None)));
        assert_eq!(place("why:"), None);
        assert_eq!(place("src/lib.rs"), None);
    }
}
