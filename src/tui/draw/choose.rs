//! A choice among named things.

use super::page::pad;
use super::pen::Pen;
use super::spot::Spot;
use crate::tui::look::Meaning;
use crate::tui::state::Choose;
use crate::tui::text;
use ratatui::layout::Rect;

/// Items in sight at once.
const MOST: usize = 14;

pub fn draw(choose: &Choose, pen: &mut Pen<'_>, screen: Rect) {
    let wide = if screen.width < 84 { screen.width } else { 76 };
    let shown = choose.shown();
    let all = choose.items.as_ref().map_or(1, Vec::len).clamp(1, MOST);
    let below = choose.fault.is_some() || choose.allowed().is_some();
    let high =
        (all + 4 + usize::from(below)).min(usize::from(screen.height).saturating_sub(1)) as u16;
    let area = Rect::new(
        (screen.width - wide) / 2,
        (screen.height - high) / 2,
        wide,
        high,
    );
    pen.band(area);
    pen.frame(area, &choose.title, Meaning::Title);
    pen.spot(screen, Spot::Preview);
    let (x, room) = (area.x + 2, wide.saturating_sub(4));
    let prompt = pen.text(x, area.y + 1, room, "> ", Meaning::Focus);
    let line = room.saturating_sub(prompt);
    super::footer::typed(pen, x + prompt, area.y + 1, line, &choose.line, true);
    let keys = "enter take  esc cancel";
    if text::width(choose.line.value()) + keys.len() + 8 < usize::from(room) {
        pen.right(x, area.y + 1, room, keys, Meaning::Quiet);
    }
    let bottom = area.bottom().saturating_sub(1 + u16::from(below));
    let list = Rect::new(x, area.y + 3, room, bottom.saturating_sub(area.y + 3));
    items(choose, &shown, pen, list);
    if below {
        let (said, meaning) = match &choose.fault {
            Some(fault) => (fault.as_str(), Meaning::Bad),
            None => (choose.allowed().unwrap_or_default(), Meaning::Quiet),
        };
        pen.text(x, bottom, room, said, meaning);
    }
}

fn items(choose: &Choose, shown: &[&crate::tui::data::Choice], pen: &mut Pen<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    if choose.items.is_none() {
        pen.text(area.x, area.y, area.width, "looking…", Meaning::Quiet);
        return;
    }
    if shown.is_empty() {
        let said = if choose.allowed().is_some() {
            "enter takes what is typed"
        } else {
            "nothing here has these words"
        };
        pen.text(area.x, area.y, area.width, said, Meaning::Quiet);
        return;
    }
    let said = |item: &crate::tui::data::Choice| {
        let title = if item.title.is_empty() {
            &item.name
        } else {
            &item.title
        };
        text::cell(title).into_owned()
    };
    let widest = shown.iter().map(|item| text::width(&said(item))).max();
    let widest = widest.unwrap_or(0).min(44);
    let high = usize::from(area.height);
    let first = (choose.at + 1).saturating_sub(high);
    for ((at, item), y) in shown
        .iter()
        .enumerate()
        .skip(first)
        .zip(area.y..area.bottom())
    {
        let title = pad(&text::fit(&said(item), widest, pen.look.signs.cut), widest);
        let spans = [
            (format!(" {title}  "), Meaning::Text),
            (text::cell(&item.note).into_owned(), Meaning::Quiet),
        ];
        pen.spans(area.x, y, area.width, &spans);
        let line = Rect {
            y,
            height: 1,
            ..area
        };
        pen.spot(line, Spot::Choice(at));
        if at == choose.at {
            pen.cursor_line(line);
        }
    }
    let below = shown.len().saturating_sub(first + high);
    if below > 0 {
        let more = format!(" {} {below} more ", pen.look.signs.down);
        pen.right(area.x, area.bottom() - 1, area.width, &more, Meaning::Quiet);
    }
}
