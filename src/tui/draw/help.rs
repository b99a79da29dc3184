//! Help: the rows of the key map, by place.

use super::page::{Page, pad};
use crate::tui::keys::Where;
use crate::tui::look::Meaning;
use crate::tui::state::State;

/// Columns of the keys.
const KEYS: usize = 18;

pub fn page(state: &State, wide: usize) -> Page {
    let mut page = Page::new("help");
    for place in Where::ALL {
        let mut rows = state
            .facts
            .keymap
            .rows()
            .iter()
            .filter(|row| row.place == *place)
            .peekable();
        if rows.peek().is_none() {
            continue;
        }
        page.heading(place.title());
        for row in rows {
            let keys: Vec<String> = row.keys.iter().map(ToString::to_string).collect();
            let before = vec![(format!("  {}", pad(&keys.join("  "), KEYS)), Meaning::Key)];
            page.flow(before, &row.sentence, Meaning::Text, wide);
        }
    }
    let signs = state.facts.look.signs;
    page.heading("Signs");
    for (sign, meaning, said) in [
        (signs.idle, Meaning::Idle, "not begun"),
        (signs.active, Meaning::Active, "moving"),
        (
            signs.waiting,
            Meaning::Waiting,
            "waiting for somebody outside",
        ),
        (signs.warning, Meaning::Warning, "needs a look"),
        (
            signs.yes,
            Meaning::Done,
            "done; in a gate: the condition holds",
        ),
        (
            signs.no,
            Meaning::Bad,
            "held until a person looks; in a gate: the condition does not hold",
        ),
        (
            signs.unknown,
            Meaning::Unusual,
            "in a gate: a column it reads was never read",
        ),
        (signs.mark, Meaning::Mark, "marked"),
    ] {
        page.flow(
            vec![(format!("  {}", pad(sign, KEYS)), meaning)],
            said,
            Meaning::Text,
            wide,
        );
    }
    page
}
