//! A grid cut into what a picture is made of: stretches of one background, of one underline, of one look of text.

use crate::grid::{Cell, Grid, Look};
use crate::palette::Rgb;

/// A stretch of one line in one colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    pub line: usize,
    pub column: u16,
    pub columns: u16,
    pub colour: Rgb,
}

/// A stretch of text in one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub line: usize,
    pub column: u16,
    pub columns: u16,
    pub text: String,
    pub look: Look,
}

/// Backgrounds other than the paper's.
pub fn backgrounds(grid: &Grid) -> Vec<Band> {
    bands(grid, |look| {
        (look.paper != grid.paper).then_some(look.paper)
    })
}

pub fn underlines(grid: &Grid) -> Vec<Band> {
    bands(grid, |look| look.underlined.then_some(look.ink))
}

fn bands(grid: &Grid, colour: impl Fn(Look) -> Option<Rgb>) -> Vec<Band> {
    let mut bands: Vec<Band> = Vec::new();
    for (line, cells) in grid.lines.iter().enumerate() {
        for cell in cells {
            let Some(colour) = colour(cell.look) else {
                continue;
            };
            match bands.last_mut() {
                Some(band)
                    if (band.line, band.colour) == (line, colour)
                        && band.column + band.columns == cell.column =>
                {
                    band.columns += cell.columns;
                }
                _ => bands.push(Band {
                    line,
                    column: cell.column,
                    columns: cell.columns,
                    colour,
                }),
            }
        }
    }
    bands
}

/// Text in stretches that start at their own column. Single spaces stay within a stretch; what the font of the reader
/// may have in another width stands alone.
pub fn texts<'a>(grid: &'a Grid, drawn: impl Fn(&'a Cell) -> bool) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (line, cells) in grid.lines.iter().enumerate() {
        for cell in cells.iter().filter(|cell| !cell.text.is_empty()) {
            if drawn(cell) {
                continue;
            }
            let gap = runs.last().map(|run| {
                let gap = cell.column - (run.column + run.columns).min(cell.column);
                let joins = (run.line, run.look) == (line, cell.look);
                (
                    gap,
                    joins && gap < 2 && plain(&run.text) && plain(&cell.text),
                )
            });
            match (gap, runs.last_mut()) {
                (Some((gap, true)), Some(run)) => {
                    run.text.push_str(&" ".repeat(gap.into()));
                    run.text.push_str(&cell.text);
                    run.columns += gap + cell.columns;
                }
                _ => runs.push(Run {
                    line,
                    column: cell.column,
                    columns: cell.columns,
                    text: cell.text.clone(),
                    look: cell.look,
                }),
            }
        }
    }
    runs
}

/// Letters that every monospaced font has in its own width.
fn plain(text: &str) -> bool {
    text.chars().all(|c| c < '\u{250}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::tests::shown;

    #[test]
    fn a_run_ends_at_two_spaces_at_a_look_and_at_a_symbol() {
        let runs = texts(
            &shown(1, 30, "one two  three\x1b[1mbold\x1b[0m✓ok日"),
            |_| false,
        );
        let at: Vec<(u16, u16, &str)> = runs
            .iter()
            .map(|run| (run.column, run.columns, run.text.as_str()))
            .collect();
        let expected = [
            (0, 7, "one two"),
            (9, 5, "three"),
            (14, 4, "bold"),
            (18, 1, "✓"),
            (19, 2, "ok"),
            (21, 2, "日"),
        ];
        assert_eq!(at, expected);
    }

    #[test]
    fn neighbours_of_one_background_are_one_band() {
        let bands = backgrounds(&shown(2, 6, "a\x1b[41mb日\x1b[42mc\r\n\x1b[41md"));
        let at: Vec<(usize, u16, u16)> = bands
            .iter()
            .map(|band| (band.line, band.column, band.columns))
            .collect();
        assert_eq!(at, [(0, 1, 3), (0, 4, 1), (1, 0, 1)]);
    }
}
