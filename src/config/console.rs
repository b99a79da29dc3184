//! `[console]`.

use super::finding::nearest;
use super::section::Section;
use super::settings::Console;
use crate::tui::ThemeName;

impl Default for Console {
    fn default() -> Self {
        Self {
            theme: None,
            ascii: None,
            mouse: false,
            notify: true,
            keymap: None,
        }
    }
}

pub(super) fn read(section: &Section<'_>) -> Console {
    let default = Console::default();
    let console = Console {
        theme: section.parsed("theme", theme),
        ascii: section.yes_or_no("ascii"),
        mouse: section.yes_or_no("mouse").unwrap_or(default.mouse),
        notify: section.yes_or_no("notify").unwrap_or(default.notify),
        keymap: section.path("keymap"),
    };
    section.finish(&[]);
    console
}

fn theme(text: &str) -> Result<ThemeName, String> {
    let words = ThemeName::ALL.map(ThemeName::word);
    ThemeName::from_word(text).ok_or_else(|| {
        let hint = nearest(text, words).map_or_else(
            || format!("there are {}", words.join(", ")),
            |near| format!("did you mean \"{near}\"?"),
        );
        format!("\"{text}\" is no theme; {hint}")
    })
}
