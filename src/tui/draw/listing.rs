//! A screen with a list of things, one of which has the cursor, and below it what there is to say of that one.

use super::pen::{Pen, Span};
use super::spot::Spot;
use crate::tui::look::Meaning;
use crate::tui::state::Pick;
use crate::tui::text;
use ratatui::layout::Rect;
use std::ops::Range;

/// What of the screen the list gets when there is something to say of the chosen thing, in hundredths.
const LIST_SHARE: u16 = 45;
/// Lines about the chosen thing that are not given up for others.
const DETAIL_LEAST: usize = 2;
/// Columns before a line: the sign of the cursor and a space.
const GUTTER: u16 = 2;

/// A list as it is drawn.
#[derive(Default)]
pub struct Listing {
    pub title: String,
    /// At the right of the title.
    pub aside: String,
    /// The columns' names.
    pub heading: Vec<Span>,
    /// Each thing's line, in the order of its ids; of a long list only those that are shown.
    pub lines: Vec<Vec<Span>>,
    /// The place of the first of them.
    pub first: usize,
    /// Said instead of lines when there are none.
    pub empty: String,
    /// Said under the list, whichever thing has the cursor.
    pub below: Vec<Vec<Span>>,
    /// What there is to say of the thing under the cursor; as much of it as fits is shown.
    pub detail: Vec<Vec<Span>>,
}

impl Listing {
    /// One of which nothing was read yet.
    pub fn reading(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            empty: "reading…".to_owned(),
            ..Self::default()
        }
    }
}

/// Lines of things that fit.
pub fn height(size: (u16, u16)) -> usize {
    usize::from(list(size.1).1)
}

/// The first line and the number of lines of the list.
fn list(high: u16) -> (u16, u16) {
    let body = high.saturating_sub(3);
    // On a small screen three lines must do for the detail.
    let lines = if high < 20 {
        body.saturating_sub(4)
    } else {
        body * LIST_SHARE / 100
    };
    (2, lines.max(1))
}

/// A list's name, with the words its lines must have.
pub fn searched(name: &str, search: &str) -> String {
    if search.is_empty() {
        name.to_owned()
    } else {
        format!("{name}  /{}", text::cell(search))
    }
}

/// The lines that are in sight, of so many.
pub fn window(count: usize, pick: &Pick, size: (u16, u16)) -> Range<usize> {
    let first = pick.top.min(count);
    first..(first + height(size)).min(count)
}

pub fn draw(pen: &mut Pen<'_>, area: Rect, listing: &Listing, pick: &Pick) {
    let (first, high) = list(area.height);
    pen.rule(
        Rect { height: 1, ..area },
        &[(format!(" {} ", listing.title), Meaning::Focus)],
        &[(listing.aside.clone(), Meaning::Quiet)],
    );
    let room = area.width.saturating_sub(GUTTER);
    pen.spans(GUTTER, 1, room, &listing.heading);
    if listing.lines.is_empty() {
        pen.text(GUTTER, first, room, &listing.empty, Meaning::Quiet);
    }
    let lines = (listing.first..).zip(&listing.lines);
    let shown = lines.skip(pick.top.saturating_sub(listing.first));
    for ((at, line), y) in shown.zip(first..first + high) {
        pen.spans(GUTTER, y, room, line);
        pen.spot(
            Rect {
                y,
                height: 1,
                ..area
            },
            Spot::Line(at),
        );
        if at == pick.at {
            pen.text(0, y, 1, pen.look.signs.cursor, Meaning::Focus);
            pen.cursor_line(Rect {
                y,
                height: 1,
                ..area
            });
        }
    }
    // A short list leaves the rest to what there is to say of one of its things.
    let count = listing.first + listing.lines.len();
    let below = first + high.min(count.saturating_sub(pick.top).max(1) as u16);
    let end = area.bottom().saturating_sub(1);
    let under = under(listing, usize::from(end.saturating_sub(below)));
    for (line, y) in under.into_iter().zip(below..end) {
        match line {
            Some(line) => {
                pen.spans(1, y, area.width.saturating_sub(1), line);
            }
            None => pen.rule(
                Rect {
                    y,
                    height: 1,
                    ..area
                },
                &[],
                &[],
            ),
        }
    }
}

/// What stands under the list in so many lines, `None` where a line is drawn across. Of what stands there whatever is
/// chosen all is shown that leaves some room for the chosen thing.
fn under(listing: &Listing, lines: usize) -> Vec<Option<&Vec<Span>>> {
    if lines < 2 || listing.detail.is_empty() && listing.below.is_empty() {
        return Vec::new();
    }
    let mut under = vec![None];
    let detail = listing.detail.len().min(DETAIL_LEAST);
    let below = lines.saturating_sub(1 + detail).max(1);
    under.extend(listing.below.iter().take(below).map(Some));
    if !listing.below.is_empty() && lines > under.len() + listing.detail.len().min(4) {
        under.push(None);
    }
    under.extend(listing.detail.iter().map(Some));
    under
}
