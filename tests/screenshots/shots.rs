//! The pictures, one a row: to add one, add a row.

use crate::palette::{DARK, LIGHT, Palette};

/// One picture.
#[derive(Debug)]
pub struct Shot {
    /// The file, without its ending.
    pub name: &'static str,
    /// Columns and lines.
    pub size: (u16, u16),
    pub dress: &'static Dress,
    pub steps: &'static [Step],
}

/// The keys to type, then the texts to wait for: all of them on the screen at once.
pub type Step = (&'static str, &'static [&'static str]);

/// How the console is asked to look, and what its colours are in the picture.
#[derive(Debug)]
pub struct Dress {
    pub palette: &'static Palette,
    pub flags: &'static [&'static str],
    pub environment: &'static [(&'static str, &'static str)],
}

const fn dress(palette: &'static Palette, flags: &'static [&'static str]) -> Dress {
    Dress {
        palette,
        flags,
        environment: &[],
    }
}

static PLAIN: Dress = dress(&DARK, &[]);
static BRIGHT: Dress = dress(&LIGHT, &["--theme", "light"]);
static COLOUR_BLIND: Dress = dress(&DARK, &["--theme", "colour-blind"]);
static ASCII: Dress = dress(&DARK, &["--ascii"]);
static MONO: Dress = Dress {
    palette: &DARK,
    flags: &[],
    environment: &[("NO_COLOR", "1")],
};

/// The demo's rows have been read.
const READ: Step = ("", &["Serial", "engine runs"]);
/// A row whose ladder has come to its end.
const STUCK: Step = ("/YBP0WV0053\r", &["1 of 295 match"]);
/// Rows on their way, some of which failed, all of them marked.
const LEAVING: [Step; 2] = [("/phase:Leaving\r", &["of 295 match"]), ("*", &["marked"])];

type Row = (&'static str, (u16, u16), &'static Dress, &'static [Step]);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("main-80x24",            (80, 24),  &PLAIN,        &[("", &["Serial", " done"])]),
    ("main-120x40",           (120, 40), &PLAIN,        &[READ]),
    ("main-220x60",           (220, 60), &PLAIN,        &[READ]),
    ("main-40x12",            (40, 12),  &PLAIN,        &[("", &["Serial", " done"])]),
    ("main-light",            (120, 40), &BRIGHT,       &[READ]),
    ("main-mono",             (120, 40), &MONO,         &[READ]),
    ("main-colour-blind",     (120, 40), &COLOUR_BLIND, &[READ]),
    ("main-ascii",            (120, 40), &ASCII,        &[READ]),
    ("dossier",               (120, 40), &PLAIN,        &[READ, STUCK, ("\r", &["YBP0WV0053", "you can", "Stages"])]),
    ("faults",                (120, 40), &PLAIN,        &[READ, ("4", &["─ faults", "cause"])]),
    ("preview",               (120, 40), &PLAIN,        &[READ, LEAVING[0], LEAVING[1], ("r", &["[ Cancel ]"])]),
    ("progress",              (120, 40), &PLAIN,        &[READ, ("9", &["─ progress", "Left to do"])]),
    ("palette",               (120, 40), &PLAIN,        &[READ, (":", &["─ palette"])]),
    ("columns",               (120, 40), &PLAIN,        &[READ, ("c", &["─ columns"])]),
    ("help",                  (120, 40), &PLAIN,        &[READ, ("?", &["Show what every key does"])]),
    ("history",               (120, 40), &PLAIN,        &[READ, ("5", &["─ history", "Serial"])]),
    ("inbox",                 (120, 40), &PLAIN,        &[READ, ("6", &["─ inbox", "applied"])]),
    ("waves",                 (120, 40), &PLAIN,        &[READ, ("7", &["─ waves"])]),
    ("services",              (120, 40), &PLAIN,        &[READ, ("8", &["─ services"])]),
    ("stages",                (120, 40), &PLAIN,        &[READ, ("2", &["─ stages"])]),
    ("log",                   (120, 40), &PLAIN,        &[READ, ("3", &["─ log"])]),
];

/// Every row whose name is among the wanted ones; all of them when none is named.
pub fn shots(wanted: &[String]) -> Vec<Shot> {
    let all = ROWS.iter().map(|&(name, size, dress, steps)| Shot {
        name,
        size,
        dress,
        steps,
    });
    all.filter(|shot| wanted.is_empty() || wanted.iter().any(|name| name == shot.name))
        .collect()
}

/// The wanted names that no row has.
pub fn unknown(wanted: &[String]) -> Vec<&String> {
    let known = |name: &&String| ROWS.iter().any(|row| row.0 == name.as_str());
    wanted.iter().filter(|name| !known(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_pictures_share_a_file() {
        let mut names: Vec<&str> = ROWS.iter().map(|row| row.0).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ROWS.len());
    }

    #[test]
    fn a_row_is_chosen_by_its_name() {
        let wanted = ["help".to_owned(), "hlep".to_owned()];
        assert_eq!(shots(&wanted).len(), 1);
        assert_eq!(unknown(&wanted), ["hlep"]);
        assert_eq!(shots(&[]).len(), ROWS.len());
    }
}
