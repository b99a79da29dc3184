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
    let words = || ThemeName::ALL.into_iter().map(ThemeName::word);
    ThemeName::from_word(text).ok_or_else(|| match nearest(text, words()) {
        Some(near) => format!("\"{text}\" is no theme; did you mean \"{near}\"?"),
        None => {
            let known: Vec<_> = words().collect();
            format!("\"{text}\" is no theme; there are {}", known.join(", "))
        }
    })
}
