//! The screen as a grid: what stands in each column, and in which colours, with dim, reversed and 256 colours resolved.

use crate::palette::{Palette, Rgb, blend};

/// How much of a dim character's own colour is left; the rest is the paper's.
const DIM: f32 = 0.6;

/// How a character looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub ink: Rgb,
    pub paper: Rgb,
    pub bold: bool,
    pub underlined: bool,
}

/// One character and the marks upon it; empty where nothing was ever written.
#[derive(Clone, Debug)]
pub struct Cell {
    pub column: u16,
    /// 1, or 2 for a wide character.
    pub columns: u16,
    pub text: String,
    pub look: Look,
}

/// A screen.
#[derive(Debug)]
pub struct Grid {
    pub columns: u16,
    pub paper: Rgb,
    pub ink: Rgb,
    /// Each line's cells from left to right; the second column of a wide character has none of its own.
    pub lines: Vec<Vec<Cell>>,
    /// Line and column of the caret, where it shows.
    pub caret: Option<(u16, u16)>,
}

impl Grid {
    pub fn of(screen: &vt100::Screen, palette: &Palette) -> Self {
        let (lines, columns) = screen.size();
        let cells = |line| {
            (0..columns.get())
                .filter_map(|column| cell(screen.cell(line, column)?, column, palette))
                .collect()
        };
        Self {
            columns: columns.get(),
            paper: palette.paper,
            ink: palette.ink,
            lines: (0..lines.get()).map(cells).collect(),
            caret: (!screen.hide_cursor()).then(|| screen.cursor_position()),
        }
    }
}

fn cell(cell: &vt100::Cell, column: u16, palette: &Palette) -> Option<Cell> {
    if cell.is_wide_continuation() {
        return None;
    }
    let colour = |colour, unset| match colour {
        vt100::Color::Default => unset,
        vt100::Color::Idx(number) => palette.numbered(number),
        vt100::Color::Rgb(red, green, blue) => [red, green, blue],
    };
    let mut ink = colour(cell.fgcolor(), palette.ink);
    let mut paper = colour(cell.bgcolor(), palette.paper);
    if cell.dim() {
        ink = blend(paper, ink, DIM);
    }
    if cell.inverse() {
        (ink, paper) = (paper, ink);
    }
    let text = cell.contents();
    Some(Cell {
        column,
        columns: if cell.is_wide() { 2 } else { 1 },
        text: if text == " " { "" } else { text }.to_owned(),
        look: Look {
            ink,
            paper,
            bold: cell.bold(),
            underlined: cell.underline(),
        },
    })
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::palette::DARK;

    /// What a terminal of this size shows after these bytes.
    pub fn shown(lines: u16, columns: u16, bytes: &str) -> Grid {
        let (lines, columns) = (lines.try_into().unwrap(), columns.try_into().unwrap());
        let mut parser = vt100::Parser::new(lines, columns, 0);
        parser.process(bytes.as_bytes());
        Grid::of(parser.screen(), &DARK)
    }

    #[test]
    fn a_wide_character_takes_two_columns() {
        let grid = shown(1, 6, "a日b");
        let at: Vec<(u16, u16, &str)> = grid.lines[0]
            .iter()
            .map(|cell| (cell.column, cell.columns, cell.text.as_str()))
            .collect();
        assert_eq!(
            at,
            [
                (0, 1, "a"),
                (1, 2, "日"),
                (3, 1, "b"),
                (4, 1, ""),
                (5, 1, "")
            ]
        );
    }

    #[test]
    fn reversed_swaps_and_dim_fades_towards_the_paper() {
        let grid = shown(1, 3, "\x1b[7ma\x1b[0;2mb\x1b[0;31mc");
        let looks: Vec<Look> = grid.lines[0].iter().map(|cell| cell.look).collect();
        assert_eq!((looks[0].ink, looks[0].paper), (DARK.paper, DARK.ink));
        assert_eq!(looks[1].ink, blend(DARK.paper, DARK.ink, DIM));
        assert_eq!((looks[2].ink, looks[2].paper), (DARK.named[1], DARK.paper));
    }

    #[test]
    fn the_caret_is_kept_only_where_it_shows() {
        assert_eq!(shown(2, 5, "ab").caret, Some((0, 2)));
        assert_eq!(shown(2, 5, "ab\x1b[?25l").caret, None);
    }
}
