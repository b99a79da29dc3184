//! Lines that moved: the terminal moves them itself, and only what is new is sent.

use super::encode::Change;
use ratatui::buffer::{Buffer, Cell};
use std::io::Write;

/// Fewer changed lines than this are sent as they are.
const LEAST: usize = 5;
/// Lines that move further share too few with what is there.
const FURTHEST: usize = 24;

/// Whole lines that moved up or down together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The first and the last line of the region that moves.
    top: usize,
    bottom: usize,
    lines: usize,
    up: bool,
}

impl Shift {
    /// The move that saves most, if one saves enough. A wrong guess costs bytes and nothing else: what differs after the
    /// move is sent all the same.
    pub fn find(shown: &Buffer, next: &Buffer, changes: &[Change<'_>]) -> Option<Self> {
        let lines = changes.chunk_by(|(_, a, _), (_, b, _)| a == b).count();
        if lines < LEAST {
            return None;
        }
        let (before, after) = (signatures(shown), signatures(next));
        let furthest = FURTHEST.min(after.len().saturating_sub(LEAST));
        let moves = (1..=furthest).flat_map(|lines| [(lines, true), (lines, false)]);
        let best = moves
            .filter_map(|(lines, up)| Self::best(&before, &after, lines, up))
            .max_by_key(|(saved, shift)| (*saved, std::cmp::Reverse(shift.lines)));
        best.filter(|(saved, _)| *saved >= LEAST as i32)
            .map(|(_, shift)| shift)
    }

    /// The run of lines for which this move saves most, and how many lines need not be sent for it.
    fn best(before: &[u64], after: &[u64], lines: usize, up: bool) -> Option<(i32, Self)> {
        let worth = |y: usize| {
            let from = if up {
                y + lines
            } else {
                y.checked_sub(lines).unwrap_or(usize::MAX)
            };
            match (before.get(from) == after.get(y), before[y] == after[y]) {
                (true, false) => 1,
                (false, true) => -1,
                _ => 0,
            }
        };
        let (mut best, mut sum, mut start) = (None::<(i32, usize, usize)>, 0, 0);
        for y in 0..after.len() {
            if sum <= 0 {
                (sum, start) = (0, y);
            }
            let worth = worth(y);
            sum += worth;
            if worth > 0 && best.is_none_or(|(most, ..)| sum > most) {
                best = Some((sum, start, y));
            }
        }
        let (sum, first, last) = best?;
        // A run that begins with lines that are no part of it would move them for nothing.
        let first = (first..=last).find(|y| worth(*y) > 0)?;
        let (top, bottom) = if up {
            (first, last + lines)
        } else {
            (first - lines, last)
        };
        // The lines left empty are sent again though they may be what they were.
        let emptied = if up { last + 1..bottom + 1 } else { top..first };
        let lost = emptied.filter(|y| before[*y] == after[*y]).count() as i32;
        let shift = Self {
            top,
            bottom,
            lines,
            up,
        };
        Some((sum - lost, shift))
    }

    /// Says it to the terminal. To delete or insert lines inside a region is what all of them know.
    pub fn write(self, out: &mut Vec<u8>) {
        let (top, bottom, lines) = (self.top + 1, self.bottom + 1, self.lines);
        let order = if self.up { 'M' } else { 'L' };
        // To write to memory cannot fail. The end of the region moves the cursor, so nothing relies on where it is.
        let _ = write!(
            out,
            "\x1b[{top};{bottom}r\x1b[{top}H\x1b[{lines}{order}\x1b[r"
        );
    }

    /// Does the same to what is known of the screen.
    pub fn apply(self, shown: &mut Buffer) {
        let wide = usize::from(shown.area.width);
        let region = &mut shown.content[self.top * wide..(self.bottom + 1) * wide];
        let cells = self.lines * wide;
        let emptied = if self.up {
            region.rotate_left(cells);
            let from = region.len() - cells;
            &mut region[from..]
        } else {
            region.rotate_right(cells);
            &mut region[..cells]
        };
        emptied.iter_mut().for_each(Cell::reset);
    }
}

/// A number for each line that is the same for equal lines, looks apart.
fn signatures(buffer: &Buffer) -> Vec<u64> {
    let wide = usize::from(buffer.area.width).max(1);
    let line = |cells: &[Cell]| {
        cells.iter().fold(0xcbf2_9ce4_8422_2325, |sum: u64, cell| {
            let text = cell.symbol().as_bytes();
            let look = u64::from(cell.modifier.bits()) << 8;
            let first = text
                .iter()
                .fold(look, |all, byte| all << 8 ^ u64::from(*byte));
            (sum ^ first).wrapping_mul(0x0000_0100_0000_01b3)
        })
    };
    buffer.content.chunks(wide).map(line).collect()
}
