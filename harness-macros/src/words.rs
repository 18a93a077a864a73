//! Small helpers for error messages: lists of legal names, and the nearest legal name to a typing
//! error.
//!
//! Not here: the messages themselves.

/// `a, b or c` from `["a", "b", "c"]`.
pub(crate) fn list_or(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let names: Vec<String> = names
        .into_iter()
        .map(|name| name.as_ref().to_owned())
        .collect();
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// The candidate that `typed` was most likely meant to be, if one is near enough to be worth
/// suggesting.
pub(crate) fn nearest<'a>(
    typed: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&typed, candidate), candidate))
        .filter(|&(distance, candidate)| distance * 3 <= candidate.len().max(typed.len()))
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::{list_or, nearest};

    #[test]
    fn lists_read_as_prose() {
        assert_eq!(list_or([""; 0]), "");
        assert_eq!(list_or(["a"]), "a");
        assert_eq!(list_or(["a", "b", "c"]), "a, b or c");
    }

    #[test]
    fn only_near_names_are_suggested() {
        let names = ["flavor", "seed", "early_timers"];
        assert_eq!(nearest("flavour", names), Some("flavor"));
        assert_eq!(nearest("EARLY_TIMER", names), Some("early_timers"));
        assert_eq!(nearest("zebra", names), None);
    }
}
