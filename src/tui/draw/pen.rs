//! Writes text into the frame: clipped, measured, styled by meaning.

use super::spot::Spot;
use crate::tui::look::{Look, Meaning};
use crate::tui::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// A piece of text and what it means.
pub type Span = (String, Meaning);

/// Draws on one frame.
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    pub look: &'a Look,
    /// What can be pointed at, what lies above after what lies below.
    pub spots: Vec<(Rect, Spot)>,
}

impl<'a> Pen<'a> {
    pub fn new(buffer: &'a mut Buffer, look: &'a Look) -> Self {
        Self {
            buffer,
            look,
            spots: Vec::new(),
        }
    }

    /// Says what the area just drawn is, for the mouse.
    pub fn spot(&mut self, area: Rect, spot: Spot) {
        self.spots.push((area, spot));
    }

    /// Writes at most `most` columns and answers how many were used. What does not fit ends in the sign of a cut.
    pub fn text(&mut self, x: u16, y: u16, most: u16, said: &str, meaning: Meaning) -> u16 {
        let style = self.look.theme.style(meaning);
        self.styled(x, y, most, said, style)
    }

    pub fn styled(&mut self, x: u16, y: u16, most: u16, said: &str, style: Style) -> u16 {
        let area = self.buffer.area;
        if x >= area.right() || y >= area.bottom() {
            return 0;
        }
        let most = most.min(area.right() - x);
        let said = text::cell(said);
        let fitted = text::fit(&said, usize::from(most), self.look.signs.cut);
        let own = self.look.signs.own(&fitted);
        // What lay there before lends nothing of its look.
        let wide = text::width(&own).min(usize::from(most)) as u16;
        self.buffer
            .set_style(Rect::new(x, y, wide, 1), Style::reset());
        let (end, _) = self
            .buffer
            .set_stringn(x, y, &own, usize::from(most), style);
        end - x
    }

    /// Writes against the right edge of the given columns.
    pub fn right(&mut self, x: u16, y: u16, wide: u16, said: &str, meaning: Meaning) {
        let used = text::width(said).min(usize::from(wide)) as u16;
        self.text(x + wide - used, y, used, said, meaning);
    }

    /// Pieces one after the other.
    pub fn spans(&mut self, x: u16, y: u16, most: u16, spans: &[Span]) -> u16 {
        let mut used = 0;
        for (said, meaning) in spans {
            if used >= most {
                break;
            }
            used += self.text(x + used, y, most - used, said, *meaning);
        }
        used
    }

    /// A line across, with pieces on its left and on its right.
    pub fn rule(&mut self, area: Rect, left: &[Span], right: &[Span]) {
        let line = self.look.signs.rule.repeat(usize::from(area.width));
        self.text(area.x, area.y, area.width, &line, Meaning::Rule);
        let wide = |spans: &[Span]| {
            spans
                .iter()
                .map(|(said, _)| text::width(said))
                .sum::<usize>() as u16
        };
        let used = self.spans(area.x + 1, area.y, area.width.saturating_sub(2), left);
        let needs = wide(right);
        if needs > 0 && used + needs + 3 <= area.width {
            self.spans(area.right() - needs - 1, area.y, needs, right);
        }
    }

    /// Pieces on the left and on the right of a line, each given by how much it matters: those that matter least go
    /// first when there is no room (0 matters most).
    pub fn pieces(&mut self, area: Rect, left: Vec<(u8, Vec<Span>)>, right: Vec<(u8, Vec<Span>)>) {
        const GAP: usize = 2;
        let mut all: Vec<(bool, u8, Vec<Span>)> = left
            .into_iter()
            .map(|(rank, spans)| (true, rank, spans))
            .collect();
        all.extend(right.into_iter().map(|(rank, spans)| (false, rank, spans)));
        all.retain(|(.., spans)| !spans.is_empty());
        let wide = |spans: &[Span]| {
            spans
                .iter()
                .map(|(said, _)| text::width(said))
                .sum::<usize>()
        };
        while all.len() > 1
            && all
                .iter()
                .map(|(.., spans)| wide(spans) + GAP)
                .sum::<usize>()
                > usize::from(area.width)
        {
            let least = all
                .iter()
                .enumerate()
                .max_by_key(|(at, (_, rank, _))| (*rank, *at))
                .map(|(at, _)| at);
            all.remove(least.unwrap_or(0));
        }
        let mut x = area.x + 1;
        for (_, _, spans) in all.iter().filter(|(on_left, ..)| *on_left) {
            let room = area.right().saturating_sub(x);
            x += self.spans(x, area.y, room, spans) + GAP as u16;
        }
        let mut end = area.right().saturating_sub(1);
        for (_, _, spans) in all.iter().rev().filter(|(on_left, ..)| !*on_left) {
            let needs = (wide(spans) as u16).min(end.saturating_sub(area.x));
            self.spans(end - needs, area.y, needs, spans);
            end = end.saturating_sub(needs + GAP as u16);
        }
    }

    /// A line down.
    pub fn wall(&mut self, x: u16, y: u16, high: u16) {
        for y in y..y + high {
            self.text(x, y, 1, self.look.signs.wall, Meaning::Rule);
        }
    }

    /// Gives a whole line the cursor's look, without its colours, so that it can be read on any background.
    pub fn cursor_line(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        let style = self.look.theme.style(Meaning::Cursor);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                let cell = &mut self.buffer[(x, y)];
                let bold = cell.modifier & Modifier::BOLD;
                cell.set_style(Style::reset());
                cell.set_style(style.add_modifier(bold));
            }
        }
    }

    /// One column as the caret.
    pub fn caret(&mut self, x: u16, y: u16) {
        if x < self.buffer.area.right() && y < self.buffer.area.bottom() {
            let style = self.look.theme.style(Meaning::Cursor);
            self.buffer[(x, y)].set_style(style);
        }
    }

    /// Empties an area.
    pub fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            // Half of a wide character must not stay at the edge.
            if area.left() > 0 && text::width(self.buffer[(area.left() - 1, y)].symbol()) > 1 {
                self.buffer[(area.left() - 1, y)].reset();
            }
            for x in area.left()..area.right() {
                self.buffer[(x, y)].reset();
            }
        }
    }

    /// Empties the lines of an area over the whole width: slices of a table beside a box would only be in the way.
    pub fn band(&mut self, area: Rect) {
        let screen = self.buffer.area;
        self.clear(Rect {
            x: screen.x,
            width: screen.width,
            ..area
        });
    }

    /// A box with a title in its upper edge.
    pub fn frame(&mut self, area: Rect, title: &str, meaning: Meaning) {
        // A column of air at each side, so that it does not run into what it covers.
        self.clear(Rect {
            x: area.x.saturating_sub(1),
            width: area.width + 2,
            ..area
        });
        let [top_left, top_right, low_left, low_right] = self.look.signs.corners;
        let line = self
            .look
            .signs
            .rule
            .repeat(usize::from(area.width.saturating_sub(2)));
        let bottom = area.bottom().saturating_sub(1);
        self.text(
            area.x,
            area.y,
            area.width,
            &format!("{top_left}{line}{top_right}"),
            Meaning::Rule,
        );
        self.text(
            area.x,
            bottom,
            area.width,
            &format!("{low_left}{line}{low_right}"),
            Meaning::Rule,
        );
        self.wall(area.x, area.y + 1, area.height.saturating_sub(2));
        self.wall(
            area.right().saturating_sub(1),
            area.y + 1,
            area.height.saturating_sub(2),
        );
        self.text(
            area.x + 2,
            area.y,
            area.width.saturating_sub(4),
            &format!(" {title} "),
            meaning,
        );
    }
}
