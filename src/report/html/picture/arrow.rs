//! Arrows of a ladder.

use maud::{Markup, html};

/// How far an arrow ends from the lines that it connects.
const SPACE: usize = 6;
const HEAD: usize = 6;

/// An arrow between two lines, at a level.
pub(super) fn arrow(from: usize, to: usize, level: usize, spawns: bool) -> Markup {
    let right = to > from;
    let (start, tip) = if right {
        (from + SPACE, to - SPACE + 4)
    } else {
        (from - SPACE, to + SPACE - 4)
    };
    let base = if right { tip - HEAD } else { tip + HEAD };
    let (above, below) = (level - HEAD / 2 - 1, level + HEAD / 2 + 1);
    html! {
        g.arrow.spawn[spawns] {
            path d={ "M" (start) " " (level) "H" (base) } {}
            polygon points={
                (tip) "," (level) " " (base) "," (above) " " (base) "," (below)
            } {}
        }
    }
}
