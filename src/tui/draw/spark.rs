//! A row of small bars.

use crate::tui::look::Signs;

/// One column for each number, the highest a little lower than the line, so that bars do not run into those of the line
/// above; none is a space. Of more numbers than columns the newest are shown.
pub fn spark(signs: &Signs, counts: &[u64], wide: usize) -> String {
    let shown = &counts[counts.len().saturating_sub(wide)..];
    let most = shown.iter().copied().max().unwrap_or(0);
    let bars = shown.iter().map(|count| level(signs, *count, most));
    let missing = wide - shown.len();
    std::iter::repeat_n(" ", missing).chain(bars).collect()
}

fn level(signs: &Signs, count: u64, most: u64) -> &'static str {
    let top = signs.levels.len() as u64 - 1;
    match (count * top).div_ceil(most.max(1)) {
        0 => " ",
        level => signs.levels[(level.min(top) - 1) as usize],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_fills_the_line_and_none_is_empty() {
        for (counts, drawn) in [
            (&[][..], "     "),
            (&[0, 0], "     "),
            (&[7], "    ▇"),
            (&[0, 1, 4, 8], "  ▁▄▇"),
            (&[9, 0, 0, 0, 0, 1], "    ▇"),
            (&[1, 1_000_000], "   ▁▇"),
        ] {
            assert_eq!(spark(&Signs::UNICODE, counts, 5), drawn, "{counts:?}");
        }
        assert_eq!(spark(&Signs::ASCII, &[0, 1, 4, 8], 4), " .*#");
        assert_eq!(spark(&Signs::ASCII, &[1], 0), "");
    }
}
